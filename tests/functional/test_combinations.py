# SPDX-License-Identifier: Apache-2.0
"""Every combination of mode, holder, session and refresh, with every type of subject token and of requested token: what
comes of it is said here by a table of its own, and refresh, userinfo, introspection and log-out agree on it."""
import itertools
import json

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist

MODES = ["same-subject", "delegation", "switch-subject"]
HOLDERS, SESSIONS, REFRESHES = ["requester", "target"], ["none", "join", "create"], ["none", "bounded", "offline"]
ALL = list(itertools.product(MODES, HOLDERS, SESSIONS, REFRESHES))
TYPES = [ACCESS_TOKEN, JWT, ID_TOKEN]

# What a session and a refresh mean together, by mode: a fault of the rule; no refresh token (its code); or the log-in that
# the refresh token hangs on: the subject's own, or a new one of the subject.
SUBJECTS, NEW = "the subject's", "a new one"
OUTCOME = {
    ("same-subject", "none", "none"): "TX-RT-02", ("same-subject", "none", "refresh"): SUBJECTS,
    ("same-subject", "join", "none"): "fault", ("same-subject", "join", "refresh"): SUBJECTS,
    ("same-subject", "create", "none"): "fault", ("same-subject", "create", "refresh"): SUBJECTS,
    ("delegation", "none", "none"): "TX-RT-02", ("delegation", "none", "refresh"): SUBJECTS,
    ("delegation", "join", "none"): "fault", ("delegation", "join", "refresh"): SUBJECTS,
    ("delegation", "create", "none"): "fault", ("delegation", "create", "refresh"): SUBJECTS,
    ("switch-subject", "none", "none"): "TX-RT-02", ("switch-subject", "none", "refresh"): "TX-RT-03",
    ("switch-subject", "join", "none"): "fault", ("switch-subject", "join", "refresh"): "fault",
    ("switch-subject", "create", "none"): "fault", ("switch-subject", "create", "refresh"): NEW,
}
# Whose log-out ends what was issued, by mode: whoever the token names, and whose token it came from.
ENDS = {"same-subject": {"alice"}, "delegation": {"alice", "dora"}, "switch-subject": {"dora"}}
# Who stands in `act`: for the holder the requester, when that is another one; outermost whoever acts for the subject.
ACT = {("same-subject", "requester"): [], ("same-subject", "target"): ["desk"],
       ("delegation", "requester"): ["dora"], ("delegation", "target"): ["dora", "desk"],
       ("switch-subject", "requester"): ["dora"], ("switch-subject", "target"): ["dora", "desk"]}


def outcome(mode, _holder, session, refresh):
    return OUTCOME[mode, session, "none" if refresh == "none" else "refresh"]


VALID = [one for one in ALL if outcome(*one) != "fault"]
FAULTS = [one for one in ALL if outcome(*one) == "fault"]
REFRESHABLE = [one for one in VALID if outcome(*one) in (SUBJECTS, NEW)]


def rule_of(mode, holder, session, refresh):
    name = "-".join((mode, holder, session, refresh))
    made = rule(name, "desk", name, users={"groups": ["/people"]}, scopes=["openid", "read"], lifetime="5m", holder=holder,
                session=session, refresh=refresh,
                types=["access_token", "id_token", "jwt"] + (["refresh_token"] if refresh != "none" else []))
    made["subject"] |= {"tokenTypes": ["access_token", "jwt", "id_token"], "binding": "any"}
    made["result"]["scopes"]["beyondSubject"] = True
    made["result"]["mode"] = mode
    made["risk"] = {"reason": "test", "expires": "2099-01-01"}
    if mode != "same-subject":
        made["actor"] = {"users": {"groups": ["/actors"]}}
    return made


def make_realm(combinations):
    return realm("every", scopes=[scope("read"), {"name": "offline_access", "protocol": "openid-connect"}],
                 groups=[{"name": "people"}, {"name": "actors"}],
                 clients=[public_client("web", sent_to=["desk"], optional=["read"]), client("desk"),
                          *(client("-".join(one)) for one in combinations)],
                 users=[user("alice", "/people"), user("dora", "/actors")],
                 rules=[rule_of(*one) for one in combinations])


class World:
    def __init__(self, server, combination):
        self.server, (self.mode, self.holder, self.session, self.refresh) = server, combination
        self.target = "-".join(combination)
        self.web = Client(server.url, "every", "web")
        self.desk, self.resource = self.named("desk"), self.named(self.target)
        self.owner = self.resource if self.holder == "target" else self.desk

    def named(self, name):
        return Client(self.server.url, "every", name, secret_of(name))

    def logins(self):
        return {name: granted(self.web.password(name, name, scope="openid read")) for name in ("alice", "dora")}

    def ask(self, logins, subject_type=ACCESS_TOKEN, requested=None, **form):
        kind = "id_token" if subject_type == ID_TOKEN else "access_token"
        form = {"audience": self.target, "subject_token_type": subject_type, "requested_token_type": requested, **form}
        if self.mode == "switch-subject":
            return self.desk.exchange(logins["dora"][kind], requested_subject="alice", **form)
        if self.mode == "delegation":
            form["actor_token"] = logins["dora"]["access_token"]
        return self.desk.exchange(logins["alice"][kind], **form)

    def check_claims(self, claims, logins):
        """Subject, holder, actors and log-in are as the tables say."""
        alice = decode(logins["alice"]["access_token"])[1]
        assert claims["sub"] == alice["sub"] and claims["azp"] == self.owner.client_id
        chain, link = [], claims.get("act")
        while link:
            chain.append(link.get("preferred_username") or link["client_id"])
            link = link.get("act")
        assert chain == ACT[self.mode, self.holder]

    def views(self, access, refresh):
        """What each place says of a refreshed token: True while it serves."""
        return {"introspection": granted(self.resource.introspect(access))["active"],
                "userinfo": self.owner.userinfo(access).status_code == 200,
                "refresh token": granted(self.owner.introspect(refresh))["active"]}


def named_by(combination):
    return "-".join(combination)


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(make_realm(VALID))


@pytest.fixture(scope="module")
def logins(server):
    return World(server, VALID[0]).logins()


def test_table_has_every_combination():
    assert len(ALL) == 54 and len(VALID) + len(FAULTS) == 54 and len(FAULTS) == 16
    assert {one[:1] for one in VALID} == {(mode,) for mode in MODES}


def test_combination_that_makes_no_sense_is_a_fault_of_its_rule(tmp_path):
    """All of them at once, each by its place."""
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(make_realm(FAULTS)), encoding="utf-8")
    done = cambist("lint", path)
    assert done.returncode == 1
    for number, one in enumerate(FAULTS):
        assert f"exchangeRules[{number}].result.session: " in done.stdout, named_by(one)
    path.write_text(json.dumps(make_realm(VALID)), encoding="utf-8")
    assert cambist("lint", path).returncode == 0


@pytest.mark.parametrize("subject_type", TYPES, ids=["access_token", "jwt", "id_token"])
@pytest.mark.parametrize("combination", VALID, ids=named_by)
def test_every_type_is_issued_as_the_table_says(server, logins, combination, subject_type):
    world = World(server, combination)
    for requested in (None, ACCESS_TOKEN, JWT, ID_TOKEN):
        answer = granted(world.ask(logins, subject_type, requested))
        assert answer["issued_token_type"] == (requested or ACCESS_TOKEN) and "refresh_token" not in answer
        world.check_claims(decode(answer["access_token"])[1], logins)
    response, expected = world.ask(logins, subject_type, REFRESH_TOKEN, scope="openid read"), outcome(*combination)
    if expected.startswith("TX-"):
        refused(response, "invalid_request", expected)
        return
    claims = decode(granted(world.owner.refresh(refresh_token_of(granted(response))))["access_token"])[1]
    world.check_claims(claims, logins)
    own = {decode(login["access_token"])[1]["sid"] for login in logins.values()}
    sid_of_subject = decode(logins["alice"]["access_token"])[1]["sid"]
    assert claims["sid"] == sid_of_subject if expected == SUBJECTS else claims["sid"] not in own


@pytest.mark.parametrize("who", ["alice", "dora", "the holder", "the revocation"])
@pytest.mark.parametrize("combination", REFRESHABLE, ids=named_by)
def test_refresh_userinfo_introspection_and_log_out_agree(server, combination, who):
    """specs: TX-85. Before, all of them serve; after, all or none, as the table says."""
    world = World(server, combination)
    logins = world.logins()
    token = refresh_token_of(granted(world.ask(logins, requested=REFRESH_TOKEN, scope="openid read")))
    answer = granted(world.owner.refresh(token))
    access, refresh = answer["access_token"], answer.get("refresh_token", token)
    assert set(world.views(access, refresh).values()) == {True}
    assert granted(world.owner.userinfo(access))["sub"] == granted(world.resource.introspect(access))["sub"]
    if who in logins:
        assert world.web.logout(logins[who]["refresh_token"]).status_code == 204
        serves = who not in ENDS[world.mode]
    elif who == "the holder":
        assert world.owner.logout(refresh).status_code == 204
        serves = False
    else:
        assert world.owner.revoke(refresh).status_code == 200
        serves = False
    assert set(world.views(access, refresh).values()) == {serves}, world.views(access, refresh)
    again = world.owner.refresh(refresh)
    assert again.status_code == (200 if serves else 400), again.text
    assert serves or again.json()["error"] == "invalid_grant"

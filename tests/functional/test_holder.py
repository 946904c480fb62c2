# SPDX-License-Identifier: Apache-2.0
"""Whose token it is: the requester's, or by rule the target's, which alone can refresh it."""
import itertools

import pytest

from support.client import (ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted,
                            refresh_token_of, refused)
from support.realms import client, public_client, realm, rule, scope, secret_of, user

RISK = {"reason": "test", "expires": "2099-01-01"}
TYPES = ["access_token", "id_token", "refresh_token", "jwt"]
MODES = ["same-subject", "delegation", "switch-subject"]
HOLDERS = ["requester", "target"]
SESSIONS = ["none", "join", "create"]
REFRESHES = ["none", "bounded", "offline"]


def combination(mode, holder, session, refresh):
    return f"{mode}-{holder}-{session}-{refresh}"


def valid(mode, holder, session, refresh):
    """What a realm file may hold: the others are faults that lint names."""
    if session != "none" and refresh == "none":
        return False
    return not (mode == "switch-subject" and session == "join")


def all_valid():
    return [one for one in itertools.product(MODES, HOLDERS, SESSIONS, REFRESHES) if valid(*one)]


def rule_of(mode, holder, session, refresh):
    name = combination(mode, holder, session, refresh)
    made = rule(name, "desk", name, users={"groups": ["/people"]}, scopes=["openid", "read"],
                lifetime="5m", holder=holder, session=session, refresh=refresh,
                types=[one for one in TYPES if one != "refresh_token" or refresh != "none"])
    made["subject"]["tokenTypes"] = ["access_token", "jwt", "id_token"]
    made["subject"]["binding"] = "any"
    made["result"]["scopes"]["beyondSubject"] = True
    made["risk"] = RISK
    made["result"]["mode"] = mode
    if mode != "same-subject":
        made["actor"] = {"users": {"groups": ["/actors"]}}
    return made


@pytest.fixture(scope="module")
def world(module_server):
    targets = [combination(*one) for one in all_valid()]
    started = module_server(realm(
        "hold", scopes=[scope("read"), {"name": "offline_access", "protocol": "openid-connect"}],
        groups=[{"name": "people"}, {"name": "actors"}],
        clients=[public_client("web", sent_to=["desk"], optional=["read"]), client("desk"),
                 *(client(name) for name in targets)],
        users=[user("alice", "/people"), user("dora", "/actors")],
        rules=[rule_of(*one) for one in all_valid()]))
    return started


@pytest.fixture(scope="module")
def logins(world):
    web = Client(world.url, "hold", "web")
    return {name: granted(web.password(name, name, scope="openid read")) for name in ("alice", "dora")}


def named(world, name):
    return Client(world.url, "hold", name, secret_of(name))


def ask(world, logins, mode, target, subject_type, requested):
    """The exchange of this mode for this target."""
    kind = "id_token" if subject_type == ID_TOKEN else "access_token"
    alice, dora = logins["alice"], logins["dora"]
    form = {"audience": target, "subject_token_type": subject_type, "requested_token_type": requested}
    if mode == "switch-subject":
        return named(world, "desk").exchange(dora[kind], requested_subject="alice", **form)
    if mode == "delegation":
        form.update(actor_token=dora["access_token"])
    return named(world, "desk").exchange(alice[kind], **form)


@pytest.mark.parametrize("subject_type", [ACCESS_TOKEN, JWT, ID_TOKEN])
@pytest.mark.parametrize("mode,holder,session,refresh", all_valid())
def test_every_combination_gives_what_its_rule_says(world, logins, mode, holder, session, refresh,
                                                    subject_type):
    """reqs: S0-1, S0-2, S0-10, S0-17, S0-18, S0-25"""
    target = combination(mode, holder, session, refresh)
    owner = target if holder == "target" else "desk"
    alice = decode(logins["alice"]["access_token"])[1]["sub"]
    for requested in (None, ACCESS_TOKEN, JWT, ID_TOKEN):
        answer = granted(ask(world, logins, mode, target, subject_type, requested))
        claims = decode(answer["access_token"])[1]
        assert claims["sub"] == alice and claims["azp"] == owner
        assert answer["issued_token_type"] == requested or requested is None
        check_act(claims, mode, holder)
        assert "refresh_token" not in answer
        if requested != ID_TOKEN:
            assert claims["aud"] == target
            seen = granted(named(world, target).introspect(answer["access_token"]))
            assert seen["active"] and seen.get("act") == claims.get("act")


def check_act(claims, mode, holder):
    act = claims.get("act")
    if mode == "same-subject":
        assert (act is None) == (holder == "requester")
        assert act is None or act["client_id"] == "desk"
    else:
        assert act["preferred_username"] == "dora"
        assert (act.get("act") or {}).get("client_id") == ("desk" if holder == "target" else None)


@pytest.mark.parametrize("mode,holder,session,refresh", all_valid())
def test_refresh_token_is_given_exactly_when_it_can_be_used(world, logins, mode, holder, session,
                                                            refresh):
    """reqs: S0-2, S0-10, S0-18, S0-25: refresh, userinfo, introspection and log-out agree."""
    target = combination(mode, holder, session, refresh)
    owner = named(world, target if holder == "target" else "desk")
    other = named(world, "desk" if holder == "target" else target)
    response = ask(world, logins, mode, target, ACCESS_TOKEN, REFRESH_TOKEN)
    if refresh == "none":
        refused(response, "invalid_request", "TX-RT-02")
        return
    if mode == "switch-subject" and session != "create":
        refused(response, "invalid_request", "TX-RT-03")  # another subject has no log-in here
        return
    token = refresh_token_of(granted(response))
    body = refused(other.refresh(token), "invalid_grant", "TX-RT-05")
    assert owner.client_id in body["hint"]
    again = granted(owner.refresh(token))
    claims = decode(again["access_token"])[1]
    assert claims["azp"] == owner.client_id and claims["aud"] == target
    check_act(claims, mode, holder)
    assert granted(owner.introspect(again["access_token"]))["active"]
    assert granted(named(world, target).introspect(again["access_token"])).get("act") == claims.get("act")
    assert owner.revoke(again.get("refresh_token", token)).status_code == 200
    refused(owner.refresh(again.get("refresh_token", token)), "invalid_grant")
    assert granted(named(world, target).introspect(again["access_token"])) == {"active": False}

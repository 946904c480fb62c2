# SPDX-License-Identifier: Apache-2.0
"""What administrators and users end: by commands beside the running server, and in the account."""
import base64
import json
import os
import pwd
import time

import pytest
import requests

from support.client import EXCHANGE, REFRESH_TOKEN, Client, decode, granted, refresh_token_of, refused
from support.hand_off import HAND_OFF, pkce, redeem
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist

PLACES = ("introspection", "userinfo", "exchange", "refresh")
SLACK = 3.0  # seconds that a busy machine may take beyond the one that is promised


def make_realm():
    acts = rule("acts", "desk", "tickets", scopes=["openid", "read"], lifetime="5m", refresh="bounded",
                session="join", types=["access_token", "refresh_token"])
    acts["actor"] = {"users": {"groups": ["/assistants"]}}
    acts["result"]["mode"] = "delegation"
    handed = rule("handed", "desk", "app", scopes=["read"], lifetime="5m", refresh="bounded", session="none",
                  holder="target", types=["handoff"])
    handed["subject"] = {"naked": True, "users": {"groups": ["/customers"]}}
    handed["result"]["mode"] = "switch-subject"
    handed["risk"] = {"reason": "a test", "expires": "2099-01-01"}
    return realm(
        "ends", revokeRefreshToken=False, scopes=[scope("read")], groups=[{"name": "assistants"}, {"name": "customers"}],
        clients=[public_client("web", sent_to=["desk"], optional=["read"]),
                 client("desk", serviceAccountsEnabled=True, sent_to=["desk"], optional=["read"]), client("tickets"),
                 client("archive"), public_client("app"),
                 client("batch", serviceAccountsEnabled=True, sent_to=["desk"],
                        attributes={"client_credentials.use_refresh_token": "true"})],
        users=[user("alice", "/customers"), user("bob", "/assistants"), user("carol")],
        rules=[acts, handed, rule("onward", "tickets", "archive", scopes=["read"], lifetime="5m"),
               rule("other", "desk", "archive", scopes=["read"], lifetime="5m"),
               rule("robot", "desk", "tickets", users={"clients": ["desk"]}, scopes=["read"], lifetime="5m",
                    session="create", refresh="bounded", types=["access_token", "refresh_token"])])


class World:
    """A server, and commands on its store."""

    def __init__(self, server):
        self.server = server
        self.desk, self.tickets, self.archive = (
            Client(server.url, "ends", name, secret_of(name)) for name in ("desk", "tickets", "archive"))
        self.web = Client(server.url, "ends", "web")

    def login(self, name):
        return granted(self.web.password(name, name, scope="openid read"))

    def command(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *words):
        return cambist(*words, "--store", self.server.store, "--dev", env=self.server.environment)


class Delegated:
    """A token in which bob acts for alice at the tickets service, and all that is around it."""

    def __init__(self, world):
        self.world = world
        self.alice, self.bob = world.login("alice"), world.login("bob")
        self.refresh_token = refresh_token_of(granted(world.desk.exchange(
            self.alice["access_token"], actor_token=self.bob["access_token"], audience="tickets",
            scope="openid read", requested_token_type=REFRESH_TOKEN)))
        self.token = granted(world.desk.refresh(self.refresh_token))["access_token"]
        self.claims = decode(self.token)[1]

    def is_taken(self, place):
        if place == "introspection":
            return granted(self.world.tickets.introspect(self.token))["active"]
        if place == "userinfo":
            return self.world.desk.userinfo(self.token).status_code == 200
        if place == "exchange":
            return self.world.tickets.exchange(self.token, audience="archive").status_code == 200
        return self.world.desk.refresh(self.refresh_token).status_code == 200

    def name_of(self, kind):
        """How the command that ends it names it."""
        return {"token": self.alice["access_token"], "refresh token": self.refresh_token,
                "its id": decode(self.alice["access_token"])[1]["jti"], "tree": self.claims["xid"],
                "session": self.claims["sid"], "actor's session": self.claims["act"]["sid"],
                "user": "alice", "client": "desk", "actor": "bob", "rule": "acts"}[kind]


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def world(request, module_server):
    if request.param == "SQLite":
        return World(module_server(make_realm()))
    url = request.getfixturevalue("postgresql").database("revocation")
    key = base64.b64encode(os.urandom(32)).decode()
    return World(module_server(make_realm(), store=url, environment={"CAMBIST_SECRET_KEY": key}))


def seconds_until(check):
    start = time.monotonic()
    while not check():
        assert time.monotonic() - start < 1 + SLACK, "it did not become so"
        time.sleep(0.02)
    return time.monotonic() - start


@pytest.mark.parametrize("kind", ["token", "refresh token", "its id", "tree", "session", "actor's session",
                                  "user", "client", "actor", "rule"])
def test_every_kind_of_revocation_ends_a_token_wherever_it_is_shown(world, kind):
    """A command in another process; the server knows within a second."""
    delegated, bystander = Delegated(world), world.login("carol")
    assert [place for place in PLACES if delegated.is_taken(place)] == list(PLACES)
    command = {"refresh token": "token", "its id": "token", "actor's session": "session"}.get(kind, kind)
    world.command("revoke", command, delegated.name_of(kind))
    seconds_until(lambda: not delegated.is_taken("introspection"))
    assert [place for place in PLACES if delegated.is_taken(place)] == []
    assert granted(world.desk.introspect(bystander["access_token"]))["active"]
    time.sleep(2.1)  # what running servers issue until they have heard of it is covered as well
    assert Delegated(world).is_taken("introspection"), "what comes later is served"


def test_server_hears_of_a_command_within_a_second(world):
    times = []
    for _ in range(3):
        token = world.login("alice")["access_token"]
        world.command("revoke", "token", token)
        times.append(seconds_until(lambda: not granted(world.desk.introspect(token))["active"]))
    assert sorted(times)[0] < 1, f"{times}: on a busy machine one of three may be late, not all"


def test_revoked_rule_ends_what_came_of_its_tokens_through_other_rules(world):
    delegated = Delegated(world)
    onward = granted(world.tickets.exchange(delegated.token, audience="archive"))["access_token"]
    alone = granted(world.desk.exchange(delegated.alice["access_token"], audience="archive"))["access_token"]
    assert granted(world.archive.introspect(onward))["active"]
    world.command("revoke", "rule", "acts")
    seconds_until(lambda: not granted(world.archive.introspect(onward))["active"])
    assert granted(world.archive.introspect(alone))["active"], "another rule's token"
    time.sleep(2.1)


def test_command_that_would_revoke_nothing_says_so(world):
    for words, complaint in [(("rule", "acst"), "no rule"), (("client", "dest"), "no client"),
                             (("user", "nobody"), "no user"), (("actor", "nobody"), "no user"),
                             (("token", "cr_" + "x" * 43), "no refresh token"),
                             (("token", "a.b.c"), "jti")]:
        done = world.run("revoke", *words)
        assert done.returncode == 1 and complaint in done.stderr, (words, done.stderr)
    gone = json.loads(world.command("revoke", "rule", "was-once", "--gone", "--json"))
    assert gone == {"realm": "ends", "revoked": "all tokens that the rule was-once led to"}
    assert world.run("revoke", "everything").returncode == 2
    assert world.run("sessions", "revoke").returncode == 2


def listing(world, *words):
    return json.loads(world.command("sessions", "list", "--json", *words))


def test_administrator_lists_and_ends_sessions_and_families(world):
    delegated = Delegated(world)
    rows = listing(world, "--user", "alice")["sessions"]
    row = next(one for one in rows if one["id"] == delegated.claims["sid"])
    assert row["user"] == "alice" and row["client"] == "web" and not row["offline"]
    family = next(one for one in row["refreshFamilies"] if one["client"] == "desk")
    assert family["rule"] == "acts" and family["act"]["preferred_username"] == "bob"
    assert row in listing(world)["sessions"] and "cr_" not in json.dumps(rows)
    assert family["id"] in world.command("sessions", "list", "--user", "alice")
    world.command("sessions", "revoke", family["id"])
    seconds_until(lambda: not delegated.is_taken("introspection"))
    assert not delegated.is_taken("refresh")
    assert world.web.userinfo(delegated.alice["access_token"]).status_code == 200
    world.command("sessions", "revoke", row["id"])
    seconds_until(lambda: world.web.userinfo(delegated.alice["access_token"]).status_code != 200)
    assert row["id"] not in json.dumps(listing(world))
    first, second = world.login("carol"), world.login("carol")
    world.command("sessions", "revoke", "--user", "carol")
    seconds_until(lambda: world.web.userinfo(second["access_token"]).status_code != 200)
    refused(world.web.refresh(first["refresh_token"]), "invalid_grant")
    assert listing(world, "--user", "carol")["sessions"] == []
    assert world.run("sessions", "revoke", "nothing").returncode == 1
    time.sleep(2.1)


def test_family_of_a_service_account_is_listed_and_ended(world):
    robot = granted(world.desk.client_credentials(scope="read"))["access_token"]
    refresh = refresh_token_of(granted(world.desk.exchange(
        robot, audience="tickets", requested_token_type=REFRESH_TOKEN)))
    every = listing(world, "--user", "service-account-desk")
    families = [one for session in every["sessions"] for one in session["refreshFamilies"]]
    mine = [one for one in families if one["rule"] == "robot"]
    assert len(mine) == 1 and "act" not in mine[0]
    granted(world.desk.refresh(refresh))
    world.command("revoke", "token", refresh)
    seconds_until(lambda: world.desk.refresh(refresh).status_code != 200)


def test_family_of_a_client_without_a_session_is_listed_and_ended_by_the_administrator(world):
    batch = Client(world.server.url, "ends", "batch", secret_of("batch"))
    refresh = granted(batch.client_credentials())["refresh_token"]
    rows = listing(world, "--user", "service-account-batch")
    assert rows["sessions"] == [] and len(rows["refreshFamilies"]) == 1, rows
    [family] = rows["refreshFamilies"]
    assert family["client"] == "batch" and family["user"] == "service-account-batch"
    assert family in listing(world)["refreshFamilies"]
    text = world.command("sessions", "list", "--user", "service-account-batch")
    assert "without a session" in text and family["id"] in text
    world.command("sessions", "revoke", family["id"])
    seconds_until(lambda: batch.refresh(refresh).status_code != 200)
    assert listing(world, "--user", "service-account-batch")["refreshFamilies"] == []
    other = granted(batch.client_credentials())["refresh_token"]
    world.command("revoke", "user", "service-account-batch")
    seconds_until(lambda: batch.refresh(other).status_code != 200)
    assert listing(world, "--user", "service-account-batch")["refreshFamilies"] == []
    time.sleep(2.1)


class Account:
    def __init__(self, world, name):
        self.tokens = world.login(name)
        self.url = f"{world.server.url}/realms/ends/account"

    def ask(self, method, path, status=200):
        answer = requests.request(method, f"{self.url}/{path}", timeout=15,
                                  headers={"Authorization": f"Bearer {self.tokens['access_token']}"})
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


def test_user_lists_and_ends_his_sessions_and_what_others_may_refresh(world):
    delegated, here = Delegated(world), Account(world, "alice")
    there = world.login("alice")
    rows = here.ask("GET", "sessions")["sessions"]
    assert [row["id"] for row in rows if row["current"]] == [decode(here.tokens["access_token"])[1]["sid"]]
    row = next(one for one in rows if one["id"] == delegated.claims["sid"])
    family = next(one for one in row["refreshFamilies"] if one.get("rule") == "acts")
    assert family["act"]["preferred_username"] == "bob" and family["audiences"] == ["tickets"]
    here.ask("DELETE", f"refresh-families/{family['id']}", 204)
    assert [place for place in PLACES if delegated.is_taken(place)] == []
    assert world.web.userinfo(delegated.alice["access_token"]).status_code == 200
    sid = decode(there["access_token"])[1]["sid"]
    here.ask("DELETE", f"sessions/{sid}", 204)
    assert world.web.userinfo(there["access_token"]).status_code == 401
    refused(world.web.refresh(there["refresh_token"]), "invalid_grant")
    assert sid not in json.dumps(here.ask("GET", "sessions"))
    here.ask("DELETE", f"sessions/{sid}", 404)


def test_user_has_no_family_that_hangs_on_no_log_in(world):
    """A rule that opens no session hands over no refresh token, so that nothing of his escapes the list of his log-ins."""
    verifier, challenge = pkce()
    code = granted(world.desk.token(EXCHANGE, requested_subject="alice", audience="app", requested_token_type=HAND_OFF,
                                    code_challenge=challenge, code_challenge_method="S256"))["access_token"]
    answer = granted(redeem(Client(world.server.url, "ends", "app"), code, verifier))
    assert "refresh_token" not in answer and "sid" not in decode(answer["access_token"])[1]
    assert Account(world, "alice").ask("GET", "sessions")["refreshFamilies"] == []
    assert [row for row in listing(world)["refreshFamilies"] if not row["user"].startswith("service-account-")] == []


def test_user_sees_and_ends_nothing_of_others(world):
    bob, alice = Account(world, "bob"), Account(world, "alice")
    delegated = Delegated(world)
    shown = json.dumps(bob.ask("GET", "sessions"))
    assert delegated.claims["sid"] not in shown
    rows = alice.ask("GET", "sessions")["sessions"]
    row = next(one for one in rows if one["id"] == delegated.claims["sid"])
    bob.ask("DELETE", f"sessions/{row['id']}", 404)
    for family in row["refreshFamilies"]:
        bob.ask("DELETE", f"refresh-families/{family['id']}", 404)
    assert [place for place in PLACES if delegated.is_taken(place)] == list(PLACES)
    delegated_at_the_account = requests.get(f"{alice.url}/sessions", timeout=15,
                                            headers={"Authorization": f"Bearer {delegated.token}"})
    assert delegated_at_the_account.status_code in (401, 403)


def read(world, *words):
    """A command that only reads, and needs no key."""
    done = cambist(*words, "--store", world.server.store, env=world.server.environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands(world):
    """The records of commands, oldest first."""
    rows = [json.loads(line) for line in read(world, "audit", "export").splitlines()]
    return [row for row in rows if row["grant"] == "command"]


ON_RECORD = {
    "refresh token": "the refresh family ", "token": "the token ", "tree": "all tokens of the exchange tree ",
    "session": "the session ", "user": "all sessions and tokens of the user alice",
    "client": "all tokens that the client desk holds", "actor": "all tokens in which bob acts",
    "rule": "all tokens that the rule acts led to"}


def test_command_that_ends_something_is_on_record_beside_the_decisions(world):
    """Who, when, what; in the one chain, which the server goes on with. No token is in it."""
    delegated, start = Delegated(world), time.time()
    for kind, shown in ON_RECORD.items():
        before, named, word = len(commands(world)), delegated.name_of(kind), {"refresh token": "token"}.get(kind, kind)
        world.command("revoke", word, named)
        refused(world.web.password("carol", "wrong"), "invalid_grant")  # the server appends behind it
        rows = commands(world)
        assert len(rows) == before + 1
        row = rows[-1]
        assert row["realm"] == "ends" and start - 1 < row["at"] / 1e6 < time.time() + 1
        assert f"(uid {os.getuid()})" in row["peer"] and pwd.getpwuid(os.getuid()).pw_name in row["peer"]
        [step] = row["steps"]
        assert step["stage"] == f"revoke {word}" and step["text"].startswith(shown), step
        assert "token" not in kind or named not in json.dumps(row)
        assert kind != "user" or row["subjectName"] == "alice"
        story = read(world, "explain", row["trace"])
        assert f"revoke {word}: {step['text']}" in story and row["peer"] in story
        assert step["text"] in read(world, "audit", "tail", "-n", "3")
    assert "intact" in read(world, "audit", "verify")
    time.sleep(2.1)


def test_command_that_ends_nothing_is_not_on_record(world):
    before = commands(world)
    assert world.run("revoke", "user", "nobody").returncode == 1
    assert world.run("sessions", "revoke", "nothing").returncode == 1
    world.command("sessions", "list")
    assert commands(world) == before


def test_commands_that_change_keys_and_sessions_are_on_record(world):
    login = world.login("carol")
    world.command("sessions", "revoke", decode(login["access_token"])[1]["sid"])
    world.command("keys", "rotate", "--realm", "ends")
    world.command("keys", "reseal")
    done = [row["steps"][0] for row in commands(world)[-3:]]
    assert [step["stage"] for step in done] == ["sessions revoke", "keys rotate", "keys reseal"]
    kids = {row["kid"] for row in json.loads(world.command("keys", "list", "--json"))}
    assert any(kid in done[1]["text"] for kid in kids)
    world.login("carol")
    assert "intact" in read(world, "audit", "verify")

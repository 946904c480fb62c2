# SPDX-License-Identifier: Apache-2.0
"""Acting for somebody within limits: a device, one process, the bosses on a list, a child, a patient."""
import json
import time

import pytest
import requests

from support.audit import record_of
from support.change import changing_realm, find
from support.client import Client, decode, granted, refused
from support.dpop import DpopKey
from support.hand_off import make, pkce, redeem
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist

RISK = {"reason": "test", "expires": "2099-01-01"}
PROCESS = {"name": "process", "protocol": "openid-connect",
           "attributes": {"include.in.token.scope": "true", "is.dynamic.scope": "true"}}


def switching(rule_id, target, users, *, requester="desk", actor=None, **result):
    made = rule(rule_id, requester, target, users=users, **{"lifetime": "5m", "scopes": ["read"], **result})
    made["result"]["mode"] = "switch-subject"
    made["actor"] = actor or {"users": {"any": True}}
    return made


def make_realm(name="limits", **more):
    device = rule("to-device", "desk", "sensor", holder="target", session="none", types=["handoff"],
                  refresh="offline", scopes=["read"]) | {"risk": RISK}
    manager = rule("process", "manager", "engine", users={"grantedBy": "subject"}, scopes=["process"], lifetime="5m")
    manager["result"]["mode"], manager["actor"] = "delegation", {"clients": ["manager"]}
    onward = rule("onward", "engine", "engine", scopes=["process"], lifetime="5m")
    emergency = switching("emergency", "ward", {"groups": ["/patients"]}, actor={"users": {"groups": ["/doctors"]}},
                          lifetime="1m") | {"demands": ["reason"], "breakGlass": True, "risk": RISK}
    return realm(
        name, scopes=[scope("read"), scope("write"), PROCESS],
        groups=[{"name": "doctors"}, {"name": "patients"}],
        clients=[public_client("web", optional=["read", "process"], sent_to=["desk", "manager"]),
                 public_client("sensor", attributes={"dpop.bound.access.tokens": "true"}),
                 client("desk"), client("calendar"), client("school"), client("ward"), client("engine"),
                 client("manager", serviceAccountsEnabled=True, sent_to=["manager"])],
        users=[user("alice"), user("amy"), user("ben"), user("cora"), user("kim"), user("mum"), user("kid"),
               user("doc", "/doctors"), user("pat", "/patients"), user("quinn", "/patients")],
        rules=[device, manager, onward,
               switching("bosses", "calendar", {"relation": ["assistant", "grant"]}),
               switching("guardians", "school", {"relation": "guardian"}),
               switching("treatment", "ward", {"groups": ["/patients"], "relation": ["doctor", "grant"]},
                         actor={"users": {"groups": ["/doctors"]}}), emergency],
        relations=[{"kind": "assistant", "actor": {"user": "amy"}, "subject": {"user": "ben"}},
                   {"kind": "guardian", "actor": {"user": "mum"}, "subject": {"user": "kid"},
                    "expires": "2099-06-30"},
                   {"kind": "doctor", "actor": {"user": "doc"}, "subject": {"user": "pat"}, "scopes": ["read"]}],
        **more)


@pytest.fixture(scope="module")
def limits(module_server):
    return module_server(make_realm())


@pytest.fixture
def named(limits):
    return lambda name: named_in(limits, name)


def named_in(server, name, realm_name="limits"):
    return Client(server.url, realm_name, name, None if name in ("web", "sensor") else secret_of(name))


def log_in(web, name, scope="openid read"):
    return granted(web.password(name, name, scope=scope))


def claims_of(token):
    return decode(token)[1]


def let(server, web, name, actor, realm_name="limits", **more):
    """The user lets somebody act for him; the answer's JSON and how to take it back."""
    token = log_in(web, name)["access_token"]
    account = f"{server.url}/realms/{realm_name}/account/grants"
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(account, timeout=15, headers=headers, json={"actor": actor, "expiresIn": 3600, **more})
    assert answer.status_code == 201, answer.text

    def take_back():
        assert requests.delete(f"{account}/{answer.json()['id']}", timeout=15, headers=headers).status_code == 204
    return take_back


def test_device_gets_an_offline_token_of_its_own_that_no_other_device_can_use(limits, named):
    """reqs: S2-8. From a web app, for another client, bound to the device's key; the copy is refused."""
    desk, sensor, url = named("desk"), named("sensor"), named("sensor").endpoint("token")
    login = log_in(named("web"), "alice")
    verifier, challenge = pkce()
    code = granted(make(desk, challenge, login["access_token"], audience="sensor",
                        scope="read offline_access"))["access_token"]
    key, thief = DpopKey(), DpopKey()
    refused(redeem(sensor, code, verifier), "invalid_dpop_proof")
    tokens = granted(redeem(sensor, code, verifier, headers={"DPoP": key.proof(url)}))
    claims = claims_of(tokens["access_token"])
    assert claims["azp"] == "sensor" and claims["cnf"] == {"jkt": key.thumbprint}
    assert "offline_access" in tokens["scope"].split() and claims["act"]["client_id"] == "desk"
    refused(sensor.token("refresh_token", {"DPoP": thief.proof(url)}, refresh_token=tokens["refresh_token"]),
            "invalid_grant")
    refused(sensor.refresh(tokens["refresh_token"]), "invalid_dpop_proof")
    assert named("web").logout(login["refresh_token"]).status_code == 204
    again = granted(sensor.token("refresh_token", {"DPoP": key.proof(url)}, refresh_token=tokens["refresh_token"]))
    assert claims_of(again["access_token"])["cnf"] == {"jkt": key.thumbprint}
    assert sensor.revoke(again["refresh_token"]).status_code == 200
    refused(sensor.token("refresh_token", {"DPoP": key.proof(url)}, refresh_token=again["refresh_token"]),
            "invalid_grant")


def test_process_manager_acts_in_the_process_that_the_user_let_it(limits, named):
    """reqs: S2-10. A token for process 1 is refused in process 2, by whom it was let and where it is used."""
    manager, engine, web = named("manager"), named("engine"), named("web")
    alice = log_in(web, "alice", "openid process:1 process:2")["access_token"]
    robot = granted(manager.client_credentials())["access_token"]

    def ask(**form):
        return manager.exchange(alice, actor_token=robot, audience="engine", **form)
    refused(ask(scope="process:1"), "invalid_target", "TX-RUL-02")
    take_back = let(limits, web, "alice", {"client": "manager"}, scopes=["process:1"])
    token = granted(ask(scope="process:1"))["access_token"]
    claims = claims_of(token)
    assert claims["scope"] == "process:1" and claims["act"]["client_id"] == "manager"
    assert claims["sub"] == claims_of(alice)["sub"]
    refused(ask(scope="process:2"), "invalid_scope", "TX-SCP-01")
    assert granted(ask())["scope"] == "process:1", "without a word it is what the user let"
    # Where it is used: the engine's own step, and what introspection says of it.
    assert granted(engine.exchange(token, scope="process:1"))["scope"] == "process:1"
    refused(engine.exchange(token, scope="process:2"), "invalid_scope", "TX-SCP-01")
    refused(engine.exchange(token, scope="process"), "invalid_scope", "TX-SCP-01")
    assert granted(engine.introspect(token))["scope"] == "process:1"
    take_back()
    assert granted(engine.introspect(token)) == {"active": False}
    refused(ask(scope="process:1"), "invalid_target", "TX-RUL-02")


def test_list_of_an_administrator_and_the_bosses_own_word_are_decided_by_one_rule(limits, named):
    """reqs: S2-11b"""
    desk, web = named("desk"), named("web")
    amy = log_in(web, "amy")["access_token"]

    def become(whom):
        return desk.exchange(amy, requested_subject=whom, audience="calendar")
    take_back = let(limits, web, "cora", {"username": "amy"})
    tokens = [granted(become(boss))["access_token"] for boss in ("ben", "cora")]
    for token in tokens:
        assert claims_of(token)["act"]["preferred_username"] == "amy"
        assert record_of(limits, claims_of(token)["jti"])["rules"] == ["bosses"]
    refused(become("kim"), "invalid_target", "TX-RUL-02")
    take_back()
    refused(become("cora"), "invalid_target", "TX-RUL-02")
    granted(become("ben"))
    calendar = named("calendar")
    assert [granted(calendar.introspect(token))["active"] for token in tokens] == [True, False]


def test_parent_acts_for_the_child_until_the_relation_ends(server):
    """reqs: S2-21a. The token says both; by the date of the relation, and by its removal."""
    started, change = changing_realm(server, make_realm("family"))
    desk, web, school = (named_in(started, name, "family") for name in ("desk", "web", "school"))
    mum = log_in(web, "mum")["access_token"]

    def become():
        return desk.exchange(mum, requested_subject="kid", audience="school")
    token = granted(become())["access_token"]
    claims = claims_of(token)
    assert claims["act"]["preferred_username"] == "mum" and claims["sub"] != claims_of(mum)["sub"]
    assert record_of(started, claims["jti"])["actorName"] == "mum"
    soon = int(time.time()) + 8
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon))
    change(lambda made: find(made["relations"], "kind", "guardian").update(expires=date))
    assert granted(school.introspect(token)) == {"active": False}, "another relation, so what rested on this one is over"
    assert claims_of(granted(become())["access_token"])["exp"] <= soon
    time.sleep(max(0, soon - time.time()) + 0.5)
    refused(become(), "invalid_target", "TX-RUL-02")
    change(lambda made: None)
    granted(become())
    change(lambda made: made["relations"].pop(1))
    refused(become(), "invalid_target", "TX-RUL-02")


def test_doctor_acts_for_his_patients_and_in_an_emergency_for_any(limits, named):
    """reqs: S2-21b. Few scopes, both names; an emergency needs a reason, is short, and is told at once."""
    desk, web = named("desk"), named("web")
    doc = log_in(web, "doc")["access_token"]

    def become(whom, **form):
        return desk.exchange(doc, requested_subject=whom, audience="ward", **form)
    claims = claims_of(granted(become("pat"))["access_token"])
    assert claims["act"]["preferred_username"] == "doc" and claims["scope"] == "read"
    refused(become("pat", scope="write"), "invalid_scope", "TX-SCP-01")
    # Neither treated by him nor asked: only the rule for emergencies is left, and it wants a reason.
    refused(become("quinn"), "invalid_request", "TX-IMP-05")
    before = len(limits.events("break_glass"))
    start = time.monotonic()
    answer = granted(become("quinn", reason="unconscious"))
    limits.wait_until(lambda: len(limits.events("break_glass")) > before)
    assert time.monotonic() - start < 1 and answer["expires_in"] <= 60
    event = limits.events("break_glass")[-1]
    assert event["reason"] == "unconscious" and event["rules"] == "emergency"
    assert record_of(limits, claims_of(answer["access_token"])["jti"])["event"] == "break_glass"
    # The patient says so himself: then it is no emergency any more.
    take_back = let(limits, web, "quinn", {"username": "doc"}, scopes=["read"])
    token = granted(become("quinn"))["access_token"]
    assert record_of(limits, claims_of(token)["jti"])["rules"] == ["treatment"]
    take_back()
    refused(become("quinn"), "invalid_request", "TX-IMP-05")


@pytest.mark.parametrize("edit", [
    {"demands": []}, {"demands": ["ticket"]},
    {"result": {"lifetime": "16m"}}, {"result": {"lifetime": None}},
    {"result": {"refresh": "bounded", "session": "create"}}], ids=str)
def test_emergency_without_reason_or_end_is_no_rule(tmp_path, edit):
    made = make_realm()
    found = find(made["exchangeRules"], "id", "emergency")
    found.update({key: value for key, value in edit.items() if key != "result"})
    found["result"].update(edit.get("result", {}))
    found["result"] = {key: value for key, value in found["result"].items() if value is not None}
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    told = cambist("lint", path)
    assert told.returncode == 1 and "emergency" in told.stdout, told.stdout

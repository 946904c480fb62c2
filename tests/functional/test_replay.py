# SPDX-License-Identifier: Apache-2.0
"""serve --record and cambist replay: what a new version, or a changed realm, would decide otherwise."""
import copy
import json

import pytest

from support.change import find
from support.client import REFRESH_TOKEN, Client, granted, refused
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist, write_realm


def switch():
    made = rule("view-as", "desk", "shop", users={"groups": ["/customers"]}, scopes=["read"], lifetime="5m",
                binding="azp")
    made["result"]["mode"] = "switch-subject"
    made["actor"] = {"users": {"groups": ["/desk"]}}
    made["demands"] = ["reason"]
    return made


def make_realm():
    return realm(
        "played", scopes=[scope("read"), scope("write")], groups=[{"name": "desk"}, {"name": "customers"}],
        clients=[public_client("web", sent_to=["orders"], optional=["read", "write"]),
                 client("orders"), client("desk", directAccessGrantsEnabled=True, optional=["read"]),
                 client("billing"), client("shop"), client("ledger")],
        users=[user("alice", "/customers"), user("dora", "/desk")],
        rules=[rule("to-billing", "orders", "billing", scopes=["read", "write"], lifetime="5m", refresh="bounded",
                    types=["access_token", "refresh_token"]),
               rule("to-ledger", "orders", "ledger", scopes=["read"], lifetime="5m"), switch()])


@pytest.fixture(scope="module")
def recorded(module_server, tmp_path_factory):
    """A server that has served, what it recorded, its realm, and all secrets that went over the wire."""
    path = tmp_path_factory.mktemp("recording") / "decisions.jsonl"
    server = module_server(make_realm(), arguments=["--record", str(path)])
    web, orders, desk = (Client(server.url, "played", name, secret) for name, secret in
                         [("web", None), ("orders", secret_of("orders")), ("desk", secret_of("desk"))])
    alice = granted(web.password("alice", "alice", scope="openid read write"))["access_token"]
    dora = granted(desk.password("dora", "dora"))["access_token"]
    secrets = [alice, dora]
    for form in ({"audience": "billing"}, {"audience": "ledger", "scope": "read"},
                 {"audience": "billing", "requested_token_type": REFRESH_TOKEN}):
        secrets.append(granted(orders.exchange(alice, **form))["access_token"])
    secrets.append(granted(desk.exchange(dora, requested_subject="alice", audience="shop",
                                         reason="asks for help"))["access_token"])
    refused(desk.exchange(dora, requested_subject="alice", audience="shop"), "invalid_request")
    refused(orders.exchange(alice, audience="shop"), "invalid_target")
    return server, path, secrets


def replay(path, *words, dev=True):
    done = cambist("replay", path, *words, "--json", *(["--dev"] if dev else []))
    return done, json.loads(done.stdout) if done.stdout else None


def test_recording_holds_no_token_and_no_secret(recorded):
    """reqs: S0-6. Who asked for what, of whom, and what came of it; a line a decision."""
    _, path, secrets = recorded
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) == 6 and path.stat().st_mode & 0o777 == 0o600
    for secret in [*secrets, secret_of("orders"), secret_of("desk"), "asks for help"]:
        assert secret not in text and secret.rsplit(".", maxsplit=1)[-1] not in text
    row = json.loads(text.splitlines()[0])
    assert row["client"] == "orders" and row["subjectName"] == "alice" and row["wanted"]["audiences"] == ["billing"]


def test_same_version_on_the_same_state_decides_alike(recorded):
    """reqs: S0-6"""
    server, path, _ = recorded
    done, report = replay(path, "--store", server.store)
    assert done.returncode == 0, done.stderr
    assert report == {"played": 6, "changed": []}
    assert replay(path, "--realm", server.realms[0])[1] == report, "the file's own users"


CHANGES = {
    "rule gone": (lambda made: made["exchangeRules"].pop(0), "orders for alice, to billing",
                  "permitted, now refused with TX-TGT-01", 2),
    "fewer scopes": (lambda made: find(made["exchangeRules"], "id", "to-billing")["result"]["scopes"].update(
        allow=["read"]), "orders for alice, to billing", "scopes: read write, now read", 2),
    "no refresh token": (lambda made: find(made["exchangeRules"], "id", "to-billing")["result"].update(
        refresh="none", tokenTypes=["access_token"]), "orders for alice, to billing", "refused with", 1),
    "shorter": (lambda made: find(made["exchangeRules"], "id", "to-ledger")["result"].update(lifetime="1m"),
                "orders for alice, to ledger", "now 60", 1),
    "actor not selected": (lambda made: find(made["users"], "username", "dora").update(groups=[]),
                           "desk for alice, dora acts, to shop", "permitted, now refused", 2),
    "reason not demanded": (lambda made: find(made["exchangeRules"], "id", "view-as").pop("demands"),
                            "desk for alice, dora acts, to shop", "now permitted", 1),
    "user gone": (lambda made: made["users"].pop(1), "desk for alice, dora acts, to shop",
                  "can not be decided any more", 2),
    "client disabled": (lambda made: find(made["clients"], "clientId", "ledger").update(enabled=False),
                        "orders for alice, to ledger", "permitted, now refused", 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_replay_reports_every_changed_decision(recorded, tmp_path, name):
    """reqs: S0-6"""
    _, path, _ = recorded
    change, decision, difference, count = CHANGES[name]
    made = copy.deepcopy(make_realm())
    change(made)
    done, report = replay(path, "--realm", write_realm(tmp_path, made))
    assert done.returncode == 1, done.stderr
    assert report["played"] == 6 and len(report["changed"]) == count, report
    assert any(decision in row["decision"] and difference in row["differences"][0] for row in report["changed"]), report
    shown = cambist("replay", path, "--realm", write_realm(tmp_path, made), "--dev")
    assert difference in shown.stdout and f"6 decisions played, {count} changed" in shown.stdout


def test_changed_realm_is_played_with_the_users_of_the_store(recorded, tmp_path):
    server, path, _ = recorded
    made = make_realm()
    made["users"] = []
    done, report = replay(path, "--realm", write_realm(tmp_path, made), "--store", server.store)
    assert done.returncode == 0 and report["changed"] == [], (report, done.stderr)


def test_what_can_not_be_told_is_2_and_says_why(recorded, tmp_path):
    _, path, _ = recorded
    lines = path.read_text(encoding="utf-8").splitlines()
    for text, complaint in [(lines[0] + "\n{", ":2: is no line of a recording"),
                            (lines[0].replace('"version":1', '"version":9'), "another version"),
                            (lines[0].replace('"mode":"same-subject"', '"mode":"mood"'), "damaged")]:
        broken = tmp_path / "broken.jsonl"
        broken.write_text(text, encoding="utf-8")
        done = cambist("replay", broken, "--realm", write_realm(tmp_path, make_realm()), "--dev")
        assert done.returncode == 2 and complaint in done.stderr, (text[:40], done.stderr)
    assert cambist("replay", tmp_path / "nothing", "--realm", write_realm(tmp_path, make_realm())).returncode == 2


def test_recording_that_can_not_be_opened_stops_the_start(tmp_path):
    done = cambist("serve", "--dev", "--store", f"sqlite:{tmp_path}/a.db", "--listen", "127.0.0.1:0",
                   "--record", tmp_path / "nowhere" / "file")
    assert done.returncode == 1 and "nowhere" in done.stderr

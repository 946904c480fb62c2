# SPDX-License-Identifier: Apache-2.0
"""explain --mermaid: who asked, who acts for whom, and what came of it, as a diagram that can be drawn."""
import base64
import hashlib

import pytest

from support.audit import records_of
from support.client import Client, granted, refused
from support.mermaid import Mermaid
from support.realms import client, public_client, realm, rule, scope, secret_of, user
from support.server import cambist

RISK = {"reason": "test", "expires": "2099-01-01"}
HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"
STAFF, PEOPLE = {"groups": ["/staff"]}, {"groups": ["/people"]}


def make(rule_id, mode, target="shop", actor=True, **parts):
    made = rule(rule_id, "desk", target, users=PEOPLE, scopes=["read"], lifetime="5m",
                **parts.pop("result", {}))
    made["result"]["mode"] = mode
    if actor:
        made["actor"] = {"users": STAFF}
    return {**made, **parts}


def make_realm():
    return realm(
        "drawn", scopes=[scope("read")], groups=[{"name": "staff"}, {"name": "people"}],
        clients=[public_client("web", sent_to=["desk"]), client("desk"),
                 *(client(name) for name in ("plain", "shop", "mask", "night")), public_client("app")],
        users=[user("alice", "/people"), user("dora", "/staff")],
        rules=[make("plain", "same-subject", "plain", actor=False), make("acts", "delegation", "shop"),
               make("view", "switch-subject", "shop"),
               make("mask", "switch-subject", "mask", risk=RISK, result={"hideActor": True}),
               make("night", "switch-subject", "night", actor=False, risk=RISK,
                    subject={"naked": True, "users": PEOPLE}),
               make("code", "same-subject", "app", actor=False,
                    result={"types": ["handoff"], "holder": "target", "session": "create", "refresh": "bounded"})])


@pytest.fixture(scope="module")
def drawn(module_server):
    return module_server(make_realm())


@pytest.fixture
def desk(drawn):
    return Client(drawn.url, "drawn", "desk", secret_of("desk"))


@pytest.fixture
def token(drawn):
    return lambda name: granted(Client(drawn.url, "drawn", "web").password(name, name))["access_token"]


@pytest.fixture(scope="module")
def mermaid():
    parser = Mermaid()
    yield parser
    parser.close()


@pytest.fixture
def draw(drawn, mermaid):
    """The diagram of the newest record, or of a refusal's, as Mermaid and we read it."""
    def run(response):
        body = response.json()
        trace = body.get("trace_id") or records_of(drawn)[-1]["trace"]
        done = cambist("explain", trace, "--store", drawn.store, "--mermaid")
        assert done.returncode == 0, done.stderr
        return mermaid.check(done.stdout.rstrip("\n"))
    return run


def texts_between(diagram, sender, receiver):
    return [text for one, _, other, text in diagram.messages if (one, other) == (sender, receiver)]


def test_plain_exchange_shows_its_subject_and_no_actor(desk, token, draw):
    response = desk.exchange(token("alice"), audience="plain")
    granted(response)
    diagram = draw(response)
    assert sorted(diagram.parties.values()) == [("actor", "alice"), ("participant", "cambist"),
                                                ("participant", "desk")]
    alice, client_id, server = (diagram.named(name) for name in ("alice", "desk", "cambist"))
    assert texts_between(diagram, alice, client_id) == ["subject token, held by web"]
    assert texts_between(diagram, client_id, server) == ["token-exchange for plain"]
    assert texts_between(diagram, server, client_id) == ["access_token for plain"]


def test_delegation_shows_both_tokens_and_who_acts_for_whom(desk, token, draw):
    response = desk.exchange(token("alice"), actor_token=token("dora"), audience="shop")
    granted(response)
    diagram = draw(response)
    alice, dora, client_id = (diagram.named(name) for name in ("alice", "dora", "desk"))
    assert diagram.parties[dora] == ("actor", "dora")
    assert texts_between(diagram, alice, client_id) == ["subject token, held by web"]
    assert texts_between(diagram, dora, client_id) == ["actor token"]
    assert ([dora, client_id], "dora acts for alice") in diagram.notes


@pytest.mark.parametrize("audience, told", [("shop", "dora acts for alice"),
                                            ("mask", "dora acts for alice, the token does not say so")])
def test_switch_shows_whose_token_it_was_and_whom_he_becomes(desk, token, draw, audience, told):
    response = desk.exchange(token("dora"), requested_subject="alice", audience=audience)
    granted(response)
    diagram = draw(response)
    alice, dora, client_id, server = (diagram.named(name) for name in ("alice", "dora", "desk", "cambist"))
    assert texts_between(diagram, dora, client_id) == ["subject token, held by web"]
    assert texts_between(diagram, alice, client_id) == [], "alice gave no token"
    assert texts_between(diagram, client_id, server) == [f"token-exchange for {audience}, to become alice"]
    assert ([dora, client_id], told) in diagram.notes


def test_naked_switch_shows_that_nobodys_token_was_there(desk, draw):
    response = desk.token("urn:ietf:params:oauth:grant-type:token-exchange", requested_subject="alice",
                          audience="night")
    granted(response)
    diagram = draw(response)
    client_id = diagram.named("desk")
    assert ([client_id], "no subject token, asks by its own right") in diagram.notes
    assert ([client_id], "desk acts for alice") in diagram.notes
    assert texts_between(diagram, diagram.named("alice"), client_id) == []


def test_hand_off_shows_a_code_and_its_redemption_another_exchange(desk, drawn, token, draw):
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    response = desk.exchange(token("alice"), audience="app", requested_token_type=HAND_OFF,
                             code_challenge=challenge, code_challenge_method="S256")
    code = granted(response)["access_token"]
    diagram = draw(response)
    assert texts_between(diagram, diagram.named("cambist"), diagram.named("desk")) == ["one-time code for app"]
    response = Client(drawn.url, "drawn", "app").exchange(code, subject_token_type=HAND_OFF, code_verifier=verifier)
    granted(response)
    diagram = draw(response)
    assert texts_between(diagram, diagram.named("cambist"), diagram.named("app")) == ["access_token for app"]


def test_refusal_is_drawn_with_its_code(desk, token, draw):
    response = desk.exchange(token("alice"), audience="desk; drop\n<b>")
    refused(response, "invalid_target")
    diagram = draw(response)
    [(_, arrow, _, text)] = [one for one in diagram.messages if one[0] == diagram.named("cambist")]
    assert arrow == "--x" and text.startswith("TX-TGT-02 ")


def test_every_trace_can_be_drawn(drawn, desk, token, mermaid):
    """Whatever grant it was, however it ended, and what commands did."""
    web = Client(drawn.url, "drawn", "web")
    login = granted(web.password("alice", "alice"))
    web.refresh(login["refresh_token"])
    web.password("alice; --\n<b>\"#%%", "wrong")
    desk.client_credentials()
    desk.token("urn:x:\u2713; end\nloop")
    desk.exchange("not a token", audience=["a", "b"], scope="x")
    desk.exchange(token("dora"), requested_subject="nobody", audience="shop")
    Client(drawn.url, "drawn", "desk", "wrong").client_credentials()
    assert cambist("revoke", "user", "alice", "--store", drawn.store, "--dev").returncode == 0
    records = records_of(drawn)
    assert {"password", "refresh_token", "command"} <= {record["grant"] for record in records}
    for record in records[-40:]:
        done = cambist("explain", record["trace"], "--store", drawn.store, "--mermaid")
        diagram = mermaid.check(done.stdout.rstrip("\n"))
        assert len(diagram.messages) >= 1, record


@pytest.mark.parametrize("broken", [
    "", "sequence", "sequenceDiagram\n    A->>B", "sequenceDiagram\n    participant A as x; drop\n    A->>",
    "sequenceDiagram\n    Note over: x", "sequenceDiagram\n    A->>B: x\n    end",
    "sequenceDiagram\n    participant\n    A->>B: x"])
def test_mermaid_refuses_what_is_no_diagram(mermaid, broken):
    """Or its reading of ours would say nothing."""
    assert "error" in mermaid.read(broken)


def test_mermaid_sees_what_is_said_and_not_only_that_it_is_a_diagram(mermaid):
    text = "sequenceDiagram\n    participant A as a\n    participant B as b\n    A->>B: no#59; yes\n    Note over A: why"
    assert mermaid.read(text) == {"type": "sequence", "parties": {"A": ["participant", "a"], "B": ["participant", "b"]},
                                  "messages": [["A", "B", "no; yes"]], "notes": ["why"]}
    assert mermaid.read("flowchart TD\n    A-->B")["type"] != "sequence"
    with pytest.raises(AssertionError):
        mermaid.check(text.replace("#59;", "#59; #35;") + "\n    A->B: x\n    loop y\n    A->>B: z\n    end")

# SPDX-License-Identifier: Apache-2.0
"""Delegation (RFC 8693 sections 1.1 and 4.1): the subject stays, and the token says who acts."""
import base64
import hashlib

import pytest

from support.audit import record_of, records_of
from support.change import changing_realm, find
from support.client import (ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted,
                            refresh_token_of, refused)
from support.dpop import DpopKey
from support.realms import client, public_client, realm, rule, scope, secret_of, user


def delegation(rule_id, requester, target, actor, **more):
    made = rule(rule_id, requester, target, **more)
    made["actor"] = actor
    made["result"]["mode"] = "delegation"
    return made


def make_realm(**more):
    return realm(
        "desk", scopes=[scope("tickets:read"), scope("tickets:write")],
        groups=[{"name": "staff"}, {"name": "assistants"}],
        clients=[public_client("web", optional=["tickets:read", "tickets:write"],
                               sent_to=["desk-api", "agent", "loop"]),
                 client("desk-api"), client("agent", serviceAccountsEnabled=True, sent_to=["desk-api"]),
                 client("loop"), client("tickets"), client("archive"), client("wiki")],
        users=[user("alice", "/staff"), user("bob", "/assistants"), user("carol", "/staff")],
        rules=[delegation("by-assistant", "desk-api", "tickets", {"users": {"groups": ["/assistants"]}},
                          scopes=["tickets:read"], lifetime="5m", users={"groups": ["/staff"]},
                          types=["access_token", "id_token", "refresh_token"], refresh="bounded"),
               delegation("by-agent", "desk-api", "archive", {"clients": ["agent"]},
                          scopes=["tickets:read"], lifetime="5m"),
               delegation("agent-itself", "agent", "loop", "requester", scopes=["tickets:read"],
                          lifetime="5m", mayAct={"client": "loop"}),
               delegation("again", "loop", "loop", {"users": {"any": True},
                                                   "tokenTypes": ["access_token", "id_token", "jwt"]},
                          scopes=["tickets:read"], lifetime="5m"),
               rule("plain", "desk-api", "wiki", scopes=["tickets:read"], lifetime="5m"),
               rule("keep", "loop", "wiki", scopes=["tickets:read"], lifetime="5m")], **more)


@pytest.fixture(scope="module")
def desk(module_server):
    return changing_realm(module_server, make_realm())


@pytest.fixture
def named(desk):
    return lambda name: Client(desk[0].url, "desk", name, secret_of(name))


@pytest.fixture
def login(desk):
    def log_in(name, scope="openid tickets:read"):
        return granted(Client(desk[0].url, "desk", "web").password(name, name, scope=scope))
    return log_in


def claims_of(token):
    return decode(token)[1]


def act_of(token):
    return claims_of(token)["act"]


def test_delegated_token_is_about_the_subject_and_names_the_actor(named, login):  # specs: ACT-01
    """specs: TX-16, TX-52, TX-54, TX-55, TX-56, ACT-01"""
    alice, bob = login("alice"), login("bob")
    answer = granted(named("desk-api").exchange(alice["access_token"], actor_token=bob["access_token"],
                                                audience="tickets"))
    claims = claims_of(answer["access_token"])
    about_bob = claims_of(bob["access_token"])
    assert claims["sub"] == claims_of(alice["access_token"])["sub"]
    assert claims["azp"] == claims["client_id"] == "desk-api"
    assert claims["act"] == {"sub": about_bob["sub"], "iss": claims["iss"],
                             "preferred_username": "bob", "sid": about_bob["sid"]}
    assert claims["scope"] == "tickets:read"
    assert claims["sid"] == claims_of(alice["access_token"])["sid"]
    assert claims["exp"] <= about_bob["exp"]


def test_without_an_actor_token_no_actor_is_invented(named, login):  # specs: ACT-08
    """specs: TX-52"""
    answer = granted(named("desk-api").exchange(login("alice")["access_token"], audience="wiki"))
    assert "act" not in claims_of(answer["access_token"])


def test_actor_is_the_same_in_token_introspection_userinfo_and_id_token(named, login):  # specs: ACT-06
    """specs: TX-63, TX-64"""
    answer = granted(named("desk-api").exchange(
        login("alice")["access_token"], actor_token=login("bob")["access_token"], audience="tickets",
        scope="openid tickets:read"))
    token = answer["access_token"]
    act = act_of(token)
    assert granted(named("tickets").introspect(token))["act"] == act
    assert granted(named("desk-api").userinfo(token))["act"] == act
    assert act_of(answer["id_token"]) == act


@pytest.mark.parametrize("kind,urn", [("id_token", ID_TOKEN), ("access_token", JWT)])
def test_actor_token_may_be_an_id_token_or_a_jwt_where_the_rule_says_so(named, login, kind, urn):
    bob = login("bob")
    web_alice = login("alice")["access_token"]
    # The ID token is for web, and the requester must be meant: `loop` is in no audience of it.
    response = named("loop").exchange(web_alice, actor_token=bob[kind], actor_token_type=urn,
                                      audience="loop")
    if kind == "id_token":
        refused(response, "invalid_request", "TX-ACT-07")
    else:
        assert act_of(granted(response)["access_token"])["preferred_username"] == "bob"


def test_actor_token_of_a_type_that_the_rule_does_not_take_is_refused(named, login):
    refused(named("desk-api").exchange(login("alice")["access_token"],
                                       actor_token=login("bob")["access_token"], actor_token_type=JWT,
                                       audience="tickets"), "invalid_target", "TX-ACT-09")


@pytest.mark.parametrize("urn", [REFRESH_TOKEN, "urn:ietf:params:oauth:token-type:saml2", "nonsense"])
def test_other_types_of_actor_token_are_refused(named, login, urn):
    refused(named("desk-api").exchange(login("alice")["access_token"],
                                       actor_token=login("bob")["access_token"], actor_token_type=urn,
                                       audience="tickets"), "invalid_request", "TX-ACT-08")


def test_actor_that_no_rule_selects_is_refused(named, login):
    """specs: TX-69"""
    refused(named("desk-api").exchange(login("alice")["access_token"],
                                       actor_token=login("carol")["access_token"], audience="tickets"),
            "invalid_target", "TX-ACT-09")


def test_actor_and_subject_alike_are_refused(named, login):  # specs: ACT-02
    """specs: NEG-70, ACT-02"""
    alice = login("alice")["access_token"]
    for again in (alice, login("alice")["access_token"]):
        refused(named("desk-api").exchange(alice, actor_token=again, audience="tickets"),
                "invalid_request", "TX-ACT-03")


def test_actor_token_without_a_value_or_without_its_type_is_refused(named, login):
    alice, bob = login("alice")["access_token"], login("bob")["access_token"]
    refused(named("desk-api").exchange(alice, actor_token="", actor_token_type=JWT, audience="tickets"),
            "invalid_request")
    refused(named("desk-api").exchange(alice, actor_token=bob, actor_token_type=None,
                                       audience="tickets"), "invalid_request", "TX-PAR-08")


def test_actor_token_that_is_no_good_is_refused(named, login):  # specs: ACT-07
    alice, bob = login("alice")["access_token"], login("bob")["access_token"]
    for broken in ("nonsense", bob[:-6] + "AAAAAA", bob + "x"):
        refused(named("desk-api").exchange(alice, actor_token=broken, audience="tickets"),
                "invalid_request", "TX-ACT-02")


def test_actor_that_logged_out_acts_no_more(desk, named):
    """specs: NEG-72"""
    web = Client(desk[0].url, "desk", "web")
    alice = granted(web.password("alice", "alice", scope="openid tickets:read"))
    bob = granted(web.password("bob", "bob"))
    answer = granted(named("desk-api").exchange(
        alice["access_token"], actor_token=bob["access_token"], audience="tickets",
        requested_token_type=REFRESH_TOKEN))
    token = granted(named("desk-api").exchange(alice["access_token"], actor_token=bob["access_token"],
                                               audience="tickets"))["access_token"]
    assert granted(named("tickets").introspect(token))["active"]
    assert web.logout(bob["refresh_token"]).status_code == 204
    assert granted(named("tickets").introspect(token)) == {"active": False}
    refused(named("desk-api").refresh(refresh_token_of(answer)), "invalid_grant")
    refused(named("desk-api").exchange(alice["access_token"], actor_token=bob["access_token"],
                                       audience="tickets"), "invalid_request", "TX-ACT-02")


def test_refresh_of_a_delegated_token_keeps_the_actor_and_asks_the_rule_again(server):  # specs: ACT-10
    """specs: NEG-72, ACT-10"""
    started, change = changing_realm(server, make_realm())
    web = Client(started.url, "desk", "web")
    api = Client(started.url, "desk", "desk-api", secret_of("desk-api"))
    alice = granted(web.password("alice", "alice", scope="openid tickets:read"))["access_token"]
    bob = granted(web.password("bob", "bob"))["access_token"]
    answer = granted(api.exchange(alice, actor_token=bob, audience="tickets",
                                  requested_token_type=REFRESH_TOKEN))
    token = refresh_token_of(answer)
    again = granted(api.refresh(token))
    assert act_of(again["access_token"])["preferred_username"] == "bob"
    token = again.get("refresh_token", token)
    change(lambda made: find(made["users"], "username", "bob").update(groups=[]))
    refused(api.refresh(token), "invalid_grant", "TX-RT-13")


def test_actor_that_is_disabled_ends_what_he_acts_in(server):
    """specs: NEG-72, TX-86"""
    started, change = changing_realm(server, make_realm())
    web = Client(started.url, "desk", "web")
    api = Client(started.url, "desk", "desk-api", secret_of("desk-api"))
    tickets = Client(started.url, "desk", "tickets", secret_of("tickets"))
    alice = granted(web.password("alice", "alice", scope="openid tickets:read"))["access_token"]
    bob = granted(web.password("bob", "bob"))["access_token"]
    token = granted(api.exchange(alice, actor_token=bob, audience="tickets"))["access_token"]
    assert granted(tickets.introspect(token))["active"]
    change(lambda made: find(made["users"], "username", "bob").update(enabled=False))
    assert granted(tickets.introspect(token)) == {"active": False}
    refused(api.exchange(alice, actor_token=bob, audience="tickets"), "invalid_request", "TX-ACT-02")


def test_service_account_acts_with_its_client_id(named, login):
    agent = granted(named("agent").client_credentials())["access_token"]
    answer = granted(named("desk-api").exchange(login("alice")["access_token"], actor_token=agent,
                                                audience="archive"))
    act = act_of(answer["access_token"])
    assert act["client_id"] == "agent" and act["sub"] == claims_of(agent)["sub"]


def test_client_is_the_actor_where_the_rule_says_so(named, login):
    """specs: TX-53"""
    token = granted(named("agent").exchange(login("alice")["access_token"], audience="loop"))["access_token"]
    claims = claims_of(token)
    assert claims["act"] == {"sub": "agent", "iss": claims["iss"], "client_id": "agent"}


def test_token_says_who_may_act_and_nobody_else_does(named, login):
    # specs: NEG-13
    """specs: TX-66, TX-67, TX-68, NEG-12"""
    token = granted(named("agent").exchange(login("alice")["access_token"], audience="loop"))["access_token"]
    assert claims_of(token)["may_act"] == {"iss": claims_of(token)["iss"], "client_id": "loop"}
    refused(named("loop").exchange(token, actor_token=login("carol")["access_token"], audience="loop"),
            "invalid_request", "TX-ACT-04")
    refused(named("agent").exchange(token, audience="loop"), "invalid_request", "TX-BND-01")


def test_token_with_may_act_never_comes_out_clean(named, login):  # errors: E23; specs: KCD-11
    """specs: TX-71. What Keycloak's issue 52691 was about."""
    token = granted(named("agent").exchange(login("alice")["access_token"], audience="loop"))["access_token"]
    claims = claims_of(granted(named("loop").exchange(token, audience="wiki"))["access_token"])
    assert claims["act"] == {"sub": "loop", "iss": claims["iss"], "client_id": "loop",
                             "act": act_of(token)}
    assert "may_act" not in claims


def test_chain_keeps_every_actor_newest_outermost(named, login):  # errors: E23; specs: ACT-05
    """specs: TX-57, TX-62, ACT-05, ACT-06"""
    alice, bob, carol = (login(name)["access_token"] for name in ("alice", "bob", "carol"))
    first = granted(named("loop").exchange(alice, actor_token=bob, audience="loop"))["access_token"]
    second = granted(named("loop").exchange(first, actor_token=carol, audience="loop"))["access_token"]
    act = act_of(second)
    assert act["preferred_username"] == "carol" and act["act"] == act_of(first)
    plain = granted(named("loop").exchange(second, audience="wiki"))["access_token"]
    assert act_of(plain) == act


def test_same_actor_twice_in_a_row_is_named_once(named, login):
    """specs: TX-61"""
    alice, bob = login("alice")["access_token"], login("bob")["access_token"]
    first = granted(named("loop").exchange(alice, actor_token=bob, audience="loop"))["access_token"]
    second = granted(named("loop").exchange(first, actor_token=bob, audience="loop"))["access_token"]
    assert act_of(second) == act_of(first)


def test_chain_of_actors_is_bounded_and_never_cut(named, login):  # specs: ACT-03
    """specs: TX-60, ACT-03, NEG-64"""
    tokens = [login(name)["access_token"] for name in ("bob", "carol")]
    token = login("alice")["access_token"]
    for depth in range(5):
        token = granted(named("loop").exchange(token, actor_token=tokens[depth % 2],
                                               audience="loop"))["access_token"]
    refused(named("loop").exchange(token, actor_token=tokens[1], audience="loop"),
            "invalid_request", "TX-ACT-06")


def test_actor_token_in_which_somebody_acts_is_refused(named, login):
    """specs: TX-58"""
    alice, bob, carol = (login(name)["access_token"] for name in ("alice", "bob", "carol"))
    delegated = granted(named("loop").exchange(bob, actor_token=carol, audience="loop"))["access_token"]
    refused(named("loop").exchange(alice, actor_token=delegated, audience="loop"),
            "invalid_request", "TX-ACT-05")


def test_actor_token_of_another_client_must_be_meant_for_the_requester(named, login):
    """specs: NEG-69"""
    stray = granted(named("agent").client_credentials())["access_token"]  # for desk-api
    refused(named("loop").exchange(login("alice")["access_token"], actor_token=stray, audience="loop"),
            "invalid_request", "TX-ACT-07")


def test_rule_without_actor_serves_no_request_with_one_and_the_other_way_round(named, login):
    alice, bob = login("alice")["access_token"], login("bob")["access_token"]
    refused(named("desk-api").exchange(alice, actor_token=bob, audience="wiki"), "invalid_target",
            "TX-ACT-09")
    refused(named("desk-api").exchange(alice, audience="tickets"), "invalid_target", "TX-RUL-05")


def test_audit_names_subject_and_actor(desk, named, login):
    alice, bob = login("alice"), login("bob")
    answer = granted(named("desk-api").exchange(alice["access_token"], actor_token=bob["access_token"],
                                                audience="tickets"))
    record = record_of(desk[0], claims_of(answer["access_token"])["jti"])
    assert (record["subjectName"], record["actorName"]) == ("alice", "bob")
    assert record["actor"] == claims_of(bob["access_token"])["sub"]


def test_audit_links_what_was_issued_with_both_tokens_it_was_issued_for(desk, named, login):
    # specs: TX-84
    def hash_of(token):
        return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    alice, bob = login("alice")["access_token"], login("bob")["access_token"]

    def act(actor):
        return named("desk-api").exchange(alice, actor_token=actor, audience="tickets")
    answers = [granted(act(bob)) for _ in range(3)]
    jtis = {claims_of(token)["jti"] for token in (alice, bob, *(one["access_token"] for one in answers))}
    assert len(jtis) == 5, "each token has its own"
    for answer in answers:
        record = record_of(desk[0], claims_of(answer["access_token"])["jti"])
        assert record["subjectTokenHash"] == hash_of(alice)
        assert record["issuedTokenHash"] == hash_of(answer["access_token"])
        assert find(record["steps"], "stage", "actor token")["text"] == f"SHA-256 {hash_of(bob)}"
    # Whoever tries a token that acts for nobody is found by it, too.
    trace = refused(act("nonsense"), "invalid_request")["trace_id"]
    refusal = find(records_of(desk[0]), "trace", trace)
    assert find(refusal["steps"], "stage", "actor token")["text"] == f"SHA-256 {hash_of('nonsense')}"


def test_actor_token_that_is_bound_to_a_key_acts_with_its_proof_only(desk, named, login):
    """specs: ACT-04. A copied token makes no actor."""
    key, thief = DpopKey(), DpopKey()
    web = Client(desk[0].url, "desk", "web")
    bob = granted(web.token("password", username="bob", password="bob",
                            headers={"DPoP": key.proof(web.endpoint("token"))}))["access_token"]
    alice = login("alice")["access_token"]

    def act(**more):
        return named("desk-api").exchange(alice, actor_token=bob, audience="tickets", **more)
    body = refused(act(), "invalid_request", "TX-POP-01")
    assert "The actor token is bound to a key" in body["error_description"]
    url = web.endpoint("token")
    refused(act(headers={"DPoP": thief.proof(url)}), "invalid_request", "TX-POP-01")
    granted(act(headers={"DPoP": key.proof(url)}))


def test_may_act_is_not_lost_by_asking_for_more_or_by_another_way(server):
    """specs: TX-68, NEG-12"""
    made = make_realm()
    named_one = rule("one", "desk-api", "tickets", scopes=["tickets:read"], lifetime="5m",
                     mayAct={"client": "agent"}, types=["access_token", "refresh_token"],
                     refresh="bounded")
    other = rule("two", "desk-api", "archive", scopes=["tickets:read"], lifetime="5m")
    back = rule("three", "desk-api", "desk-api", scopes=["tickets:read"], lifetime="5m",
                mayAct={"client": "agent"}, types=["access_token", "refresh_token"], refresh="bounded")
    again = rule("four", "desk-api", "wiki", scopes=["tickets:read"], lifetime="5m")
    again["subject"]["tokenTypes"] = ["access_token", "refresh_token"]
    become = rule("five", "desk-api", "loop", users={"any": True}, lifetime="5m")
    become["result"]["mode"], become["actor"] = "switch-subject", "required"
    made["exchangeRules"] = [named_one, other, back, again, become]
    started = server(made)
    web = Client(started.url, "desk", "web")
    api = Client(started.url, "desk", "desk-api", secret_of("desk-api"))
    alice = granted(web.password("alice", "alice", scope="openid tickets:read"))["access_token"]
    refused(api.exchange(alice, audience=["tickets", "archive"]), "invalid_target", "TX-TGT-07")
    token = granted(api.exchange(alice, audience="desk-api"))["access_token"]
    assert claims_of(token)["may_act"]["client_id"] == "agent"
    refused(api.exchange(token, audience="wiki"), "invalid_request", "TX-ACT-01")
    refused(api.exchange(token, requested_subject="bob", audience="loop"), "invalid_request", "TX-ACT-01")
    family = refresh_token_of(granted(api.exchange(alice, audience="desk-api",
                                                   requested_token_type=REFRESH_TOKEN)))
    refused(api.exchange(family, subject_token_type=REFRESH_TOKEN, audience="wiki"),
            "invalid_request", "TX-ACT-01")

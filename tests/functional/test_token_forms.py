# SPDX-License-Identifier: Apache-2.0
"""Forms of tokens: lightweight, RFC 9068, pairwise subjects; ID tokens of an exchange; lifetimes."""
import copy

import pytest

from support.audit import records_of
from support.change import changing_realm, find, reload
from support.client import ID_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, switched_client, user

LIGHT = {"client.use.lightweight.access.token.enabled": "true"}
RFC9068 = {"access.token.header.type.rfc9068": "true"}


def pairwise(made):
    """The client, of a sector of its own, knows users by identifiers of its own."""
    made["redirectUris"] = [f"https://{made['clientId']}.example/cb"]
    made["protocolMappers"].append(
        {"name": "pairwise", "protocol": "openid-connect",
         "protocolMapper": "oidc-sha256-pairwise-sub-mapper",
         "config": {"pairwiseSubAlgorithmSalt": "a long random text"}})
    return made


def make_realm():
    full = ["full", "light", "a"]
    ids = {"types": ["access_token", "id_token"], "scopes": ["openid"], "claims": "full"}
    return realm(
        "forms", roles={"realm": [{"name": "seller"}], "client": {"rp": [{"name": "r"}]}},
        groups=[{"name": "staff"}],
        clients=[
            public_client("full", sent_to=full), public_client("light", sent_to=full,
                                                               attributes=LIGHT),
            public_client("at", sent_to=["a"], attributes=RFC9068),
            public_client("alone", attributes=RFC9068) | {"defaultClientScopes": ["basic"]},
            pairwise(public_client("pair", sent_to=["a", "pair-a"])),
            pairwise(switched_client("pair-a", fullScopeAllowed=True)),
            pairwise(client("pair-rp")),
            client("a"), client("rp"), client("rp2", attributes={"resource_url": "https://rp2.example/"}),
            switched_client("light-a", attributes=LIGHT, fullScopeAllowed=True),
            public_client("short", sent_to=["a"], attributes={"access.token.lifespan": "77"}),
            public_client("whole", sent_to=["a"], attributes={"access.token.lifespan": "-1"}),
            public_client("idle", sent_to=["a"],
                          attributes={"client.session.idle.timeout": "50"}),
        ],
        users=[user("alice", "/staff", roles=["seller"], clientRoles={"rp": ["r"]}), user("bob")],
        rules=[rule("a-rp", "a", "rp", users={"groups": ["/staff"]}, **ids),
               rule("a-rp2", "a", "rp2", users={"groups": ["/staff"]}, **ids),
               rule("a-pair-rp", "a", "pair-rp", **ids),
               rule("a-logical", "a", "logical", **ids),
               rule("a-uri", "a", None, resources=["https://rp2.example/"], **ids)])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, client_id, public=False):
    return Client(shop.url, "forms", client_id, None if public else secret_of(client_id))


def login(shop, client_id, username="alice", **form):
    return granted(named(shop, client_id, public=True).password(username, username, **form))


# Lightweight


def test_lightweight_token_holds_its_structure_only(shop):
    answer = login(shop, "light", scope="openid")
    header, claims = decode(answer["access_token"])
    assert header["typ"] == "JWT" and claims["jti"].startswith("onltro:")
    assert set(claims) == {"exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "client_id",
                           "scope", "sid", "xid", "xp"}
    assert decode(answer["id_token"])[1]["email"] == "alice@example.com"


def test_lightweight_token_is_filled_up_at_introspection_and_userinfo(shop):
    token = login(shop, "light", scope="openid")["access_token"]
    seen = granted(named(shop, "a").introspect(token))
    assert seen["email"] == "alice@example.com" and "seller" in seen["realm_access"]["roles"]
    assert seen["resource_access"]["rp"]["roles"] == ["r"] and seen["acr"] == "1"
    assert seen["auth_time"] and seen["active"] is True
    info = granted(named(shop, "light", public=True).userinfo(token))
    assert info["email"] == "alice@example.com" and info["sub"] == decode(token)[1]["sub"]


@pytest.mark.parametrize("username, permitted", [("alice", True), ("bob", False)])
def test_rules_decide_alike_for_lightweight_and_full_subject_tokens(shop, username, permitted):
    outcomes = []
    for kind in ("full", "light"):
        token = login(shop, kind, username)["access_token"]
        response = named(shop, "a").exchange(token, audience="rp")
        if permitted:
            claims = decode(granted(response)["access_token"])[1]
            drop = {"exp", "iat", "jti", "sid", "xid", "xp", "auth_time"}
            outcomes.append({key: value for key, value in claims.items() if key not in drop})
        else:
            outcomes.append(refused(response, "invalid_target", "TX-RUL-02")["error_code"])
    assert outcomes[0] == outcomes[1]


def test_lightweight_requester_gets_a_lightweight_token_by_exchange(shop):
    token = login(shop, "full")["access_token"]
    body = refused(named(shop, "light-a").exchange(token), "invalid_request")
    assert body["error_code"] == "TX-BND-01", "it is not in the audience yet"


# RFC 9068


def test_token_of_rfc9068_has_all_claims_that_it_demands(shop):
    header, claims = decode(login(shop, "at")["access_token"])
    assert header["typ"] == "at+jwt"
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time", "acr"} <= set(claims)


def test_token_of_rfc9068_is_taken_as_subject_token_and_at_userinfo(shop):
    token = login(shop, "at", scope="openid")["access_token"]
    granted(named(shop, "a").exchange(token, audience="rp"))
    granted(named(shop, "at", public=True).userinfo(token))
    assert granted(named(shop, "a").introspect(token))["active"] is True


def test_token_of_rfc9068_for_nobody_else_is_for_the_server(shop):
    claims = decode(login(shop, "alone")["access_token"])[1]
    assert claims["aud"] == claims["iss"]


# Pairwise


def test_pairwise_subject_is_the_same_at_every_place_and_not_the_users_id(shop):
    answer = login(shop, "pair", scope="openid")
    sub = decode(answer["access_token"])[1]["sub"]
    assert sub == decode(answer["id_token"])[1]["sub"]
    assert sub == granted(named(shop, "pair", public=True).userinfo(answer["access_token"]))["sub"]
    assert sub == granted(named(shop, "a").introspect(answer["access_token"]))["sub"]
    again = granted(named(shop, "pair", public=True).refresh(answer["refresh_token"]))
    assert decode(again["access_token"])[1]["sub"] == sub
    assert sub != decode(login(shop, "full")["access_token"])[1]["sub"]
    assert sub != decode(login(shop, "pair", "bob")["access_token"])[1]["sub"]


def test_exchange_recomputes_the_subject_for_another_sector(shop):
    first = login(shop, "pair")["access_token"]
    public = decode(login(shop, "full")["access_token"])[1]["sub"]
    to_public = granted(named(shop, "a").exchange(first, audience="rp"))["access_token"]
    assert decode(to_public)[1]["sub"] == public, "a client without the mapper sees the user's id"
    other = granted(named(shop, "pair-a").exchange(first))["access_token"]
    subs = {decode(first)[1]["sub"], decode(other)[1]["sub"], public}
    assert len(subs) == 3


def test_disabled_user_behind_a_pairwise_subject_is_found_out(server):
    made = make_realm()
    shop = server(made)
    token = login(shop, "pair")["access_token"]
    changed = copy.deepcopy(made)
    changed["users"][0]["enabled"] = False
    reload(shop, changed)
    refused(named(shop, "a").exchange(token, audience="rp"), "invalid_request", "TX-STK-08")


# ID tokens of an exchange


def id_token(shop, subject=None, **form):
    subject = subject or login(shop, "full", scope="openid")["access_token"]
    return named(shop, "a").exchange(subject, requested_token_type=ID_TOKEN, scope="openid", **form)


def test_requested_id_token_is_for_the_relying_party_that_was_named(shop):
    # specs: TX-44
    subject = login(shop, "full", scope="openid")
    answer = granted(id_token(shop, subject["access_token"], audience="rp"))
    header, claims = decode(answer["access_token"])
    assert header["typ"] == "JWT" and claims["typ"] == "ID"
    assert claims["aud"] == "rp" and claims["azp"] == "a"
    original = decode(subject["id_token"])[1]
    for name in ("sub", "sid", "acr", "auth_time"):
        assert claims[name] == original[name], f"{name} is of the log-in, not of the exchange"
    assert not {"nonce", "at_hash", "c_hash", "scope"} & set(claims)
    assert answer["token_type"] == "N_A" and answer["issued_token_type"] == ID_TOKEN


def test_requested_id_token_is_for_all_relying_parties_that_were_named(shop):
    # specs: TX-44
    claims = decode(granted(id_token(shop, audience=["rp", "rp2"]))["access_token"])[1]
    assert claims["aud"] == ["rp", "rp2"] and claims["azp"] == "a"


@pytest.mark.parametrize("target", [{"audience": "logical"},
                                    {"resource": "https://rp2.example/"}])
def test_id_token_for_what_is_no_client_is_refused_and_not_made_for_another(shop, target):
    refused(id_token(shop, **target), "invalid_target", "TX-TGT-08")
    granted(named(shop, "a").exchange(login(shop, "full")["access_token"], **target))


def test_id_token_for_a_pairwise_relying_party_has_its_subject(shop):
    claims = decode(granted(id_token(shop, audience="pair-rp"))["access_token"])[1]
    assert claims["aud"] == "pair-rp"
    assert claims["sub"] != decode(login(shop, "full")["access_token"])[1]["sub"]


def test_id_token_for_parties_that_know_the_user_differently_is_refused(shop):
    refused(id_token(shop, audience=["pair-rp", "rp"]), "invalid_target", "TX-TGT-07")


def test_extra_id_token_is_for_the_client_that_gets_it(shop):
    subject = login(shop, "full", scope="openid")["access_token"]
    answer = granted(named(shop, "a").exchange(subject, audience="rp", scope="openid"))
    _, claims = named(shop, "a").verify(answer["id_token"])
    assert claims["aud"] == claims["azp"] == "a" and "at_hash" in claims
    assert decode(answer["access_token"])[1]["aud"] == "rp"


# Lifetimes


def test_access_token_has_the_lifetime_of_its_client(shop):
    assert login(shop, "full")["expires_in"] == 300
    assert login(shop, "short")["expires_in"] == 77
    assert login(shop, "whole")["expires_in"] == 36000, "-1: as long as the session"


def test_client_idles_sooner_than_the_session(shop):
    answer = login(shop, "idle")
    assert answer["refresh_expires_in"] == 50 and answer["expires_in"] == 300


# not-before


@pytest.fixture
def changing(server):
    return changing_realm(server, make_realm())


def of_realm(changed, when):
    changed["notBefore"] = when


def of_client(changed, when):
    changed["clients"][0]["notBefore"] = when


def of_user(changed, when):
    changed["users"][0]["notBefore"] = when


@pytest.mark.parametrize("whose", [of_realm, of_client, of_user])
def test_not_before_ends_every_use_of_what_was_issued_earlier(changing, whose):
    shop, change = changing
    answer = login(shop, "full", scope="openid")
    token, issued = answer["access_token"], decode(answer["access_token"])[1]["iat"]
    full, a = named(shop, "full", public=True), named(shop, "a")
    change(lambda changed: whose(changed, issued))
    granted(a.exchange(token, audience="rp"))
    granted(full.userinfo(token))
    assert granted(a.introspect(token))["active"] is True, "what is as old as that is good"
    change(lambda changed: whose(changed, issued + 1))
    refused(a.exchange(token, audience="rp"), "invalid_request", "TX-STK-09")
    assert full.userinfo(token).status_code == 401
    assert granted(a.introspect(token)) == {"active": False}
    body = refused(full.refresh(answer["refresh_token"]), "invalid_grant")
    assert find(records_of(shop), "trace", body["trace_id"])["error"] == "TX-RT-11"


def test_answer_of_the_keycloak_dialect_tells_the_latest_not_before(changing):
    shop, change = changing
    times = {of_realm: 100, of_client: 300, of_user: 200}

    def told(answer):
        return answer["not-before-policy"]

    assert "not-before-policy" not in login(shop, "full"), "strict: no member of Keycloak's"
    seen = []

    def apply(changed):
        changed["errorDialect"] = "keycloak"
        for whose in seen:
            whose(changed, times[whose])

    change(apply)
    assert told(login(shop, "full")) == 0
    for whose in (of_realm, of_user, of_client):
        seen.append(whose)
        change(apply)
        answer = login(shop, "full")
        assert told(answer) == times[whose]
    assert told(granted(named(shop, "full", public=True).refresh(answer["refresh_token"]))) == 300
    assert told(login(shop, "full", "bob")) == 300
    assert told(login(shop, "light", "bob")) == 100
    assert told(login(shop, "light")) == 200
    exchanged = named(shop, "a").exchange(answer["access_token"], audience="rp")
    assert told(granted(exchanged)) == 200, "of the client that holds the new token"

# SPDX-License-Identifier: Apache-2.0
"""RFC 7662 line by line: token introspection.

`specs: INT-nn` is the number of the line in our checklist of the standard.
"""
import json
import time

import pytest
import requests
from jwcrypto import jwk, jws

from support.change import changing_realm, find
from support.client import Client, decode, granted, read_json, refused
from support.realms import client, public_client, realm, rule, secret_of, user

KEY = jwk.JWK.generate(kty="EC", crv="P-256")
INACTIVE = {"active": False}


def make_realm(**more):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    return realm(
        "intro", keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        clients=[public_client("web", sent_to=["rs"]), client("rs", serviceAccountsEnabled=True),
                 client("holder", directAccessGrantsEnabled=True, sent_to=["rs"]),
                 client("stranger"), client("b"), {"clientId": "receiver", "bearerOnly": True}],
        users=[user("alice"), user("bob")], rules=[rule("rs-b", "rs", "b")], **more)


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm())


def named(shop, name):
    return Client(shop.url, "intro", name, secret_of(name))


def login(shop, username="alice", **form):
    return granted(Client(shop.url, "intro", "web").password(username, username, **form))


@pytest.fixture(scope="module")
def token(shop):
    return login(shop, scope="openid")["access_token"]


@pytest.fixture
def rs(shop):
    return named(shop, "rs")


@pytest.fixture
def token_with(token):
    """token_with(**claims): alice's token with these claims, rightly signed by the realm's key."""
    header, claims = decode(token)

    def make(key=KEY, **more):
        claims_now = {name: value for name, value in {**claims, **more}.items()
                      if value is not None}
        signed = jws.JWS(json.dumps(claims_now))
        signed.add_signature(key, protected=json.dumps(header))
        return signed.serialize(compact=True)
    return make


def raw(shop, form, **options):
    return requests.post(f"{shop.url}/realms/intro/protocol/openid-connect/token/introspect",
                         data=form, timeout=15, **options)


def test_introspection_is_a_post_of_a_form_with_a_token(shop, rs, token):  # specs: INT-01
    url, auth = rs.endpoint("token/introspect"), ("rs", secret_of("rs"))
    assert requests.get(url, params={"token": token}, auth=auth, timeout=15).status_code == 405
    refused(requests.post(url, json={"token": token}, auth=auth, timeout=15), "invalid_request",
            "TX-PAR-07")
    refused(raw(shop, {}, auth=auth, headers={
        "Content-Type": "application/x-www-form-urlencoded"}), "invalid_request", "TX-PAR-04")
    refused(raw(shop, {"token": ""}, auth=auth), "invalid_request", "TX-PAR-04")
    refused(raw(shop, {"token": [token, token]}, auth=auth), "invalid_request", "TX-PAR-05")
    granted(raw(shop, {"token": token, "token_type_hint": "unheard_of"}, auth=auth))


def test_caller_must_prove_who_he_is(shop, token):  # specs: INT-02
    for form in ({}, {"client_id": "rs"}, {"client_id": "rs", "client_secret": "wrong"},
                 {"client_id": "receiver"}, {"client_id": "nobody", "client_secret": "x"}):
        response = raw(shop, {"token": token, **form})
        refused(response, "invalid_client", status=401)
        assert "WWW-Authenticate" in response.headers
    refused(raw(shop, {"token": token}, headers={"Authorization": f"Bearer {token}"}),
            "invalid_client", status=401)
    assert granted(raw(shop, {"token": token, "client_id": "rs",
                              "client_secret": secret_of("rs")}))["active"] is True


def test_active_is_always_there_and_boolean(shop, rs, token):  # specs: INT-03
    assert granted(rs.introspect(token))["active"] is True
    for text in ("x", token[:-1], "cr_" + "x" * 43, decode(token)[1]["jti"]):
        assert granted(rs.introspect(text))["active"] is False


def test_inactive_token_is_told_with_nothing_else(shop, rs, token_with):  # specs: INT-04
    revoked = login(shop)
    assert Client(shop.url, "intro", "web").revoke(revoked["access_token"]).status_code == 200
    stranger = jwk.JWK.generate(kty="EC", crv="P-256")
    for inactive in (revoked["access_token"], token_with(exp=int(time.time()) - 1), "x",
                     token_with(key=stranger), token_with(iss="https://other.example"),
                     token_with(nbf=int(time.time()) + 600), token_with(sid="another")):
        response = rs.introspect(inactive)
        assert response.status_code == 200 and read_json(response) == INACTIVE


@pytest.mark.parametrize("name", ["stranger", "b", "holder"])
def test_caller_that_a_token_is_not_for_learns_nothing(shop, token, name):
    # specs: INT-05, INT-06, NEG-21
    unknown = named(shop, name).introspect("no token of ours")
    known = named(shop, name).introspect(token)
    assert known.status_code == unknown.status_code == 200
    assert read_json(known) == read_json(unknown) == INACTIVE


def test_holder_and_audience_see_the_claims(shop):  # specs: INT-06
    token = granted(named(shop, "holder").password("alice", "alice"))["access_token"]
    for name in ("holder", "rs"):
        assert granted(named(shop, name).introspect(token))["username"] == "alice"


def test_members_have_the_types_of_the_standard(shop, rs, token, token_with):  # specs: INT-07
    now = int(time.time())
    seen, claims = granted(rs.introspect(token_with(nbf=now - 5))), decode(token)[1]
    for name in ("exp", "iat", "nbf"):
        assert type(seen[name]) is int, name
    for name in ("scope", "client_id", "username", "token_type", "sub", "iss", "jti"):
        assert type(seen[name]) is str and seen[name], name
    assert seen["nbf"] == now - 5 and seen["token_type"] == "Bearer"
    assert seen["client_id"] == "web" and seen["username"] == "alice"
    for name in ("exp", "iat", "sub", "iss", "jti", "scope", "aud"):
        assert seen[name] == claims[name], name
    assert granted(rs.introspect(token_with(aud="rs")))["aud"] == "rs"
    assert granted(rs.introspect(token_with(aud=["rs", "x"])))["aud"] == ["rs", "x"]


ACT = {"sub": "agent", "iss": "https://elsewhere.example"}


@pytest.mark.parametrize("claim, value", [
    ("act", ACT), ("act", {**ACT, "act": {**ACT, "sub": "root"}}), ("may_act", {"sub": "agent"}),
    ("cnf", {"jkt": "x" * 43}), ("cnf", {"x5t#S256": "x" * 43})])
def test_actors_and_keys_of_a_token_are_told(rs, token, token_with, claim, value):  # specs: INT-08
    assert claim not in granted(rs.introspect(token))
    seen = granted(rs.introspect(token_with(**{claim: value})))
    assert seen["active"] is True and seen[claim] == value


@pytest.fixture
def changing(server):
    return changing_realm(server, make_realm())


def test_user_client_and_session_must_be_alive(changing):  # specs: INT-09
    shop, change = changing
    rs, alice, bob = named(shop, "rs"), login(shop), login(shop, "bob")

    def active():
        return [granted(rs.introspect(one["access_token"]))["active"] for one in (alice, bob)]
    assert active() == [True, True]
    change(lambda made: find(made["users"], "username", "alice").update(enabled=False))
    assert active() == [False, True]
    change(lambda made: None)
    assert active() == [True, True]
    change(lambda made: find(made["clients"], "clientId", "web").update(enabled=False))
    assert active() == [False, False]
    change(lambda made: None)
    Client(shop.url, "intro", "web").logout(bob["refresh_token"])
    assert active() == [True, False]


@pytest.mark.parametrize("realm_back, client_back", [(10, 1000), (1000, 10), (10, 10)])
def test_later_of_two_not_befores_counts(changing, realm_back, client_back):
    # specs: INT-09, NEG-05
    shop, change = changing
    token, rs = login(shop)["access_token"], named(shop, "rs")
    issued = decode(token)[1]["iat"]

    def set_both(realm_time, client_time):
        def apply(made):
            made["notBefore"] = realm_time
            find(made["clients"], "clientId", "web")["notBefore"] = client_time
        change(apply)
    set_both(issued - realm_back, issued - client_back)
    assert granted(rs.introspect(token))["active"] is True
    # One is in the past, the other one behind the token: whichever it is, the token is dead.
    late = [issued + 100, issued - 100]
    if realm_back > client_back:
        late.reverse()
    set_both(*late)
    assert granted(rs.introspect(token)) == INACTIVE
    refused(rs.exchange(token, audience="b"), "invalid_request", "TX-STK-09")


def test_answers_are_not_stored(shop, rs, token):  # specs: INT-10
    for response in (rs.introspect(token), rs.introspect("x"), rs.introspect(""),
                     named(shop, "stranger").introspect(token)):
        assert response.headers["Cache-Control"] == "no-store"

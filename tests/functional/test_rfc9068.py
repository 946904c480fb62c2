# SPDX-License-Identifier: Apache-2.0
"""RFC 9068 line by line: access tokens that are JWTs, of clients that ask for its header.

`specs: ATJ-nn` is the number of the line in our checklist of the standard.
"""
import json
import time

import pytest
from jwcrypto import jwk, jws

from support.client import ID_TOKEN, Client, decode, granted, refused
from support.realms import (client, public_client, realm, rule, scope, secret_of, switched_client,
                            user)

KEY = jwk.JWK.generate(kty="EC", crv="P-256")
HEADER = {"access.token.header.type.rfc9068": "true"}
B = "https://b.example/api"
USER_ID = "5f0c1c7e-3d2a-4a53-9a39-6a4f2b6f0b11"


def mapper(name, kind, **config):
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind,
            "config": {"access.token.claim": "true", **config}}


@pytest.fixture(scope="module")
def shop(module_server):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    scim = {"name": "scim", "protocol": "openid-connect", "protocolMappers": [
        mapper("groups", "oidc-group-membership-mapper", **{"claim.name": "groups",
                                                            "full.path": "false"}),
        mapper("roles", "oidc-usermodel-realm-role-mapper", **{
            "claim.name": "roles", "multivalued": "true", "jsonType.label": "String"})]}
    return module_server(realm(
        "at", keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        scopes=[scope("read"), scope("write"), scim], groups=[{"name": "staff"}],
        roles={"realm": [{"name": "clerk"}]},
        clients=[
            public_client("web", attributes=HEADER, sent_to=["a", "gate"],
                          optional=["read", "write"]),
            client("a"), switched_client("gate", refresh=True, attributes=HEADER),
            client("b", attributes={"resource_url": B}), client("c"),
            client("job", serviceAccountsEnabled=True, attributes=HEADER, optional=["read"]),
            client("robot", serviceAccountsEnabled=True, attributes=HEADER),
            client("thin", serviceAccountsEnabled=True, fullScopeAllowed=False, attributes=HEADER)
            | {"defaultClientScopes": ["basic"]},
            client(USER_ID, serviceAccountsEnabled=True, attributes=HEADER),
            public_client("scim", scopes=["scim"]),
            public_client("rsa", attributes={"access.token.signed.response.alg": "RS256", **HEADER},
                          sent_to=["a"])],
        users=[user("alice", "/staff", roles=["clerk"], id=USER_ID), user("bob")],
        rules=[rule("a-b", "a", "b", scopes=["read"], resources=[B]),
               rule("a-c", "a", "c", scopes=["write"])]))


def named(shop, name):
    return Client(shop.url, "at", name, secret_of(name))


def login(shop, client_id="web", username="alice", **form):
    return granted(Client(shop.url, "at", client_id).password(username, username, **form))


@pytest.fixture(scope="module")
def token(shop):
    return login(shop, scope="openid read write")["access_token"]


@pytest.fixture
def token_with(token):
    """token_with(header={...}, **claims): alice's token changed, signed by the realm's key."""
    header, claims = decode(token)

    def make(header=header, key=KEY, **more):
        signed = jws.JWS(json.dumps({**claims, **more}))
        signed.add_signature(key, protected=json.dumps(header))
        return signed.serialize(compact=True)
    make.header = header
    return make


def issued(shop, token):
    """An access token of every grant, each of a client that asks for the header."""
    web = login(shop)
    gate = named(shop, "gate")
    return {"password": web["access_token"],
            "refresh": granted(Client(shop.url, "at", "web").refresh(
                web["refresh_token"]))["access_token"],
            "client_credentials": granted(named(shop, "job").client_credentials())["access_token"],
            "exchange": granted(gate.exchange(token))["access_token"],
            "exchange for one": granted(gate.exchange(token, scope="openid"))["access_token"]}


def test_access_tokens_say_so_in_their_header_and_are_signed(shop, token):  # specs: ATJ-01
    for grant, text in issued(shop, token).items():
        header, _ = named(shop, "a").verify(text)
        assert header["typ"] == "at+jwt" and header["alg"] == "ES256", grant


def test_id_token_is_never_an_access_token_by_its_header(shop, token):  # specs: ATJ-01, JWB-12
    exchanged = granted(named(shop, "gate").exchange(
        token, requested_token_type=ID_TOKEN, scope="openid"))["access_token"]
    for text in (login(shop, scope="openid")["id_token"], exchanged):
        assert decode(text)[0]["typ"] != "at+jwt" and decode(text)[1]["typ"] == "ID"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
def test_header_is_taken_with_prefix_and_in_any_case(shop, token_with, typ):  # specs: ATJ-01; errors: E36
    good = token_with({**token_with.header, "typ": typ})
    granted(named(shop, "a").exchange(good, audience="b"))
    assert granted(named(shop, "a").introspect(good))["active"] is True


def test_rs256_signs_and_verifies(shop):  # specs: ATJ-02
    text = login(shop, "rsa", scope="openid")["access_token"]
    assert named(shop, "a").verify(text)[0]["alg"] == "RS256"
    granted(named(shop, "a").exchange(text, audience="b"))
    assert granted(named(shop, "a").introspect(text))["active"] is True


def test_claims_that_must_be_there_are(shop, token):  # specs: ATJ-03
    now = time.time()
    for grant, text in issued(shop, token).items():
        _, claims = decode(text)
        for name in ("iss", "sub", "client_id", "jti"):
            assert isinstance(claims[name], str) and claims[name], (grant, name)
        for name in ("exp", "iat"):
            assert type(claims[name]) is int, (grant, name)
        assert claims["aud"] and claims["iat"] - 60 < now < claims["exp"], grant


def test_subject_of_a_token_without_a_user_stands_for_the_client(shop):  # specs: ATJ-04
    tokens = {name: [decode(granted(named(shop, name).client_credentials())["access_token"])[1]
                     for _ in range(2)] for name in ("job", "robot")}
    for name, (first, second) in tokens.items():
        assert first["sub"] == second["sub"] and first["client_id"] == name
    users = {decode(login(shop, username=name)["access_token"])[1]["sub"]
             for name in ("alice", "bob")}
    assert len({one[0]["sub"] for one in tokens.values()} | users) == 4


def test_authentication_is_that_of_the_log_in_for_ever(shop):  # specs: ATJ-05, TX-83
    web, first = Client(shop.url, "at", "web"), login(shop, scope="openid")
    time.sleep(1.1)
    later = [granted(one)["access_token"] for one in (
        web.refresh(first["refresh_token"]), named(shop, "gate").exchange(first["access_token"]),
        named(shop, "a").exchange(first["access_token"], audience="b"))]
    origin = decode(first["access_token"])[1]
    assert origin["auth_time"] <= origin["iat"]
    for text in later:
        claims = decode(text)[1]
        assert claims["auth_time"] == origin["auth_time"] and claims["iat"] > origin["iat"]
        assert claims["acr"] == origin["acr"]


def test_scope_is_there_when_it_was_asked_for(shop, token):  # specs: ATJ-06
    claims = decode(login(shop, scope="read")["access_token"])[1]
    assert "read" in claims["scope"].split() and "write" not in claims["scope"].split()
    narrow = decode(granted(named(shop, "a").exchange(token, audience="b", scope="read"))[
        "access_token"])[1]
    assert narrow["scope"] == "read"


def test_groups_and_roles_may_be_written_as_lists_of_texts(shop):  # specs: ATJ-06
    claims = decode(login(shop, "scim")["access_token"])[1]
    assert claims["groups"] == ["staff"] and "clerk" in claims["roles"]


def test_token_that_is_for_nobody_else_is_for_this_server(shop):  # specs: ATJ-03, ATJ-07
    header, claims = decode(granted(named(shop, "thin").client_credentials())["access_token"])
    assert header["typ"] == "at+jwt" and claims["aud"] == f"{shop.url}/realms/at"


def test_audience_follows_resource_and_scopes_of_others_are_refused(shop, token):  # specs: ATJ-07
    a = named(shop, "a")
    assert decode(granted(a.exchange(token, resource=B))["access_token"])[1]["aud"] == B
    refused(a.exchange(token, resource=B, scope="write"), "invalid_scope")
    refused(a.exchange(token, audience="c", scope="read"), "invalid_scope")
    refused(a.exchange(token, resource=B, scope="read write"), "invalid_scope")


WRONG = {
    "typ": lambda make: make({**make.header, "typ": "logout+jwt"}),
    "typ of another kind": lambda make: make({**make.header, "typ": "dpop+jwt"}),
    "iss": lambda make: make(iss="https://other.example"),
    "key": lambda make: make(key=jwk.JWK.generate(kty="EC", crv="P-256")),
    "kid": lambda make: make({**make.header, "kid": "unknown"}),
    "exp": lambda make: make(exp=int(time.time()) - 1),
    "nbf": lambda make: make(nbf=int(time.time()) + 600),
    "encrypted": lambda make: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.AA.AA.AA.AA",
    "no parts": lambda make: "opaque"}


@pytest.mark.parametrize("what", WRONG)
def test_each_step_of_validation_can_fail(shop, token, token_with, what):  # specs: ATJ-08
    a, good, bad = named(shop, "a"), token_with(), WRONG[what](token_with)
    granted(a.userinfo(good))
    response = a.userinfo(bad)
    refused(response, "invalid_token", status=401)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert granted(a.introspect(bad)) == {"active": False}
    refused(a.exchange(bad, audience="b"), "invalid_request")


def test_audience_is_checked_where_a_token_is_taken(shop, token_with):  # specs: ATJ-08, JWB-10
    a = named(shop, "a")
    granted(a.exchange(token_with(aud=["a"]), audience="b"))
    for aud in ("b", ["b", "c"], "A", "a "):
        refused(a.exchange(token_with(aud=aud), audience="b"), "invalid_request", "TX-BND-01")
        assert granted(a.introspect(token_with(aud=aud))) == {"active": False}


def test_client_with_a_users_id_is_not_that_user(shop):  # specs: ATJ-09, NEG-22
    alice = decode(login(shop)["access_token"])[1]
    assert alice["sub"] == USER_ID
    text = granted(named(shop, USER_ID).client_credentials())["access_token"]
    claims = decode(text)[1]
    assert claims["client_id"] == USER_ID and claims["sub"] != USER_ID
    assert claims["preferred_username"] != "alice"

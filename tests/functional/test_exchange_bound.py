# SPDX-License-Identifier: Apache-2.0
"""Subject tokens that name an actor or a key or say something odd; clients that need consent."""
import json

import pytest
from jwcrypto import jwk, jws

from support.client import Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, switched_client, user


KEY = jwk.JWK.generate(kty="EC", crv="P-256")


@pytest.fixture(scope="module")
def shop(module_server):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    return module_server(realm(
        "bound", keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        clients=[public_client("web", sent_to=["asks", "a", "gate"]), client("a"), client("b"),
                 switched_client("gate"), switched_client("asks", consentRequired=True)],
        users=[user("alice"), user("bob")], rules=[rule("a-b", "a", "b")]))


@pytest.fixture
def token_with(shop):
    """token_with(**claims): alice's token with these claims, rightly signed by the realm's key."""
    web = Client(shop.url, "bound", "web")
    header, claims = decode(granted(web.password("alice", "alice", scope="openid"))["access_token"])

    def make(**more):
        signed = jws.JWS(json.dumps({**claims, **more}))
        signed.add_signature(KEY, protected=json.dumps(header))
        return signed.serialize(compact=True)
    return make


def named(shop, name):
    return Client(shop.url, "bound", name, secret_of(name))


def both(shop, token):
    """The answers of a client with a rule and of one with Keycloak's switch."""
    return [named(shop, "a").exchange(token, audience="b"), named(shop, "gate").exchange(token)]


def test_token_that_the_tests_sign_is_taken(shop, token_with):
    for response in both(shop, token_with()):
        granted(response)


@pytest.mark.parametrize("may_act", [{"client_id": "a"}, {"client_id": "a", "exp": 1},
                                     {"sub": "a", "client_id": "a"}])
def test_may_act_that_names_the_requester_permits_it(shop, token_with, may_act):
    # specs: TX-67, TX-71
    response = named(shop, "a").exchange(token_with(may_act=may_act), audience="b")
    claims = decode(granted(response)["access_token"])[1]
    assert "may_act" not in claims, "the right to act is not handed on"


@pytest.mark.parametrize("may_act", [
    {"client_id": "other"}, {}, {"exp": 1, "aud": "a"}, "a", ["a"], {"sub": ["a"]},
    {"client_id": "a", "email": "x@example.com"}, {"client_id": "a", "iss": "https://other.example"},
    {"sub": "a"}])  # specs: NEG-22. A user may be called like the client
def test_may_act_that_does_not_name_the_requester_is_refused(shop, token_with, may_act):  # specs: KCD-11
    # specs: NEG-12, TX-67, TX-68
    for response in both(shop, token_with(may_act=may_act)):
        refused(response, "invalid_request")


def test_actor_of_the_subject_token_is_kept_and_introspected(shop, token_with):
    # specs: INT-08, NEG-12, TX-62
    act = {"sub": "agent", "iss": "https://elsewhere.example",
           "act": {"sub": "root", "iss": "https://elsewhere.example"}}
    for response in both(shop, token_with(act=act)):
        assert decode(granted(response)["access_token"])[1]["act"] == act
    issued = both(shop, token_with(act=act))[0].json()["access_token"]
    assert granted(named(shop, "b").introspect(issued))["act"] == act
    assert granted(named(shop, "a").userinfo(token_with(act=act)))["act"] == act


@pytest.mark.parametrize("act", ["agent", ["agent"], {}, {"act": {"sub": "x"}}, {"sub": 7},
                                 {"sub": "x", "act": "y"}])
def test_malformed_act_makes_the_token_unusable(shop, token_with, act):  # specs: TX-65
    for response in both(shop, token_with(act=act)):
        assert refused(response, "invalid_request")["error_code"].startswith("TX-STK-")


def test_actor_chain_that_is_too_deep_is_refused_and_not_cut(shop, token_with):
    # specs: NEG-64, TX-60, INC-16
    act = None
    for depth in range(8):
        act = {"sub": f"actor-{depth}", "iss": "https://elsewhere.example",
               **({"act": act} if act else {})}
    for response in both(shop, token_with(act=act)):
        refused(response, "invalid_request", "TX-ACT-06")


def test_actor_of_this_realm_must_exist(shop, token_with):
    issuer = f"{shop.url}/realms/bound"
    for response in both(shop, token_with(act={"sub": "nobody", "iss": issuer})):
        refused(response, "invalid_request")
    for response in both(shop, token_with(act={"sub": "a", "client_id": "a", "iss": issuer})):
        granted(response)


@pytest.mark.parametrize("cnf", [{"jkt": "x"}, {"x5t#S256": "x"}, {}, {"jwk": {}}])
def test_token_bound_to_a_key_is_never_turned_into_a_bearer_token(shop, token_with, cnf):  # specs: KCD-10
    # specs: NEG-14
    token = token_with(cnf=cnf)
    for response in both(shop, token):
        refused(response, "invalid_request", "TX-POP-01")
    assert named(shop, "a").userinfo(token).status_code == 401


@pytest.mark.parametrize("changes", [
    {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"exp": 1e30}, {"iat": "then"}, {"nbf": 2**40},
    {"iss": "https://other.example"}, {"iss": None}, {"sub": "nobody"}, {"sub": None},
    {"sub": 7}, {"azp": "nobody"}, {"azp": None}, {"sid": "another"}, {"sid": 7}, {"typ": "ID"},
    {"typ": "Refresh"}, {"typ": "Logout"}, {"aud": 7}, {"aud": {}}, {"aud": [7]},
    {"scope": ["a"]}, {"scope": 7}, {"jti": None}, {"iat": 1}, {"xp": 7}, {"aud": []}], ids=str)
def test_rightly_signed_token_with_wrong_claims_is_refused(shop, token_with, changes):
    # specs: JWB-13, JWB-16, NEG-11
    for response in both(shop, token_with(**changes)):
        refused(response, "invalid_request")


def test_session_of_another_user_is_not_the_tokens(shop, token_with):  # specs: NEG-26
    web = Client(shop.url, "bound", "web")
    own, other = (decode(granted(web.password(name, name))["access_token"])[1]
                  for name in ("alice", "bob"))
    gate = named(shop, "gate")
    granted(gate.exchange(token_with(sid=own["sid"], iat=own["iat"])))
    refused(gate.exchange(token_with(sid=other["sid"], iat=other["iat"])),
            "invalid_request", "TX-STK-07")


def test_requester_that_needs_consent_does_not_get_around_it(shop, token_with):  # specs: NEG-07
    refused(named(shop, "asks").exchange(token_with()), "interaction_required", "TX-CON-01")

# SPDX-License-Identifier: Apache-2.0
"""A customer's identity provider that somebody else wrote, npm's oidc-provider: users log in there as in a browser, and
what they get becomes ours. Its keys are found by its metadata and followed when they change."""
import time

import pytest

from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, Client, decode, granted, refused
from support.foreign import allow, explained, foreign_rule
from support.provider import OpenidProvider
from support.realms import client, realm, scope, user

API = "https://shop.example/api"  # we, in the words of the customer's provider
OPAQUE_API = "https://shop.example/opaque"  # the same, for whom it makes opaque tokens
PAUSE = 10  # seconds between two fetches of one key set


@pytest.fixture(scope="module", name="customer")
def customer_fixture():
    provider = OpenidProvider()
    yield provider
    provider.close()


def issuers_of(customer):
    made = {"kind": "oidc", "issuer": customer.url, "scopes": ["read"]}
    there = {"clientId": "gateway", "clientSecret": customer.secret_of("gateway")}
    return [
        {**made, "alias": "customer-logins", "audience": "app", "tokenTypes": ["id_token"], "singleUse": False,
         "binding": {"kind": "create", "username": "customer-${CLAIM.sub}"}},
        {**made, "alias": "customer", "audience": API, "authorizedParties": ["app"], "tokenTypes": ["access_token", "jwt"],
         "clients": ["gate"], "endpoints": there, "scopeMap": {"orders": ["read"]},
         "binding": {"kind": "create", "username": "api-${CLAIM.sub}"}},
        {**made, "alias": "customer-userinfo", "audience": "app", "tokenTypes": ["access_token"], "clients": ["desk"],
         "endpoints": {"userinfo": f"{customer.url}/me"},
         "binding": {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}}]


def shop_realm(customer):
    issuers = issuers_of(customer)
    rules = [foreign_rule(f"in-by-{one}", one, "ledger", [entry["alias"] for entry in issuers]) for one in ("gate", "desk")]
    return realm("shop", scopes=[scope("read")], clients=[client("gate"), client("desk"), client("ledger")],
                 users=[user("ann"), user("unverified")], rules=rules, trustedIssuers=issuers)


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, customer, tmp_path_factory):
    return module_server(shop_realm(customer), arguments=allow(tmp_path_factory.mktemp("outbound")))


def exchanged(shop, token, kind=ACCESS_TOKEN, by="gate", **form):
    return Client(shop.url, "shop", by, f"{by}-secret").exchange(token, subject_token_type=kind, audience="ledger", **form)


def ours(answer):
    return decode(granted(answer)["access_token"])[1]


def test_an_id_token_of_a_log_in_there_is_exchanged_with_nothing_but_the_issuers_name(shop, customer):
    """reqs: S2-0c, S2-13a"""
    login = customer.login("ann")["id_token"]
    token = ours(exchanged(shop, login, ID_TOKEN))
    assert token["iss"].startswith(shop.url) and token["aud"] == "ledger" and token["azp"] == "gate"
    assert token["exp"] <= decode(login)[1]["exp"]
    assert ours(exchanged(shop, login, ID_TOKEN, subject_issuer=customer.url))["sub"] == token["sub"]
    assert ours(exchanged(shop, customer.login("bob")["id_token"], ID_TOKEN))["sub"] != token["sub"]


def test_an_id_token_that_another_client_there_got_is_refused(shop, customer):
    """reqs: S2-22a. specs: NEG-39"""
    refused(exchanged(shop, customer.login(client="stranger")["id_token"], ID_TOKEN), "invalid_request", "TX-FTK-02")


def test_an_id_token_is_no_access_token_and_the_other_way_round(shop, customer):
    """specs: NEG-30, NEG-31"""
    answer = customer.login(scope="openid orders", resource=API)
    refused(exchanged(shop, answer["access_token"], ID_TOKEN), "invalid_request", "TX-TYP-01")
    refused(exchanged(shop, answer["id_token"], ACCESS_TOKEN), "invalid_request", "TX-FTK-02")


def test_a_jwt_access_token_for_us_is_exchanged_with_the_scopes_it_has(shop, customer):
    """Resource indicators (RFC 8707) make the provider issue it for us. specs: NEG-17"""
    token = customer.login(scope="openid orders", resource=API)["access_token"]
    assert decode(token)[0]["typ"] == "at+jwt"
    for kind in (ACCESS_TOKEN, JWT):
        assert ours(exchanged(shop, token, kind))["scope"] == "read"
    bare = customer.login(scope="openid", resource=API)["access_token"]
    assert "scope" not in ours(exchanged(shop, bare))
    refused(exchanged(shop, bare, scope="read"), "invalid_scope")


def test_a_jwt_access_token_for_somebody_else_is_refused(shop, customer):
    """specs: NEG-39"""
    elsewhere = customer.login(scope="openid orders", resource="https://elsewhere.example/api")["access_token"]
    answer = exchanged(shop, elsewhere)
    assert API in refused(answer, "invalid_request", "TX-FTK-02")["hint"]
    other_app = customer.login(client="stranger", scope="openid orders", resource=API)["access_token"]
    assert "stranger" in refused(exchanged(shop, other_app), "invalid_request", "TX-FTK-03")["hint"]


def test_an_opaque_access_token_is_introspected_where_the_metadata_say(shop, customer):
    """reqs: S2-0c"""
    token = customer.login(scope="openid orders", resource=OPAQUE_API)["access_token"]
    assert "." not in token
    made = ours(exchanged(shop, token, subject_issuer="customer"))
    assert made["scope"] == "read" and made["aud"] == "ledger"
    by_jwt = customer.login(scope="openid orders", resource=API)["access_token"]
    assert ours(exchanged(shop, by_jwt))["sub"] == made["sub"], "the same user, whatever the token looks like"
    refused(exchanged(shop, token), "invalid_request", "TX-TYP-04")  # nobody says whose it is


def test_an_opaque_access_token_that_is_for_nobody_or_revoked_is_refused(shop, customer):
    """specs: NEG-39, NEG-41. reqs: S2-20"""
    nobodys = customer.login(scope="openid email")["access_token"]
    refused(exchanged(shop, nobodys, subject_issuer="customer"), "invalid_request", "TX-FTK-02")
    token = customer.login(scope="openid orders", resource=OPAQUE_API)["access_token"]
    for spoiled in (token[:-1], token + "A", token[:-1] + ("A" if token[-1] != "A" else "B")):
        refused(exchanged(shop, spoiled, subject_issuer="customer"), "invalid_request", "TX-ASK-01")
    customer.revoke(token)
    refused(exchanged(shop, token, subject_issuer="customer"), "invalid_request", "TX-ASK-01")


def test_an_opaque_access_token_is_shown_at_userinfo_if_the_realm_says_so(shop, customer):
    """The answer names the client that the token was issued to; without that it would be anybody's."""
    token = customer.login(scope="openid email")["access_token"]
    answer = exchanged(shop, token, by="desk", subject_issuer="customer-userinfo")
    assert ours(answer)["sub"] == ours(exchanged(shop, token, by="desk", subject_issuer=customer.url))["sub"]
    strangers = customer.login(client="stranger", scope="openid email")["access_token"]
    body = refused(exchanged(shop, strangers, by="desk", subject_issuer="customer-userinfo"), "invalid_request", "TX-FTK-02")
    assert "aud is 'stranger'" in body["hint"]
    refused(exchanged(shop, token + "x", by="desk", subject_issuer="customer-userinfo"), "invalid_request", "TX-ASK-01")
    # Of a resource, which userinfo does not serve; and of somebody whose address nobody verified.
    for_us = customer.login(scope="openid orders", resource=OPAQUE_API)["access_token"]
    refused(exchanged(shop, for_us, by="desk", subject_issuer="customer-userinfo"), "invalid_request", "TX-ASK-01")
    unverified = customer.login("unverified", scope="openid email")["access_token"]
    refused(exchanged(shop, unverified, by="desk", subject_issuer="customer-userinfo"), "invalid_request", "TX-WHO-03")


def test_its_keys_change_and_are_followed_while_the_server_runs(server, tmp_path):
    """specs: NEG-47"""
    customer = OpenidProvider("RS256")
    try:
        shop = server(shop_realm(customer), arguments=allow(tmp_path))
        old = customer.login()["id_token"]
        ours(exchanged(shop, old, ID_TOKEN))
        kid = customer.tell("rotate")
        new = customer.login()["id_token"]
        assert decode(new)[0]["kid"] == kid
        deadline = time.monotonic() + PAUSE + 20
        while (answer := exchanged(shop, new, ID_TOKEN)).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            refused(answer, "invalid_request", "TX-STK-05")
            time.sleep(0.5)
        ours(exchanged(shop, old, ID_TOKEN))  # its key is still published
        customer.tell("forget")
        ours(exchanged(shop, new, ID_TOKEN))
    finally:
        customer.close()


def test_a_provider_that_is_away_keeps_serving_by_its_last_keys_and_says_so_where_it_must_be_asked(server, tmp_path):
    customer = OpenidProvider()
    try:
        shop = server(shop_realm(customer), arguments=allow(tmp_path))
        login = customer.login()["id_token"]
        opaque = customer.login(scope="openid orders", resource=OPAQUE_API)["access_token"]
        ours(exchanged(shop, login, ID_TOKEN))
        ours(exchanged(shop, opaque, subject_issuer="customer"))
    finally:
        customer.close()
    ours(exchanged(shop, login, ID_TOKEN))
    answer = exchanged(shop, opaque, subject_issuer="customer")
    refused(answer, "temporarily_unavailable", "TX-ASK-02", status=503)
    assert "introspection" in explained(shop, answer)["errorDetail"]

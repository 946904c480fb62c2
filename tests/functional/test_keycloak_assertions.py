# SPDX-License-Identifier: Apache-2.0
"""Keycloak's JWT authorization grant for an identity provider of an export: what it takes, and its texts in its dialect."""
import json
import time

import pytest

from support.client import Client, decode, granted
from support.foreign import new_key, signed
from support.realms import client, public_client, realm, scope, user

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
KEY, OTHER = new_key(), new_key("k2")
PARTNER, LOGIN, OFF, PLAIN, TWIN = (f"https://{name}.example" for name in ("partner", "login", "off", "plain", "twin"))


def provider(alias, issuer, enabled=True, **config):
    return {"alias": alias, "providerId": "oidc", "internalId": alias, "enabled": enabled,
            "config": {"issuer": issuer, "clientId": f"{alias}-app", "useJwksUrl": "false",
                       "publicKeySignatureVerifier": json.dumps({"keys": [json.loads(KEY.export_public())]}),
                       "jwtAuthorizationGrantEnabled": "true", **config}}


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server):
    def linked(name, alias="partner"):
        return {"federatedIdentities": [{"identityProvider": alias, "userId": name, "userName": name}]}

    switch = {"oauth2.jwt.authorization.grant.enabled": "true",
              "oauth2.jwt.authorization.grant.idp": "partner##login##off##plain"}
    made = realm(
        "kc", errorDialect="keycloak", scopes=[scope("read")],
        clients=[client("app", scopes=["read"], attributes=switch), client("none"), public_client("page", attributes=switch),
                 client("desk", attributes=switch | {"oauth2.jwt.authorization.grant.idp": "login"})],
        users=[user("ann", **linked("ann")), user("gone", **{**linked("gone"), "enabled": False}),
               user("new", **linked("new"), requiredActions=["UPDATE_PASSWORD"]), user("lea", **linked("lea", "login"))])
    made["clients"] += [client("twin", attributes=switch | {"oauth2.jwt.authorization.grant.idp": "second"}),
                        client("both", attributes=switch | {"oauth2.jwt.authorization.grant.idp": "first##second"})]
    made["users"] += [user("tim", **linked("tim", "second")), user("tom", **linked("tim", "first"))]
    made["identityProviders"] = [provider("first", TWIN), provider("second", TWIN),
                                 provider("partner", PARTNER), provider("login", LOGIN, allowClientIdAsAudience="true"),
                                 provider("off", OFF, enabled=False),
                                 provider("plain", PLAIN, jwtAuthorizationGrantEnabled="false")]
    return module_server(made)


def send(shop, assertion, by="app", **form):
    secret = None if by == "page" else f"{by}-secret"
    return Client(shop.url, "kc", by, secret).token(JWT_BEARER, assertion=assertion, **form)


def said(shop, key=KEY, **claims):
    return signed({"iss": PARTNER, "sub": "ann", "aud": f"{shop.url}/realms/kc", **claims}, key)


def told(answer, text):
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_description"]) == (400, "invalid_grant", text), body


def test_of_two_providers_of_one_issuer_it_is_the_one_that_the_client_names(shop):
    assertion = {"iss": TWIN, "sub": "tim"}
    token = granted(send(shop, said(shop, **assertion), "twin"))["access_token"]
    assert decode(token)[1]["preferred_username"] == "tim"
    body = send(shop, said(shop, **assertion), "both").json()
    assert body["error"] == "invalid_grant", body


CAUSES = {
    "No Identity Provider for provided issuer": {"iss": "https://nobody.example"},
    "Identity Provider is not enabled": {"iss": OFF},
    "Identity Provider is not configured for JWT Authorization Grant": {"iss": PLAIN},
    "Invalid token audience": {"aud": "https://elsewhere.example"},
    "Token is not active": {"exp": int(time.time()) - 60},
    "Token jti claim is required": {"jti": None},
    "User not found": {"sub": "nobody"},
    "User is not enabled": {"sub": "gone"},
    "Account is not fully set up": {"sub": "new"},
}


@pytest.mark.parametrize("text", CAUSES)
def test_a_refused_assertion_is_told_in_keycloaks_words(shop, text):
    told(send(shop, said(shop, **CAUSES[text])), text)


def test_what_the_request_lacks_is_told_in_keycloaks_words(shop):
    told(send(shop, None), "Missing parameter:assertion")
    told(send(shop, "no.jwt"), "The provided assertion is not a valid JWT")
    told(send(shop, said(shop), by="page"), "Public client not allowed to use authorization grant")
    told(send(shop, said(shop, key=OTHER)), "Invalid signature")
    once = said(shop)
    granted(send(shop, once))
    told(send(shop, once), "Token reuse detected")


def test_an_id_token_of_the_provider_is_an_assertion_only_with_its_switch(shop):
    """What it gives to its client at a log-in names that client, and is no message to us."""
    told(send(shop, said(shop, aud="partner-app", typ="ID", nonce="n", azp="partner-app")), "Invalid token audience")
    answer = granted(send(shop, said(shop, iss=LOGIN, sub="lea", aud="login-app", typ="ID", nonce="n")))
    assert decode(answer["access_token"])[1]["preferred_username"] == "lea"

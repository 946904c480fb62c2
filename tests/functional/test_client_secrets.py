# SPDX-License-Identifier: Apache-2.0
"""Clients that sign with their secret, and secrets that were rotated."""
import time
import uuid

import pytest
import requests
from jwcrypto import jwk, jwt

from support.client import granted, refused
from support.realms import client, realm
from support.change import reload

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONG = "a-secret-of-more-than-sixty-four-bytes-so-that-it-serves-every-hmac-there-is"
OLD = "the-secret-before-of-more-than-sixty-four-bytes-so-that-it-serves-every-hmac"


def signer(name, secret=LONG, **attributes):
    return client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-secret-jwt",
                  attributes=attributes) | {"secret": secret}


def rotated(name, expires, **attributes):
    return client(name, serviceAccountsEnabled=True, attributes={
        "client.secret.rotated": OLD, "client.secret.rotated.creation.time": "1700000000",
        "client.secret.rotated.expiration.time": str(int(expires)), **attributes})


def the_realm(*more):
    return realm("secrets", clients=[
        signer("robot"), signer("short", "too-short"),
        signer("only-512", **{"token.endpoint.auth.signing.alg": "HS512"}), *more])


@pytest.fixture(scope="module")
def shop(module_server):
    now = time.time()
    return module_server(the_realm(
        rotated("rotated", now + 3600), rotated("over", now - 5),
        rotated("expired", now + 3600, **{"client.secret.expiration.time": str(int(now - 5))})))


def address(shop, name="token"):
    return f"{shop.url}/realms/secrets/protocol/openid-connect/{name}"


def assertion(shop, name, secret=LONG, alg="HS256", **changes):
    now = int(time.time())
    claims = {"iss": name, "sub": name, "aud": f"{shop.url}/realms/secrets", "iat": now,
              "exp": now + 60, "jti": str(uuid.uuid4()), **changes}
    token = jwt.JWT(header={"alg": alg, "typ": "JWT"}, claims=claims)
    token.make_signed_token(jwk.JWK.from_password(secret))
    return token.serialize()


def ask(shop, signed):
    return requests.post(address(shop), timeout=15, data={
        "grant_type": "client_credentials", "client_assertion_type": ASSERTION,
        "client_assertion": signed})


def by_secret(shop, name, secret):
    return requests.post(address(shop), timeout=15, auth=(name, secret),
                         data={"grant_type": "client_credentials"})


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_client_signs_with_its_secret(shop, alg):
    granted(ask(shop, assertion(shop, "robot", alg=alg)))


def test_assertion_is_good_once(shop):
    signed = assertion(shop, "robot")
    granted(ask(shop, signed))
    refused(ask(shop, signed), "invalid_client", "TX-AUT-00", status=401)


@pytest.mark.parametrize("changes", [
    {"aud": "https://other.example"}, {"aud": ["https://other.example"]}, {"exp": 1},
    {"iss": "other"}, {"exp": int(time.time()) + 7200}])
def test_assertion_says_what_private_key_jwt_must_say(shop, changes):
    refused(ask(shop, assertion(shop, "robot", **changes)), "invalid_client", status=401)


def test_wrong_secret_wrong_algorithm_and_short_secret_are_refused(shop):
    refused(ask(shop, assertion(shop, "robot", secret=OLD)), "invalid_client", status=401)
    refused(ask(shop, assertion(shop, "only-512")), "invalid_client", status=401)
    granted(ask(shop, assertion(shop, "only-512", alg="HS512")))
    refused(ask(shop, assertion(shop, "short", secret="too-short")), "invalid_client", status=401)


def test_client_that_signs_can_not_send_its_secret(shop):
    refused(by_secret(shop, "robot", LONG), "invalid_client", status=401)


def test_discovery_names_the_method_and_its_algorithms(shop):
    found = requests.get(f"{shop.url}/realms/secrets/.well-known/openid-configuration",
                         timeout=15).json()
    assert "client_secret_jwt" in found["token_endpoint_auth_methods_supported"]
    assert {"HS256", "HS384", "HS512"} <= set(
        found["token_endpoint_auth_signing_alg_values_supported"])


def test_rotated_secret_serves_beside_the_new_one_until_it_expires(shop):
    # specs: TOK-22
    granted(by_secret(shop, "rotated", "rotated-secret"))
    granted(by_secret(shop, "rotated", OLD))
    granted(by_secret(shop, "over", "over-secret"))
    refused(by_secret(shop, "over", OLD), "invalid_client", status=401)


def test_expired_secret_is_refused_and_the_old_one_is_no_way_around(shop):
    for secret in ("expired-secret", OLD):
        refused(by_secret(shop, "expired", secret), "invalid_client", status=401)


def test_rotation_takes_effect_without_a_restart(server):
    before = the_realm(client("app", serviceAccountsEnabled=True) | {"secret": OLD})
    running = server(before)
    granted(by_secret(running, "app", OLD))
    reload(running, the_realm(rotated("app", time.time() + 3600)))
    granted(by_secret(running, "app", "app-secret"))
    granted(by_secret(running, "app", OLD))
    reload(running, the_realm(client("app", serviceAccountsEnabled=True)))
    refused(by_secret(running, "app", OLD), "invalid_client", status=401)


def test_no_secret_is_written_to_the_log(shop):
    assert OLD not in shop.log() and LONG not in shop.log()

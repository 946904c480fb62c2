# SPDX-License-Identifier: Apache-2.0
"""ID tokens that are asked for by audience: made as the relying party registered them.

No client here knows users by pairwise identifiers: test_token_forms.py has those.
"""
import json

import pytest
from jwcrypto import jwe, jwk

from support.client import ID_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user

SIGNED = "id.token.signed.response.alg"
KEYS = {name: jwk.JWK.generate(kty="RSA", size=2048, kid=name, use="enc") for name in ("rp", "rp2", "a-sealed")}


def sealed(name, alg="RSA-OAEP-256", enc="A256GCM"):
    keys = {"keys": [json.loads(KEYS[name].export_public())]}
    return {"use.jwks.string": "true", "jwks.string": json.dumps(keys),
            "id.token.encrypted.response.alg": alg, "id.token.encrypted.response.enc": enc}


@pytest.fixture(scope="module")
def shop(module_server):
    desks = ["a", "a-sealed", "a-ps"]
    targets = ["rp", "rp2", "ps", "plain", "other"]
    ids = {"types": ["access_token", "id_token"], "scopes": ["openid"]}
    return module_server(realm(
        "parties", clients=[
            public_client("web", sent_to=desks), client("a"),
            client("a-sealed", attributes=sealed("a-sealed")), client("a-ps", attributes={SIGNED: "PS256"}),
            client("rp", attributes=sealed("rp")), client("rp2", attributes=sealed("rp2")),
            client("ps", attributes={SIGNED: "PS256"}), client("plain"), client("other")],
        users=[user("alice")],
        rules=[rule(f"{desk}-{target}", desk, target, **ids) for desk in desks for target in targets]))


def exchanged(shop, audience, desk="a", **form):
    login = granted(Client(shop.url, "parties", "web").password("alice", "alice", scope="openid"))
    form = {"requested_token_type": ID_TOKEN, "scope": "openid", **form}
    return Client(shop.url, "parties", desk, secret_of(desk)).exchange(
        login["access_token"], audience=audience, **form)


def opened(token, name):
    sealed_token = jwe.JWE()
    sealed_token.deserialize(token, key=KEYS[name])
    return sealed_token.jose_header, decode(sealed_token.payload.decode())


@pytest.mark.parametrize("desk", ["a", "a-sealed"])
@pytest.mark.parametrize("name", ["rp", "rp2"])
def test_id_token_for_a_client_that_demands_encryption_is_encrypted_to_it(shop, desk, name):
    token = granted(exchanged(shop, name, desk))["access_token"]
    header, (_, claims) = opened(token, name)
    assert (header["alg"], header["enc"], header["kid"]) == ("RSA-OAEP-256", "A256GCM", name)
    assert claims["aud"] == name and claims["azp"] == desk and claims["typ"] == "ID"


def test_id_token_for_a_client_that_demands_none_is_not_encrypted_to_its_holder(shop):
    header, claims = decode(granted(exchanged(shop, "plain", "a-sealed"))["access_token"])
    assert header["typ"] == "JWT" and claims["aud"] == "plain"


@pytest.mark.parametrize("desk, audience, algorithm", [
    ("a", "ps", "PS256"), ("a-ps", "ps", "PS256"), ("a-ps", "plain", "ES256"), ("a", "plain", "ES256")])
def test_id_token_is_signed_as_the_relying_party_registered(shop, desk, audience, algorithm):
    header, _ = decode(granted(exchanged(shop, audience, desk))["access_token"])
    assert header["alg"] == algorithm


def test_id_token_beside_an_access_token_is_made_as_its_holder_registered(shop):
    plain = {"requested_token_type": None}
    assert decode(granted(exchanged(shop, "rp", "a-ps", **plain))["id_token"])[0]["alg"] == "PS256"
    answer = granted(exchanged(shop, "ps", "a-sealed", **plain))
    assert opened(answer["id_token"], "a-sealed")[1][1]["aud"] == "a-sealed"


@pytest.mark.parametrize("audience, why", [
    (["plain", "rp"], "rp wants its own encrypted"), (["rp", "plain"], "rp wants its own encrypted"),
    (["rp", "rp2"], "wants its own encrypted"), (["plain", "ps"], "signed with ES256 and with PS256"),
    (["plain", "other", "ps"], "signed with ES256 and with PS256")])
def test_id_token_for_parties_that_want_it_otherwise_is_refused(shop, audience, why):
    body = refused(exchanged(shop, audience), "invalid_target", "TX-TGT-07")
    assert why in body["hint"] and "one ID token each" in body["hint"]


def test_parties_that_want_the_same_share_one_id_token(shop):
    header, claims = decode(granted(exchanged(shop, ["plain", "other"]))["access_token"])
    assert header["alg"] == "ES256" and claims["aud"] == ["plain", "other"]
    assert decode(granted(exchanged(shop, ["ps", "ps"]))["access_token"])[0]["alg"] == "PS256"

# SPDX-License-Identifier: Apache-2.0
"""What tokens and answers are signed with: keys of a realm, choices of a client, what is announced."""
import json

import pytest
import requests
from jwcrypto import jwk

from support.client import Client, granted, refused, verify
from support.realms import client, public_client, realm, rule, secret_of, user

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
ACCESS, ID_TOKEN = "access.token.signed.response.alg", "id.token.signed.response.alg"
USERINFO, INTROSPECTION = "user.info.response.signature.alg", "cambist.introspection.signed.response.alg"
JWT_CLAIM = "client.introspection.response.allow.jwt.claim.enabled"
JWT_ANSWER = {"Accept": "application/token-introspection+jwt"}


def every(algorithm):
    return {name: algorithm for name in (ACCESS, ID_TOKEN, USERINFO)}


def component(name, provider, **config):
    return {"name": name, "providerId": provider, "subComponents": {},
            "config": {key: [value] for key, value in config.items()}}


def generated(name, algorithm, **more):
    return {"name": name, "algorithm": algorithm, "generate": True, **more}


KEYS = [generated("strong", "PS512", keySize=3072, priority=300),
        generated("weaker", "PS512", priority=200),
        generated("old", "PS512", priority=400, state="passive"),
        generated("gone", "PS512", priority=500, state="disabled")]


@pytest.fixture(scope="module")
def shop(module_server):
    fronts = [public_client(f"web-{name}", sent_to=["desk"], attributes=every(name)) for name in ALGORITHMS]
    return module_server(realm(
        "algs", keys=KEYS,
        clients=[*fronts, public_client("plain", sent_to=["desk", "mixed-desk"]),
                 client("desk"), client("mixed-desk", attributes={ACCESS: "EdDSA", ID_TOKEN: "PS256"}),
                 client("store", attributes={INTROSPECTION: "PS256"}),
                 *[client(f"reads-{name}", attributes={INTROSPECTION: name}) for name in ALGORITHMS],
                 client("converter", attributes={JWT_CLAIM: "true",
                                                 "ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK": "true"})],
        users=[user("alice")],
        rules=[rule("desk-to-store", "desk", "store"),
               rule("mixed", "mixed-desk", "store", types=("access_token", "id_token"), scopes=["openid"])]))


def caller(shop, client_id):
    return Client(shop.url, "algs", client_id, secret_of(client_id))


def login(shop, client_id):
    return granted(Client(shop.url, "algs", client_id).password("alice", "alice", scope="openid"))


def certs(shop, name="algs"):
    return requests.get(f"{shop.url}/realms/{name}/protocol/openid-connect/certs", timeout=15).text


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_client_gets_its_tokens_and_userinfo_with_the_algorithms_it_asked_for(shop, algorithm):
    tokens = login(shop, f"web-{algorithm}")
    for kind in ("access_token", "id_token"):
        header, claims = verify(tokens[kind], certs(shop))
        assert header["alg"] == algorithm and claims["azp"] == f"web-{algorithm}"
    answer = Client(shop.url, "algs", f"web-{algorithm}").userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    header, claims = verify(answer.text, certs(shop))
    assert header["alg"] == algorithm
    assert claims["iss"] == f"{shop.url}/realms/algs" and claims["aud"] == f"web-{algorithm}"
    assert claims["preferred_username"] == "alice" and "exp" not in claims and "typ" not in claims


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_subject_token_of_any_algorithm_is_exchanged(shop, algorithm):
    subject = login(shop, f"web-{algorithm}")["access_token"]
    token = granted(caller(shop, "desk").exchange(subject, audience="store"))["access_token"]
    header, claims = verify(token, certs(shop))
    assert header["alg"] == "ES256", "the realm's default"
    assert claims["azp"] == "desk"
    assert granted(caller(shop, "store").introspect(subject)) == {"active": False}
    assert granted(caller(shop, "desk").introspect(subject))["active"] is True


def test_access_token_and_id_token_of_one_client_may_differ(shop):
    subject = login(shop, "plain")["access_token"]
    mixed = caller(shop, "mixed-desk")
    answer = granted(mixed.exchange(subject, audience="store", scope="openid"))
    access, identity = answer["access_token"], answer["id_token"]
    assert verify(access, certs(shop))[0]["alg"] == "EdDSA"
    assert verify(identity, certs(shop))[0]["alg"] == "PS256"


def test_userinfo_is_json_for_who_asked_for_no_signature(shop):
    answer = Client(shop.url, "algs", "plain").userinfo(login(shop, "plain")["access_token"])
    assert answer.headers["Content-Type"] == "application/json"
    assert granted(answer)["preferred_username"] == "alice"


def test_discovery_lists_what_the_realm_can_sign_with_and_no_more(shop, server):
    # specs: INT-15, MET-07
    shown = Client(shop.url, "algs", "plain").discovery()
    for name in ("id_token", "userinfo", "introspection"):
        assert sorted(shown[f"{name}_signing_alg_values_supported"]) == sorted(ALGORITHMS), name
    single = server(realm("one", clients=[client("c", serviceAccountsEnabled=True)]))
    shown = Client(single.url, "one", "c").discovery()
    assert shown["userinfo_signing_alg_values_supported"] == ["ES256"]
    assert shown["introspection_signing_alg_values_supported"] == ["ES256"]
    assert not [name for name in shown if name.startswith("introspection_encryption_")]
    # OpenID Connect Discovery section 3: RS256 must be among these.
    assert sorted(shown["id_token_signing_alg_values_supported"]) == ["ES256", "RS256"]


def test_discovery_lists_the_algorithms_of_assertions_that_clients_are_pinned_to(server):  # specs: MET-08
    keys = json.dumps({"keys": [json.loads(jwk.JWK.generate(kty="EC", crv="P-384", kid="k").export_public())]})
    pinned = client("c", clientAuthenticatorType="client-jwt", attributes={
        "jwks.string": keys, "token.endpoint.auth.signing.alg": "ES384"})
    shop = server(realm("pinned", clients=[pinned]))
    shown = Client(shop.url, "pinned", "c").discovery()
    for name in ("token", "introspection", "revocation"):
        assert shown[f"{name}_endpoint_auth_signing_alg_values_supported"] == ["ES384"]


def test_certs_hold_every_active_and_passive_key_with_its_algorithm_and_use(shop):
    keys = json.loads(certs(shop))["keys"]
    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert all(key["use"] == "sig" and key["kid"] for key in keys)
    assert len([key for key in keys if key["alg"] == "PS512"]) == 3, "the disabled one is not shown"


def test_the_active_key_of_the_highest_priority_signs(shop):
    header, _ = verify(login(shop, "web-PS512")["access_token"], certs(shop))
    key = jwk.JWKSet.from_json(certs(shop)).get_key(header["kid"])
    assert len(json.loads(key.export_public())["n"]) == 512, "3072 bits as base64url"


def test_a_key_that_is_made_for_the_file_stays_when_the_file_is_applied_again(server):
    described = realm("again", keys=[generated("mine", "EdDSA")], clients=[client("c", serviceAccountsEnabled=True)])
    shop = server(described)
    before = certs(shop, "again")
    shop.stop()
    assert certs(shop.start(), "again") == before


def test_key_providers_of_a_keycloak_export_sign_as_they_are_configured(server):
    own = jwk.JWK.generate(kty="OKP", crv="Ed25519")
    lines = own.export_to_pem(private_key=True, password=None).decode().split("\n")
    providers = [component("ed", "eddsa-generated", eddsaEllipticCurveKey="Ed25519", priority="50",
                           eddsaPrivateKey="".join(lines[1:-2])),
                 component("curve", "ecdsa-generated", ecdsaEllipticCurveKey="P-384"),
                 component("rsa", "rsa-generated", algorithm="PS256", keySize="3072", priority="-5"),
                 component("for-encryption", "rsa-enc-generated", algorithm="RSA-OAEP"),
                 component("hmac", "hmac-generated", algorithm="HS512")]
    made = {"clientId": "c", "secret": secret_of("c"), "serviceAccountsEnabled": True,
            "attributes": {ACCESS: "EdDSA"}}
    shop = server({**realm("kc", clients=[made]), "keycloakVersion": "26.0.0",
                   "components": {"org.keycloak.keys.KeyProvider": providers}})
    keys = json.loads(certs(shop, "kc"))["keys"]
    assert sorted(key["alg"] for key in keys) == ["ES384", "EdDSA", "PS256", "RS256"]
    token = granted(Client(shop.url, "kc", "c", secret_of("c")).client_credentials())["access_token"]
    header, _ = verify(token, certs(shop, "kc"))
    assert header["alg"] == "EdDSA" and header["kid"] == own.thumbprint()


def test_an_introspection_answer_is_a_jwt_for_the_resource_server_that_asks_so(shop):
    # specs: INT-11, INT-12, INT-13, INT-14
    subject = login(shop, "plain")["access_token"]
    token = granted(caller(shop, "desk").exchange(subject, audience="store"))["access_token"]
    store = caller(shop, "store")
    answer = store.post("token/introspect", {"token": token}, JWT_ANSWER)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/token-introspection+jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    header, claims = verify(answer.text, certs(shop))
    assert header["typ"] == "token-introspection+jwt" and header["alg"] == "PS256"
    assert sorted(claims) == ["aud", "iat", "iss", "token_introspection"]
    assert claims["iss"] == f"{shop.url}/realms/algs" and claims["aud"] == "store"
    assert claims["token_introspection"] == granted(store.introspect(token))
    dead = store.post("token/introspect", {"token": subject}, JWT_ANSWER)
    assert verify(dead.text, certs(shop))[1]["token_introspection"] == {"active": False}
    assert verify(caller(shop, "desk").post("token/introspect", {"token": "x"}, JWT_ANSWER).text,
                  certs(shop))[0]["alg"] == "ES256", "the realm's, where the caller names none"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_resource_server_is_told_with_the_algorithm_it_asked_for(shop, algorithm):  # specs: INT-15, INT-17
    answer = caller(shop, f"reads-{algorithm}").post("token/introspect", {"token": "x"}, JWT_ANSWER)
    header, claims = verify(answer.text, certs(shop))
    assert header["alg"] == algorithm and header["typ"] == "token-introspection+jwt"
    assert claims["aud"] == f"reads-{algorithm}"


@pytest.mark.parametrize("accept,is_jwt", [
    ("application/token-introspection+jwt, application/json;q=0.5", True),
    ("Application/Token-Introspection+JWT;q=1", True),
    ("application/json, application/token-introspection+jwt;q=0.9", False),
    ("application/token-introspection+jwt;q=0", False), ("*/*", False), ("application/*", False),
    ("application/jwt", False), ("", False)])
def test_only_who_names_the_media_type_gets_the_jwt(shop, accept, is_jwt):
    answer = caller(shop, "store").post("token/introspect", {"token": "x"}, {"Accept": accept})
    assert answer.headers["Content-Type"].endswith("introspection+jwt") == is_jwt


def test_errors_of_introspection_stay_json(shop):  # specs: INT-11
    wrong = Client(shop.url, "algs", "store", "wrong").post("token/introspect", {"token": "x"}, JWT_ANSWER)
    refused(wrong, "invalid_client", status=401)


def test_a_signed_answer_is_no_token(shop):  # specs: INT-16, NEG-36
    """Neither as subject token, nor at userinfo, nor to introspection (RFC 9701 section 8.1)."""
    tokens = login(shop, "web-PS256")
    userinfo = Client(shop.url, "algs", "web-PS256").userinfo(tokens["access_token"]).text
    told = caller(shop, "desk").post("token/introspect", {"token": tokens["access_token"]}, JWT_ANSWER).text
    for text in (userinfo, told):
        refused(caller(shop, "desk").exchange(text, audience="store"), "invalid_request")
        assert Client(shop.url, "algs", "plain").userinfo(text).status_code == 401
        assert granted(caller(shop, "desk").introspect(text)) == {"active": False}


def test_keycloaks_jwt_member_is_added_for_who_may_have_it_and_asks(shop):
    token = login(shop, "web-PS256")["access_token"]
    accept = {"Accept": "application/jwt"}
    told = granted(caller(shop, "converter").post("token/introspect", {"token": token}, accept))
    header, claims = verify(told.pop("jwt"), certs(shop))
    assert told == granted(caller(shop, "converter").introspect(token))
    assert header["alg"] == "PS256" and claims["jti"] == told["jti"] and "active" not in claims
    assert claims["exp"] == verify(token, certs(shop))[1]["exp"]
    assert "jwt" not in granted(caller(shop, "desk").post("token/introspect", {"token": token}, accept))
    assert granted(caller(shop, "converter").post("token/introspect", {"token": "x"}, accept)) == {"active": False}


@pytest.mark.parametrize("fault,change", [
    ("no signature algorithm of ours", {"defaultSignatureAlgorithm": "HS256"}),
    ("no signature algorithm of ours", {"clients": [client("c", attributes={USERINFO: "HS256"})]}),
    ("no signature algorithm of ours", {"clients": [client("c", attributes={ACCESS: "none"})]}),
    ("either brought or generated", {"keys": [generated("k", "ES256", privateKey="x")]}),
    ("2048, 3072 or 4096", {"keys": [generated("k", "RS256", keySize=1024)]}),
    ("only RSA has sizes", {"keys": [generated("k", "ES256", keySize=2048)]})])
def test_what_can_not_be_signed_with_is_refused_by_name(tmp_path, fault, change):
    from support.server import cambist, write_realm
    done = cambist("lint", write_realm(tmp_path, {**realm("bad"), **change}))
    assert done.returncode == 1 and fault in done.stdout + done.stderr, done.stdout

# SPDX-License-Identifier: Apache-2.0
"""How clients prove who they are, and what they learn when they fail."""
import base64
import concurrent.futures
import json
import time
import uuid
from urllib.parse import quote, quote_plus

import pytest
import requests
from jwcrypto import jwk, jws

from support.client import Client, granted, refused
from support.realms import client, public_client, realm, secret_of

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AWKWARD = {"colon": "a:b:c", "percent": "100%41", "plus": "a+b c", "umlaut": "schlüssel-ß-€",
           "symbols": "&=?#/\\\"'<>", "space": " leading and trailing "}
EC, RSA = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec"), jwk.JWK.generate(
    kty="RSA", size=2048, kid="rsa")
STRANGER = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec")


def key_set(*keys):
    return json.dumps({"keys": [json.loads(key.export_public()) for key in keys]})


def signing_client(name, *keys, **attributes):
    made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                  attributes={"jwks.string": key_set(*keys), **attributes})
    del made["secret"]
    return made


@pytest.fixture(scope="module")
def shop(module_server):
    def service(name, **more):
        return client(name, serviceAccountsEnabled=True, **more)
    return module_server(realm("clients", clients=[
        *(service(name) | {"secret": secret} for name, secret in AWKWARD.items()),
        service("id:with+odd %41 signs") | {"secret": "odd"}, service("plain"),
        service("quiet", attributes={"cambist.diagnostics": "off"}),
        service("closed", enabled=False), service("no-secret") | {"secret": ""},
        public_client("spa"), public_client("loud-spa", attributes={"cambist.diagnostics": "on"}),
        {"clientId": "receiver", "bearerOnly": True},
        signing_client("signer", EC, RSA), signing_client("other-signer", EC),
        signing_client("only-rs", RSA, **{"token.endpoint.auth.signing.alg": "RS256"}),
        signing_client("legacy", EC, **{"cambist.assertion.audience": "token-endpoint"})]))


def address(shop, name="token"):
    return f"{shop.url}/realms/clients/protocol/openid-connect/{name}"


def ask(shop, headers=None, **form):
    return requests.post(address(shop), timeout=15, headers=headers,
                         data={"grant_type": "client_credentials", **form})


def basic(client_id, secret, encode=quote_plus):
    pair = f"{encode(client_id)}:{encode(secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def as_is(text):
    return text


# Secrets.

@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("encode", [quote_plus, lambda text: quote(text, safe="")],
                         ids=["plus", "percent"])
def test_basic_is_form_decoded_after_base64(shop, name, encode):  # specs: TOK-18, TOK-19; errors: E39
    granted(ask(shop, basic(name, AWKWARD[name], encode)))


def test_basic_of_a_client_id_with_special_characters(shop):  # specs: TOK-18
    granted(ask(shop, basic("id:with+odd %41 signs", "odd")))
    refused(ask(shop, basic("id:with+odd %41 signs", "odd", as_is)), "invalid_client", status=401)


@pytest.mark.parametrize("name", AWKWARD)
def test_post_takes_any_secret(shop, name):
    granted(ask(shop, client_id=name, client_secret=AWKWARD[name]))


def test_basic_scheme_may_be_written_in_any_case(shop):  # specs: TOK-19
    for scheme in ("basic", "BASIC", "bAsIc"):
        header = basic("plain", secret_of("plain"))["Authorization"].replace("Basic", scheme)
        granted(ask(shop, {"Authorization": header}))


@pytest.mark.parametrize("header", [
    "Basic", "Basic ", "Basic ***", "Basic " + base64.b64encode(b"no-colon").decode(),
    "Basic " + base64.b64encode(b":secret").decode(), "Bearer x", "Digest username=x",
    "Basic " + base64.b64encode(b"plain:%zz").decode(),
    "Basic " + base64.b64encode(b"pl\xffain:x").decode(),
    "Basic " + base64.b64encode(b"plain:a\x00b").decode()])
def test_malformed_authorization_header_is_invalid_client(shop, header):  # specs: TOK-11
    response = ask(shop, {"Authorization": header})
    assert refused(response, "invalid_client", status=401)["error_code"].startswith("TX-AUT-")
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("secret", ["wrong", "plain-secre", "plain-secrett", "PLAIN-SECRET",
                                    "plain-secret ", " plain-secret", ""])
def test_wrong_secret_is_refused_by_header_and_by_form(shop, secret):  # specs: TOK-11
    refused(ask(shop, basic("plain", secret)), "invalid_client", status=401)
    refused(ask(shop, client_id="plain", client_secret=secret), "invalid_client", status=401)


def test_client_without_a_secret_can_not_authenticate(shop):
    for secret in ("", "x"):
        refused(ask(shop, basic("no-secret", secret)), "invalid_client", status=401)
    refused(ask(shop, client_id="no-secret"), "invalid_client", status=401)


def test_unknown_disabled_and_wrong_secret_look_the_same(shop):  # specs: TOK-11, NEG-66
    bodies = []
    for headers in (basic("nobody", "x"), basic("plain", "x"), basic("closed", "closed-secret"),
                    basic("signer", "x"), basic("quiet", "x"), basic("spa", "x")):
        response = ask(shop, headers)
        body = refused(response, "invalid_client", "TX-AUT-00", status=401)
        assert body.pop("trace_id") and "hint" not in body
        bodies.append(json.dumps(body))
    assert len(set(bodies)) == 1


def test_request_without_a_client_is_told_so(shop):  # specs: TOK-11
    refused(ask(shop), "invalid_client", "TX-AUT-01", status=401)


def test_bearer_only_client_can_not_ask_for_tokens_and_looks_like_an_unknown_one(shop):
    refused(ask(shop, client_id="receiver"), "invalid_client", "TX-AUT-00", 401)


# One method, one client.

def test_two_methods_at_once_are_refused(shop):  # specs: TOK-17, NEG-20
    header = basic("plain", secret_of("plain"))
    signed = {"client_assertion": assertion(shop, "signer"), "client_assertion_type": ASSERTION}
    for response in (ask(shop, header, client_id="plain", client_secret=secret_of("plain")),
                     ask(shop, header, **signed),
                     ask(shop, client_id="signer", client_secret="x", **signed)):
        refused(response, "invalid_request", "TX-AUT-07")


def test_client_id_must_agree_with_the_credentials(shop):  # specs: TOK-21, AST-02
    granted(ask(shop, basic("plain", secret_of("plain")), client_id="plain"))
    refused(ask(shop, basic("plain", secret_of("plain")), client_id="quiet"),
            "invalid_request", "TX-AUT-09")
    refused(ask(shop, client_id="plain", client_assertion_type=ASSERTION,
                client_assertion=assertion(shop, "signer")), "invalid_request", "TX-AUT-09")


def test_client_is_bound_to_its_registered_method(shop):  # specs: TOK-11, TOK-20, NEG-20
    refused(ask(shop, client_assertion_type=ASSERTION,
                client_assertion=assertion(shop, "plain")), "invalid_client", status=401)
    refused(ask(shop, client_id="signer", client_secret="x"), "invalid_client", status=401)
    refused(ask(shop, client_id="signer"), "invalid_client", status=401)


def test_refused_client_spoils_nothing_for_the_right_one(shop):
    for _ in range(20):
        refused(ask(shop, basic("plain", "wrong")), "invalid_client", status=401)
    granted(ask(shop, basic("plain", secret_of("plain"))))


# private_key_jwt.

def issuer(shop):
    return f"{shop.url}/realms/clients"


def assertion(shop, client_id, key=EC, header=None, **changes):
    """A good assertion with some claims changed; None takes a claim away."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer(shop), "jti": uuid.uuid4().hex,
              "iat": now, "exp": now + 60, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithm = {"EC": "ES256", "RSA": "RS256"}[key["kty"]]
    signed = jws.JWS(json.dumps(claims))
    signed.add_signature(key, protected=json.dumps(
        {"alg": algorithm, "kid": key["kid"], **(header or {})}))
    return signed.serialize(compact=True)


def assert_with(shop, text, **form):
    return ask(shop, client_assertion_type=ASSERTION, client_assertion=text, **form)


@pytest.mark.parametrize("key", [EC, RSA], ids=["ES256", "RS256"])
def test_good_assertion_authenticates(shop, key):  # specs: AST-02, AST-04
    granted(assert_with(shop, assertion(shop, "signer", key)))
    granted(assert_with(shop, assertion(shop, "signer", key), client_id="signer"))


def test_assertion_may_be_called_what_it_is(shop):  # specs: AST-07
    granted(assert_with(shop, assertion(shop, "signer", header={"typ": "client-authentication+jwt"})))


def test_saml_proves_no_client(shop):  # specs: AST-16
    refused(ask(shop, client_assertion="PEFzc2VydGlvbi8-", client_assertion_type=ASSERTION.replace("jwt", "saml2")),
            "invalid_client", status=401)


def test_assertion_with_ps256_authenticates(shop):
    granted(assert_with(shop, assertion(shop, "signer", RSA, {"alg": "PS256"})))


BAD_CLAIMS = {
    "wrong audience": {"aud": "https://other.example"},
    "two audiences": {"aud": ["{issuer}", "https://other.example"]},
    "token endpoint as audience": {"aud": "{issuer}/protocol/openid-connect/token"},
    "introspection as audience": {"aud": "{issuer}/protocol/openid-connect/token/introspect"},
    "audience with a slash": {"aud": "{issuer}/"},
    "no audience": {"aud": None}, "empty audience": {"aud": []},
    "expired": {"exp": -120}, "expiry far ahead": {"exp": 3600}, "no expiry": {"exp": None},
    "not valid yet": {"nbf": 120}, "issued in the future": {"iat": 120},
    "other issuer": {"iss": "other-signer"}, "no issuer": {"iss": None},
    "no jti": {"jti": None}, "empty jti": {"jti": ""}, "number as jti": {"jti": 7}}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_assertion_is_refused_with(shop, name):  # specs: AST-04, AST-05, AST-06, AST-09, JWB-10, NEG-28, NEG-62; errors: E39
    now = int(time.time())
    changes = {}
    for claim, value in BAD_CLAIMS[name].items():
        if claim in ("exp", "nbf", "iat") and value is not None:
            value = now + value
        elif isinstance(value, str):
            value = value.replace("{issuer}", issuer(shop))
        elif isinstance(value, list):
            value = [one.replace("{issuer}", issuer(shop)) for one in value]
        changes[claim] = value
    refused(assert_with(shop, assertion(shop, "signer", **changes)), "invalid_client", status=401)


def test_audience_as_an_array_of_one_is_taken(shop):
    granted(assert_with(shop, assertion(shop, "signer", aud=[issuer(shop)])))


def test_token_endpoint_as_audience_is_taken_where_the_client_says_so(shop):
    granted(assert_with(shop, assertion(shop, "legacy", aud=address(shop))))
    granted(assert_with(shop, assertion(shop, "legacy")))
    refused(assert_with(shop, assertion(shop, "legacy", aud=[address(shop), issuer(shop)])),
            "invalid_client", status=401)


def test_assertion_works_once(shop):  # specs: AST-10, NEG-27, INC-11
    text = assertion(shop, "signer")
    granted(assert_with(shop, text))
    for _ in range(2):
        refused(assert_with(shop, text), "invalid_client", status=401)


def test_assertion_used_in_parallel_works_once(shop):  # specs: NEG-27
    for _ in range(3):
        text = assertion(shop, "signer")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _, one=text: assert_with(shop, one), range(8)))
        assert sorted(one.status_code for one in answers) == [200] + [401] * 7


def test_refused_assertion_does_not_burn_its_jti(shop):  # specs: KCD-05
    jti = uuid.uuid4().hex
    refused(assert_with(shop, assertion(shop, "signer", STRANGER, jti=jti)),
            "invalid_client", status=401)
    refused(assert_with(shop, assertion(shop, "signer", aud="x", jti=jti)),
            "invalid_client", status=401)
    granted(assert_with(shop, assertion(shop, "signer", jti=jti)))


def test_two_clients_may_use_the_same_jti(shop):  # specs: KCD-06
    for name in ("signer", "other-signer"):
        granted(assert_with(shop, assertion(shop, name, jti="the-same")))


def test_assertion_of_another_key_is_refused(shop):  # specs: JWB-09
    refused(assert_with(shop, assertion(shop, "signer", STRANGER)), "invalid_client", status=401)


def test_assertion_without_a_kid_needs_a_single_key(shop):
    refused(assert_with(shop, assertion(shop, "signer", header={"kid": "unknown"})),
            "invalid_client", status=401)
    bare = jws.JWS(json.dumps({
        "iss": "other-signer", "sub": "other-signer", "aud": issuer(shop), "jti": "bare",
        "exp": int(time.time()) + 60}))
    bare.add_signature(EC, protected='{"alg":"ES256"}')
    granted(assert_with(shop, bare.serialize(compact=True)))


def forged(shop, algorithm, signature=b""):
    good = assertion(shop, "signer").split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "ec"}).encode())
    return b".".join([header.rstrip(b"="), good[1].encode(),
                      base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES512", "XX", ""])
def test_assertion_without_a_real_signature_is_refused(shop, algorithm):  # specs: JWB-03, NEG-51
    for signature in (b"", bytes(64)):
        refused(assert_with(shop, forged(shop, algorithm, signature)),
                "invalid_client", status=401)


def test_hmac_with_the_public_key_is_refused(shop):  # specs: JWB-01, NEG-50
    for secret in (EC.export_to_pem(), EC.export_public().encode(), key_set(EC, RSA).encode()):
        key = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(secret).rstrip(b"=").decode())
        now = int(time.time())
        signed = jws.JWS(json.dumps({"iss": "signer", "sub": "signer", "aud": issuer(shop),
                                     "jti": uuid.uuid4().hex, "exp": now + 60}))
        signed.add_signature(key, protected='{"alg":"HS256","kid":"ec"}')
        refused(assert_with(shop, signed.serialize(compact=True)), "invalid_client", status=401)


def test_algorithm_is_the_clients_where_it_names_one(shop):  # specs: JWB-01, JWB-02
    granted(assert_with(shop, assertion(shop, "only-rs", RSA)))
    refused(assert_with(shop, assertion(shop, "only-rs", RSA, {"alg": "PS256"})),
            "invalid_client", status=401)


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt"])
def test_other_kinds_of_jwt_are_no_assertion(shop, typ):  # specs: AST-07, JWB-13, NEG-36
    refused(assert_with(shop, assertion(shop, "signer", header={"typ": typ})),
            "invalid_client", status=401)


def test_access_token_is_no_assertion(shop):  # specs: JWB-13, NEG-35
    token = granted(assert_with(shop, assertion(shop, "signer")))["access_token"]
    refused(assert_with(shop, token), "invalid_client", status=401)


def test_assertion_and_its_type_come_together(shop):
    refused(ask(shop, client_assertion=assertion(shop, "signer")), "invalid_request", "TX-PAR-08")
    refused(ask(shop, client_assertion_type=ASSERTION), "invalid_request", "TX-PAR-08")
    refused(ask(shop, client_assertion=assertion(shop, "signer"),
                client_assertion_type="urn:other"), "invalid_client", status=401)


def test_assertion_works_at_introspection_and_revocation_too(shop):  # specs: INT-02, REV-02
    for name in ("token/introspect", "revoke"):
        response = requests.post(address(shop, name), timeout=15, data={
            "token": "x", "client_assertion_type": ASSERTION,
            "client_assertion": assertion(shop, "signer")})
        assert response.status_code == 200


# What a client is told.

def test_diagnostics_are_for_authenticated_confidential_clients_that_want_them(shop):
    loud = refused(ask(shop, basic("plain", secret_of("plain")), scope="unheard"),
                   "invalid_scope", "TX-SCP-01")
    quiet = refused(ask(shop, basic("quiet", secret_of("quiet")), scope="unheard"),
                    "invalid_scope", "TX-SCP-01")
    assert "unheard" in loud["hint"] and "hint" not in quiet
    spa = Client(shop.url, "clients", "loud-spa").password("nobody", "x")
    assert "hint" not in refused(spa, "invalid_grant", "TX-USR-01")
    before = refused(ask(shop, basic("plain", "wrong")), "invalid_client", status=401)
    assert "hint" not in before, "who has not proved who he is gets no hint"

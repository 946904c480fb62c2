# SPDX-License-Identifier: Apache-2.0
"""RFC 8725 line by line: every JWT that the server takes in or gives out.

`specs: JWB-nn` is the number of the line in our checklist of the standard. A token "rightly signed"
is made with a key that the realm was given, so that nothing but the fault in question is wrong.
"""
import base64
import json
import time
import uuid

import pytest
import requests
from jwcrypto import jwe, jwk, jws

from support.client import ID_TOKEN, Client, decode, granted, refused
from support.realms import client, public_client, realm, rule, secret_of, user

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY, MINE = jwk.JWK.generate(kty="EC", crv="P-256"), jwk.JWK.generate(
    kty="EC", crv="P-256", kid="mine")
LONG_SECRET = "0123456789abcdef" * 4


def make_realm(name):
    pem = KEY.export_to_pem(private_key=True, password=None).decode()
    signer = client("signer", serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                    attributes={"jwks.string": json.dumps(
                        {"keys": [json.loads(MINE.export_public())]})})
    del signer["secret"]
    return realm(
        name, keys=[{"name": "known to the tests", "algorithm": "ES256", "privateKey": pem}],
        clients=[public_client("web", sent_to=["a"]), client("a"), client("b"), signer,
                 client("secretive", serviceAccountsEnabled=True) | {"secret": LONG_SECRET}],
        users=[user("alice", id="5f0c1c7e-3d2a-4a53-9a39-6a4f2b6f0b11")],
        rules=[rule("a-b", "a", "b")])


@pytest.fixture(scope="module")
def shop(module_server):
    return module_server(make_realm("jwt"), make_realm("twin"))


def named(shop, name, realm_name="jwt"):
    return Client(shop.url, realm_name, name, secret_of(name))


@pytest.fixture(scope="module")
def login(shop):
    return granted(Client(shop.url, "jwt", "web").password("alice", "alice", scope="openid"))


@pytest.fixture
def token(login):
    return login["access_token"]


def encode(value):
    raw = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else (
        json.dumps(value).encode())
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(header, payload, key=KEY):
    """Header and payload are taken as texts, byte for byte; ES256 whatever the header says."""
    signing_input = f"{encode(header)}.{encode(payload)}"
    core = jws.JWSCore("ES256", key, json.dumps({"alg": "ES256"}), b"")
    signature = core.engine.sign(key, signing_input.encode())
    return f"{signing_input}.{encode(signature)}"


def assertion_claims(shop, **changes):
    now = int(time.time())
    return {"iss": "signer", "sub": "signer", "aud": f"{shop.url}/realms/jwt",
            "jti": uuid.uuid4().hex, "iat": now, "exp": now + 60, **changes}


def assert_with(shop, text):
    return requests.post(
        f"{shop.url}/realms/jwt/protocol/openid-connect/token", timeout=15, data={
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION,
            "client_assertion": text})


def refuse_everywhere(shop, bad):
    """As subject token, at userinfo, at introspection, as assertion."""
    a = named(shop, "a")
    refused(a.exchange(bad, audience="b"), "invalid_request")
    assert a.userinfo(bad).status_code == 401
    assert granted(a.introspect(bad)) == {"active": False}
    refused(assert_with(shop, bad), "invalid_client", status=401)


def both_kinds(shop, token, change_header, payload_of=json.dumps):
    """The access token and a good assertion, each with a changed header."""
    header, claims = decode(token)
    yield sign(change_header(header), payload_of(claims))
    yield sign(change_header({"alg": "ES256", "kid": "mine"}), payload_of(assertion_claims(shop)),
               MINE)


def test_what_the_tests_sign_is_taken_unless_it_is_changed(shop, token):
    subject, assertion = both_kinds(shop, token, lambda header: header)
    granted(named(shop, "a").exchange(subject, audience="b"))
    granted(assert_with(shop, assertion))


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES384", "ES512", "EdDSA", "HS256", "es256",
                                 "none", "", "ES256K", "RSA1_5", None, 7, ["ES256"]], ids=str)
def test_header_never_chooses_the_algorithm(shop, token, alg):
    # specs: JWB-01, JWB-02, JWB-03, NEG-51, NEG-53
    def change(header):
        return {name: value for name, value in {**header, "alg": alg}.items() if value is not None}
    for bad in both_kinds(shop, token, change):
        refuse_everywhere(shop, bad)


@pytest.mark.parametrize("signature", [b"", bytes(64), b"\x00" * 63 + b"\x01", b"\xff" * 64,
                                       bytes(32), bytes(128)], ids=len)
def test_signature_that_is_none_is_refused(shop, token, signature):
    # specs: JWB-03, JWB-05, NEG-54
    header, payload, _ = token.split(".")
    refuse_everywhere(shop, f"{header}.{payload}.{encode(signature)}")


SMALL = jwk.JWK.generate(kty="RSA", size=1024, kid="small")
LARGE = jwk.JWK.generate(kty="RSA", size=2048, kid="large")
P384 = jwk.JWK.generate(kty="EC", crv="P-384", kid="p384")
OCTETS = jwk.JWK(kty="oct", k="x" * 43, kid="octets")


def public(key, **more):
    return {**json.loads(key.export_public()), **more}


# Name: what the client is registered with, the key it signs with, the algorithm it signs by.
KEYS = {
    "good": (public(MINE), MINE, "ES256"), "good-rsa": (public(LARGE), LARGE, "RS256"),
    "small": (public(SMALL), SMALL, "RS256"),
    "other-curve": (public(P384, alg="ES256"), P384, "ES256"),
    "wrong-curve": (public(MINE, crv="P-384"), MINE, "ES256"),
    "off-the-curve": (public(MINE, y=public(MINE)["x"]), MINE, "ES256"),
    "hmac": (public(MINE, alg="HS256"), MINE, "ES256"),
    "pss-only": (public(LARGE, alg="PS256"), LARGE, "RS256"),
    "for-encryption": (public(MINE, use="enc"), MINE, "ES256"),
    "octets": (json.loads(OCTETS.export()), OCTETS, "HS256")}


@pytest.fixture(scope="module")
def keyed(module_server):
    def signer(name, key):
        made = client(name, serviceAccountsEnabled=True, clientAuthenticatorType="client-jwt",
                      attributes={"jwks.string": json.dumps({"keys": [key]})})
        del made["secret"]
        return made
    return module_server(realm("jwt", clients=[
        signer(name, registered) for name, (registered, _, _) in KEYS.items()]))


@pytest.mark.parametrize("name", KEYS)
def test_key_that_is_too_weak_or_does_not_fit_never_serves(keyed, name):
    # specs: JWB-02, JWB-03, JWB-05, JWB-06
    registered, key, alg = KEYS[name]
    claims = assertion_claims(keyed, iss=name, sub=name)
    signing_input = f"{encode({'alg': alg, 'kid': registered['kid']})}.{encode(claims)}"
    # The tool signs ES256 with a key of P-256 only; what it signs with P-384 is ES384 by name.
    really = "ES384" if key is P384 else alg
    engine = jws.JWSCore(really, key, json.dumps({"alg": really}), b"").engine
    signature = encode(engine.sign(key, signing_input.encode()))
    response = assert_with(keyed, f"{signing_input}.{signature}")
    if name.startswith("good"):
        granted(response)
    else:
        refused(response, "invalid_client", status=401)


def test_changed_token_is_refused_wherever_it_is_taken(shop, token):  # specs: JWB-04
    header, payload, signature = token.split(".")
    for changed in (f"{header}.{encode(decode(token)[1] | {'scope': 'admin'})}.{signature}",
                    f"{header}.{payload}.{encode(bytes(64))}", f"{header}.{payload}.",
                    f"{encode(decode(token)[0] | {'typ': 'at+jwt'})}.{payload}.{signature}"):
        refuse_everywhere(shop, changed)


def test_secret_of_a_client_is_no_key(shop, token):  # specs: JWB-06, NEG-50
    for secret in (LONG_SECRET.encode(), b"", b"alice", KEY.export_public().encode(),
                   KEY.export_to_pem()):
        key = jwk.JWK(kty="oct", k=encode(secret))
        for claims in (assertion_claims(shop, iss="secretive", sub="secretive"), decode(token)[1]):
            for alg in ("HS256", "HS512"):
                signing_input = f"{encode(dict(decode(token)[0], alg=alg))}.{encode(claims)}"
                engine = jws.JWSCore(alg, key, json.dumps({"alg": alg}), b"").engine
                text = f"{signing_input}.{encode(engine.sign(key, signing_input.encode()))}"
                refuse_everywhere(shop, text)


def encrypted(text, header, key):
    made = jwe.JWE(text.encode(), json.dumps(header), algs=[header["alg"], header["enc"]])
    made.add_recipient(key)
    return made.serialize(compact=True)


@pytest.mark.parametrize("inner", ["signed", "unsigned", "claims", "bomb"])
def test_encrypted_token_is_refused_whatever_is_inside(shop, token, inner):
    # specs: JWB-04, JWB-07, NEG-52, NEG-61
    unsigned = encode({"alg": "none"}) + "." + encode(decode(token)[1]) + "."
    text = {"signed": token, "claims": json.dumps(decode(token)[1]), "bomb": "0" * 5_000_000,
            "unsigned": unsigned}[inner]
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "cty": "JWT", **decode(token)[0]}
    header.update(alg="ECDH-ES")
    if inner == "bomb":
        header["zip"] = "DEF"
    began = time.monotonic()
    refuse_everywhere(shop, encrypted(text, header, jwk.JWK.from_json(KEY.export_public())))
    assert time.monotonic() - began < 10


def test_password_based_encryption_costs_nothing(shop, token):  # specs: NEG-63
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31 - 1,
              "p2s": encode(b"s" * 8)}
    began = time.monotonic()
    refuse_everywhere(shop, f"{encode(header)}.{encode(bytes(24))}.{encode(bytes(12))}.AAAA."
                            f"{encode(bytes(16))}")
    assert time.monotonic() - began < 10


ODD = {
    "sub twice": lambda text: text[:-1] + ',"sub":"admin"}',
    "sub twice, escaped": lambda text: text[:-1] + ',"\\u0073ub":"admin"}',
    "exp twice": lambda text: '{"exp":9999999999,' + text[1:],
    "byte order mark": lambda text: "\ufeff" + text,
    "bytes behind": lambda text: text + "x",
    "second object": lambda text: text + "{}",
    "no UTF-8": lambda text: text.encode()[:-1] + b',"x":"\xff"}',
    "lone surrogate": lambda text: text[:-1] + ',"x":"\\ud800"}',
    "comment": lambda text: text[:-1] + "/**/}",
    "array": lambda text: f"[{text}]",
    "deep": lambda text: text[:-1] + ',"x":' + "[" * 3000 + "]" * 3000 + "}",
    "empty": lambda text: ""}


@pytest.mark.parametrize("what", ODD)
def test_claims_that_two_readers_could_read_differently_are_refused(shop, token, what):
    # specs: JWB-08, NEG-57, NEG-60
    for bad in both_kinds(shop, token, lambda header: header,
                          lambda claims: ODD[what](json.dumps(claims))):
        refuse_everywhere(shop, bad)


def test_one_key_of_two_realms_opens_each_for_its_own_tokens_only(shop, token):
    # specs: JWB-09, NEG-34
    twin = granted(Client(shop.url, "twin", "web").password("alice", "alice", scope="openid"))[
        "access_token"]
    (here, ours), (there, theirs) = decode(token), decode(twin)
    assert here["kid"] == there["kid"] and ours["sub"] == theirs["sub"], "as equal as can be"
    named(shop, "a").verify(twin)
    refuse_everywhere(shop, twin)
    assert named(shop, "a", "twin").userinfo(token).status_code == 401
    assert granted(named(shop, "a", "twin").introspect(token)) == {"active": False}


@pytest.mark.parametrize("kid", ["../../dev/null", "/etc/passwd", "' OR 1=1 --", "`id`", "$(id)",
                                 "%00", "kid\n", "\x1b[31m", "k" * 300, 7, ["a"], None, {}],
                         ids=lambda kid: repr(kid)[:12])
def test_kid_is_compared_and_never_used(shop, token, kid):  # specs: JWB-11, NEG-48
    for bad in both_kinds(shop, token, lambda header: {**header, "kid": kid}):
        refuse_everywhere(shop, bad)
    assert "\x1b[31m" not in shop.log() and "k" * 300 not in shop.log()


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_keys_in_the_header_are_never_used(shop, token, name):  # specs: JWB-11, NEG-49
    stranger = jwk.JWK.generate(kty="EC", crv="P-256", kid="stranger")
    value = {"jwk": json.loads(stranger.export_public()), "x5c": ["MIIB"]}.get(
        name, f"{shop.url}/realms/twin/protocol/openid-connect/certs")
    header, claims = decode(token)
    for kid in (header["kid"], "stranger"):
        refuse_everywhere(shop, sign({**header, "kid": kid, name: value}, claims, stranger))


def test_what_is_issued_tells_its_kind(shop, login):  # specs: JWB-12
    kinds = {"access_token": "Bearer", "id_token": "ID"}
    for name, kind in kinds.items():
        header, claims = decode(login[name])
        assert header["typ"] in ("JWT", "at+jwt") and claims["typ"] == kind
    assert "." not in login["refresh_token"], "a refresh token is no JWT"


def test_each_kind_is_taken_in_its_own_place_only(shop, login):
    # specs: JWB-13, NEG-30, NEG-31, NEG-32, NEG-35
    a, web = named(shop, "a"), Client(shop.url, "jwt", "web")
    assertion = sign({"alg": "ES256", "kid": "mine"}, assertion_claims(shop), MINE)
    for bad in (login["id_token"], login["refresh_token"], assertion):
        refused(a.exchange(bad, audience="b"), "invalid_request")
        assert a.userinfo(bad).status_code == 401
    for bad in (login["access_token"], login["refresh_token"], assertion):
        refused(a.exchange(bad, audience="b", subject_token_type=ID_TOKEN), "invalid_request")
    for bad in (login["access_token"], login["id_token"], assertion):
        refused(web.refresh(bad), "invalid_grant")
    for bad in (login["access_token"], login["id_token"], login["refresh_token"]):
        refused(assert_with(shop, bad), "invalid_client", status=401)
    granted(assert_with(shop, assertion))


@pytest.mark.parametrize("typ", [
    "logout+jwt", "secevent+jwt", "token-introspection+jwt", "dpop+jwt", "statuslist+jwt",
    "oauth-authz-req+jwt", "oauth-client-attestation+jwt", "oauth-client-attestation-pop+jwt",
    "wpt+jwt", "application/dpop+jwt"])
def test_jwt_of_another_kind_is_refused_though_rightly_signed(shop, token, typ):
    # specs: JWB-13, NEG-36
    for bad in both_kinds(shop, token, lambda header: {**header, "typ": typ}):
        refuse_everywhere(shop, bad)


@pytest.mark.parametrize("extra", [
    {"crit": ["x"], "x": 1}, {"crit": []}, {"crit": ["alg"]}, {"crit": "exp"}, {"crit": None},
    {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": ["exp"], "exp": 2**31}], ids=str)
def test_critical_headers_are_refused(shop, token, extra):  # specs: JWB-14, NEG-55
    for bad in both_kinds(shop, token, lambda header: {**header, **extra}):
        refuse_everywhere(shop, bad)


def test_only_the_compact_form_is_read(shop, token):  # specs: JWB-15, NEG-41, NEG-60
    header, payload, signature = token.split(".")
    flat = json.dumps({"protected": header, "payload": payload, "signature": signature})
    for bad in (flat, f"{header}.{payload}", f"{token}.", f".{token}", f"{token}.{signature}",
                f"{token}=", f"{header}.{payload}=.{signature}", token.replace(".", ".."),
                f"{header}.{payload}.{signature[:-1]}", f"{payload}.{header}.{signature}",
                f"{header}.{payload}.{signature}A", "." * 15000, "a." * 7000):
        refuse_everywhere(shop, bad)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", ['"9999999999"', "-1", "1e400", "NaN", "Infinity", "null", "true",
                                   "[9999999999]", "9999999999999999999999"])
def test_dates_are_numbers(shop, token, name, value):  # specs: JWB-16
    def payload(claims):
        text = json.dumps({**claims, name: "@"})
        return text.replace('"@"', value)
    for bad in both_kinds(shop, token, lambda header: header, payload):
        refuse_everywhere(shop, bad)


def test_expiry_is_never_missing(shop, token):  # specs: JWB-16
    def payload(claims):
        return json.dumps({key: value for key, value in claims.items() if key != "exp"})
    for bad in both_kinds(shop, token, lambda header: header, payload):
        refuse_everywhere(shop, bad)


def test_outer_envelope_does_not_speak_for_the_token_inside(shop, token):  # specs: NEG-38
    header, claims = decode(token)
    for alg in ("none", "ES256"):
        envelope = {**claims, "actort": token, "subject_token": token, "jwt": token}
        outer = f"{encode({**header, 'alg': alg})}.{encode(envelope)}."
        refuse_everywhere(shop, outer)
        refuse_everywhere(shop, f"{encode({'alg': alg, 'cty': 'JWT'})}.{encode(token)}.")
    refuse_everywhere(shop, sign({**header, "cty": "JWT"}, token))

# SPDX-License-Identifier: Apache-2.0
"""Tokens of trusted issuers that must not be taken: rightly signed unless the signature is the matter. Each refusal is
looked at thrice: what a client with diagnostics is told, that one without hears the same of all, and that the operator
reads the cause."""
import base64
import hashlib
import hmac
import json
import time

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwcrypto import jwe, jwk, jws

from support.audit import records_of
from support.client import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, Client, decode, granted, refused
from support.foreign import allow, entry, explained, foreign_rule, new_key, public, signed, times
from support.publisher import Publisher
from support.realms import client, denial, realm, scope, user
from support.server import cambist, write_realm

KEY, RSA, OTHER, NEIGHBOUR = new_key(), new_key("r1", "RS256"), new_key(), new_key()
ISSUER = "https://robots.example"
OCTO = "repo:octo-org/octo-repo:ref:refs/heads/"
CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def make_realm(name, jwks_url):
    issuers = [
        entry("robots", ISSUER, KEY, RSA, uses=["subject", "grant", "client"]),
        entry("neighbours", "https://neighbours.example", NEIGHBOUR),
        entry("aged", "https://aged.example", KEY, maxAge="1m", maxLifetime="1h"),
        entry("once", "https://once.example", KEY, singleUse=True),
        entry("ci", "https://ci.example", KEY, require={"sub": OCTO + "*"}),
        entry("hosted", "https://hosted.example", KEY, require={"hd": "shop.example", "amr": "mfa"},
              authorizedParties=["app"]),
        entry("private", "https://private.example", KEY, clients=["desk"]),
        entry("off", "https://off.example", KEY, enabled=False),
        entry("linked", "https://linked.example", KEY, binding="link"),
        entry("linked2", "https://linked2.example", KEY, binding="link"),
        entry("mail", "https://mail.example", KEY,
              binding={"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}),
        entry("mail-names", "https://mail-names.example", KEY,
              binding={"kind": "match", "match": [{"claim": "email", "attribute": "username"},
                                                  {"claim": "email", "attribute": "nick"}]}),
        entry("acting", "https://acting.example", KEY, uses=["subject", "actor"]),
        entry("published", "https://published.example", keys={"jwksUrl": jwks_url})]
    names = [one["alias"] for one in issuers]
    links = [{"identityProvider": "linked", "userId": "U1", "userName": "u1"}]
    return realm(name, scopes=[scope("read"), scope("write")], trustedIssuers=issuers,
                 clients=[client("gate"), client("desk"), client("ledger"), client("vault"),
                          client("quiet", attributes={"cambist.diagnostics": "off"})],
                 users=[user("ann", federatedIdentities=links), user("bob", enabled=False),
                        user("carl@example.org", email="other@example.org", attributes={"nick": ["carl@example.net"]})],
                 rules=[foreign_rule(f"in-{one}", one, "ledger", names, types=("access_token", "id_token", "jwt"))
                        for one in ("gate", "quiet", "desk")] + [denial("nobody", "vault", requester={"clients": ["gate"]})])


@pytest.fixture(scope="module", name="publisher")
def publisher_fixture():
    made = Publisher()
    made.publish("/keys", KEY)
    yield made
    made.close()


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server, publisher, tmp_path_factory):
    url = f"{publisher.url}/keys"
    return module_server(make_realm("shop", url), make_realm("other", url), arguments=allow(tmp_path_factory.mktemp("out")))


def us(shop, name="shop"):
    return f"{shop.url}/realms/{name}"


def named(shop, name="gate", realm_name="shop"):
    return Client(shop.url, realm_name, name, f"{name}-secret")


def base(shop, **claims):
    return {"iss": ISSUER, "sub": "robot-7", "aud": us(shop), **claims}


def exchanged(shop, token, kind=JWT, by="gate", **form):
    return named(shop, by).exchange(token, subject_token_type=kind, **{"audience": "ledger", **form})


def taken(shop, token, kind=JWT, **form):
    return decode(granted(exchanged(shop, token, kind, **form))["access_token"])[1]


SENT = []  # every token that was refused: none of them may be found anywhere


def denied(shop, token, code, kind=JWT, said="", **form):
    """Refused with this cause, for those who may know it; to others as any other bad token."""
    SENT.append(token)
    body = refused(exchanged(shop, token, kind, **form), "invalid_request", code)
    assert said in body.get("hint", ""), body
    neutral = exchanged(shop, token, kind, by="quiet", **form)
    told = refused(neutral, "invalid_request")
    assert told["error_description"] == "The subject token is not valid." and "hint" not in told, told
    assert explained(shop, neutral)["error"] == code
    return body


def encode(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(header, claims, key=KEY):
    """Signed over these very bytes, whatever they are."""
    text = ".".join(encode(part) for part in (header, claims))
    signer = "ES256" if key["kty"] == "EC" else "RS256"  # whatever its header says
    return f"{text}.{encode(jws.JWSCore(signer, key, None, b'', algs=[signer]).engine.sign(key, text.encode()))}"


def test_what_is_right_is_taken(shop):
    assert taken(shop, signed(base(shop), KEY))["idp"]["sub"] == "robot-7"
    assert taken(shop, signed(base(shop), RSA, "RS256"))["idp"]["alias"] == "robots"
    assert taken(shop, raw({"alg": "ES256", "kid": "k1"}, {**base(shop), **times()}))["aud"] == "ledger"
    assert taken(shop, signed(base(shop, iss="https://published.example"), KEY))["idp"]["alias"] == "published"


# Types, issuers, tenants

@pytest.mark.parametrize("claim", ["nonce", "at_hash", "c_hash"])
def test_an_id_token_is_no_access_token(shop, claim):
    """specs: NEG-30"""
    denied_type(shop, signed(base(shop, **{claim: "x"}), KEY), ACCESS_TOKEN)
    taken(shop, signed(base(shop, **{claim: "x"}), KEY), ID_TOKEN)


def test_an_access_token_is_no_id_token(shop):
    """specs: NEG-31"""
    denied_type(shop, signed(base(shop), KEY, typ="at+jwt"), ID_TOKEN)
    denied_type(shop, signed(base(shop, typ="Bearer"), KEY), ID_TOKEN)


def denied_type(shop, token, kind):
    body = refused(exchanged(shop, token, kind), "invalid_request", "TX-TYP-01")
    assert "declared as" in body["hint"]


@pytest.mark.parametrize("typ", ["Refresh", "Offline", "Logout", "Serialized-ID"])
def test_a_refresh_or_logout_token_is_nothing_to_exchange(shop, typ):
    """specs: NEG-32"""
    for kind in (JWT, ACCESS_TOKEN, ID_TOKEN):
        denied(shop, signed(base(shop, typ=typ), KEY), "TX-FTK-01", kind)


def test_a_foreign_access_token_is_no_refresh_token(shop):
    """specs: NEG-32"""
    token = signed(base(shop), KEY)
    refused(exchanged(shop, token, REFRESH_TOKEN), "invalid_request")
    refused(named(shop).refresh(token), "invalid_grant")


KINDS = ["logout+jwt", "secevent+jwt", "token-introspection+jwt", "dpop+jwt", "wpt+jwt", "wit+jwt", "statuslist+jwt",
         "oauth-authz-req+jwt", "oauth-client-attestation+jwt", "oauth-client-attestation-pop+jwt", "txntoken+jwt",
         "oauth-id-jag+jwt", "client-authentication+jwt", "application/logout+jwt", "JWT2", "at+jwt+x", "kb+jwt"]


@pytest.mark.parametrize("typ", KINDS)
def test_a_token_of_another_kind_proves_nothing_anywhere(shop, typ):
    """specs: NEG-36, NEG-35, JWB-13"""
    token = signed(base(shop), KEY, typ=typ)
    body = denied(shop, token, "TX-FTK-01", said=typ)
    assert "headerTypes" in body["hint"]
    refused(named(shop).token(BEARER, assertion=token, audience="ledger"), "invalid_grant", "TX-GRT-02")
    proof = named(shop).http.post(f"{us(shop)}/protocol/openid-connect/token", timeout=15, data={
        "grant_type": "client_credentials", "client_assertion_type": CLIENT_ASSERTION, "client_assertion": token})
    refused(proof, "invalid_client", status=401)
    assert named(shop).userinfo(token).status_code == 401


@pytest.mark.parametrize("claims", [{"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
                                    {"token_introspection": {"active": True}}, {"htm": "POST", "htu": "https://x.example"}])
def test_a_token_of_another_kind_is_known_by_its_claims_as_well(shop, claims):
    """specs: NEG-36"""
    denied(shop, signed(base(shop, **claims), KEY), "TX-FTK-01")


def test_a_client_assertion_is_nobodys_token_and_a_token_no_client(shop):
    """specs: NEG-35, AST-04"""
    denied(shop, signed(base(shop, sub=ISSUER), KEY), "TX-FTK-01", said="client assertion")
    for token in (signed(base(shop), KEY), signed(base(shop), KEY, typ="at+jwt")):
        answer = named(shop).http.post(f"{us(shop)}/protocol/openid-connect/token", timeout=15, data={
            "grant_type": "client_credentials", "client_assertion_type": CLIENT_ASSERTION, "client_assertion": token,
            "client_id": "gate"})
        refused(answer, "invalid_client", status=401)


@pytest.mark.parametrize("subject", [
    "repo:octopus-evil/octo-repo:ref:refs/heads/main", OCTO + "a/b", OCTO + "main:x", OCTO + "main@evil", OCTO,
    "x" + OCTO + "main", OCTO.upper() + "main", OCTO.replace("o", "о") + "main", OCTO + "main\n/x",
    OCTO.replace("refs/heads/", "refs/heads%2F") + "main", " " + OCTO + "main"])
def test_a_pattern_matches_one_step_of_the_whole_value(shop, subject):
    """specs: NEG-33, WLI-07, INC-12"""
    taken(shop, signed(base(shop, iss="https://ci.example", sub=OCTO + "main"), KEY))
    denied(shop, signed(base(shop, iss="https://ci.example", sub=subject), KEY), "TX-FTK-04")


def test_a_token_for_one_realm_is_none_for_another(shop):
    """specs: NEG-34"""
    token = signed(base(shop), KEY)
    taken(shop, token)
    body = refused(named(shop, realm_name="other").exchange(token, subject_token_type=JWT, audience="ledger"),
                   "invalid_request", "TX-FTK-02")
    assert us(shop, "other") in body["hint"]


def test_the_same_subject_of_two_issuers_is_two(shop):
    """specs: NEG-34"""
    one = taken(shop, signed(base(shop), KEY))
    two = taken(shop, signed(base(shop, iss="https://neighbours.example"), NEIGHBOUR))
    assert one["idp"]["sub"] == two["idp"]["sub"] and one["sub"] != two["sub"]


def test_a_key_of_another_issuer_with_the_same_kid_signs_nothing(shop):
    """specs: NEG-46, JWB-09"""
    taken(shop, signed(base(shop, iss="https://neighbours.example"), NEIGHBOUR))
    denied(shop, signed(base(shop, iss="https://neighbours.example"), KEY), "TX-STK-06")
    denied(shop, signed(base(shop), NEIGHBOUR), "TX-STK-06")


def test_a_foreign_token_opens_none_of_our_endpoints(shop):
    """specs: NEG-37, JWB-10"""
    token = signed(base(shop, scope="openid"), KEY)
    assert named(shop).userinfo(token).status_code == 401
    assert granted(named(shop).introspect(token)) == {"active": False}
    answer = requests.get(f"{shop.url}/admin/realms/shop", headers={"Authorization": f"Bearer {token}"}, timeout=15)
    assert answer.status_code in (401, 404), answer.text


def test_an_envelope_is_judged_by_its_own_signature(shop):
    """specs: NEG-38"""
    inner = signed(base(shop), KEY)
    for header in ({"alg": "none"}, {"alg": "none", "cty": "JWT", "typ": "JWT"}):
        for claims in ({**base(shop), **times(), "actortoken": inner}, {"iss": ISSUER, "sub": inner}, inner.encode()):
            token = f"{encode(header)}.{encode(claims)}."
            refused(exchanged(shop, token), "invalid_request")
    nested = raw({"alg": "ES256", "kid": "k1", "cty": "JWT"}, inner.encode())
    denied(shop, nested, "TX-STK-01")


@pytest.mark.parametrize("audience", [None, "", [""], ["https://elsewhere.example"], "https://elsewhere.example",
                                      "ledger", "gate"])
def test_a_token_for_somebody_else_is_refused(shop, audience):
    """specs: NEG-39, INC-02, INC-06"""
    denied(shop, signed(base(shop, aud=audience), KEY), "TX-FTK-02")


def test_our_name_is_compared_to_the_character(shop):
    """specs: NEG-39, NEG-68"""
    for name in (us(shop) + "/", us(shop).upper(), us(shop)[:-1], us(shop).replace("127.0.0.1", "localhost")):
        denied(shop, signed(base(shop, aud=name), KEY), "TX-FTK-02")
    evil = "http://evil.example/realms/shop"
    answer = named(shop).exchange(signed(base(shop, aud=evil), KEY), subject_token_type=JWT, audience="ledger",
                                  headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    refused(answer, "invalid_request", "TX-FTK-02")


@pytest.mark.parametrize("audience", [[], 5, True, {"a": 1}, [1], [None], [["x"]]])
def test_an_audience_of_another_type_is_refused(shop, audience):
    """specs: NEG-39"""
    denied(shop, signed(base(shop, aud=audience), KEY), "TX-STK-12")


def test_an_issuer_without_an_audience_can_not_be_written(tmp_path):
    """specs: NEG-39, AST-13"""
    for audience in ([], "", [""]):
        made = realm("r", trustedIssuers=[entry("robots", ISSUER, KEY, audience=audience)])
        done = cambist("lint", write_realm(tmp_path, made))
        assert done.returncode == 1 and "audience" in done.stdout, done.stdout


def test_a_token_without_an_end_or_a_beginning_is_refused(shop):
    """specs: NEG-40"""
    denied(shop, signed(base(shop, exp=None), KEY), "TX-STK-12")
    aged = base(shop, iss="https://aged.example")
    taken(shop, signed(aged, KEY))
    denied(shop, signed({**aged, "iat": None}, KEY), "TX-FTK-05", said="iat")
    denied(shop, signed({**aged, "iat": int(time.time()) - 120}, KEY), "TX-FTK-05")
    denied(shop, signed({**aged, "exp": int(time.time()) + 7200}, KEY), "TX-FTK-06")
    denied(shop, signed(base(shop, exp=int(time.time()) - 31), KEY), "TX-STK-03")
    denied(shop, signed(base(shop, nbf=int(time.time()) + 90), KEY), "TX-STK-04")
    denied(shop, signed(base(shop, iat=int(time.time()) + 90), KEY), "TX-STK-04")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["4102444800", -1, True, {}, [1], "NaN"])
def test_times_are_numbers(shop, name, value):
    """specs: JWB-16"""
    denied(shop, signed(base(shop, **{name: value}), KEY), "TX-STK-12")


# Who it is

@pytest.mark.parametrize("issuer, address", [("mail", "ann@example.com"), ("mail-names", "carl@example.org"),
                                             ("mail-names", "carl@example.net")])
def test_an_address_counts_only_when_its_issuer_verified_it(shop, issuer, address):
    """specs: NEG-42. Whatever the address is compared with here."""
    claims = base(shop, iss=f"https://{issuer}.example", email=address)
    taken(shop, signed({**claims, "email_verified": True}, KEY))
    for verified in (None, False, "no", 1, [True, False], {}):
        denied(shop, signed({**claims, "email_verified": verified}, KEY), "TX-WHO-03")


def test_a_link_serves_the_identity_that_it_was_made_for(shop):
    """specs: NEG-43"""
    claims = base(shop, iss="https://linked.example", sub="U1")
    taken(shop, signed(claims, KEY))
    for subject in ("U2", "u1", "U1 ", "U1\x00", "U1/", "u1@there"):
        denied(shop, signed({**claims, "sub": subject}, KEY), "TX-WHO-02")
    denied(shop, signed({**claims, "iss": "https://linked2.example"}, KEY), "TX-WHO-02")
    denied(shop, signed({**claims, "sub": "ann"}, KEY), "TX-WHO-02")


@pytest.mark.parametrize("subject", [None, "", 7, ["U1"], {"id": "U1"}, True, "x" * 3000])
def test_a_subject_is_a_text(shop, subject):
    """specs: AST-03"""
    denied(shop, signed(base(shop, sub=subject), KEY), "TX-STK-12")


def test_further_demands_on_a_log_in_are_made_on_its_token(shop):
    """specs: NEG-19, INC-09"""
    good = base(shop, iss="https://hosted.example", hd="shop.example", amr=["pwd", "mfa"], azp="app")
    taken(shop, signed(good, KEY))
    for wrong in ({"hd": None}, {"hd": "shop.example.evil"}, {"hd": ["shop.example", {}]}, {"hd": ""}, {"hd": {}},
                  {"amr": None}, {"amr": ["pwd"]}, {"amr": "mfa2"}):
        denied(shop, signed({**good, **wrong}, KEY), "TX-FTK-04")
    for wrong in (None, "", "App", ["app"], 5):
        denied(shop, signed({**good, "azp": wrong}, KEY), "TX-FTK-03")


def test_an_issuer_of_other_clients_is_not_told_from_one_that_nobody_knows(shop):
    """specs: NEG-18, NEG-66, INC-01"""
    answers = []
    for issuer, code in (("https://private.example", "TX-ISS-03"), ("https://nobody.example", "TX-STK-02"),
                         ("https://off.example", "TX-ISS-02")):
        denied(shop, signed(base(shop, iss=issuer), KEY), code)
        answer = exchanged(shop, signed(base(shop, iss=issuer), KEY), by="quiet")
        answers.append((answer.status_code, {**answer.json(), "trace_id": ""}, sorted(answer.headers)))
    assert answers[0] == answers[1] == answers[2]
    taken(shop, signed(base(shop, iss="https://private.example"), KEY), by="desk")


def test_a_denial_holds_for_foreign_subjects_and_is_another_error_than_a_bad_token(shop):
    """specs: INC-01, INC-07, INC-19"""
    token = signed(base(shop), KEY)
    refused(exchanged(shop, token, audience="vault"), "invalid_target")
    refused(exchanged(shop, token, audience="nowhere"), "invalid_target")
    refused(exchanged(shop, token, audience=None, resource="https://ledger.example"), "invalid_target")
    refused(exchanged(shop, token + "x"), "invalid_request", "TX-STK-01")


def test_scopes_that_the_issuer_does_not_bring_are_not_given(shop):
    """specs: INC-08, AST-11"""
    token = signed(base(shop, scope="read write admin"), KEY)
    assert taken(shop, token)["scope"] == "read"
    refused(exchanged(shop, token, scope="write"), "invalid_scope")


def test_who_acts_is_believed_only_of_an_issuer_that_may_say_so(shop):
    """specs: INC-09"""
    for claims in ({"act": {"sub": "boss"}}, {"may_act": {"sub": "boss"}}):
        denied(shop, signed(base(shop, **claims), KEY), "TX-FTK-09")
    acting = base(shop, iss="https://acting.example")
    for act in ("boss", [], {}, {"sub": 5}, {"sub": "a", "act": {}}, {"sub": "a", "act": "b"}):
        denied(shop, signed({**acting, "act": act}, KEY), "TX-STK-12")
    chain = {"sub": "a0"}
    for number in range(1, 18):
        chain = {"sub": f"a{number}", "act": chain}
    answer = exchanged(shop, signed({**acting, "act": chain}, KEY))
    refused(answer, "invalid_request")


def test_an_actor_token_of_an_issuer_that_is_no_actor_issuer_is_refused(shop):
    """specs: NEG-73"""
    answer = exchanged(shop, signed(base(shop), KEY), actor_token=signed(base(shop, sub="robot-8"), KEY),
                       actor_token_type=JWT)
    assert "TX-ISS-04" in refused(answer, "invalid_request", "TX-ACT-02")["hint"]


# Keys and signatures

def test_keys_in_the_header_are_not_looked_at(shop, publisher):
    """specs: NEG-49, JWB-11"""
    publisher.publish("/attacker", OTHER)
    url, certificate = f"{publisher.url}/attacker", base64.b64encode(b"no certificate").decode()
    for header in ({"jwk": public(OTHER)}, {"jku": url}, {"x5u": url}, {"x5c": [certificate]},
                   {"jku": url, "kid": None}):
        denied(shop, signed(base(shop), OTHER, **header), "TX-STK-06")
    assert publisher.times_asked("/attacker") == 0


def hmac_secrets():
    pem = RSA.export_to_pem()
    return {"PEM": pem, "PEM without its last line end": pem.strip(), "JWK": json.dumps(public(RSA)).encode(),
            "DER": base64.b64decode(b"".join(pem.splitlines()[1:-1])), "nothing": b"", "modulus": b"AQAB"}


@pytest.mark.parametrize("name", hmac_secrets())
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_a_public_key_is_no_secret(shop, name, alg):
    """specs: NEG-50, JWB-02"""
    text = ".".join([encode({"alg": alg, "kid": "r1"}), encode({**base(shop), **times()})])
    digest = getattr(hashlib, alg.replace("HS", "sha"))
    token = f"{text}.{encode(hmac.new(hmac_secrets()[name], text.encode(), digest).digest())}"
    denied(shop, token, "TX-STK-11")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "RS1", "ES256K", "HS256 ", "ES256\u0000", "dir"])
@pytest.mark.parametrize("part", ["", "good"])
def test_an_algorithm_that_is_none_or_unknown_is_refused(shop, alg, part):
    """specs: NEG-51, NEG-53"""
    token = raw({"alg": alg, "kid": "k1"}, {**base(shop), **times()})
    if not part:
        token = token.rsplit(".", 1)[0] + "."
    body = refused(exchanged(shop, token), "invalid_request")
    assert body["error_code"] in ("TX-STK-11", "TX-STK-01", "TX-TYP-04"), body


@pytest.mark.parametrize("header", [{}, {"alg": ["ES256"]}, {"alg": None}, {"alg": 7}])
def test_a_header_without_an_algorithm_is_refused(shop, header):
    """specs: NEG-51"""
    denied(shop, raw({"kid": "k1", **header}, {**base(shop), **times()}), "TX-STK-01")


def test_a_key_signs_with_the_algorithms_of_its_kind_and_its_issuer(shop):
    """specs: AST-12, JWB-01"""
    text = ".".join([encode({"alg": "RS256", "kid": "k1"}), encode({**base(shop), **times()})])
    signature = jws.JWSCore("RS256", RSA, None, b"", algs=["RS256"]).engine.sign(RSA, text.encode())
    denied(shop, f"{text}.{encode(signature)}", "TX-STK-11", said="may not be used with RS256")


def spoiled_signatures(text):
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    good = jws.JWSCore("ES256", KEY, None, b"", algs=["ES256"]).engine.sign(KEY, text.encode())
    r, s = (int.from_bytes(part, "big") for part in (good[:32], good[32:]))

    def pair(first, second):
        return first.to_bytes(32, "big") + second.to_bytes(32, "big")
    return {"zeroes": pair(0, 0), "r is zero": pair(0, s), "s is zero": pair(r, 0), "n": pair(order, order),
            "r is n": pair(order, s), "s beyond n": pair(r, min(s + order, 2**256 - 1)), "DER": encode_dss_signature(r, s), "short": good[:-1],
            "long": good + b"\0", "empty": b"", "one byte": b"\1", "flipped": good[:-1] + bytes([good[-1] ^ 1])}


@pytest.mark.parametrize("name", spoiled_signatures("x"))
def test_a_signature_with_numbers_out_of_range_is_wrong(shop, name):
    """specs: NEG-54, JWB-05"""
    text = ".".join([encode({"alg": "ES256", "kid": "k1"}), encode({**base(shop), **times()})])
    token = f"{text}.{encode(spoiled_signatures(text)[name])}"
    body = refused(exchanged(shop, token), "invalid_request")
    assert body["error_code"] in ("TX-STK-06", "TX-STK-01"), body


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"crit": ["alg"]}, {"crit": "exp"},
                                    {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": ["x", "x"], "x": 1}])
def test_what_must_be_understood_and_is_not_refuses(shop, header):
    """specs: NEG-55, JWB-14"""
    denied(shop, raw({"alg": "ES256", "kid": "k1", **header}, {**base(shop), **times()}), "TX-STK-01")


@pytest.mark.parametrize("kid", ["../../../../dev/null", "k1' OR '1'='1", "k1\u0000", "k1\r\nX: y", "\u202ek1", "K1", " k1"])
def test_a_kid_is_a_name_and_nothing_else(shop, kid):
    """specs: NEG-48"""
    has_controls = any(ord(char) < 32 for char in kid)
    denied(shop, raw({"alg": "ES256", "kid": kid}, {**base(shop), **times()}), "TX-STK-01" if has_controls else "TX-STK-05")
    assert "\r" not in shop.log() and "\u202e" not in shop.log()


@pytest.mark.parametrize("kid", [5, None, ["k1"], {"k": 1}, True])
def test_a_kid_that_is_no_text_is_refused(shop, kid):
    """specs: NEG-48"""
    denied(shop, raw({"alg": "ES256", "kid": kid}, {**base(shop), **times()}), "TX-STK-01")


def test_encrypted_tokens_are_none_of_anybody_else(shop):
    """specs: NEG-52, NEG-61, NEG-63"""
    inner = f"{encode({'alg': 'none'})}.{encode({**base(shop), **times()})}."
    ours = requests.get(f"{us(shop)}/protocol/openid-connect/certs", timeout=15).json()["keys"]
    key = next(jwk.JWK(**{**one, "use": "enc"}) for one in ours if one["kty"] == "EC")
    for header, to in (({"alg": "ECDH-ES", "enc": "A256GCM"}, key),
                       ({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}, jwk.JWK.generate(kty="oct", size=256))):
        made = jwe.JWE(inner.encode(), json.dumps(header))
        made.add_recipient(to)
        refused(exchanged(shop, made.serialize(compact=True)), "invalid_request", "TX-TYP-04")
    endless = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2s": encode(b"salt"), "p2c": 2**31 - 1}
    started = time.monotonic()
    refused(exchanged(shop, ".".join([encode(endless), *[encode(b"x" * 40)] * 4])), "invalid_request", "TX-TYP-04")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("claims", [
    b'{"sub":"robot-7","sub":"root",%s}', b'{"sub":"robot-7","\\u0073ub":"root",%s}', b'\xef\xbb\xbf{"sub":"robot-7",%s}',
    b'{"sub":"robot-7",%s} x', b'{"sub":"robot-7",%s}{}', b'{"sub":"robot-\xff7",%s}', b'{"sub":"robot-7",%s,}', b'["a",%s]'])
def test_claims_that_can_be_read_in_two_ways_are_not_read(shop, claims):
    """specs: NEG-57, JWB-08"""
    rest = json.dumps({key: value for key, value in {**base(shop), **times()}.items() if key != "sub"})[1:-1].encode()
    denied(shop, raw({"alg": "ES256", "kid": "k1"}, claims % rest), "TX-STK-01")


def test_a_header_that_can_be_read_in_two_ways_is_not_read(shop):
    """specs: NEG-57, JWB-15"""
    good = encode({**base(shop), **times()})
    for header in (b'{"alg":"ES256","alg":"none","kid":"k1"}', b'{"alg":"ES256","kid":"k1"} ', b'{"alg":"ES256","kid":"k1"'):
        text = f"{encode(header)}.{good}"
        signature = jws.JWSCore("ES256", KEY, None, b"", algs=["ES256"]).engine.sign(KEY, text.encode())
        if header.endswith(b" "):
            continue
        refused(exchanged(shop, f"{text}.{encode(signature)}"), "invalid_request", "TX-STK-01")
    token = signed(base(shop), KEY)
    for spoiled in (token + "=", token + " ", "\t" + token, token + ".", token.replace(".", "..", 1), token + "\n", "." + token):
        body = refused(exchanged(shop, spoiled), "invalid_request")
        assert body["error_code"] in ("TX-STK-01", "TX-TYP-04"), body


# Too much of everything

def test_a_flood_of_unknown_kids_fetches_once(shop, publisher):
    """specs: NEG-47"""
    claims = base(shop, iss="https://published.example")
    taken(shop, signed(claims, KEY))
    asked = publisher.times_asked("/keys")
    for number in range(60):
        refused(exchanged(shop, signed(claims, OTHER, kid=f"flood-{number}")), "invalid_request", "TX-STK-05")
    taken(shop, signed(claims, KEY))
    assert publisher.times_asked("/keys") <= asked + 2


def nested(depth):
    return "[" * depth + "]" * depth


def test_what_is_too_big_is_refused_at_once(shop):
    """specs: NEG-60"""
    deep = raw({"alg": "ES256", "kid": "k1"}, ('{"iss":"%s","sub":"x","deep":%s}' % (ISSUER, nested(2000))).encode())
    denied(shop, deep, "TX-STK-01")
    long_kid = raw({"alg": "ES256", "kid": "k" * 14_000}, {**base(shop), **times()})
    started = time.monotonic()
    for token in (signed(base(shop, extra="x" * 17_000), KEY), long_kid, "." * 60_000, signed(base(shop), KEY) + "." * 20_000,
                  "a." * 5_000, encode(b"{" * 10_000) + ".e30.x"):
        refused(exchanged(shop, token), "invalid_request")
    answer = exchanged(shop, "x" * 2**20)
    assert answer.status_code == 413, answer.text
    many = [f"target-{number}" for number in range(2000)]
    assert exchanged(shop, signed(base(shop), KEY), audience=many).status_code in (400, 413)
    refused(exchanged(shop, signed(base(shop), KEY), scope="read " + "x" * 20_000), "invalid_request")
    assert time.monotonic() - started < 20
    taken(shop, signed(base(shop), KEY))


def test_a_token_that_serves_once_may_not_have_to_be_remembered_for_ever(shop):
    """specs: NEG-62, INC-11"""
    claims = base(shop, iss="https://once.example")
    denied(shop, signed({**claims, "exp": int(time.time()) + 10**8}, KEY), "TX-FTK-06")
    denied(shop, signed({**claims, "jti": None}, KEY), "TX-FTK-07")
    denied(shop, signed({**claims, "jti": "x" * 2000}, KEY), "TX-FTK-07")
    token = signed(claims, KEY)
    taken(shop, token)
    denied_replay = refused(exchanged(shop, token), "invalid_request", "TX-FTK-08")
    assert denied_replay["error_description"]


def test_what_was_refused_is_written_nowhere(shop):
    """specs: NEG-67"""
    texts = [shop.log(), json.dumps(records_of(shop)),
             requests.get(f"{shop.management}/metrics", timeout=15).text]
    assert len(SENT) > 50 or len(SENT) == 0, "this test is the last of the file"
    for token in SENT:
        for part in token.split("."):
            if len(part) > 60:
                assert not any(part in text for text in texts), part

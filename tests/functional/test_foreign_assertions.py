# SPDX-License-Identifier: Apache-2.0
"""Assertions as grants, by JWT (RFC 7523) and by SAML (RFC 7522): what they must say, and how they are refused. By a rule, or
by Keycloak's switch of the client."""
import concurrent.futures
import time

import pytest

from support.change import changing_realm, find
from support.client import Client, decode, granted, refused
from support.foreign import entry, explained, foreign_rule, new_key, public, signed
from support.realms import client, public_client, realm, scope, user
from support.saml import IdentityProvider, base64url

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML_BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"
KEY, RSA, EDDSA = new_key(), new_key("r1", "RS256"), new_key("e1", "EdDSA")
ISSUER = "https://partner.example"
ENTITY, OURS, ACS = "https://idp.example/metadata", "https://shop.example/saml", "https://shop.example/acs"
IDP = IdentityProvider(ENTITY, OURS, ACS)


def switched(name, **more):
    """A client with Keycloak's own switch for this grant."""
    return client(name, attributes={"oauth2.jwt.authorization.grant.enabled": "true",
                                    "oauth2.jwt.authorization.grant.idp": "partner"}, **more)


def make_realm():
    links = [{"identityProvider": alias, "userId": name, "userName": name} for alias in ("partner", "saml")
             for name in ("ann", "off")]
    grants = ["subject", "grant"]
    made = foreign_rule("in", "gate", "ledger", ["partner", "robots", "picky", "saml"], types=("jwt", "saml2"))
    quiet = foreign_rule("quiet", "quiet", "ledger", ["partner", "robots", "saml"], types=("jwt", "saml2"))
    return realm(
        "shop", scopes=[scope("read"), scope("write")], rules=[made, quiet],
        clients=[client("gate"), client("quiet", attributes={"cambist.diagnostics": "off"}), client("ledger"), client("desk"),
                 public_client("page"), switched("app", scopes=["read"]),
                 switched("asks", scopes=["read"], consentRequired=True)],
        users=[user("ann", federatedIdentities=[one for one in links if one["userId"] == "ann"]),
               user("off", federatedIdentities=[one for one in links if one["userId"] == "off"])],
        trustedIssuers=[
            entry("partner", ISSUER, KEY, RSA, uses=grants, binding="link", assertionMaxAge="5m"),
            entry("robots", "https://robots.example", KEY, uses=grants),
            entry("picky", "https://picky.example", KEY, RSA, EDDSA, uses=grants, algorithms=["RS256", "EdDSA"]),
            entry("exchanged", "https://exchanged.example", KEY),
            entry("others", "https://others.example", KEY, uses=grants, clients=["desk"]),
            {"alias": "saml", "kind": "saml2", "issuer": ENTITY, "audience": [OURS], "uses": grants, "binding": "link",
             "keys": {"pem": IDP.certificate_pem()}, "scopes": ["read"], "saml": {"recipients": [ACS]}}])


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server):
    return module_server(make_realm())


def us(shop):
    return f"{shop.url}/realms/shop"


def said(shop, **claims):
    return {"iss": ISSUER, "sub": "ann", "aud": us(shop), **claims}


def bearer(shop, assertion, by="gate", grant=JWT_BEARER, **form):
    form = {"audience": "ledger", **form} if by in ("gate", "quiet") else form
    return Client(shop.url, "shop", by, f"{by}-secret").token(grant, assertion=assertion, **form)


def saml(shop, by="gate", **parts):
    return bearer(shop, base64url(IDP.assertion(**{"name_id": "ann", **parts})), by, SAML_BEARER)


def denied(shop, send, code):
    """`send(by)` gives an answer that is invalid_grant: with the cause, or to others like any other; the operator sees it."""
    body = refused(send("gate"), "invalid_grant", "TX-GRT-02")
    assert code in body["hint"], body
    neutral = send("quiet")
    told = refused(neutral, "invalid_grant")
    assert told["error_description"] == "The assertion is not valid." and "hint" not in told, told
    record = explained(shop, neutral)
    assert code in (record["error"], record["errorDetail"].split(" ")[1]) or code in record["errorDetail"], record


def jwt_denied(shop, code, header=None, key=KEY, **changes):
    denied(shop, lambda by: bearer(shop, signed(said(shop, **changes), key, **(header or {})), by), code)


def test_one_assertion_is_one_grant(shop):
    """specs: AST-01, NEG-29, INC-20"""
    answer = granted(bearer(shop, signed(said(shop), KEY)))
    token = decode(answer["access_token"])[1]
    assert token["aud"] == "ledger" and token["azp"] == "gate" and token["scope"] == "read"
    text = signed(said(shop), KEY)
    refused(bearer(shop, [text, text]), "invalid_request")
    refused(bearer(shop, None), "invalid_request", "TX-PAR-04")
    refused(bearer(shop, ""), "invalid_request")
    for other in ({"subject_token": "x"}, {"code": "y"}, {"username": "root"}, {"refresh_token": "z"}):
        refused(bearer(shop, text, **other), "invalid_request", "TX-PAR-02")  # of other grants
    granted(bearer(shop, text))


def test_who_has_no_secret_has_no_grant(shop):
    """specs: AST-01, NEG-44"""
    page = Client(shop.url, "shop", "page")
    assert page.token(JWT_BEARER, assertion=signed(said(shop), KEY), audience="ledger").status_code in (400, 401)
    assert page.token(SAML_BEARER, assertion=base64url(IDP.assertion("ann")), audience="ledger").status_code in (400, 401)
    wrong = Client(shop.url, "shop", "gate", "wrong")
    refused(wrong.token(JWT_BEARER, assertion=signed(said(shop), KEY)), "invalid_client", status=401)


MISSING = {"iss": "TX-ISS-01", "sub": "TX-STK-12", "aud": "TX-FTK-02", "exp": "TX-STK-12", "jti": "TX-FTK-07"}


@pytest.mark.parametrize("name", MISSING)
def test_a_claim_that_is_missing_refuses(shop, name):
    """specs: AST-03"""
    jwt_denied(shop, MISSING[name], **{name: None})


def test_an_assertion_without_iat_is_short_or_refused(shop):
    """specs: AST-03, AST-05"""
    granted(bearer(shop, signed(said(shop, iat=None), KEY)))
    jwt_denied(shop, "TX-FTK-05", iat=None, exp=int(time.time()) + 600)


def test_an_assertion_is_fresh(shop):
    """specs: AST-05, NEG-62"""
    now = int(time.time())
    jwt_denied(shop, "TX-FTK-05", iat=now - 400)
    jwt_denied(shop, "TX-STK-03", exp=now - 40)
    jwt_denied(shop, "TX-STK-04", nbf=now + 90)
    jwt_denied(shop, "TX-STK-04", iat=now + 90)
    jwt_denied(shop, "TX-FTK-06", exp=now + 90_000)


def test_an_assertion_names_us_or_our_token_endpoint_and_nobody_else(shop):
    """specs: AST-08"""
    endpoint = f"{us(shop)}/protocol/openid-connect/token"
    for audience in (us(shop), [us(shop)], endpoint):
        granted(bearer(shop, signed(said(shop, aud=audience), KEY)))
    for audience in (us(shop) + "/", us(shop).upper(), endpoint + "/", endpoint + "?x", [us(shop), endpoint],
                     [us(shop), "https://other.example"], "https://other.example", [], "ledger"):
        jwt_denied(shop, "TX-STK-12" if audience == [] else "TX-FTK-02", aud=audience)


def test_what_is_wrong_with_an_assertion_is_invalid_grant_and_with_the_client_invalid_client(shop):
    """specs: AST-09, AST-18"""
    for text in ("x", "x.y.z", "e30.e30.", signed(said(shop), new_key()), signed(said(shop, iss="https://nobody.example"), KEY)):
        refused(bearer(shop, text), "invalid_grant", "TX-GRT-02")
    for text in ("x", base64url("<a/>"), base64url(IDP.unsigned("ann"))):
        refused(bearer(shop, text, grant=SAML_BEARER), "invalid_grant", "TX-GRT-02")
    proof = Client(shop.url, "shop", "gate", "gate-secret").http.post(f"{us(shop)}/protocol/openid-connect/token", timeout=15, data={
        "grant_type": JWT_BEARER, "assertion": signed(said(shop), KEY), "client_assertion": "x.y.z",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"})
    refused(proof, "invalid_client", status=401)


def test_an_assertion_serves_once_and_a_refusal_does_not_use_it_up(shop):
    """specs: AST-10, INC-11"""
    text = signed(said(shop), KEY)
    refused(bearer(shop, text, audience="nowhere"), "invalid_target")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bearer(shop, text).status_code, range(8)))
    assert sorted(answers) == [200] + [400] * 7
    denied(shop, lambda by: bearer(shop, text, by), "TX-FTK-08")
    jti = decode(text)[1]["jti"]
    denied(shop, lambda by: bearer(shop, signed(said(shop, jti=jti), KEY), by), "TX-FTK-08")
    granted(bearer(shop, signed(said(shop, jti=jti, iss="https://robots.example"), KEY)))  # another issuer's is another


def test_what_comes_of_an_assertion_is_no_more_than_it(shop):
    """specs: AST-11"""
    soon = int(time.time()) + 40
    answer = granted(bearer(shop, signed(said(shop, exp=soon), KEY)))
    assert decode(answer["access_token"])[1]["exp"] <= soon and "refresh_token" not in answer
    refused(bearer(shop, signed(said(shop), KEY), scope="write"), "invalid_scope")
    refused(bearer(shop, signed(said(shop), KEY), scope="read write"), "invalid_scope")


def test_an_issuer_signs_with_the_algorithms_it_is_trusted_for(shop):
    """specs: AST-12"""
    picky = said(shop, iss="https://picky.example")
    granted(bearer(shop, signed(picky, RSA, "RS256")))
    granted(bearer(shop, signed(picky, EDDSA, "EdDSA")))
    granted(bearer(shop, signed(said(shop), RSA, "RS256")))
    for text in (signed(picky, KEY), signed(picky, RSA, "PS256"), signed(picky, RSA, "RS512")):
        assert "TX-STK-11" in refused(bearer(shop, text), "invalid_grant")["hint"]


def test_an_issuer_must_be_trusted_for_grants_and_for_this_client(shop):
    """specs: AST-13"""
    for issuer, code in (("exchanged", "TX-ISS-04"), ("others", "TX-ISS-03"), ("unheard", "TX-ISS-01")):
        body = refused(bearer(shop, signed(said(shop, iss=f"https://{issuer}.example"), KEY)), "invalid_grant", "TX-GRT-02")
        assert code in body["hint"], body


def test_by_keycloaks_switch_the_client_needs_no_rule(shop):
    """specs: AST-11, AST-14. Its own scopes decide; a user who has to consent has not consented by this."""
    answer = granted(bearer(shop, signed(said(shop), KEY), by="app"))
    assert "read" in decode(answer["access_token"])[1]["scope"].split()
    assert "refresh_token" not in answer
    refused(bearer(shop, signed(said(shop, iss="https://robots.example"), KEY), by="app"), "unauthorized_client", "TX-CLI-02")
    answer = bearer(shop, signed(said(shop), KEY), by="asks")
    assert answer.status_code == 400 and "access_token" not in answer.json(), answer.text
    assert "consent" in answer.text, answer.text


def test_saml_names_us(shop):
    """specs: AST-17, SAM-25"""
    granted(saml(shop))
    for audience in ("https://shop.example/saml/", us(shop), "https://other.example"):
        denied(shop, lambda by, a=audience: saml(shop, by, audience=a), "TX-SML-15")


def test_a_disabled_user_and_a_disabled_issuer_are_refused_at_once(server):
    """specs: NEG-02, NEG-04, AST-13, SAM-38"""
    shop, change = changing_realm(server, make_realm())
    granted(bearer(shop, signed(said(shop, sub="off"), KEY)))
    granted(saml(shop, name_id="off"))
    kept = signed(said(shop), KEY)
    change(lambda made: find(made["users"], "username", "off").update(enabled=False))
    jwt_denied(shop, "TX-STK-08", sub="off")
    denied(shop, lambda by: saml(shop, by, name_id="off"), "TX-STK-08")
    granted(bearer(shop, signed(said(shop), KEY)))

    def disable(made):
        for one in made["trustedIssuers"]:
            one["enabled"] = False
    change(disable)
    for send in (lambda by: bearer(shop, kept, by), lambda by: bearer(shop, signed(said(shop), KEY), by)):
        denied(shop, send, "TX-ISS-02")
    denied(shop, lambda by: saml(shop, by), "TX-ISS-02")


def test_a_key_that_is_taken_away_signs_no_more(server):
    """specs: NEG-04. Of keys in the realm; the change is the end of them."""
    shop, change = changing_realm(server, make_realm())
    granted(bearer(shop, signed(said(shop), KEY)))
    change(lambda made: find(made["trustedIssuers"], "alias", "partner").update(keys={"jwks": {"keys": [public(RSA)]}}))
    jwt_denied(shop, "TX-STK-05")
    granted(bearer(shop, signed(said(shop), RSA, "RS256")))

# SPDX-License-Identifier: Apache-2.0
"""Assertions of SAML 2.0 as subject tokens and as grants: of our own generator, of others, and of attackers."""
import base64
import concurrent.futures
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from support import saml_peers
from support.client import ACCESS_TOKEN, Client, decode, granted, refused
from support.publisher import Publisher
from support.realms import client, realm, scope, secret_of, user
from support.saml import (EMAIL, ENVELOPED, EXC_C14N, SAML, IdentityProvider, base64url, inserted, instant, wrappings)

SAML2 = "urn:ietf:params:oauth:token-type:saml2"
BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"
ENTITY = "https://idp.partner.example/metadata"
OURS = "https://shop.example/saml"  # what the provider knows us as
ACS = "https://shop.example/acs"
OUR_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SKEW = 30


def issuer(idp, alias="partner", **more):
    return {"alias": alias, "kind": "saml2", "issuer": idp.entity_id, "audience": [OURS],
            "keys": {"pem": idp.certificate_pem()}, "scopes": ["orders:read"], "uses": ["subject", "grant"],
            "binding": "link", "clockSkew": f"{SKEW}s", "saml": {"recipients": [ACS]}, **more}


def rule(*aliases):
    return {"id": "partner-to-orders", "owner": "orders", "effect": "permit", "requester": {"clients": ["shop"]},
            "subject": {"tokenTypes": ["saml2"], "issuers": list(aliases), "users": {"any": True}},
            "target": {"audiences": ["orders"]},
            "result": {"mode": "same-subject", "tokenTypes": ["access_token"], "scopes": {"allow": ["orders:read"]},
                       "lifetime": "5m"}}


def make_realm(*issuers):
    linked = [{"identityProvider": one["alias"], "userId": name, "userName": name}
              for one in issuers for name in ("alice", "alice@example.com")]
    return realm("shop", scopes=[scope("orders:read")], trustedIssuers=list(issuers),
                 clients=[client("shop"), client("orders"), client("other")],
                 users=[user("alice", federatedIdentities=linked), user("root")],
                 rules=[rule(*[one["alias"] for one in issuers])])


class Shop:
    """The realm and its one client that may exchange assertions of `idp`."""

    def __init__(self, server, idp):
        self.idp, self.server = idp, server
        self.client = Client(server.url, "shop", "shop", secret_of("shop"))

    def exchange(self, xml, **form):
        return self.client.exchange(base64url(xml), **{"subject_token_type": SAML2, "audience": "orders", **form})

    def bearer(self, xml, **form):
        return self.client.token(BEARER, assertion=base64url(xml), **{"audience": "orders", **form})


@pytest.fixture(scope="module")
def shop(module_server):
    idp = IdentityProvider(ENTITY, OURS, ACS)
    return Shop(module_server(make_realm(issuer(idp))), idp)


@pytest.fixture(scope="module")
def open_shop(module_server):
    """Also takes responses, encrypted assertions, and e-mail addresses as names."""
    idp = IdentityProvider(ENTITY, OURS, ACS)
    terms = {"recipients": [ACS], "responses": True, "nameIdFormat": "email",
             "decryptionKey": saml_peers.key_pem(OUR_KEY)}
    return Shop(module_server(make_realm(issuer(idp, saml=terms))), idp)


def test_assertion_is_exchanged_for_an_access_token(shop):
    """reqs: S2-17, S2-1"""
    answer = granted(shop.exchange(shop.idp.assertion(attributes={"mail": ["alice@example.com"]})))
    assert answer["issued_token_type"] == ACCESS_TOKEN
    claims = shop.client.verify(answer["access_token"])[1]
    assert claims["aud"] == "orders" and claims["azp"] == "shop" and claims["scope"] == "orders:read"
    again = shop.client.verify(granted(shop.exchange(shop.idp.assertion()))["access_token"])[1]
    assert claims["sub"] == again["sub"]
    assert claims["exp"] <= time.time() + 300


def test_assertion_is_a_grant(shop):
    """reqs: S2-17; specs: AST-15, AST-18"""
    answer = granted(shop.bearer(shop.idp.assertion()))
    assert shop.client.verify(answer["access_token"])[1]["aud"] == "orders"
    assert "refresh_token" not in answer
    refused(shop.bearer(shop.idp.assertion("bob")), "invalid_grant", "TX-GRT-02")
    refused(shop.client.token(BEARER, audience="orders"), "invalid_request", "TX-PAR-04")
    assert BEARER in shop.client.discovery()["grant_types_supported"]


def test_token_lives_no_longer_than_the_assertion(shop):
    """specs: AST-11, SAM-28"""
    claims = decode(granted(shop.exchange(shop.idp.assertion(confirmed=90)))["access_token"])[1]
    assert claims["exp"] <= time.time() + 90


@pytest.mark.parametrize("send", ["exchange", "bearer"])
def test_assertion_serves_once(shop, send):
    """reqs: S2-1; specs: SAM-34, NEG-59"""
    assertion = shop.idp.assertion()
    granted(getattr(shop, send)(assertion))
    replayed = getattr(shop, send)(assertion)
    refused(replayed, *(("invalid_request", "TX-FTK-08") if send == "exchange" else ("invalid_grant", "TX-GRT-02")))


def test_of_many_who_send_one_assertion_at_once_one_wins(shop):
    """specs: SAM-34"""
    assertion = shop.idp.assertion()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.exchange(assertion).status_code, range(16)))
    assert sorted(answers) == [200] + [400] * 15


def test_refusal_does_not_use_the_assertion_up(shop):
    assertion = shop.idp.assertion()
    refused(shop.exchange(assertion, audience="other"), "invalid_target")
    granted(shop.exchange(assertion))


def test_reuse_can_be_allowed_but_not_against_one_time_use(server):
    """specs: SAM-34"""
    idp = IdentityProvider(ENTITY, OURS, ACS)
    shop = Shop(server(make_realm(issuer(idp, singleUse=False))), idp)
    assertion, once = idp.assertion(), idp.assertion(conditions="<saml:OneTimeUse/>")
    for _ in range(2):
        granted(shop.exchange(assertion))
    granted(shop.exchange(once))
    refused(shop.exchange(once), "invalid_request", "TX-FTK-08")


REFUSALS = {
    "expired": ({"ends": -SKEW - 1}, "TX-SML-13"),
    "not yet valid": ({"starts": SKEW + 20}, "TX-SML-14"),
    "issued in the future": ({"issued": SKEW + 20}, "TX-SML-14"),
    "issued too long ago": ({"issued": -3700}, "TX-SML-21"),
    "another audience": ({"audience": "https://other.example"}, "TX-SML-15"),
    "another recipient": ({"recipient": "https://other.example/acs"}, "TX-SML-18"),
    "confirmation expired": ({"confirmed": -SKEW - 1}, "TX-SML-19"),
    "no confirmation": ({"confirmation": ""}, "TX-SML-17"),
    "an issuer nobody trusts": ({"issuer": "https://idp.partner.example/metadata2"}, "TX-ISS-01"),
    "a name of another format": ({"name_format": EMAIL}, "TX-SML-20"),
    "a condition that is not understood": (
        {"conditions": '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Moon"/>'},
        "TX-SML-16"),
    "a subject who is linked to nobody": ({"name_id": "mallory"}, "TX-WHO-02"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_assertion_is_refused_with_its_cause(shop, name):
    """specs: NEG-59, SAM-23, SAM-24, SAM-25, SAM-27, SAM-30, SAM-31, SAM-32, SAM-35"""
    parts, code = REFUSALS[name]
    body = refused(shop.exchange(shop.idp.assertion(**{"name_id": "alice", **parts})), "invalid_request", code)
    assert body["hint"]


@pytest.mark.parametrize("name", wrappings(IdentityProvider(ENTITY, OURS, ACS)))
def test_signature_wrapping_is_refused(shop, open_shop, name):
    """specs: NEG-59, SAM-16, SAM-17, SAM-18, SAM-19, SAM-21"""
    attack = wrappings(shop.idp)[name]
    refused(shop.exchange(attack), "invalid_request")
    attack = wrappings(open_shop.idp)[name]
    body = refused(open_shop.exchange(attack), "invalid_request")
    assert body["error_code"] in {"TX-SML-05", "TX-SML-06", "TX-SML-08", "TX-SML-11"}, body
    refused(open_shop.bearer(attack), "invalid_grant", "TX-GRT-02")


def forged(idp):
    """{name: (xml, code)}: attacks on the parser and the signature."""
    plain = idp.unsigned()
    genuine = idp.sign(plain)
    stranger = IdentityProvider(ENTITY, OURS, ACS)
    laughs = '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    signature = idp.signature(plain)

    def with_transform(transform):
        # Signed by nobody: the form is looked at first.
        return inserted(plain, signature.replace(f'<ds:Transform Algorithm="{ENVELOPED}"/>'
                                                 f'<ds:Transform Algorithm="{EXC_C14N}"/>',
                                                 f'<ds:Transform Algorithm="{ENVELOPED}"/>{transform}'))

    return {
        "no signature": (plain, "TX-SML-07"),
        "a foreign key": (stranger.sign(plain), "TX-SML-10"),
        "a foreign key with its certificate": (stranger.sign(plain, key_info=True), "TX-SML-10"),
        "SHA-1": (idp.sign(plain, sha1=True), "TX-SML-09"),
        "HMAC with the public key": (
            genuine.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"), "TX-SML-09"),
        "changed afterwards": (genuine.replace(">alice<", ">root<"), "TX-SML-11"),
        "an empty reference": (
            inserted(plain, signature.replace(signature.split('URI="')[1].split('"')[0], "")), "TX-SML-08"),
        "XSLT": (with_transform('<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'), "TX-SML-08"),
        "XPath": (with_transform('<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'), "TX-SML-08"),
        "void canonicalisation": (genuine.replace("<saml:Subject>", '<saml:Subject xmlns:v="1">'), "TX-SML-01"),
        "a document type": ("<!DOCTYPE s>" + genuine, "TX-SML-03"),
        "an external entity": ('<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' +
                               genuine.replace(">alice<", ">&x;<"), "TX-SML-03"),
        "billion laughs": (laughs + genuine.replace(">alice<", ">&b;<"), "TX-SML-03"),
        "an ID twice": (genuine.replace("<saml:Subject>", f'<saml:Subject ID="{plain.split("ID=")[1][1:34]}">'), "TX-SML-06"),
        "too deep": (idp.assertion(attributes={"a": ["<x>" * 80 + "</x>" * 80]}), "TX-SML-02"),
        "a response where none is expected": (idp.response(genuine), "TX-SML-24"),
        "no XML": ("alice", "TX-SML-01"),
    }


@pytest.mark.parametrize("name", forged(IdentityProvider(ENTITY, OURS, ACS)))
def test_forgery_is_refused(shop, name):
    """specs: NEG-59, SAM-01, SAM-02, SAM-07, SAM-10, SAM-11, SAM-12, SAM-14, SAM-15, SAM-16, SAM-17"""
    xml, code = forged(shop.idp)[name]
    refused(shop.exchange(xml), "invalid_request", code)


def test_comment_does_not_cut_a_name(shop):
    """specs: SAM-05. What is read is what was signed, all of it."""
    genuine = shop.idp.assertion("alice.evil")
    refused(shop.exchange(genuine.replace("alice.evil", "alice<!---->.evil")), "invalid_request", "TX-WHO-02")


def test_what_is_sent_is_base64url(shop):
    """specs: TX-29, AST-15, SAM-09"""
    assertion = shop.idp.assertion()
    for text in (assertion, base64.b64encode(assertion.encode()).decode() + "=", base64url(assertion) + "\n"):
        refused(shop.client.exchange(text, subject_token_type=SAML2, audience="orders"), "invalid_request", "TX-SML-01")
    huge = shop.idp.assertion(attributes={"a": ["x" * 40_000]})
    refused(shop.exchange(huge), "invalid_request")


def test_requester_without_diagnostics_hears_one_thing(server):
    idp = IdentityProvider(ENTITY, OURS, ACS)
    made = make_realm(issuer(idp))
    made["clients"][0]["attributes"] = {}
    shop = Shop(server(made), idp)
    answers = [refused(shop.exchange(xml), "invalid_request")
               for xml in (idp.unsigned(), idp.assertion("mallory"), idp.assertion(ends=-100), "<a/>")]
    assert len({json.dumps({**one, "trace_id": ""}) for one in answers}) == 1, answers


def test_assertion_is_no_token_of_another_type(shop):
    """specs: NEG-32"""
    xml = base64url(shop.idp.assertion())
    for kind in ("access_token", "id_token", "jwt", "saml1"):
        refused(shop.client.exchange(xml, subject_token_type=SAML2.replace("saml2", kind), audience="orders"),
                "invalid_request")
    assert shop.client.userinfo(xml).status_code == 401
    assert granted(shop.client.introspect(xml)) == {"active": False}


def test_disabled_user_and_issuer_are_refused(server):  # specs: NEG-02, NEG-04
    """specs: SAM-38"""
    idp = IdentityProvider(ENTITY, OURS, ACS)
    made = make_realm(issuer(idp))
    made["users"][0]["enabled"] = False
    shop = Shop(server(made), idp)
    refused(shop.exchange(idp.assertion()), "invalid_request", "TX-STK-08")
    shop = Shop(server(make_realm(issuer(idp, enabled=False))), idp)
    refused(shop.exchange(idp.assertion()), "invalid_request", "TX-ISS-02")


def test_pysaml2_makes_assertions_that_verify(shop, tmp_path):
    """reqs: S2-17"""
    response = saml_peers.pysaml2(tmp_path, shop.idp)
    granted(shop.exchange(saml_peers.assertion_of(response)))


def test_samlify_makes_assertions_that_verify(open_shop):
    """reqs: S2-17"""
    for signed in ("assertion", "both"):
        response = saml_peers.samlify(open_shop.idp, "alice@example.com", signed=signed)
        granted(open_shop.exchange(saml_peers.assertion_of(response)))
        granted(open_shop.exchange(saml_peers.samlify(open_shop.idp, "alice@example.com", signed=signed)))


def test_pysaml2_makes_responses_that_verify(open_shop, tmp_path):
    """specs: SAM-17. The assertion inside is signed."""
    response = saml_peers.pysaml2(tmp_path, open_shop.idp, "alice", name_format=EMAIL)
    granted(open_shop.exchange(response))
    plain = open_shop.idp.unsigned("alice@example.com", name_format=EMAIL)
    refused(open_shop.exchange(open_shop.idp.response(plain)), "invalid_request", "TX-SML-07")


def test_xmlsec1_encrypts_assertions_that_are_opened(open_shop, tmp_path):
    """specs: SAM-20"""
    signed = open_shop.idp.assertion("alice@example.com", name_format=EMAIL)
    granted(open_shop.exchange(saml_peers.encrypted(tmp_path, signed, OUR_KEY)))
    plain = open_shop.idp.unsigned("alice@example.com", name_format=EMAIL)
    refused(open_shop.exchange(saml_peers.encrypted(tmp_path, plain, OUR_KEY)), "invalid_request", "TX-SML-07")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(open_shop.exchange(saml_peers.encrypted(tmp_path, signed, stranger)), "invalid_request", "TX-SML-27")


def test_cbc_is_for_the_issuer_that_it_was_allowed_to(server, tmp_path):
    """specs: SAM-20. AES-CBC tells nobody that it was changed: that one partner can do no better opens nothing for the other."""
    modern, old = IdentityProvider(ENTITY, OURS, ACS), IdentityProvider("https://old.example", OURS, ACS)
    terms = {"recipients": [ACS], "decryptionKey": saml_peers.key_pem(OUR_KEY)}
    made = make_realm(issuer(modern, saml=terms), issuer(old, "old", saml={**terms, "allowCbc": True}))
    opened = Shop(server(made), modern)
    for idp, cipher, taken in ((modern, "http://www.w3.org/2009/xmlenc11#aes256-gcm", True),
                               (old, "http://www.w3.org/2001/04/xmlenc#aes256-cbc", True),
                               (modern, "http://www.w3.org/2001/04/xmlenc#aes256-cbc", False)):
        answer = opened.exchange(saml_peers.encrypted(tmp_path, idp.assertion(), OUR_KEY, cipher))
        if taken:
            granted(answer)
        else:
            refused(answer, "invalid_request", "TX-SML-27")


def test_keys_come_from_metadata_and_rotate(server, tmp_path):
    """specs: SAM-15, SAM-22"""
    old, new = (IdentityProvider(ENTITY, OURS, ACS) for _ in range(2))
    publisher = Publisher()
    try:
        entry = issuer(old, endpoints={"samlMetadata": f"{publisher.url}/metadata"})
        del entry["keys"]

        def publish(text):
            publisher.pages["/metadata"] = (200, {"Content-Type": "application/samlmetadata+xml"}, text)

        publish(old.metadata())
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"]}}))
        shop = Shop(server(make_realm(entry), arguments=["--config", str(config)]), old)
        granted(shop.exchange(old.assertion()))
        publish(old.metadata(new))  # the new key is announced, and found as soon as it is used
        deadline = time.time() + 30
        while shop.exchange(new.assertion()).status_code != 200:
            assert time.time() < deadline, "the new key was not found"
            time.sleep(1)
        granted(shop.exchange(old.assertion()))
        publish(b"<html>down for maintenance</html>")
        granted(shop.exchange(new.assertion()))
    finally:
        publisher.close()


def test_metadata_file_has_the_keys_until_it_expires(server, tmp_path):
    """specs: SAM-22"""
    idp = IdentityProvider(ENTITY, OURS, ACS)
    path = tmp_path / "metadata.xml"
    path.write_bytes(idp.metadata())
    shop = Shop(server(make_realm(issuer(idp, keys={"file": str(path)}))), idp)
    granted(shop.exchange(idp.assertion()))
    path.write_bytes(idp.metadata(valid_until=instant(-1)))
    shop = Shop(server(make_realm(issuer(idp, keys={"file": str(path)}))), idp)
    refused(shop.exchange(idp.assertion()), "invalid_request", "TX-SML-30")


def test_elliptic_curve_keys_verify(server):
    idp = IdentityProvider(ENTITY, OURS, ACS, curve=True)
    shop = Shop(server(make_realm(issuer(idp))), idp)
    granted(shop.exchange(idp.assertion()))
    assert SAML in idp.assertion()

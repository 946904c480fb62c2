# SPDX-License-Identifier: Apache-2.0
"""Assertions of SAML 2.0 that are rightly signed, and written in a way that could be read otherwise; and what of a good one
goes into the token."""
import pytest

from support.client import Client, decode, granted, refused
from support.foreign import explained
from support.realms import client, realm, scope, secret_of, user
from support.saml import DS, ENVELOPED, EXC_C14N, IdentityProvider, base64url, inserted, instant

SAML2 = "urn:ietf:params:oauth:token-type:saml2"
ENTITY, OURS, ACS = "https://idp.partner.example/metadata", "https://shop.example/saml", "https://shop.example/acs"
IDP, OTHER = IdentityProvider(ENTITY, OURS, ACS), IdentityProvider("https://idp.other.example", None, ACS)


def rule(*aliases):
    return {"id": "in", "owner": "orders", "effect": "permit", "requester": {"clients": ["shop", "quiet"]},
            "subject": {"tokenTypes": ["saml2"], "issuers": list(aliases), "users": {"any": True}},
            "target": {"audiences": ["orders"]}, "result": {"mode": "same-subject", "scopes": {"allow": ["read"]}, "lifetime": "5m"}}


@pytest.fixture(scope="module", name="shop")
def shop_fixture(module_server):
    entry = {"kind": "saml2", "scopes": ["read"], "saml": {"recipients": [ACS]}}
    issuers = [
        {**entry, "alias": "partner", "issuer": ENTITY, "audience": [OURS], "keys": {"pem": IDP.certificate_pem()},
         "binding": {"kind": "create", "username": "partner-${CLAIM.sub}", "attributes": {"team": "attributes.team"}}},
        {**entry, "alias": "other", "issuer": OTHER.entity_id, "audience": ["requester"],
         "keys": {"pem": OTHER.certificate_pem()}, "binding": {"kind": "ephemeral", "username": "other-${CLAIM.sub}"}}]
    return module_server(realm("shop", scopes=[scope("read")], users=[user("root")], rules=[rule("partner", "other")],
                               clients=[client("shop"), client("orders"), client("quiet", attributes={"cambist.diagnostics": "off"})],
                               trustedIssuers=issuers))


def exchange(shop, xml, by="shop"):
    return Client(shop.url, "shop", by, secret_of(by)).exchange(base64url(xml), subject_token_type=SAML2, audience="orders")


def taken(shop, xml):
    return decode(granted(exchange(shop, xml))["access_token"])[1]


def denied(shop, xml, code):
    refused(exchange(shop, xml), "invalid_request", code)
    neutral = exchange(shop, xml, "quiet")
    assert "hint" not in refused(neutral, "invalid_request") and explained(shop, neutral)["error"] == code


def encodings():
    genuine = IDP.assertion()
    return {
        "UTF-16": genuine.encode("utf-16"), "UTF-16 by its declaration": f'<?xml version="1.0" encoding="UTF-16"?>{genuine}',
        "Latin-1": f'<?xml version="1.0" encoding="ISO-8859-1"?>{genuine}', "XML 1.1": f'<?xml version="1.1"?>{genuine}',
        "a zero byte": genuine.replace("alice", "ali\0ce"), "bytes that are no UTF-8": genuine.encode().replace(b"alice", b"ali\xffce"),
        "two documents": genuine + genuine, "text behind": genuine + "x",
        "a style sheet": '<?xml-stylesheet href="http://127.0.0.1/x.xsl"?>' + genuine}


@pytest.mark.parametrize("name", encodings())
def test_a_document_in_another_encoding_is_not_read(shop, name):
    """specs: SAM-03, SAM-01"""
    denied(shop, encodings()[name], "TX-SML-01")


def names():
    genuine = IDP.assertion()
    return {
        "an attribute twice": genuine.replace('Version="2.0"', 'Version="2.0" Version="2.0"', 1),
        "an attribute twice by its name space": genuine.replace(
            "<saml:Subject>", '<saml:Subject xmlns:a="urn:x" xmlns:b="urn:x" a:k="1" b:k="2">'),
        "a prefix that is not declared": genuine.replace("<saml:Subject>", '<saml:Subject evil:k="1">'),
        "xml in another name space": genuine.replace("<saml:Subject>", '<saml:Subject xmlns:xml="urn:x">'),
        "xmlns as a prefix": genuine.replace("<saml:Subject>", '<saml:Subject xmlns:xmlns="urn:x">')}


@pytest.mark.parametrize("name", names())
def test_names_that_two_parsers_read_in_two_ways_are_refused(shop, name):
    """specs: SAM-06, SAM-04"""
    denied(shop, names()[name], "TX-SML-01")


def shapes():
    plain = IDP.unsigned()
    subject = plain[plain.index("<saml:Subject>"):plain.index("</saml:Subject>") + len("</saml:Subject>")]
    conditions = plain[plain.index("<saml:Conditions"):plain.index("</saml:Conditions>") + len("</saml:Conditions>")]
    return {
        "two subjects": plain.replace(subject, subject + subject.replace("alice", "root")),
        "two conditions": plain.replace(conditions, conditions + conditions),
        "the subject behind its conditions": plain.replace(subject + conditions, conditions + subject),
        "two names": plain.replace("</saml:NameID>", "</saml:NameID><saml:NameID>root</saml:NameID>", 1),
        "an element that nobody knows": plain.replace("</saml:Subject>", "</saml:Subject><saml:Moon/>", 1),
        "text between elements": plain.replace("</saml:Subject>", "</saml:Subject>root", 1),
        "no subject": plain.replace(subject, ""),
        "no conditions": plain.replace(conditions, ""),
        "an element in the name": plain.replace(">alice<", ">alice<saml:x>.evil</saml:x><"),
        "another version": plain.replace('Version="2.0"', 'Version="1.1"', 1),
    }


@pytest.mark.parametrize("name", shapes())
def test_a_signed_assertion_of_another_shape_is_refused(shop, name):
    """specs: SAM-08, SAM-23"""
    denied(shop, IDP.sign(shapes()[name]), {"no subject": "TX-SML-20", "no conditions": "TX-SML-15"}.get(name, "TX-SML-04"))


def test_only_exclusive_canonicalisation_is_taken(shop):
    """specs: SAM-13, SAM-12"""
    plain = IDP.unsigned()
    signature = IDP.signature(plain)
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    for changed in (signature.replace(f'CanonicalizationMethod Algorithm="{EXC_C14N}"', f'CanonicalizationMethod Algorithm="{inclusive}"'),
                    signature.replace(f'<ds:Transform Algorithm="{EXC_C14N}"/>', f'<ds:Transform Algorithm="{inclusive}"/>'),
                    signature.replace(f'<ds:Transform Algorithm="{ENVELOPED}"/>', ""),
                    signature.replace("<ds:SignedInfo", f'<ds:Object xmlns:ds="{DS}"/><ds:SignedInfo', 1)):
        assert changed != signature
        denied(shop, inserted(plain, changed), "TX-SML-05" if "ds:Object" in changed else "TX-SML-08")


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_a_subject_has_a_name(shop, name):
    """specs: SAM-29"""
    denied(shop, IDP.assertion(name), "TX-SML-20")


def test_a_name_with_a_qualifier_is_not_taken_for_one_without(shop):
    """specs: SAM-29"""
    for qualifier in ('NameQualifier="https://elsewhere.example"', 'SPNameQualifier="https://elsewhere.example"'):
        text = IDP.unsigned("carol").replace("<saml:NameID ", f"<saml:NameID {qualifier} ")
        denied(shop, IDP.sign(text), "TX-SML-20")


def test_an_answer_to_a_request_is_taken_like_any_other(shop):
    """specs: SAM-33. Whose request it was, this server can not know."""
    text = IDP.unsigned("dave").replace("<saml:SubjectConfirmationData ", '<saml:SubjectConfirmationData InResponseTo="_anything" ')
    assert taken(shop, IDP.sign(text))["sub"]


def test_the_log_in_there_is_told_and_its_end_is_the_end_here(shop):
    """specs: SAM-36, SAM-28"""
    claims = taken(shop, IDP.assertion("erin", logged_in=-600))
    assert claims["iat"] - 605 <= claims["auth_time"] <= claims["iat"] - 595
    ending = IDP.unsigned("erin").replace("<saml:AuthnStatement ", f'<saml:AuthnStatement SessionNotOnOrAfter="{instant(60)}" ')
    claims = taken(shop, IDP.sign(ending))
    assert claims["exp"] - claims["iat"] <= 61
    ended = IDP.unsigned("erin").replace("<saml:AuthnStatement ", f'<saml:AuthnStatement SessionNotOnOrAfter="{instant(-60)}" ')
    denied(shop, IDP.sign(ended), "TX-SML-13")


def test_an_attribute_comes_once_and_nothing_unmapped_goes_out(shop):
    """specs: SAM-37"""
    text = IDP.unsigned("fred", attributes={"team": ["a"], "secret": ["plans"]})
    text = text.replace("</saml:AttributeStatement>", '<saml:Attribute Name="team"><saml:AttributeValue>b</saml:AttributeValue>'
                        "</saml:Attribute></saml:AttributeStatement>")
    denied(shop, IDP.sign(text), "TX-SML-04")
    assert "plans" not in str(taken(shop, IDP.assertion("gina", attributes={"secret": ["plans"]})))


def test_an_assertion_for_the_service_provider_of_a_client_is_for_that_client(shop):
    """specs: SAM-26"""
    assert taken(shop, OTHER.assertion("hugo", audience="shop"))["idp"]["alias"] == "other"
    denied_for = exchange(shop, OTHER.assertion("hugo", audience="shop"), "quiet")
    assert explained(shop, denied_for)["error"] == "TX-SML-15"
    refused(exchange(shop, OTHER.assertion("hugo", audience="quiet")), "invalid_request", "TX-SML-15")

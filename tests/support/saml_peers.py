# SPDX-License-Identifier: Apache-2.0
"""Identity providers that others wrote: pysaml2 (with xmlsec1) and samlify. Each gives the text of a response."""
import json
import subprocess

import saml2
from cryptography.hazmat.primitives import serialization
from lxml import etree
from saml2.config import IdPConfig
from saml2.saml import NAME_FORMAT_URI, NameID
from saml2.server import Server as Provider

from support.saml import EMAIL, PASSWORD, PERSISTENT, SAML
from support.server import ROOT


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def pysaml2(folder, idp, name_id="alice", *, name_format=PERSISTENT, sign_response=False):
    """A response whose assertion is signed."""
    (folder / "key.pem").write_text(key_pem(idp.key))
    (folder / "certificate.pem").write_text(idp.certificate_pem())
    (folder / "sp.xml").write_text(
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{idp.audience}">'
        '<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:AssertionConsumerService '
        f'Binding="{saml2.BINDING_HTTP_POST}" Location="{idp.recipient}" index="0"/></md:SPSSODescriptor>'
        "</md:EntityDescriptor>")
    config = IdPConfig().load({
        "entityid": idp.entity_id, "key_file": str(folder / "key.pem"), "cert_file": str(folder / "certificate.pem"),
        "xmlsec_binary": "/usr/bin/xmlsec1", "metadata": {"local": [str(folder / "sp.xml")]},
        "service": {"idp": {
            "endpoints": {"single_sign_on_service": [(idp.entity_id + "/sso", saml2.BINDING_HTTP_REDIRECT)]},
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None,
                                   "name_form": NAME_FORMAT_URI}}}}})
    return str(Provider(config=config).create_authn_response(
        {"mail": [f"{name_id}@example.com"]}, in_response_to=None, destination=idp.recipient, sp_entity_id=idp.audience,
        name_id=NameID(format=name_format, text=name_id), authn={"class_ref": PASSWORD}, sign_assertion=True,
        sign_response=sign_response, sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        digest_alg="http://www.w3.org/2001/04/xmlenc#sha256"))


def samlify(idp, name_id, *, signed="assertion"):
    """A response whose assertion, or with "both" itself as well, is signed; the NameID is an e-mail address."""
    wish = {"key": key_pem(idp.key), "certificate": idp.certificate_pem(), "entityId": idp.entity_id,
            "audience": idp.audience, "recipient": idp.recipient, "nameId": name_id, "signed": signed}
    done = subprocess.run(["node", str(ROOT / "tests/saml/issue.mjs")], input=json.dumps(wish), capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert EMAIL in done.stdout
    return done.stdout


def assertion_of(response):
    """The assertion alone, as a client cuts it out of a response."""
    found = etree.fromstring(response.encode()).find(f"{{{SAML}}}Assertion")
    found.tail = None
    return etree.tostring(found)


def encrypted(folder, assertion, key, cipher="http://www.w3.org/2009/xmlenc11#aes256-gcm"):
    """The assertion encrypted by xmlsec1: RSA-OAEP and AES-256 in the mode of `cipher`."""
    (folder / "public.pem").write_bytes(key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    (folder / "plain.xml").write_text(assertion)
    (folder / "template.xml").write_text(
        '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" '
        'Type="http://www.w3.org/2001/04/xmlenc#Element">'
        f'<xenc:EncryptionMethod Algorithm="{cipher}"/>'
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>'
        '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>'
        "<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
        "<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>")
    done = subprocess.run(["xmlsec1", "--encrypt", "--pubkey-pem", str(folder / "public.pem"), "--session-key", "aes-256",
                           "--xml-data", str(folder / "plain.xml"), str(folder / "template.xml")],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    data = done.stdout[done.stdout.index("<xenc:EncryptedData"):].strip()
    return f'<saml:EncryptedAssertion xmlns:saml="{SAML}">{data}</saml:EncryptedAssertion>'

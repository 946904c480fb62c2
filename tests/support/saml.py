# SPDX-License-Identifier: Apache-2.0
"""An identity provider that speaks SAML 2.0, and who attacks its assertions."""
import base64
import datetime
import hashlib
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"


def base64url(xml):
    """What stands in subject_token and assertion (RFC 8693 section 3, RFC 7522 section 2.1)."""
    return base64.urlsafe_b64encode(xml.encode() if isinstance(xml, str) else xml).rstrip(b"=").decode()


def instant(seconds=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(element):
    """Exclusive canonicalisation; the element must be the root of its document."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


class IdentityProvider:
    """Issues assertions, each with an ID of its own; what is not given is right for `audience` and `recipient`."""

    def __init__(self, entity_id, audience=None, recipient=None, curve=False):
        self.entity_id, self.audience, self.recipient = entity_id, audience, recipient
        self.key = ec.generate_private_key(ec.SECP256R1()) if curve else \
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
        start = datetime.datetime.utcnow() - datetime.timedelta(days=1)
        self.certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
                            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                            .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=30))
                            .sign(self.key, hashes.SHA256()))

    def certificate_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def certificate_base64(self):
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    def metadata(self, *others, valid_until=None, cache=None):
        """SAML metadata with its own key and those of `others`, as while keys rotate."""
        keys = "".join(
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>'
            f"{one.certificate_base64()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for one in (self, *others))
        times = (f' validUntil="{valid_until}"' if valid_until else "") + \
            (f' cacheDuration="{cache}"' if cache else "")
        return (f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}"'
                f'{times}><md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">{keys}'
                "</md:IDPSSODescriptor></md:EntityDescriptor>").encode()

    def unsigned(self, name_id="alice", *, assertion_id=None, name_format=PERSISTENT, issuer=None, audience=None,
                 recipient=None, starts=-30, ends=300, confirmed=300, issued=-10, logged_in=-60, session="s-1",
                 attributes=None, conditions="", confirmation=None, advice=""):
        """The text of an assertion; times are seconds from now."""
        values = "".join(
            f'<saml:Attribute Name="{name}">' + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>"
                                                        for value in several) + "</saml:Attribute>"
            for name, several in (attributes or {}).items())
        if confirmation is None:
            confirmation = (f'<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
                            f'<saml:SubjectConfirmationData NotOnOrAfter="{instant(confirmed)}" '
                            f'Recipient="{recipient or self.recipient}"/></saml:SubjectConfirmation>')
        return (f'<saml:Assertion xmlns:saml="{SAML}" ID="{assertion_id or "_" + uuid.uuid4().hex}" Version="2.0" '
                f'IssueInstant="{instant(issued)}"><saml:Issuer>{issuer or self.entity_id}</saml:Issuer>'
                f'<saml:Subject><saml:NameID Format="{name_format}">{name_id}</saml:NameID>{confirmation}</saml:Subject>'
                f'<saml:Conditions NotBefore="{instant(starts)}" NotOnOrAfter="{instant(ends)}">'
                f"<saml:AudienceRestriction><saml:Audience>{audience or self.audience}</saml:Audience>"
                f"</saml:AudienceRestriction>{conditions}</saml:Conditions>{advice}"
                f'<saml:AuthnStatement AuthnInstant="{instant(logged_in)}" SessionIndex="{session}"><saml:AuthnContext>'
                f"<saml:AuthnContextClassRef>{PASSWORD}</saml:AuthnContextClassRef></saml:AuthnContext>"
                f"</saml:AuthnStatement>"
                + (f"<saml:AttributeStatement>{values}</saml:AttributeStatement>" if values else "")
                + "</saml:Assertion>")

    def assertion(self, name_id="alice", **parts):
        return self.sign(self.unsigned(name_id, **parts))

    def signature(self, text, *, key_info=False, sha1=False):
        """The ds:Signature of the element that `text` is."""
        element = etree.fromstring(text)
        digest = (hashlib.sha1 if sha1 else hashlib.sha256)(canonical(element)).digest()
        is_rsa = isinstance(self.key, rsa.RSAPrivateKey)
        method = DS + "rsa-sha1" if sha1 else \
            "http://www.w3.org/2001/04/xmldsig-more#" + ("rsa-sha256" if is_rsa else "ecdsa-sha256")
        digest_method = DS + "sha1" if sha1 else "http://www.w3.org/2001/04/xmlenc#sha256"
        info = (f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/>'
                f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{element.get("ID")}"><ds:Transforms>'
                f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXC_C14N}"/></ds:Transforms>'
                f'<ds:DigestMethod Algorithm="{digest_method}"/>'
                f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>")
        value = self._sign_bytes(canonical(etree.fromstring(info)), hashes.SHA1() if sha1 else hashes.SHA256())
        known = (f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{self.certificate_base64()}</ds:X509Certificate>"
                 "</ds:X509Data></ds:KeyInfo>") if key_info else ""
        return (f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{base64.b64encode(value).decode()}'
                f"</ds:SignatureValue>{known}</ds:Signature>")

    def sign(self, text, **how):
        return inserted(text, self.signature(text, **how))

    def response(self, assertion, extensions=""):
        return (f'<samlp:Response xmlns:samlp="{SAMLP}" ID="_{uuid.uuid4().hex}" Version="2.0" '
                f'IssueInstant="{instant()}"><saml:Issuer xmlns:saml="{SAML}">{self.entity_id}</saml:Issuer>{extensions}'
                '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
                f"{assertion}</samlp:Response>")

    def _sign_bytes(self, data, digest):
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), digest)
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def inserted(text, signature):
    """The signature stands behind the first Issuer."""
    end = "</saml:Issuer>"
    place = text.index(end) + len(end)
    return text[:place] + signature + text[place:]


def wrappings(idp, victim="alice", wanted="root"):
    """{name: xml}: the eight shapes of signature wrapping, and what is said of the same without a response."""
    plain = idp.unsigned(victim)
    signature = idp.signature(plain)
    genuine = inserted(plain, signature)
    evil = plain.replace(f">{victim}<", f">{wanted}<").replace(' ID="_', ' ID="_e')
    response = idp.response(plain)
    of_response = idp.signature(response)
    evil_response = response.replace(f">{victim}<", f">{wanted}<").replace(' ID="_', ' ID="_e')

    def holding(inner, around=signature):
        return around.replace("</ds:Signature>", inner + "</ds:Signature>")

    return {
        "XSW1": inserted(evil_response, holding(response, of_response)),
        "XSW2": inserted(evil_response, response + of_response),
        "XSW3": idp.response(evil + genuine),
        "XSW4": idp.response(evil.replace("</saml:Assertion>", genuine + "</saml:Assertion>")),
        "XSW5": idp.response(inserted(evil, signature) + plain),
        "XSW6": idp.response(inserted(evil, holding(plain))),
        "XSW7": idp.response(genuine, f"<samlp:Extensions>{evil}</samlp:Extensions>"),
        "XSW8": idp.response(inserted(evil, holding(f"<ds:Object>{plain}</ds:Object>"))),
        "bare: the signed one in Advice": evil.replace(
            "</saml:Conditions>", f"</saml:Conditions><saml:Advice>{genuine}</saml:Advice>"),
        "bare: the signed one in the signature": inserted(evil, holding(plain)),
        "bare: the signature of another": inserted(evil, signature),
        "bare: changed under its ID": genuine.replace(f">{victim}<", f">{wanted}<"),
    }

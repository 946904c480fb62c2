# SPDX-License-Identifier: Apache-2.0
"""What serves once: assertions as grants and as subject tokens, signed ones of clients, codes of a hand-off. How each is
made, and how it is sent: the second time in the very same way."""
import base64
import hashlib
import re
import secrets
import time
import uuid
from typing import Callable, NamedTuple

from jwcrypto import jwk, jwt

from support.client import JWT
from support.saml import IdentityProvider, base64url

REALM = "chaos"
ISSUER = "https://sso.example.org"
HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML_BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"
PARTNER = "https://partner.example"
OURS, ACS = "https://app.example/saml", "https://app.example/acs"  # what the identity provider knows us as
USERS = 8
SIGNER = jwk.JWK.generate(kty="EC", crv="P-256")
PROVIDER = IdentityProvider("https://idp.example/metadata", OURS, ACS, curve=True)


def signed(issuer, subject):
    now = int(time.time())
    token = jwt.JWT(header={"alg": "ES256"}, claims={
        "iss": issuer, "sub": subject, "aud": f"{ISSUER}/realms/{REALM}", "jti": uuid.uuid4().hex,
        "iat": now, "exp": now + 290})
    token.make_signed_token(SIGNER)
    return token.serialize()


def assertion():
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION,
            "client_assertion": signed("signer", "signer")}


def saml_assertion(loader):
    return base64url(PROVIDER.assertion(f"user{loader.random.randrange(USERS)}"))


def subject(token, kind):
    return {"subject_token": token, "subject_token_type": kind, "audience": "spa"}


def hand_off_code(loader):
    """None when the server gave none."""
    if not loader.logged_in():
        return None
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    made = loader.clients["gate"].exchange(
        loader.login["access_token"], audience="spa", requested_token_type=HAND_OFF, scope="openid",
        code_challenge=challenge, code_challenge_method="S256")
    if made.status_code != 200:
        loader.refuse(made)
        return None
    return {"subject_token": made.json()["access_token"], "subject_token_type": HAND_OFF, "code_verifier": verifier}


class Once(NamedTuple):
    client: str      # who sends it
    make: Callable   # (loader) -> the form with a fresh one
    send: Callable   # (client, form) -> response
    cause: str       # of the second refusal, while it would serve if it were fresh


ONCE = {
    "assertion": Once("signer", lambda _: assertion(),
                      lambda by, form: by.http.post(by.endpoint("token"), data=form, timeout=15), "TX-AUT-00"),
    "jwt-bearer": Once("gate", lambda _: {"assertion": signed(PARTNER, "job"), "audience": "spa"},
                       lambda by, form: by.token(BEARER, **form), "TX-FTK-08"),
    "jwt": Once("gate", lambda _: subject(signed(PARTNER, "job"), JWT),
                lambda by, form: by.exchange(**form), "TX-FTK-08"),
    "saml2-bearer": Once("gate", lambda loader: {"assertion": saml_assertion(loader), "audience": "spa"},
                         lambda by, form: by.token(SAML_BEARER, **form), "TX-FTK-08"),
    "saml2": Once("gate", lambda loader: subject(saml_assertion(loader), SAML2),
                  lambda by, form: by.exchange(**form), "TX-FTK-08"),
    "hand-off": Once("spa", hand_off_code, lambda by, form: by.exchange(**form), "TX-HOF-02"),
}


def cause_of(response):
    """Of a refusal; of an assertion, what it would be called of a subject token."""
    body = response.json()
    return (re.search("TX-FTK-[0-9]{2}", body.get("hint", "")) or [body.get("error_code", body["error"])])[0]

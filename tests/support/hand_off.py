# SPDX-License-Identifier: Apache-2.0
"""Making and redeeming a hand-off: a one-time code for another client."""
import base64
import hashlib
import secrets

HAND_OFF = "urn:cambist:params:oauth:token-type:handoff"


def pkce():
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def make(api, challenge, token=None, **form):
    form = {"audience": "spa", "requested_token_type": HAND_OFF, "code_challenge": challenge,
            "code_challenge_method": "S256", **form}
    return api.exchange(token, **form)


def redeem(spa, code, verifier, headers=None, **form):
    return spa.exchange(code, subject_token_type=HAND_OFF, code_verifier=verifier,
                        headers=headers, **form)

# SPDX-License-Identifier: Apache-2.0
"""Proofs of possession (RFC 9449), right ones and wrong ones."""
import base64
import hashlib
import json
import time
import uuid

from jwcrypto import jwk, jws


class DpopKey:
    """A key pair of a client; proof() makes a proof that is right unless told otherwise."""

    def __init__(self, **kind):
        self.key = jwk.JWK.generate(**(kind or {"kty": "EC", "crv": "P-256"}))

    @property
    def public(self):
        return json.loads(self.key.export_public())

    @property
    def thumbprint(self):
        return self.key.thumbprint()

    def proof(self, url, method="POST", *, token=None, nonce=None, header=None, alg="ES256",
              signer=None, leave_out=(), **claims):
        said = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(time.time())}
        if token is not None:
            said["ath"] = hash_of(token)
        if nonce is not None:
            said["nonce"] = nonce
        said = {name: value for name, value in {**said, **claims}.items() if name not in leave_out}
        head = {"typ": "dpop+jwt", "alg": alg, "jwk": self.public, **(header or {})}
        head = {name: value for name, value in head.items() if name not in leave_out}
        signed = jws.JWS(json.dumps(said))
        signed.allowed_algs = [alg]
        signed.add_signature((signer or self).key, protected=json.dumps(head))
        return signed.serialize(compact=True)


def hash_of(token):
    """`ath`: base64url SHA-256 of the token."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()

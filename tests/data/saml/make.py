#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the documents of this folder anew, by pysaml2, samlify and xmlsec1, with new keys: python3 tests/data/saml/make.py"""
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

from support import saml_peers  # noqa: E402
from support.saml import IdentityProvider  # noqa: E402

idp = IdentityProvider("https://idp.example/metadata", "https://cambist.example/realms/shop",
                       "https://cambist.example/realms/shop/token")
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    documents = {
        "pysaml2-response.xml": saml_peers.pysaml2(folder, idp, sign_response=True),
        "samlify-response.xml": saml_peers.samlify(idp, "alice@example.com", signed="both"),
        "xmlsec1-encrypted.xml": saml_peers.encrypted(folder, idp.assertion(), key),
        "idp.certificate.pem": idp.certificate_pem(),
        "decryption.key.pem": saml_peers.key_pem(key),
        "made-at.txt": str(int(time.time())),
    }
for name, text in documents.items():
    (HERE / name).write_text(text, encoding="utf-8")

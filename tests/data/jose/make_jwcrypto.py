#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes jwcrypto.json: keys and tokens of every algorithm, by python3-jwcrypto. Run by hand."""
import json
from jwcrypto import jwk, jws

KINDS = {
    "RS256": ("RSA", 2048), "RS384": ("RSA", 2048), "RS512": ("RSA", 3072),
    "PS256": ("RSA", 2048), "PS384": ("RSA", 2048), "PS512": ("RSA", 2048),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
CLAIMS = json.dumps({"iss": "https://idp.example", "sub": "älice", "exp": 4102444800})

cases = []
for alg, (kty, size) in KINDS.items():
    extra = {"size": size} if kty == "RSA" else {"crv": size}
    key = jwk.JWK.generate(kty=kty, kid=f"key-{alg}", **extra)
    token = jws.JWS(CLAIMS)
    token.add_signature(key, None, json.dumps({"alg": alg, "kid": key.get("kid"), "typ": "JWT"}))
    cases.append({
        "alg": alg,
        "public": json.loads(key.export_public()),
        "private": json.loads(key.export_private()),
        "public_pem": key.export_to_pem().decode(),
        "private_pem": key.export_to_pem(private_key=True, password=None).decode(),
        "thumbprint": key.thumbprint(),
        "payload": CLAIMS,
        "token": token.serialize(compact=True),
    })
with open("jwcrypto.json", "w", encoding="utf-8") as out:
    json.dump(cases, out, indent=1, ensure_ascii=False)
    out.write("\n")

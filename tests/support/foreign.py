# SPDX-License-Identifier: Apache-2.0
"""Tokens of issuers whose keys a test has, the entries and rules that let them in, and why one was refused."""
import json
import time
import uuid

from jwcrypto import jwk, jws

from support.realms import rule
from support.server import cambist


def new_key(kid="k1", kind="ES256", **more):
    terms = {"ES256": {"kty": "EC", "crv": "P-256"}, "ES384": {"kty": "EC", "crv": "P-384"},
             "RS256": {"kty": "RSA", "size": 2048}, "EdDSA": {"kty": "OKP", "crv": "Ed25519"}}[kind]
    return jwk.JWK.generate(kid=kid, use="sig", **terms, **more)


def public(key, **changes):
    return {**json.loads(key.export_public()), **changes}


def jwks(*keys):
    return {"keys": [public(key) if isinstance(key, jwk.JWK) else key for key in keys]}


def times(lives=120):
    now = int(time.time())
    return {"iat": now, "exp": now + lives}


def signed(claims, key, alg="ES256", **header):
    """A JWT with iat, exp and jti; a claim or header member that is None is left out."""
    whole = {**times(), "jti": str(uuid.uuid4()), **claims}
    head = {"alg": alg, "kid": key["kid"], "typ": "JWT", **header}
    token = jws.JWS(json.dumps({name: value for name, value in whole.items() if value is not None}))
    token.add_signature(key, None, json.dumps({name: value for name, value in head.items() if value is not None}))
    return token.serialize(compact=True)


def entry(alias, issuer, *keys, **more):
    """A trusted issuer of services; `more` may say otherwise."""
    made = {"alias": alias, "issuer": issuer, "scopes": ["read"], "binding": "service", **more}
    return made if "keys" in made or not keys else {**made, "keys": {"jwks": jwks(*keys)}}


def foreign_rule(rule_id, requester, target, issuers, types=("access_token", "id_token", "jwt"), **result):
    made = rule(rule_id, requester, target, scopes=["read"], **{"lifetime": "2m", **result})
    made["subject"] |= {"issuers": list(issuers), "tokenTypes": list(types)}
    return made


def allow(folder, **outbound):
    """Arguments of a server that may call this machine, over plain HTTP."""
    config = folder / "config.json"
    config.write_text(json.dumps({"outbound": {"allowHttp": True, "allow": ["127.0.0.1"], **outbound}}))
    return ["--config", str(config)]


def explained(server, answer):
    """What the operator reads of a request: the record of `cambist explain`."""
    done = cambist("explain", answer.json()["trace_id"], "--store", server.store, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

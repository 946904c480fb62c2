# SPDX-License-Identifier: Apache-2.0
"""npm's oidc-provider: the usual way to have an OpenID provider in Node."""
import json
import pathlib
import time
import uuid

from bench import world
from bench.peer_servers.common import HOME, Process, Work, need, run

NAME = "npm oidc-provider"


def get():
    need("node", "npm")
    folder = HOME / "oidc-provider"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/oidc-provider").exists():
        run(["npm", "install", "--prefix", ".", "--ignore-scripts", "--no-audit", "--no-fund", "oidc-provider@9"], folder)
    return json.loads((folder / "node_modules/oidc-provider/package.json").read_text(encoding="utf-8"))["version"]


def jwk_of(key, algorithm):
    if algorithm != "ES256":
        raise ValueError(algorithm)
    private = key.private_numbers()
    def number(value):
        return world.encode(value.to_bytes(32, "big"))
    return {"kty": "EC", "crv": "P-256", "kid": "bench", "alg": algorithm, "use": "sig",
            "x": number(private.public_numbers.x), "y": number(private.public_numbers.y), "d": number(private.private_value)}


def subject_tokens(issuer, key, count):
    now = int(time.time())
    for number in range(count):
        claims = {"iss": issuer, "aud": world.REQUESTER, "sub": f"user-{number}", "jti": str(uuid.uuid4()), "iat": now,
                  "exp": now + world.DAY, "scope": "openid profile email"}
        head = {"alg": "ES256", "typ": "at+jwt", "kid": "bench"}
        text = ".".join(world.encode(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        yield f"{text}.{world.encode(world.sign('ES256', key, text.encode()))}"


def start(folder, port, key):
    (folder / "key.jwk").write_text(json.dumps(jwk_of(key, "ES256")), encoding="ascii")
    script = pathlib.Path(__file__).with_name("oidc_provider.mjs")
    issuer = f"http://127.0.0.1:{port}"
    server = Process(["node", script, port, folder / "key.jwk", "ES256", world.REQUESTER, world.SECRET, world.TARGET],
                     HOME / "oidc-provider", issuer + "/jwks")
    return server, [Work("client_credentials", "/token", ["grant_type=client_credentials"]),
                    Work("exchange", "/token", [world.BEFORE + token for token in subject_tokens(issuer, key, 1000)])]

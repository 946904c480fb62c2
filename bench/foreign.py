# SPDX-License-Identifier: Apache-2.0
"""Tokens of trusted issuers in, ours out, by the processor time of the server: of one issuer, against tokens of our own,
and of 1 000 issuers, which must cost as one. A key that checks often is given a table that makes its checks quicker, and
only a few keys have one: the 1 000 issuers sign with 16 keys, as the one does with one. With a key each they have no
tables, so that each of their tokens costs the whole check; that is told beside it."""
import json
import statistics
import time
import urllib.parse
import uuid

from cryptography.hazmat.primitives.asymmetric import ec

from bench import world
from bench.machine import Failure
from bench.stage import Stage, parser, say

MANY, WITHIN = 1000, 1.10
SIGNERS, OFTEN = 16, 300  # keys that have tables, and after how many checks each they do for sure
JWT = "urn:ietf:params:oauth:token-type:jwt"
BEFORE = urllib.parse.urlencode({"grant_type": world.EXCHANGE, "subject_token_type": JWT, "audience": world.TARGET,
                                 "scope": "invoice:read"}) + "&subject_token="


def jwk_of(key, kid):
    numbers = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": world.encode(numbers.x.to_bytes(32, "big")),
            "y": world.encode(numbers.y.to_bytes(32, "big"))}


def name_of(number):
    return f"https://issuer-{number}.bench.example"


def kid_of(keys, number):
    return f"k{keys.index(keys[number])}"


def issuer(number, keys, binding):
    return {"alias": f"issuer-{number}", "issuer": name_of(number),
            "keys": {"jwks": {"keys": [jwk_of(keys[number], kid_of(keys, number))]}},
            "algorithms": ["ES256"], "audience": "https://bench.example", "scopes": ["invoice:read"], "binding": binding}


def rule(aliases):
    made = world.rule(world.REQUESTER, world.TARGET)
    made["id"] = "foreign"
    made["subject"] = {"tokenTypes": ["jwt"], "issuers": aliases, "users": {"any": True}}
    return made


def write_realm(stage, name, keys, binding):
    issuers = [issuer(number, keys, binding) for number in range(len(keys))]
    made = world.realm(name, "ES256", stage.key_path, more_rules=[rule([one["alias"] for one in issuers])])
    path = stage.folder / f"{name}.json"
    path.write_text(json.dumps({**made, "trustedIssuers": issuers}), encoding="utf-8")
    return path


def mint(stage, name, keys, count):
    """Tokens of each issuer in turn, as a customer's provider makes them; of the realm's users, by their address."""
    now, tokens = int(time.time()), []
    for number in range(count):
        which = number % len(keys)
        claims = {"iss": name_of(which), "aud": "https://bench.example", "sub": str(uuid.uuid4()), "azp": "portal",
                  "iat": now, "exp": now + world.DAY, "jti": str(uuid.uuid4()), "scope": "openid profile email",
                  "email": f"user-{number % 100}@bench.example", "email_verified": True, "name": f"User {number}"}
        head = {"alg": "ES256", "typ": "JWT", "kid": kid_of(keys, which)}
        text = ".".join(world.encode(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        tokens.append(f"{text}.{world.encode(world.sign('ES256', keys[which], text.encode()))}")
    path = stage.folder / f"{name}.tokens"
    path.write_text("\n".join(tokens) + "\n", encoding="ascii")
    return path


AS_ONE, EACH = "of 1 000 issuers, 16 keys", "of 1 000 issuers, a key each"
BINDINGS = {"services": {"kind": "service"},
            "matched users": {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}}


def measure(stage):
    count, turns = (1000, 3) if stage.given.quick else (5000, 7)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(MANY)]
    kinds = {}  # figure -> (realm, tokens, what the request begins with)
    realms = [stage.write_realm("own")]
    for figure, binding in BINDINGS.items():
        realm = figure.replace(" ", "-")
        realms.append(write_realm(stage, realm, keys[:1], binding))
        kinds[f"foreign in, ours out: {figure}"] = (realm, mint(stage, realm, keys[:1], count), BEFORE)
    for figure, own in ((AS_ONE, keys[:SIGNERS] * (MANY // SIGNERS + 1)), (EACH, keys)):
        realm = f"many-{figure[-1]}"
        realms.append(write_realm(stage, realm, own[:MANY], BINDINGS["services"]))
        kinds[figure] = (realm, mint(stage, realm, own[:MANY], count), BEFORE)
    with stage.serve(realms) as server:
        kinds = {"own in, own out": ("own", stage.mint(stage.folder / "own.tokens", count, 100, "own"), world.BEFORE), **kinds}
        found = {figure: [] for figure in kinds}
        for figure, (realm, tokens, before) in kinds.items():  # what is cached, is cached; and what comes out is right
            samples = stage.folder / "samples"
            warm = max(count, SIGNERS * OFTEN)
            stage.load(server, "--tokens", tokens, "--count", warm, "--samples", samples, name=realm, before=before)
            world.check_samples(samples, "ES256", stage.key)
        for turn in range(turns):
            say(f"turn {turn + 1} of {turns}")
            for figure, (realm, tokens, before) in kinds.items():
                found[figure].append(stage.cost(server, count, "--tokens", tokens, rounds=1, name=realm, before=before))
    # By turns, and by processor time alone: what else the machine does reaches both of a turn.
    ratio, each = (statistics.median(many["cpu_us"] / one["cpu_us"] for many, one in zip(
        found[figure], found["foreign in, ours out: services"])) for figure in (AS_ONE, EACH))
    cost = {figure: {name: statistics.median(row[name] for row in rows) for name in rows[0]} for figure, rows in found.items()}
    for figure, one in cost.items():
        stage.add(figure, f"{one['cpu_us']:.1f}", None, None, unit="us of processor", in_verify_sign=round(one["floors"], 2),
                  per_second=round(one["per_second"]))
    stage.add("1 000 issuers against one", f"{ratio:.2f}", f"<= {WITHIN:.2f}", ratio <= WITHIN)
    stage.add("1 000 issuers with a key each against one", f"{each:.2f}", None, None)


def main(words):
    given = parser(__doc__).parse_args(words)
    if given.algorithm != "ES256":
        raise Failure("the tokens of this mode are signed with ES256")
    with Stage(given) as stage:
        measure(stage)
        return stage.show()

# SPDX-License-Identifier: Apache-2.0
"""Tokens of trusted issuers in, ours out, by the processor time of the server: of one issuer, against tokens of our own,
and of 1 000 issuers, which must cost as one: with 16 keys among them, and with a key each. A key that checks often is given
a table that makes its checks quicker, and only so many keys as `keyTables` says have one, 32 where it is not set: what a key
each costs then is told beside it."""
import json
import statistics
import time
import urllib.parse
import uuid

from cryptography.hazmat.primitives.asymmetric import ec

from bench import machine, world
from bench.machine import Failure
from bench.stage import Stage, parser, say

MANY, WITHIN = 1000, 1.10
SIGNERS, OFTEN = 16, 300  # keys that have tables without a word, and after how many checks each they do for sure
TABLES = MANY + SIGNERS + 8  # for all keys of this mode
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


ONE, AS_ONE = "foreign in, ours out: services", "of 1 000 issuers, 16 keys"
EACH, BARE = "of 1 000 issuers, a key each", "of 1 000 issuers, a key each, keyTables not set"
BINDINGS = {"services": {"kind": "service"},
            "matched users": {"kind": "match", "match": [{"claim": "email", "attribute": "email"}]}}


class Kinds:
    """What is exchanged: figure -> (realm, tokens, what the request begins with)."""

    def __init__(self, stage, count):
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(MANY)]
        self.stage, self.count, self.of = stage, count, {}
        self.realms = [stage.write_realm("own")]
        for figure, binding in BINDINGS.items():
            self.add(f"foreign in, ours out: {figure}", figure.replace(" ", "-"), keys[:1], binding)
        self.add(AS_ONE, "many-few", (keys[:SIGNERS] * (MANY // SIGNERS + 1))[:MANY], BINDINGS["services"])
        self.add(EACH, "many-each", keys, BINDINGS["services"])

    def add(self, figure, realm, keys, binding):
        self.realms.append(write_realm(self.stage, realm, keys, binding))
        self.of[figure] = (realm, mint(self.stage, realm, keys, self.count), BEFORE)

    def load(self, server, figure, count, *words):
        realm, tokens, before = self.of[figure]
        self.stage.load(server, "--tokens", tokens, "--count", count, *words, name=realm, before=before)

    def warm(self, server):
        """What is cached, is cached; what comes out is right; and who checks often has a table."""
        samples = self.stage.folder / "samples"
        for figure in self.of:
            keys = MANY if figure == EACH else SIGNERS
            self.load(server, figure, max(self.count, keys * OFTEN), "--samples", samples)
            world.check_samples(samples, "ES256", self.stage.key)
        spent = -1
        while machine.cpu_seconds(server.pid) - spent > 0.05:  # a table takes some 30 ms
            spent = machine.cpu_seconds(server.pid)
            time.sleep(0.5)

    def turns(self, server, figures, turns):
        found = {figure: [] for figure in figures}
        for turn in range(turns):
            say(f"turn {turn + 1} of {turns}")
            for figure in figures:
                realm, tokens, before = self.of[figure]
                found[figure].append(self.stage.cost(server, self.count, "--tokens", tokens, rounds=1, name=realm,
                                                     before=before))
        return found


def ratio_to_one(found, figure):
    """By turns, and by processor time alone: what else the machine does reaches both of a turn."""
    return statistics.median(many["cpu_us"] / one["cpu_us"] for many, one in zip(found[figure], found[ONE]))


def measure(stage):
    count, turns = (1000, 5) if stage.given.quick else (5000, 7)
    kinds, own = Kinds(stage, count), "own in, own out"
    settings = stage.folder / "tables.yaml"
    settings.write_text(f"keyTables: {TABLES}\n", encoding="ascii")
    with stage.serve(kinds.realms, "--config", settings) as server:
        kinds.of = {own: ("own", stage.mint(stage.folder / "own.tokens", count, 100, "own"), world.BEFORE), **kinds.of}
        kinds.warm(server)
        found = kinds.turns(server, kinds.of, turns)
        resident = machine.resident_mib(server.pid)
    with stage.serve() as server:
        kinds.warm(server)
        bare = kinds.turns(server, (ONE, EACH), turns)
    for figure, rows in {**found, BARE: bare[EACH]}.items():
        cpu, floors, speed = (statistics.median(row[name] for row in rows) for name in ("cpu_us", "floors", "per_second"))
        stage.add(figure, f"{cpu:.1f}", None, None, unit="us of processor", in_verify_sign=round(floors, 2),
                  per_second=round(speed))
    for keys, figure in (("16 keys", AS_ONE), ("a key each", EACH)):
        ratio = ratio_to_one(found, figure)
        stage.add(f"1 000 issuers with {keys} against one", f"{ratio:.2f}", f"<= {WITHIN:.2f}", ratio <= WITHIN)
    stage.add("the last, where keyTables is not set", f"{ratio_to_one(bare, EACH):.2f}", None, None)
    stage.add(f"resident memory with {MANY} tables and all these realms, MiB", f"{resident:.1f}", None, None)


def main(words):
    given = parser(__doc__).parse_args(words)
    if given.algorithm != "ES256":
        raise Failure("the tokens of this mode are signed with ES256")
    with Stage(given) as stage:
        measure(stage)
        return stage.show()

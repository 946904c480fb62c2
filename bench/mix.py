# SPDX-License-Identifier: Apache-2.0
"""What a day is like, and not only good tokens: 56 of 100 requests with a good token, 14 with an actor besides, 10
each with one that has expired, whose signature is wrong, that was revoked. Each kind alone, then all together."""
import random
import urllib.parse
import urllib.request

from bench import world
from bench.stage import Stage, parser, say

SHARES = {"good": 56, "with an actor": 14, "expired": 10, "bad signature": 10, "revoked": 10}


def bodies_of(tokens, actors=None):
    if actors is None:
        return [world.BEFORE + token for token in tokens]
    return [world.BEFORE + token + "&" + urllib.parse.urlencode({"actor_token_type": world.ACCESS_TOKEN,
                                                                 "actor_token": actor})
            for token, actor in zip(tokens, actors)]


def break_signature(token):
    """One bit of its middle."""
    head, signature = token.rsplit(".", 1)
    at = len(signature) // 2
    return f"{head}.{signature[:at]}{'A' if signature[at] != 'A' else 'B'}{signature[at + 1:]}"


def revoke(stage, tokens):
    for token in tokens:
        form = urllib.parse.urlencode({"token": token, "client_id": world.WEB}).encode()
        with urllib.request.urlopen(stage.base() + "/protocol/openid-connect/revoke", form, timeout=10) as answer:
            answer.read()


def make_kinds(stage, count):
    """Bodies of each kind, with the status that is right for it."""
    def minted(name, **how):
        return stage.mint(stage.folder / name, count, 100, **how).read_text(encoding="ascii").split()

    good, dead = minted("good"), minted("revoked")
    say(f"revoking {len(dead)} tokens")
    revoke(stage, dead)
    actors = good[1:] + good[:1]  # of another user each
    return {"good": (200, bodies_of(good)), "with an actor": (200, bodies_of(minted("delegated"), actors)),
            "expired": (400, bodies_of(minted("expired", lives=-60))),
            "bad signature": (400, bodies_of([break_signature(token) for token in good])),
            "revoked": (400, bodies_of(dead))}


def write_bodies(path, rows):
    path.write_text("".join(f"{status} {body}\n" for status, body in rows), encoding="ascii")
    return path


def measure(stage, server):
    count = 500 if stage.given.quick else 2000
    kinds = make_kinds(stage, count)
    for name, (status, bodies) in kinds.items():
        path = write_bodies(stage.folder / "one", [(status, body) for body in bodies])
        cost = stage.cost(server, 2 * count, "--bodies", path)
        stage.add(name, f"{cost['cpu_us']:.1f}", None, None, unit="us of processor",
                  in_verify_sign=round(cost["floors"], 2), status=status)
    chance = random.Random(7)  # the same order each time
    names = chance.choices(list(SHARES), list(SHARES.values()), k=10 * count)
    path = write_bodies(stage.folder / "all",
                        [(kinds[name][0], kinds[name][1][n % count]) for n, name in enumerate(names)])
    cost = stage.cost(server, len(names), "--bodies", path)
    stage.add("all, as they come", f"{cost['cpu_us']:.1f}", None, None, unit="us of processor",
              in_verify_sign=round(cost["floors"], 2), per_second=round(cost["per_second"]))


def delegation():
    return {"id": "orders-acts", "owner": world.TARGET, "requester": {"clients": [world.REQUESTER]},
            "subject": {"tokenTypes": ["access_token"], "binding": "audience", "users": {"groups": ["/staff"]}},
            "actor": {"users": {"groups": ["/staff"]}}, "target": {"audiences": [world.TARGET]},
            "result": {"mode": "delegation", "tokenTypes": ["access_token"], "scopes": {"allow": ["invoice:read"]},
                       "lifetime": "5m"}}


def main(words):
    given = parser(__doc__).parse_args(words)
    with Stage(given) as stage:
        with stage.serve([stage.write_realm(more_rules=[delegation()])]) as server:
            measure(stage, server)
        return stage.show()

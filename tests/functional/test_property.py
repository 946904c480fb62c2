# SPDX-License-Identifier: Apache-2.0
"""Random realms and random exchanges: whatever happens, nobody gets more than he was given.

A failure names its seed; CAMBIST_SEED=<seed> runs that one again.
"""
import itertools
import os
import random
import time

import pytest

from support.client import Client, decode, granted
from support.realms import client, denial, public_client, realm, rule, scope, secret_of, user

SCOPES = [f"s{number}" for number in range(6)]
NAMES = [f"c{number}" for number in range(5)]
USERS = {"staff": ["ann", "ben"], "guests": ["gus"]}
STEPS = 60
SEEDS = [int(os.environ["CAMBIST_SEED"])] if "CAMBIST_SEED" in os.environ else [
    1, 2, int(time.time())]


class World:
    """A random realm, and what its rules say in our own words."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.permits, self.denials = {}, set()
        rules = []
        for requester, target in itertools.permutations(NAMES, 2):
            if self.dice.random() < 0.6:
                permit = {"scopes": self.some(SCOPES), "life": self.dice.choice([30, 90, 3600]),
                          "group": self.dice.choice([None, "staff", "guests"])}
                self.permits[requester, target] = permit
                rules.append(rule(
                    f"{requester}-{target}", requester, target, scopes=permit["scopes"],
                    lifetime=f"{permit['life']}s", users={"groups": [f"/{permit['group']}"]}
                    if permit["group"] else None))
            if self.dice.random() < 0.1:
                self.denials.add((requester, target))
                rules.append(denial(f"no-{requester}-{target}", target,
                                    requester={"clients": [requester]}))
        self.dice.shuffle(rules)
        self.realm = realm(
            "random", scopes=[scope(name) for name in SCOPES],
            clients=[public_client("web", sent_to=NAMES[:3], optional=SCOPES),
                     *(client(name) for name in NAMES)],
            groups=[{"name": group} for group in USERS], rules=rules, maxTargets=5,
            users=[user(name, f"/{group}") for group, names in USERS.items() for name in names])

    def some(self, items):
        return self.dice.sample(items, self.dice.randint(0, len(items)))

    def permits_all(self, token, requester, targets):
        """What the rules say of this request, apart from its scopes."""
        return requester in token.audience and all(
            (requester, target) not in self.denials and
            (requester, target) in self.permits and
            self.permits[requester, target]["group"] in (None, token.group)
            for target in targets)

    def scopes_of(self, token, requester, targets):
        allowed = set(token.scopes)
        for target in targets:
            allowed &= set(self.permits[requester, target]["scopes"])
        return allowed


class Token:
    def __init__(self, text, group, parent=None):
        self.text, self.group, self.parent, self.revoked = text, group, parent, False
        self.claims = decode(text)[1]
        aud = self.claims.get("aud", [])
        self.audience = {aud} if isinstance(aud, str) else set(aud)
        self.scopes = set(self.claims.get("scope", "").split()) & set(SCOPES)

    def is_dead(self):
        return self.revoked or (self.parent is not None and self.parent.is_dead())


class Play:
    """One run of random steps against one server."""

    def __init__(self, world, shop):
        self.world, self.dice, self.tokens = world, world.dice, []
        self.web = Client(shop.url, "random", "web")
        self.clients = {name: Client(shop.url, "random", name, secret_of(name)) for name in NAMES}
        self.permitted = self.refused = 0

    def login(self):
        group = self.dice.choice(list(USERS))
        name = self.dice.choice(USERS[group])
        answer = granted(self.web.password(name, name, scope=" ".join(
            ["openid", *self.world.some(SCOPES)])))
        self.tokens.append(Token(answer["access_token"], group))

    def exchange(self):
        token = self.dice.choice(self.tokens)
        # Mostly somebody who was sent the token, else little would ever be permitted.
        fitting = sorted(token.audience & set(NAMES))
        requester = self.dice.choice(fitting if fitting and self.dice.random() < 0.8 else NAMES)
        reachable = [name for name in NAMES if (requester, name) in self.world.permits]
        pool = reachable if reachable and self.dice.random() < 0.8 else NAMES
        targets = self.dice.sample(pool, min(len(pool), self.dice.choice([1, 1, 1, 2])))
        wanted = self.world.some(SCOPES) if self.dice.random() < 0.3 else None
        response = self.clients[requester].exchange(
            token.text, audience=targets, scope=" ".join(wanted) if wanted else None)
        self.judge(response, token, requester, targets, wanted)

    def judge(self, response, token, requester, targets, wanted):
        expected = not token.is_dead() and self.world.permits_all(token, requester, targets)
        allowed = self.world.scopes_of(token, requester, targets) if expected else set()
        if expected and wanted and not set(wanted) <= allowed:
            assert response.status_code == 400 and response.json()["error"] == "invalid_scope"
            return
        assert (response.status_code == 200) is expected, (
            f"{requester} for {targets} with {token.claims}: {response.text}")
        if not expected:
            self.refused += 1
            assert response.status_code == 400 and "access_token" not in response.json()
            return
        self.permitted += 1
        made = Token(response.json()["access_token"], token.group, token)
        self.tokens.append(made)
        self.check(made, token, requester, targets, set(wanted) if wanted else allowed)

    def check(self, made, token, requester, targets, scopes):
        assert made.audience == set(targets), "exactly the targets"
        assert set(made.claims.get("scope", "").split()) == scopes
        assert made.scopes <= token.scopes, "never wider"
        lives = [self.world.permits[requester, target]["life"] for target in targets]
        assert made.claims["exp"] <= min(token.claims["exp"], made.claims["iat"] + min(lives))
        assert made.claims["azp"] == made.claims["client_id"] == requester
        for name in ("iss", "sub", "sid", "xid", "auth_time"):
            assert made.claims[name] == token.claims[name], name
        assert made.claims["jti"] != token.claims["jti"]

    def revoke(self):
        token = self.dice.choice(self.tokens)
        holder = self.clients.get(token.claims["azp"], self.web)
        assert holder.revoke(token.text).status_code == 200
        token.revoked = True

    def check_all_states(self):
        """Active exactly if neither the token nor an ancestor was revoked."""
        for token in self.tokens:
            reader = self.clients[sorted(token.audience & set(NAMES))[0]]
            seen = granted(reader.introspect(token.text))
            assert seen["active"] is not token.is_dead(), token.claims


@pytest.mark.parametrize("seed", SEEDS)
def test_random_exchanges_do_what_the_rules_say_and_never_more(server, seed):  # errors: E26, E27
    world = World(seed)
    play = Play(world, server(world.realm))
    play.login()
    for _ in range(STEPS):
        step = world.dice.choices([play.exchange, play.login, play.revoke], [0.85, 0.12, 0.03])[0]
        step()
    play.check_all_states()
    assert play.permitted > 0 and play.refused > 0, f"seed {seed} says nothing"

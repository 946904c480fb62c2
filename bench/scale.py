# SPDX-License-Identifier: Apache-2.0
"""One exchange with ever more of everything else: clients, rules, users, sessions, revocations, issuers, actors in a chain.
A server for each size, all of them on one core and asked in turn, so that what else the machine does reaches all
alike. The processor time of an exchange must stay within 10 % of the smallest size's."""
import contextlib
import dataclasses
import pathlib
import sqlite3
import statistics
import time

from cryptography.hazmat.primitives.asymmetric import ec

from bench import foreign, machine, world
from bench.stage import Stage, free_port, parser, say

SIZES, MANY, DEPTHS = (10, 100, 1000, 10_000), (100, 10_000, 1_000_000), (0, 1, 3, 5)
SERIES = {"clients": SIZES, "rules": SIZES, "users": MANY, "sessions": SIZES, "revocations": SIZES,
          "issuers": SIZES, "actors": DEPTHS}
WITHIN = 1.10
EACH = 4000  # exchanges of one turn


@dataclasses.dataclass
class Place:
    """A server with so much in its database, and the tokens for it."""
    size: int
    name: str  # of its realm
    folder: pathlib.Path
    tokens: pathlib.Path
    count: int
    port: int
    before: str = world.BEFORE
    server: machine.Server = None
    spent: list = dataclasses.field(default_factory=list)  # processor microseconds of an exchange, each turn


class Series:
    """One thing that grows."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.sizes = SERIES[name][:2] if stage.given.quick and name == "users" else SERIES[name]

    def serve(self, folder, port, realms=()):
        return machine.Server(self.stage.binary, folder, port, realms, self.stage.given.server_argument)

    def prepare(self, size):
        """A database that holds so much, filled while no server runs, and the tokens for it."""
        stage, name, port = self.stage, f"{self.name}{size}", free_port()
        folder = stage.folder / name
        folder.mkdir()
        database, base = folder / "cambist.db", f"http://127.0.0.1:{port}/realms/{name}"
        if self.name == "issuers":
            return self.prepare_issuers(size, folder, port)
        shape = {self.name: size} if self.name in ("clients", "rules") else {}
        if self.name == "rules":
            shape["clients"] = max(10, size // 10)
        with self.serve(folder, port, [stage.write_realm(name, **shape)]):
            stage.sample = world.sample_claims(base)
        users, sessions, more, count = 100, None, None, 2000
        if self.name == "users":
            users, count = size, min(max(size, 2000), 10_000)
            world.add_users(database, name, size)
        if self.name == "sessions":
            users, count = min(users, size), max(size, 2000)  # each session is that of its token's user
            made = world.add_sessions(database, name, size, users)
            sessions = [made[n % size] for n in range(count)]
        if self.name == "revocations":
            add_revocations(database, name, size)
        if self.name == "actors":
            more = chain(base, size)
        tokens = stage.mint(folder / "tokens", count, users, name, sessions, more)
        return Place(size, name, folder, tokens, count, port)

    def prepare_issuers(self, size, folder, port):
        """Their tokens in turn. No more keys than can all have a table (see foreign.py)."""
        name = f"{self.name}{size}"
        some = [ec.generate_private_key(ec.SECP256R1()) for _ in range(min(size, foreign.SIGNERS))]
        keys = (some * (size // len(some) + 1))[:size]
        with self.serve(folder, port, [foreign.write_realm(self.stage, name, keys, foreign.BINDINGS["services"])]):
            pass
        count = max(EACH, size)
        return Place(size, name, folder, foreign.mint(self.stage, name, keys, count), count, port, foreign.BEFORE)

    def load(self, place, count):
        return machine.load(self.stage.helpers, [
            "--port", place.port, "--path", f"/realms/{place.name}/protocol/openid-connect/token", "--header", world.BASIC,
            "--before", place.before, "--tokens", place.tokens, "--count", count], place.server)

    def measure(self):
        places = []
        for size in self.sizes:
            say(f"{self.name} {size}: filling")
            places.append(self.prepare(size))
        floors = []
        with contextlib.ExitStack() as running:
            for place in places:
                place.server = running.enter_context(self.serve(place.folder, place.port))
                # What is cached is cached, and who checks often has a table.
                self.load(place, max(place.count, EACH, foreign.SIGNERS * foreign.OFTEN))
            for turn in range(self.stage.given.turns):
                # To and fro, so that what grows while it is measured falls on all of them.
                for place in places if turn % 2 == 0 else reversed(places):
                    place.spent.append(1e6 * self.load(place, EACH)["server_cpu"] / EACH)
                floors.append(self.stage.floor()["both_us"])
            for place in places:
                self.tell(place, places[0], statistics.median(floors))

    def tell(self, place, least, floor):
        shares = [mine / first for mine, first in zip(place.spent, least.spent)]
        ratio, cost = statistics.median(shares), statistics.median(place.spent)
        say(f"{self.name} {place.size}: {cost:.1f} us, {ratio:.2f}")
        self.stage.add(f"{self.name} {place.size}", f"{ratio:.2f}", f"<= {WITHIN:.2f}", ratio <= WITHIN,
                       cpu_us=round(cost, 1), of_cpu=round(floor / cost, 2), spread=round(max(shares) - min(shares), 2),
                       resident_mib=round(machine.resident_mib(place.server.pid), 1))


def chain(issuer, depth):
    """The act claim of a token that went through so many hands, and what it descends from."""
    act = None
    for number in range(depth):
        act = {"sub": f"service-{number}", "client_id": f"service-{number}", "iss": issuer, **({"act": act} if act else {})}
    return {"act": act, "xp": [world.encode(bytes([number] * 12)) for number in range(depth)]} if act else None


def add_revocations(database, name, count):
    """Of tokens that nobody presents, straight into the table of a stopped server."""
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO revocation(realm,kind,id,issued_before,until) VALUES(?,?,?,0,?)",
            [(name, 0, world.encode(number.to_bytes(12, "big")), int(time.time()) + world.DAY)
             for number in range(count)])
    connection.close()


def main(words):
    more = parser(__doc__)
    more.add_argument("--only", choices=SERIES, action="append", help="these series (repeatable)")
    more.add_argument("--turns", type=int, help="how often each size is measured (9, with --quick 5)")
    given = more.parse_args(words)
    given.turns = given.turns or (5 if given.quick else 9)
    with Stage(given) as stage:
        for name in given.only or SERIES:
            Series(stage, name).measure()
        return stage.show()

# SPDX-License-Identifier: Apache-2.0
"""One exchange with ever more of everything else: clients, rules, users, sessions, revocations, actors in a chain.
The processor time of an exchange, as a multiple of the floor's, must stay within 10 % of the smallest size's."""
import sqlite3
import time

from bench import machine, world
from bench.stage import Stage, parser, say

SIZES, MANY = (10, 100, 1000, 10_000), (100, 10_000, 1_000_000)
NAMES = ("clients", "rules", "users", "sessions", "revocations", "actors")
WITHIN = 1.10


class Series:
    """One thing that grows; a database of its own for each size."""

    def __init__(self, stage, name):
        self.stage, self.name, self.found = stage, name, []

    def sizes(self):
        if self.name == "users":
            return MANY[:2] if self.stage.given.quick else MANY
        if self.name == "actors":
            return (0, 1, 3, 5)
        return SIZES

    def prepare(self, size):
        """A database that holds so much, and the tokens for it."""
        stage, name = self.stage, f"{self.name}{size}"
        (stage.folder / "cambist.db").unlink(missing_ok=True)
        for more in ("-wal", "-shm"):
            (stage.folder / f"cambist.db{more}").unlink(missing_ok=True)
        shape = {self.name: size} if self.name in ("clients", "rules") else {}
        if self.name == "rules":
            shape["clients"] = max(10, size // 10)
        users, sessions, more, count = 100, None, None, 2000
        with stage.serve([stage.write_realm(name, **shape)]):
            stage.sample = world.sample_claims(stage.base(name))
        database = stage.folder / "cambist.db"
        if self.name == "users":
            users, count = size, min(max(size, 2000), 10_000)
            world.add_users(database, name, size)
        if self.name == "sessions":
            users = min(users, size)  # each session is that of its token's user
            sessions = world.add_sessions(database, name, size, users)
            count = max(size, 2000)
            sessions = [sessions[n % size] for n in range(count)]
        if self.name == "revocations":
            add_revocations(database, name, size)
        if self.name == "actors":
            more = chain(stage.base(name), size)
        return stage.mint(stage.folder / "tokens", count, users, name, sessions, more), count

    def measure(self):
        stage = self.stage
        for size in self.sizes():
            tokens, count = self.prepare(size)
            name = f"{self.name}{size}"
            with stage.serve() as server:
                stage.load(server, "--tokens", tokens, "--count", count, name=name)  # what is cached, is cached
                cost = stage.cost(server, 4000, "--tokens", tokens, name=name, rounds=3 if stage.given.quick else 7)
                resident = machine.resident_mib(server.pid)
            self.found.append(cost["floors"])
            ratio = cost["floors"] / self.found[0]
            say(f"{self.name} {size}: {cost['cpu_us']:.1f} us")
            stage.add(f"{self.name} {size}", f"{ratio:.2f}", f"<= {WITHIN:.2f}", ratio <= WITHIN,
                      cpu_us=round(cost["cpu_us"], 1), in_verify_sign=round(cost["floors"], 2),
                      per_second=round(cost["per_second"]), resident_mib=round(resident, 1))


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
    more.add_argument("--only", choices=NAMES, action="append", help="these series (repeatable)")
    given = more.parse_args(words)
    with Stage(given) as stage:
        for name in given.only or NAMES:
            Series(stage, name).measure()
        return stage.show()

# SPDX-License-Identifier: Apache-2.0
"""The same exchanges on the embedded database, on PostgreSQL, and by two nodes on one PostgreSQL: what each costs the
server and the database, how many share a commit, and how near the commits come to what the database can do.

All as ratios: processor time to that on SQLite, `commits` and `exchanges` to what one client commits there alone, row by
row (on SQLite: to fdatasync)."""
import concurrent.futures
import re
import statistics
import subprocess
import sys
import time
import urllib.request

from bench import machine, world
from bench.machine import ROOT
from bench.peer_servers.common import Process, tree
from bench.stage import Stage, free_port, parser, say

sys.path.insert(0, str(ROOT / "tests"))
from support.postgresql import PostgreSQL, program  # noqa: E402  pylint: disable=wrong-import-position

CONNECTIONS = 64  # of all nodes together
SINGLE = 100  # commits of one row each


class Node(Process):
    def __init__(self, stage, number, store):
        folder = stage.folder / f"node{number}"
        folder.mkdir(exist_ok=True)
        self.port, self.management = free_port(), free_port()
        words = [stage.binary, "serve", "--dev", "--store", store, "--listen", f"127.0.0.1:{self.port}", "--hostname",
                 "https://sso.bench.example", "--management", f"127.0.0.1:{self.management}", "--realm",
                 stage.folder / "bench.json", *stage.given.server_argument]
        super().__init__(words, folder, f"http://127.0.0.1:{self.port}/realms/bench",
                         env={"CAMBIST_SECRET_KEY": "a key of the benchmark, of no use to anybody"})

    def commits(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.management}/metrics", timeout=30) as answer:
            return float(re.search(r"^cambist_store_commits_total (\S+)", answer.read().decode(), re.M)[1])


class Embedded:
    """SQLite: the disk is what it can do."""
    name = "SQLite, one node"

    def __init__(self, stage):
        self.stage, self.store = stage, f"sqlite:{stage.folder}/nodes.db"

    def commit_rate(self):
        return 1e6 / machine.sync_microseconds(self.stage.folder)

    def cpu_seconds(self):
        return 0.0  # it is in the server

    def log_bytes(self):
        return 0


class Shared:
    """PostgreSQL, fsync on, without a standby."""

    def __init__(self, stage, postgresql, nodes):
        self.stage, self.postgresql = stage, postgresql
        self.name = f"PostgreSQL, {'one node' if nodes == 1 else f'{nodes} nodes'}"
        self.store = postgresql.database(f"bench{nodes}")

    def commit_rate(self):
        """Commits a second of one client that writes one row of a record's size each time."""
        self.postgresql.sql("CREATE TABLE IF NOT EXISTS probe(row text)")
        insert = "INSERT INTO probe VALUES(repeat('x',1500));"
        script = self.stage.folder / "probe.sql"
        script.write_text(f"{insert}\n" * SINGLE, encoding="ascii")
        start = time.perf_counter()
        subprocess.run([program("psql"), "-h", self.postgresql.folder, "-U", "cambist", "-d", "postgres", "-X", "-q", "-f",
                        script], check=True, timeout=120)
        return SINGLE / (time.perf_counter() - start)

    def cpu_seconds(self):
        return sum(machine.cpu_seconds(pid) for pid in tree(self.postgresql.process.pid))

    def log_bytes(self):
        return int(self.postgresql.sql("SELECT pg_current_wal_lsn()-'0/0'::pg_lsn").split(".")[0])


def load_all(stage, nodes, tokens, count):
    """So many exchanges at all nodes at once; exchanges a second."""
    def load(node):
        return machine.load(stage.helpers, [
            "--port", node.port, "--path", "/realms/bench/protocol/openid-connect/token", "--header", world.BASIC,
            "--before", world.BEFORE, "--tokens", tokens, "--count", count // len(nodes), "--connections",
            CONNECTIONS // len(nodes)], node)
    with concurrent.futures.ThreadPoolExecutor(len(nodes)) as pool:
        start = time.perf_counter()
        list(pool.map(load, nodes))
        return count / (time.perf_counter() - start)


def turn(stage, database, nodes, tokens, count):
    def now():
        return (sum(node.cpu_seconds() for node in nodes), database.cpu_seconds(),
                sum(node.commits() for node in nodes), database.log_bytes())
    floor, single, before = stage.floor()["both_us"], database.commit_rate(), now()
    rate = load_all(stage, nodes, tokens, count)
    cpu, own, groups, log = (after - start for after, start in zip(now(), before))
    return {"cpu_us": 1e6 * cpu / count, "of_cpu": floor * count / (1e6 * cpu), "database_us": 1e6 * own / count,
            "shared": count / groups, "commits": groups * rate / count / single, "exchanges": rate / single,
            "log": log / count}


def measure(stage, database, count_of_nodes):
    count, turns = (2000, 3) if stage.given.quick else (12_000, 7)
    nodes = [Node(stage, number, database.store) for number in range(count_of_nodes)]
    try:
        if stage.sample is None:
            stage.sample = world.sample_claims(f"http://127.0.0.1:{nodes[0].port}/realms/bench")
        tokens = stage.mint(stage.folder / "tokens", 4000, 100)
        load_all(stage, nodes, tokens, 4000)
        rows = [turn(stage, database, nodes, tokens, count) for _ in range(turns)]
    finally:
        for node in nodes:
            node.stop()
    found = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    least = stage.rows[0]["beside"]["cpu_us"] if stage.rows else found["cpu_us"]
    say(f"{database.name}: {found}")
    stage.add(database.name, f"{found['cpu_us'] / least:.2f}", None, None, unit="of the processor time on SQLite",
              cpu_us=round(found["cpu_us"], 1), of_cpu=round(found["of_cpu"], 2),
              database=round(found["database_us"] / least, 2), exchanges_a_commit=round(found["shared"], 1),
              commits=round(found["commits"], 2), exchanges=round(found["exchanges"], 1), log_bytes=round(found["log"]))


def main(words):
    given = parser(__doc__).parse_args(words)
    with Stage(given) as stage:
        stage.write_realm()
        measure(stage, Embedded(stage), 1)
        postgresql = PostgreSQL()
        try:
            for nodes in (1, 2):
                measure(stage, Shared(stage, postgresql, nodes), nodes)
        finally:
            postgresql.close()
        return stage.show()

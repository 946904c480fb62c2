#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets a server die in every way under load, and proves after each restart that nothing was lost:
every token that a client received has its audit record, the chain is whole, what was used once does
not work twice, what was revoked stays so.

chaos.py [--seconds 600] [--least-kills 200] [--seed N] [--store sqlite|postgresql] [--only FAULT]
"""
import argparse
import contextlib
import pathlib
import random
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time

import requests

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# pylint: disable=wrong-import-position
from chaos.book import Book, Trail, postgresql_rows, sqlite_rows  # noqa: E402
from chaos.faults import Faults  # noqa: E402
from chaos.load import Loader, by_device, client_of, make_realm, send_once  # noqa: E402
from chaos.once import ISSUER, ONCE, cause_of  # noqa: E402
from support.client import granted, refused  # noqa: E402
from support.postgresql import PostgreSQL  # noqa: E402
from support.server import Server, cambist  # noqa: E402

LOADERS = 3
LEAST = 4  # answers that each of them has got before the fault
ENOUGH = 25  # kills after which every kind of thing has been used and sent again
RECOVERY = 20  # seconds in which it must serve again when a fault is over; machines are busy
KEY = {"CAMBIST_SECRET_KEY": "a key of this run, of no use to anybody"}
CONFIG = "upkeepSeconds: 1\n"  # so that pruning meets clocks that are wrong


class Chaos:
    """One store, many lives of a server on it."""

    def __init__(self, folder, seed, postgresql=None):
        self.folder, self.random = pathlib.Path(folder), random.Random(seed)
        self.book, self.kills, self.faults_met = Book(), 0, {}
        self.revoked, self.ended, self.parted, self.used = [], [], [], []  # of the lives before
        self.logins = []  # they outlive the server
        data = self.folder / "data"
        data.mkdir()
        self.faults = Faults(self.folder, data)
        self.postgresql = postgresql
        if postgresql:
            store = postgresql.database("chaos")
            self.trail = Trail(postgresql_rows(postgresql, "chaos"))
        else:
            store = f"sqlite:{data / 'cambist.db'}"
            self.trail = Trail(sqlite_rows(data / "cambist.db"))
        (self.folder / "cambist.yaml").write_text(CONFIG, encoding="utf-8")
        self.server = Server(self.folder, make_realm(), store=store,
                             arguments=["--config", self.folder / "cambist.yaml", "--hostname", ISSUER],
                             environment={**KEY, **self.faults.environment()})
        self.server.command = [str(word) for word in self.server.command]

    # What goes wrong. Each is given a server under load.

    def nothing_but_death(self, loaders):
        """It is killed, and that is all."""
        self.load_for(loaders, self.random.uniform(0.05, 0.6))

    def full_disk(self, loaders):
        self.during(loaders, is_full=1)

    def read_only_disk(self, loaders):
        self.during(loaders, is_read_only=1)

    def slow_disk(self, loaders):
        self.during(loaders, fsync_ms=self.random.choice([20, 100, 300]))

    def clock_jump(self, loaders):
        """An hour ahead or behind for a while, long enough for the background work to see it."""
        self.faults.set(clock_seconds=self.random.choice([3600, -3600]))
        self.load_for(loaders, 1.3)
        self.faults.clear()
        self.await_recovery()

    def no_descriptors(self, loaders):
        process = self.server.process.pid
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        with contextlib.ExitStack() as held:
            resource.prlimit(process, resource.RLIMIT_NOFILE, (40, before[1]))
            host, port = self.server.url.split("//")[1].split(":")
            for _ in range(60):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection((host, int(port)), timeout=1))
            self.load_for(loaders, 0.5)
        resource.prlimit(process, resource.RLIMIT_NOFILE, before)
        self.await_recovery()

    def no_memory(self, loaders):
        """It may die of it; what it said before counts all the same."""
        process = self.server.process.pid
        size = int(pathlib.Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[0]) * 4096
        before = resource.prlimit(process, resource.RLIMIT_AS)
        resource.prlimit(process, resource.RLIMIT_AS, (size + self.random.choice([0, 1, 4]) * 2**20, before[1]))
        self.load_for(loaders, 0.5)
        if self.server.process.poll() is None:
            resource.prlimit(process, resource.RLIMIT_AS, before)
            self.await_recovery()

    def death_at_start(self, loaders):
        """Killed while it recovers from being killed."""
        self.load_for(loaders, 0.1)
        self.kill(loaders)
        for _ in range(3):
            with contextlib.suppress(AssertionError):
                self.server.start_without_waiting()
            time.sleep(self.random.uniform(0, 0.15))
            self.server.kill()
            self.kills += 1

    def database_crash(self, loaders):
        self.load_for(loaders, 0.3)
        self.postgresql.stop(signal.SIGQUIT)
        self.load_for(loaders, 0.2)
        self.postgresql.start()
        self.await_recovery()

    def connections_cut(self, loaders):
        for _ in range(3):
            self.load_for(loaders, 0.15)
            self.postgresql.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                "usename='app'")
        self.await_recovery()

    def kinds(self):
        common = [self.nothing_but_death] * 4 + [self.death_at_start, self.clock_jump,
                                                 self.no_descriptors, self.no_memory]
        if self.postgresql:
            return common + [self.database_crash, self.connections_cut]
        return common + [self.full_disk, self.full_disk, self.read_only_disk, self.slow_disk]

    # How a life goes.

    def live(self, kind):
        """Start, prove what was before, load, the fault, the end."""
        self.start()
        self.prove()
        loaders = [Loader(self.server.url, self.book, self.random.random(), login)
                   for login in (self.logins + [None] * LOADERS)[:LOADERS]]
        for loader in loaders:
            loader.start()
        self.await_load(loaders)
        name = kind.__name__
        try:
            kind(loaders)
        except AssertionError as fault:
            raise AssertionError(f"after {name}: {fault}\n{self.server.log()[-4000:]}") from fault
        self.faults_met[name] = self.faults_met.get(name, 0) + 1
        self.kill(loaders)

    def start(self):
        """The realm is in the store after the first time: to read its file takes longer than all else."""
        self.faults.clear()
        self.server.start()
        words = self.server.command
        while "--realm" in words:
            del words[words.index("--realm"):words.index("--realm") + 2]

    def await_load(self, loaders):
        """Until each of them has got some things: log-ins are slow."""
        deadline = time.monotonic() + RECOVERY
        while time.monotonic() < deadline and min(loader.answers for loader in loaders) < LEAST:
            assert self.server.process.poll() is None, "it ended"
            time.sleep(0.01)

    def load_for(self, loaders, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.server.process.poll() is None:
            time.sleep(0.02)
        for loader in loaders:  # one that took a connection that was lost comes again
            if loader.lost and self.server.process.poll() is None:
                loaders[loaders.index(loader)] = fresh = Loader(self.server.url, self.book,
                                                                self.random.random())
                fresh.start()

    def during(self, loaders, **fault):
        self.load_for(loaders, 0.15)
        self.faults.set(**fault)
        self.load_for(loaders, self.random.uniform(0.2, 0.6))
        deadline = time.monotonic() + RECOVERY
        while self.faults.get("hits") == 0:
            assert time.monotonic() < deadline, f"{fault} met nothing"
            self.load_for(loaders, 0.1)
        self.faults.clear()
        if self.random.random() < 0.6:  # else it is killed in the middle of it
            self.await_recovery()
            self.load_for(loaders, 0.15)

    def await_recovery(self):
        """Without a restart."""
        deadline, said = time.monotonic() + RECOVERY, None
        while time.monotonic() < deadline:
            assert self.server.process.poll() is None, "it ended"
            try:
                said = client_of(self.server.url, "gate").client_credentials()
                if said.status_code == 200:
                    return
            except requests.RequestException as fault:
                said = fault
            time.sleep(0.05)
        raise AssertionError(f"it did not serve again: {said} {getattr(said, 'text', '')}")

    def kill(self, loaders):
        self.server.kill()
        self.kills += 1
        for loader in loaders:
            loader.stop()
        for loader in loaders:
            loader.join(30)
            assert not loader.is_alive(), "a client waits for an answer of a dead server"
        self.logins = [loader.login for loader in loaders if loader.login]

    # What must hold.

    def prove(self):
        book = self.book
        assert not book.strange, book.strange
        self.trail.follow()
        missing = set(book.take("issued")) - self.trail.recorded
        assert not missing, f"{len(missing)} tokens were received and are not in the audit"
        url = self.server.url
        self.prove_revocations(url)
        self.prove_once(url)
        for name, token in self.sample(book.take("rotated"), 2):
            refused(client_of(url, name).refresh(token), "invalid_grant")
        self.trail.follow()

    def prove_once(self, url):
        """Of each kind some that were used since, and some that were used before."""
        fresh = self.book.take("taken")
        by_kind = [[one for one in fresh if one[0] == kind] for kind in ONCE]
        picked = [one for ones in by_kind for one in self.sample(ones, 3)]
        for kind, form in picked + self.sample(self.used, 4):
            answer = send_once(url, kind, form)
            assert answer.status_code in (400, 401), f"{kind} worked twice: {answer.status_code} {answer.text}"
            self.book.replay(kind, cause_of(answer))
        self.used = (self.used + picked)[-100:]

    def prove_revocations(self, url):
        book = self.book
        fresh, ended, parted = book.take("revoked"), book.take("ended"), book.take("parted")
        gate, web, spa = (client_of(url, name) for name in ("gate", "web", "spa"))
        for token in fresh + self.sample(self.revoked, 4):
            assert granted(gate.introspect(token)) == {"active": False}, "a revocation was forgotten"
        for token in ended + self.sample(self.ended, 4):
            refused(web.refresh(token), "invalid_grant")
        for login in parted + self.sample(self.parted, 4):
            answer = by_device(spa, login)
            assert answer.status_code == 400, f"a device lives on a log-in that ended: {answer.status_code} {answer.text}"
            book.replay("device-secret", cause_of(answer))
        # Younger than their tokens live, or their being dead says nothing.
        self.revoked = (self.revoked + fresh)[-40:]
        self.ended = (self.ended + ended)[-40:]
        self.parted = (self.parted + parted)[-40:]

    def sample(self, things, most):
        return self.random.sample(things, min(most, len(things)))

    def finish(self):
        self.start()
        self.prove()
        self.server.stop()
        verified = cambist("audit", "verify", "--store", self.server.store, timeout=120)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        return verified.stdout.splitlines()[0]


def run(folder, *, seconds, seed, postgresql=None, only=None, least_kills=0, say=print):
    """One store for so long; what it comes to, as a dict."""
    chaos = Chaos(folder, seed, postgresql)
    started = time.monotonic()
    try:
        kinds = [kind for kind in chaos.kinds() if only in (None, kind.__name__)]
        assert kinds, f"no fault {only}"
        order = []
        while time.monotonic() - started < seconds:
            if not order:
                order = kinds[:]
                chaos.random.shuffle(order)
            chaos.live(order.pop())
            if chaos.kills % 25 == 0:
                say(f"{time.monotonic() - started:4.0f} s, {chaos.kills} kills, {chaos.trail.rows} records")
        verified = chaos.finish()
    finally:
        chaos.server.kill()
    assert chaos.kills >= least_kills, f"{chaos.kills} kills in {seconds} s; wanted are {least_kills}"
    if chaos.kills >= ENOUGH:
        unseen = {f"{kind} {once.cause}" for kind, once in ONCE.items()} - set(chaos.book.replays)
        assert not unseen, f"never seen, so that nothing is proved: {sorted(unseen)}"
    return {"kills": chaos.kills, "faults": chaos.faults_met, "answers": chaos.book.counts,
            "sent again": chaos.book.replays, "refusals": chaos.book.refusals, "audit": verified}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--least-kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--only")
    words = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"chaos on {words.store}, seed {words.seed}, {words.seconds:.0f} s", flush=True)
    folder = tempfile.mkdtemp(prefix="cambist-chaos-")
    postgresql = PostgreSQL() if words.store == "postgresql" else None
    try:
        done = run(folder, seconds=words.seconds, seed=words.seed, postgresql=postgresql,
                   only=words.only, least_kills=words.least_kills,
                   say=lambda line: print(line, flush=True))
    except AssertionError as fault:
        print(f"FAILED (seed {words.seed}; files in {folder}): {fault}", flush=True)
        return 1
    finally:
        if postgresql:
            postgresql.close()
    shutil.rmtree(folder, ignore_errors=True)
    for name, value in done.items():
        print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server under half of the load it can bear, for long: its memory and its descriptors stay flat.

soak.py [--seconds 1800] [--json FILE]

First it is measured what the server can do here (full load, a few seconds), then half of that is
asked of it at a steady rate, while its resident memory and open descriptors are looked at. Of the
time behind the first quarter, in which caches fill, the last third may have at most 10 % and 4 MB
more of memory than the first, and 8 descriptors. Of 10 000 turns one may be refused with 503. What
was revoked is remembered for a day and more, so that this run sees the memory of it grow only: 200
bytes of each are left out of the account.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import sqlite3
import statistics
import sys
import tempfile
import time

import requests

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# pylint: disable=wrong-import-position
from chaos.book import Book  # noqa: E402
from chaos.load import Loader, make_realm  # noqa: E402
from chaos.once import ISSUER  # noqa: E402
from support.server import Server  # noqa: E402

CLIENTS = 4
REVOCATION = 200  # bytes that a server remembers of each, at most
REFUSED_AT_MOST = 10_000  # of so many one, while other programs have the machine to themselves
KEPT = 20  # answers in a book that nobody reads


class Paced(Loader):
    """A loader that asks for no more than so many turns a second; None: as many as it can."""

    def __init__(self, url, book, seed, rate=None):
        super().__init__(url, book, seed)
        self.rate, self.turns, self.slowest = rate, 0, 0.0

    def run(self):
        turns = [self.exchange, self.exchange, self.exchange, self.refresh, self.exchange_opaque,
                 self.own_tokens, self.hand_off, self.revoke, self.log_out]
        try:
            self.log_in()
            started = time.monotonic()
            while not self.stopping.is_set():
                begun = time.monotonic()
                self.random.choice(turns)()
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.turns += 1
                if self.rate:
                    time.sleep(max(0.0, started + self.turns / self.rate - time.monotonic()))
                if self.turns % KEPT == 0:
                    for name in ("issued", "rotated", "taken", "revoked", "ended", "parted"):
                        self.book.take(name)
        except Exception as fault:  # pylint: disable=broad-except
            self.book.add("strange", f"{type(fault).__name__}: {fault}")


def load(url, seconds, rate=None, look=lambda: None):
    """(turns a second, book) of all clients together."""
    book = Book()
    clients = [Paced(url, book, random.random(), rate and rate / CLIENTS) for _ in range(CLIENTS)]
    started = time.monotonic()
    for one in clients:
        one.start()
    while time.monotonic() - started < seconds and not book.strange:
        time.sleep(min(1.0, seconds / 60))
        look()
    for one in clients:
        one.stop()
    for one in clients:
        one.join(30)
    took = time.monotonic() - started
    assert not book.strange, book.strange
    return sum(one.turns for one in clients) / took, book


class Watch:
    """Resident memory (KiB), open descriptors and remembered revocations of a server, looked at now and then."""

    def __init__(self, process, database):
        self._folder = pathlib.Path(f"/proc/{process}")
        self._database = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.memory, self.descriptors, self.revoked = [], [], []

    def look(self):
        status = (self._folder / "status").read_text(encoding="utf-8")
        self.memory.append(int(status.split("VmRSS:")[1].split()[0]))
        self.descriptors.append(len(os.listdir(self._folder / "fd")))
        self.revoked.append(self._database.execute("SELECT count(*) FROM revocation").fetchone()[0])

    def thirds(self, values):
        """Medians of the first and the last third, without the first quarter."""
        settled = values[len(values) // 4:]
        third = max(1, len(settled) // 3)
        return statistics.median(settled[:third]), statistics.median(settled[-third:])

    def check(self):
        first, last = self.thirds(self.memory)
        earlier, later = self.thirds(self.revoked)
        remembered = (later - earlier) * REVOCATION / 1024
        assert last - remembered <= first * 1.1 + 4096, (
            f"memory grew from {first / 1024:.1f} to {last / 1024:.1f} MiB, {remembered / 1024:.1f} of it for revocations")
        before, after = self.thirds(self.descriptors)
        assert after <= before + 8, f"descriptors grew from {before} to {after}"
        return {"memory_mib": [round(first / 1024, 1), round(last / 1024, 1)],
                "revocations": [earlier, later], "descriptors": [before, after]}


def soak(folder, seconds):
    server = Server(folder, make_realm(), arguments=["--hostname", ISSUER])
    server.start()
    try:
        most, _ = load(server.url, min(10, max(2, seconds / 20)))
        watch = Watch(server.process.pid, server.folder / "cambist.db")
        rate, book = load(server.url, seconds, most / 2, watch.look)
        flat = watch.check()
        failures = {what: n for what, n in book.refusals.items() if isinstance(what, int) and what >= 500}
        refused = failures.pop(503, 0)
        assert not failures, f"requests failed at half load: {failures}; {flat}"
        assert refused <= rate * seconds / REFUSED_AT_MOST, f"{refused} requests were refused at half load; {flat}"
        health = requests.get(f"{server.management}/health/ready", timeout=10).status_code
        assert health == 200
        server.stop()
    finally:
        server.kill()
    return {"seconds": seconds, "turns_per_second": {"most": round(most), "held": round(rate)}, **flat,
            "refused": refused, "answers": book.counts}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--json")
    words = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="cambist-soak-") as folder:
        try:
            done = soak(folder, words.seconds)
        except AssertionError as fault:
            print(f"FAILED: {fault}")
            return 1
    print(json.dumps(done, indent=2))
    if words.json:
        pathlib.Path(words.json).write_text(json.dumps(done), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

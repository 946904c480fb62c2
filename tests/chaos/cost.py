#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a request of each kind costs: processor time of the server, transactions, and what the database
writes. Printed as ratios to an exchange on SQLite where the machine would show, as numbers where not.

cost.py [--requests 400] [--store sqlite|postgresql]...
"""
import argparse
import os
import pathlib
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# pylint: disable=wrong-import-position
from chaos.book import Book  # noqa: E402
from chaos.load import Loader, make_realm  # noqa: E402
from chaos.once import ISSUER  # noqa: E402
from support.postgresql import PostgreSQL  # noqa: E402
from support.server import Server  # noqa: E402

KEY = {"CAMBIST_SECRET_KEY": "a key of this run, of no use to anybody"}
CLIENTS = 8
KINDS = ["exchange", "own_tokens", "refresh", "exchange_opaque", "assert_once", "introspect", "log_in"]


class Asker(Loader):
    def introspect(self):
        if self.logged_in() and self.clients["gate"].introspect(self.login["access_token"]).json()["active"]:
            self.answers += 1


def processor(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_each(askers, kind, each):
    def run(asker):
        for _ in range(each):
            getattr(asker, kind)()
    threads = [threading.Thread(target=run, args=[asker]) for asker in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def written(server, postgresql):
    """Bytes that the database has written to its log so far."""
    if postgresql:
        return int(postgresql.sql("SELECT pg_current_wal_lsn()-'0/0'::pg_lsn").split(".")[0])
    return 0


def measure(folder, requests, postgresql):
    store = postgresql.database("cost") if postgresql else f"sqlite:{folder}/store.db"
    server = Server(folder, make_realm(), store=store, arguments=["--hostname", ISSUER], environment=KEY)
    server.start()
    rows = {}
    try:
        book = Book()
        askers = [Asker(server.url, book, n) for n in range(CLIENTS)]
        run_each(askers, "log_in", 1)
        run_each(askers, "exchange", 5)
        for kind in KINDS:
            # Only so many passwords are hashed at a time, and more are refused.
            asking = askers[:2] if kind == "log_in" else askers
            each = max(1, (requests // 10 if kind == "log_in" else requests) // len(asking))
            before = (sum(one.answers for one in askers), processor(server.process.pid),
                      server.metric("cambist_store_commits_total"), written(server, postgresql))
            run_each(asking, kind, each)
            done = sum(one.answers for one in askers) - before[0]
            assert done >= each * len(asking) * 0.9, f"{kind}: {done} of {each * len(asking)}: {book.refusals}"
            rows[kind] = {"ms": (processor(server.process.pid) - before[1]) * 1000 / done,
                          "commits": (server.metric("cambist_store_commits_total") - before[2]) / done,
                          "bytes": (written(server, postgresql) - before[3]) / done}
        server.stop()
    finally:
        server.kill()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    words = parser.parse_args()
    unit = None
    for store in words.store or ["sqlite", "postgresql"]:
        postgresql = PostgreSQL() if store == "postgresql" else None
        try:
            with tempfile.TemporaryDirectory(prefix="cambist-cost-") as folder:
                rows = measure(folder, words.requests, postgresql)
        finally:
            if postgresql:
                postgresql.close()
        unit = unit or rows["exchange"]["ms"]
        print(f"{store}: processor time as a multiple of an exchange on the first store ({unit:.2f} ms here), "
              "transactions, bytes of the database's log")
        for kind, row in rows.items():
            print(f"  {kind:16} {row['ms'] / unit:5.2f}  {row['commits']:5.2f}  {row['bytes']:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

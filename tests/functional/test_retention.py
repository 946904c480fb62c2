# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL keeps for how long: days go by, its tables stay what one day leaves, and the audit chain verifies."""
import time

import pytest
from test_backup import CONFIG, DAY, loaded, stop
from test_crash import exported
from test_postgresql import FIXED, KEY, eventually

from chaos.faults import Faults
from chaos.load import client_of, make_realm
from support.client import granted
from support.server import cambist

KEPT = ("session", "refresh_family", "refresh_token", "reference_token", "taken", "revocation", "hand_off")


class Tables:
    """The database's rows, read with nothing of the server."""

    def __init__(self, postgresql, url):
        self.postgresql, self.name = postgresql, url.split("/")[3].split("?")[0]

    def sql(self, text):
        return self.postgresql.sql(text, self.name)

    def count(self, name):
        return int(self.sql(f"SELECT count(*) FROM cambist.{name}"))

    def beginning(self):
        """The last record that was pruned."""
        return int(self.sql("SELECT sequence FROM cambist.audit_beginning"))

    def refuses(self, text):
        with pytest.raises(AssertionError, match="pruning only|never changed"):
            self.sql(text)


@pytest.fixture
def tables(postgresql, database):
    return Tables(postgresql, database)


@pytest.fixture
def ageing(server, database, tmp_path):
    """(nodes, their clock): two on one database that keep audit records for a day."""
    config = tmp_path / "cambist.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    clock = Faults(tmp_path, tmp_path)
    nodes = [server(make_realm(), store=database, arguments=["--config", str(config), *FIXED],
                    environment={**KEY, **clock.environment()}) for _ in range(2)]
    return nodes, clock


def verify(database):
    done = cambist("audit", "verify", "--store", database)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_growth_on_postgresql_is_bounded_by_what_is_kept(ageing, database, tables):
    nodes, clock = ageing
    for day in range(3):
        clock.set(clock_seconds=2 * DAY * day)
        books = [loaded(node, 0, loaders=2) for node in nodes]
        eventually(lambda: tables.count("audit") > 20 and all(
            tables.count(name) > 0 for name in ("session", "refresh_family", "reference_token")), within=20)
        for _, threads in books:
            stop(threads)
        assert not any(book.strange for book, _ in books)
        clock.set(clock_seconds=2 * DAY * day + DAY + DAY // 2)
        eventually(lambda: tables.count("audit") <= 3, within=20)
        # All of it has ended with its day: sessions, families, opaque tokens, codes, revocations.
        assert {name: count for name in KEPT if (count := tables.count(name)) > 0} == {}
    assert "begins behind record" in verify(database)
    noted = [row for row in exported(database) if row.get("event") == "audit_pruned"]
    assert noted and f"up to record {tables.beginning()}" in noted[-1]["reason"]


def test_chain_that_two_nodes_write_while_one_prunes_it_stays_whole(ageing, database, tables):
    nodes, clock = ageing
    for _ in range(40):
        granted(client_of(nodes[0].url, "gate").client_credentials())
    clock.set(clock_seconds=2 * DAY)
    running = [loaded(node, 0, loaders=2) for node in nodes]
    eventually(lambda: tables.beginning() >= 40, within=20)
    time.sleep(1)
    for _, threads in running:
        stop(threads)
    assert "begins behind record" in verify(database)
    recorded = {row.get(name) for row in exported(database) for name in ("issuedTokenHash", "refreshTokenHash")}
    for book, _ in running:
        assert not book.strange and book.issued
        assert set(book.issued) <= recorded, "what is younger than a day was pruned"


def test_record_of_postgresql_that_is_deleted_otherwise_breaks_the_chain(ageing, database, tables):
    nodes, clock = ageing
    for _ in range(5):
        granted(client_of(nodes[0].url, "gate").client_credentials())
    clock.set(clock_seconds=2 * DAY)
    eventually(lambda: tables.beginning() >= 5, within=20)
    for node in nodes:
        granted(client_of(node.url, "gate").client_credentials())
    verify(database)
    for node in nodes:
        node.stop()
    oldest = "DELETE FROM cambist.audit WHERE sequence=(SELECT min(sequence) FROM cambist.audit)"
    tables.refuses(oldest)
    tables.refuses("UPDATE cambist.audit SET trace='another'")
    tables.refuses("TRUNCATE cambist.audit")
    tables.sql(f"ALTER TABLE cambist.audit DISABLE TRIGGER ALL; {oldest}")
    done = cambist("audit", "verify", "--store", database)
    assert done.returncode == 1 and "BROKEN" in done.stdout

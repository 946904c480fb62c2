# SPDX-License-Identifier: Apache-2.0
"""A copy made while serving, and what is kept for how long."""
import pathlib
import sqlite3
import time

import pytest
from test_crash import exported

from chaos.book import Book
from chaos.faults import Faults
from chaos.load import Loader, client_of, make_realm
from chaos.once import ISSUER
from support.client import granted, refused
from support.server import cambist

FIXED = ["--hostname", ISSUER]
CHANGING = {"meta"}  # the readiness check counts there


def path_of(store):
    return pathlib.Path(store.split(":", 1)[1])


def tables(path):
    """Every row of every table, but for what a readiness check changes."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        names = [name for (name,) in database.execute(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
        return {name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
                for name in names if name not in CHANGING}
    finally:
        database.close()


def loaded(shop, seconds, loaders=3):
    book = Book()
    threads = [Loader(shop.url, book, n) for n in range(loaders)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    return book, threads


def stop(threads):
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join(30)


def test_restored_copy_is_equal_and_serves(server, tmp_path):
    shop = server(make_realm(), arguments=FIXED)
    book, threads = loaded(shop, 1.5)
    stop(threads)
    assert not book.strange
    copy = tmp_path / "copy.db"
    done = cambist("backup", copy, "--store", shop.store)
    assert done.returncode == 0, done.stderr
    there = tables(path_of(shop.store))
    assert tables(copy) == there
    assert len(there["audit"]) > 20 and there["session"] and there["refresh_token"] and there["taken"]
    assert (copy.stat().st_mode & 0o777) == 0o600
    restored = f"sqlite:{tmp_path / 'restored.db'}"
    done = cambist("restore", copy, "--store", restored)
    assert done.returncode == 0 and "intact" in done.stdout, done.stdout + done.stderr
    assert tables(path_of(restored)) == there
    # It knows what was used and what was revoked, and the key of secrets is beside the original.
    shop.stop()
    key = path_of(shop.store).with_name("cambist.db.key")
    other = server(store=restored, arguments=[*FIXED, "--secret-key-file", key])
    for name, token in book.rotated[-5:]:
        refused(client_of(other.url, name).refresh(token), "invalid_grant")
    for token in book.revoked[-5:]:
        assert granted(client_of(other.url, "gate").introspect(token)) == {"active": False}
    granted(client_of(other.url, "web").password("user1", "user1"))


def test_copy_made_under_load_has_all_that_was_answered_before(server, tmp_path):
    shop = server(make_realm(), arguments=FIXED)
    book, threads = loaded(shop, 1)
    copies = []
    try:
        for n in range(3):
            known = list(book.issued)
            copy = tmp_path / f"copy-{n}.db"
            done = cambist("backup", copy, "--store", shop.store)
            assert done.returncode == 0, done.stderr
            copies.append((copy, known))
    finally:
        stop(threads)
    assert not book.strange
    for copy, known in copies:
        assert known
        verified = cambist("audit", "verify", "--store", f"sqlite:{copy}")
        assert verified.returncode == 0, verified.stdout
        rows = exported(f"sqlite:{copy}")
        assert set(known) <= {row.get("issuedTokenHash") for row in rows} | {
            row.get("refreshTokenHash") for row in rows}


def test_restore_does_not_replace_what_is_there_nor_take_what_is_damaged(server, tmp_path):
    shop = server(make_realm(), arguments=FIXED)
    granted(client_of(shop.url, "web").password("user1", "user1"))
    copy = tmp_path / "copy.db"
    assert cambist("backup", copy, "--store", shop.store).returncode == 0
    done = cambist("restore", copy, "--store", shop.store)
    assert done.returncode == 1 and "exists already" in done.stderr
    database = sqlite3.connect(copy)
    database.execute("DROP TRIGGER audit_is_never_changed")
    database.execute("UPDATE audit SET body=CAST(replace(CAST(body AS TEXT),'user1','user2') AS BLOB)")
    database.commit()
    database.close()
    target = tmp_path / "restored.db"
    done = cambist("restore", copy, "--store", f"sqlite:{target}")
    assert done.returncode == 1 and "BROKEN" in done.stdout + done.stderr
    assert not target.exists()


def test_restore_of_postgresql_names_the_tool_that_does_it(database, tmp_path):
    done = cambist("restore", tmp_path / "copy", "--store", database)
    assert done.returncode == 1 and "pg_restore" in done.stderr


# What is kept for how long.

DAY = 86_400
CONFIG = "upkeepSeconds: 1\nretention: { auditDays: 1, clockErrorMinutes: 5 }\n"


@pytest.fixture
def ageing(server, tmp_path):
    """(server, its clock): one that keeps audit records for a day, and a clock that a test turns."""
    config = tmp_path / "cambist.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    faults = Faults(tmp_path, tmp_path)
    shop = server(make_realm(), store=f"sqlite:{tmp_path / 'store.db'}",
                  arguments=["--config", str(config), *FIXED], environment=faults.environment())
    return shop, faults


def counts(store):
    rows = {name: len(rows) for name, rows in tables(path_of(store)).items()}
    return {name: rows[name] for name in ("audit", "session", "refresh_family", "refresh_token",
                                          "reference_token", "taken", "revocation", "hand_off")}


def pages(store):
    """Of the file, once the log is copied into it."""
    database = sqlite3.connect(f"file:{path_of(store)}?mode=ro", uri=True, timeout=10)
    try:
        return database.execute("PRAGMA page_count").fetchone()[0]
    finally:
        database.close()


def until_only(store, most):
    """Waits until the background work has left no more than so many audit records."""
    deadline = time.monotonic() + 20
    while (rows := counts(store))["audit"] > most:
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)
    return rows


def test_growth_is_bounded_by_what_is_kept(ageing):
    """Days of load go by; what is stored stays what one of them leaves."""
    shop, clock = ageing
    sizes = []
    for day in range(4):
        clock.set(clock_seconds=2 * DAY * day)
        book, threads = loaded(shop, 1.2)
        stop(threads)
        assert not book.strange and sum(book.counts.values()) > 15
        assert not (day == 0) or book.taken, "assertions are made by a clock that is right"
        full = counts(shop.store)
        clock.set(clock_seconds=2 * DAY * day + DAY + DAY // 2)
        left = until_only(shop.store, 3)
        assert full["audit"] > 15 and full["session"] > 0
        # All of it has ended with its day: sessions, families, opaque tokens, codes, revocations.
        assert {name: n for name, n in left.items() if name != "audit" and n > 0} == {}, left
        sizes.append(pages(shop.store))
    assert sizes[-1] <= sizes[1] * 1.3, f"the file grows: {sizes}"
    verified = cambist("audit", "verify", "--store", shop.store)
    assert verified.returncode == 0 and "begins behind record" in verified.stdout
    noted = [row for row in exported(shop.store) if row.get("event") == "audit_pruned"]
    assert noted and "up to record" in noted[-1]["reason"]


def test_pruned_chain_that_lost_more_than_was_pruned_is_broken(ageing):
    shop, clock = ageing
    for _ in range(5):
        granted(client_of(shop.url, "gate").client_credentials())
    clock.set(clock_seconds=2 * DAY)
    until_only(shop.store, 2)
    for _ in range(3):
        granted(client_of(shop.url, "gate").client_credentials())
    assert cambist("audit", "verify", "--store", shop.store).returncode == 0
    shop.stop()
    database = sqlite3.connect(path_of(shop.store))
    with pytest.raises(sqlite3.DatabaseError, match="pruning only"):
        database.execute("DELETE FROM audit WHERE sequence=(SELECT min(sequence) FROM audit)")
    database.execute("DROP TRIGGER audit_is_kept")
    database.execute("DELETE FROM audit WHERE sequence=(SELECT min(sequence) FROM audit)")
    database.commit()
    database.close()
    verified = cambist("audit", "verify", "--store", shop.store)
    assert verified.returncode == 1 and "BROKEN" in verified.stdout


def test_what_was_taken_while_the_clock_was_ahead_is_not_forgotten(server, tmp_path):
    """An assertion is used; the clock goes an hour ahead, and comes back."""
    config = tmp_path / "cambist.yaml"
    config.write_text("upkeepSeconds: 1\n", encoding="utf-8")
    clock = Faults(tmp_path, tmp_path)
    shop = server(make_realm(), arguments=["--config", str(config), *FIXED],
                  environment=clock.environment())
    book, threads = loaded(shop, 0)
    stop(threads)
    signer, gate = client_of(shop.url, "signer"), client_of(shop.url, "gate")
    loader = Loader(shop.url, book, 0)
    loader.assert_once()
    ((_, form),) = [one for one in book.take("taken") if one[0] == "assertion"][-1:]
    loader.log_in()
    loader.revoke()
    (revoked,) = book.take("revoked")[-1:]
    clock.set(clock_seconds=3600)
    time.sleep(2.5)
    clock.set(clock_seconds=0)
    answer = signer.http.post(signer.endpoint("token"), data=form, timeout=15)
    assert answer.status_code in (400, 401), answer.text
    assert granted(gate.introspect(revoked)) == {"active": False}

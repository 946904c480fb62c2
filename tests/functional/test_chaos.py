# SPDX-License-Identifier: Apache-2.0
"""A small sample of tools/check chaos: each fault a few times."""
import contextlib
import hashlib
import sqlite3

import pytest

from chaos.book import Book, Trail
from chaos.chaos import Chaos
from chaos.load import Loader
from chaos.once import ONCE

SQLITE = ["nothing_but_death", "death_at_start", "full_disk", "read_only_disk", "slow_disk",
          "clock_jump", "no_descriptors", "no_memory"]
POSTGRESQL = ["nothing_but_death", "clock_jump", "database_crash", "connections_cut"]


def live_through(chaos, fault, times=2):
    try:
        for _ in range(times):
            chaos.live(getattr(chaos, fault))
        assert "intact" in chaos.finish()
    finally:
        chaos.server.kill()
    assert chaos.kills >= times
    assert sum(chaos.book.counts.values()) > 10, "the load was too small to say anything"


@pytest.mark.parametrize("fault", SQLITE)
def test_nothing_is_lost_by(tmp_path, fault):
    live_through(Chaos(tmp_path, seed=fault), fault)


@pytest.mark.parametrize("fault", POSTGRESQL)
def test_nothing_is_lost_on_postgresql_by(tmp_path, postgresql, fault):
    postgresql.sql("DROP DATABASE IF EXISTS chaos WITH (FORCE)")
    live_through(Chaos(tmp_path, seed=fault, postgresql=postgresql), fault)


@pytest.fixture(name="proven")
def proven_fixture(tmp_path):
    """One life that is proved, to spoil what is known of it; and a client that is not in the book."""
    chaos = Chaos(tmp_path, seed=1)
    try:
        chaos.live(chaos.nothing_but_death)
        chaos.server.start()
        chaos.prove()
        yield chaos, Loader(chaos.server.url, Book(), seed=1)
    finally:
        chaos.server.kill()


def test_what_is_not_recorded_is_noticed(proven):
    """The proof itself: a token that no record names."""
    chaos, _ = proven
    chaos.book.add("issued", "a hash that nobody recorded")
    with pytest.raises(AssertionError, match="not in the audit"):
        chaos.prove()


def test_what_would_serve_again_is_noticed(proven):
    """The proof itself: of each kind one that is said to have been used, and was not."""
    chaos, loader = proven
    for kind, once in ONCE.items():
        form = once.make(loader)
        chaos.book.add("taken", (kind, form))
        with pytest.raises(AssertionError, match=f"^{kind} worked twice"):
            chaos.prove()
        chaos.book.add("taken", (kind, form))
        chaos.prove()
        assert chaos.book.replays[f"{kind} {once.cause}"] >= 1


def test_what_was_not_ended_is_noticed(proven):
    """The proof itself: revocations and log-outs that never were."""
    chaos, loader = proven
    loader.log_in()
    chaos.book.add("revoked", loader.login["access_token"])
    with pytest.raises(AssertionError, match="a revocation was forgotten"):
        chaos.prove()
    for name, thing in (("ended", loader.refresh_token), ("parted", loader.log_in_on_device())):
        chaos.book.add(name, thing)
        with pytest.raises(AssertionError, match="200 " if name == "ended" else "a device lives on"):
            chaos.prove()


@pytest.mark.parametrize("table, said", [("taken", "worked twice"), ("revocation", "a revocation was forgotten")])
def test_store_that_forgets_is_noticed(tmp_path, table, said):
    """The proof itself: a server whose memory of what was used or revoked went with the crash."""
    chaos = Chaos(tmp_path, seed=1)
    try:
        chaos.live(chaos.nothing_but_death)
        loader = Loader(chaos.server.start().url, chaos.book, seed=1)
        for kind in ONCE:
            loader.use_once(kind)
        loader.revoke()
        chaos.server.kill()
        with contextlib.closing(sqlite3.connect(tmp_path / "data/cambist.db")) as database:
            database.execute(f"DELETE FROM {table}")
            database.commit()
        chaos.server.start()
        with pytest.raises(AssertionError, match=said):
            chaos.prove()
    finally:
        chaos.server.kill()


def chain(*bodies):
    """A chain of records as a store keeps it."""
    rows, previous = [], "0" * 64
    for sequence, body in enumerate(bodies, 1):
        digest = hashlib.sha256(f"node\n{sequence}\n{previous}\n".encode() + body).hexdigest()
        rows.append((sequence, previous, digest, body))
        previous = digest
    return rows


def test_record_that_was_changed_or_removed_is_noticed():
    """The proof itself: what follow() reads of a chain that somebody was at."""
    whole = chain(b"{}", b'{"issuedTokenHash": "a"}', b"{}")
    trail = Trail(lambda _: ("node", whole))
    trail.follow()
    assert trail.rows == 3 and "a" in trail.recorded
    changed = whole[:1] + [(*whole[1][:3], b'{"issuedTokenHash": "b"}')] + whole[2:]
    for rows, said in ((changed, "2 was changed"), (whole[:1] + whole[2:], "2 is missing"),
                       (whole[:1] + [(2, "f" * 64, *whole[1][2:])], "2 does not follow")):
        with pytest.raises(AssertionError, match=said):
            Trail(lambda _, rows=rows: ("node", rows)).follow()

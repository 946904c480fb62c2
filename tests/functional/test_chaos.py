# SPDX-License-Identifier: Apache-2.0
"""A small sample of tools/check chaos: each fault a few times."""
import pytest

from chaos.chaos import Chaos

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


def test_what_is_not_recorded_is_noticed(tmp_path):
    """The proof itself: a token that no record names, and a record that somebody changed."""
    chaos = Chaos(tmp_path, seed=1)
    try:
        chaos.live(chaos.nothing_but_death)
        chaos.server.start()
        chaos.book.add("issued", "a hash that nobody recorded")
        with pytest.raises(AssertionError, match="not in the audit"):
            chaos.prove()
    finally:
        chaos.server.kill()

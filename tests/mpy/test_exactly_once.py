"""A slice of tests/proof/exactly_once.py: each trial is in the history exactly once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from once_only import histories
from once_only.world import make_start

HISTORIES = 4


def test_whatever_breaks_off_a_pull_each_trial_is_stored_once(
    micropython: str, tmp_path: Path
) -> None:
    taken: list[str] = []
    histories.run(make_start(micropython, tmp_path), HISTORIES, 1, taken)
    done = Counter(taken)
    assert done["history"] >= HISTORIES
    assert len(done) > 4, done  # of eight things that may happen

"""Damaged streams through the parser on both interpreters; the long run is a proof."""

from __future__ import annotations

from fuzzing.interpreters import fuzz


def test_both_interpreters_find_the_same_frames(micropython: str) -> None:
    tally = fuzz(micropython, seed=2, count=4000)
    assert tally.wrong == []
    assert tally.accepted > 500
    assert tally.damaged > 2000
    assert tally.memory["MicroPython"].spread_b < 4096

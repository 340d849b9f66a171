"""Mutated requests into the virtual board; the long run is a proof."""

from __future__ import annotations

from fuzzing.into_board import fuzz


def test_a_board_lives_through_mutated_requests() -> None:
    tally = fuzz(seed=2, count=600)
    assert tally.wrong == []
    assert tally.accepted > 50
    assert tally.damaged > 300
    assert tally.others["frames from the board"] > tally.accepted // 2

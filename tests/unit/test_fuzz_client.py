"""Mutated and lying answers of a hostile board into the client; the long run is a proof."""

from __future__ import annotations

from fuzzing.into_host import fuzz


def test_a_client_takes_no_answer_that_nobody_sealed() -> None:
    tally = fuzz(seed=2, count=1500)
    assert tally.wrong == []
    assert tally.accepted > 20
    assert tally.others["BoardRefusedError"] > 5
    assert (
        tally.others["requests"]
        == sum(tally.others[name] for name in tally.others if name.endswith("Error"))
        + tally.accepted
    )

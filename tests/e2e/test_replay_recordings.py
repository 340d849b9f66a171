"""Real recordings of other tasks through `evenstance replay`: what is no hold is called none.

And the same board playing the same recording twice measures the same to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import replaying
from replaying import Once, Replayed, forces, replay

NO_HOLD = ("pds13_quiet_cf1", "pds13_quiet_or1", "pds13_quiet_or2", "opensim_gait10dof_walk")
JUMPS = ("biomdp_dropjump_2plates", "gidiel_dual_cmj")
ONE_LEG = {
    "kinvent_single_leg_left_eyes_open": "left",
    "kinvent_single_leg_right_eyes_open": "right",
}
LEFT = "kinvent_single_leg_left_eyes_open"

once = replaying.once


@pytest.fixture(scope="session")
def one_leg(recordings: Path, once: Once[Replayed]) -> Callable[[str], Replayed]:
    """The replay of a one-legged recording."""
    return lambda name: once(name, partial(replay, recordings / f"{name}.csv"))


@pytest.mark.parametrize("name", NO_HOLD)
def test_standing_on_two_legs_and_walking_are_no_trials(recordings: Path, name: str) -> None:
    result = replay(recordings / f"{name}.csv").result
    assert result["holds"] == []
    assert result["asymmetry"] is None
    assert result["verdict"]["step"] == 0
    assert result["plan"] is None


@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_is_no_valid_hold(recordings: Path, name: str) -> None:
    result = replay(recordings / f"{name}.csv").result
    assert [hold for hold in result["holds"] if hold["valid"]] == []
    assert all(hold["reasons"] for hold in result["holds"])
    assert result["verdict"]["step"] == 0


@pytest.mark.parametrize("name", ONE_LEG)
def test_a_hold_that_starts_on_one_leg_is_one_valid_hold(
    recordings: Path, one_leg: Callable[[str], Replayed], name: str
) -> None:
    """Nobody stood on both feet before: body weight is the stance plate's own mean."""
    (hold,) = one_leg(name).holds
    leg = ONE_LEG[name]
    data = forces(recordings / f"{name}.csv")
    scored = data.between(hold["scored_from_s"], hold["scored_to_s"])
    assert (hold["stance_leg"], hold["valid"], hold["reasons"]) == (leg, True, [])
    assert hold["body_weight_source"] == "hold"
    assert hold["body_weight_n"] == pytest.approx(scored.of(leg).mean(), rel=0.005)
    assert hold["touch_downs"] == []


def test_the_same_seed_measures_the_same_again(
    recordings: Path, one_leg: Callable[[str], Replayed]
) -> None:
    first = one_leg(LEFT).holds
    again = replay(recordings / f"{LEFT}.csv", "--seed", "1").holds
    assert json.dumps(again) == json.dumps(first)


def test_another_seed_is_another_board(
    recordings: Path, one_leg: Callable[[str], Replayed]
) -> None:
    first = one_leg(LEFT).holds
    other = replay(recordings / f"{LEFT}.csv", "--seed", "2").holds
    assert json.dumps(other) != json.dumps(first)
    assert [hold["force_mean_n"] for hold in other] == pytest.approx(
        [hold["force_mean_n"] for hold in first], abs=0.1
    )

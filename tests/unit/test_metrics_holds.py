"""Holds in whole recordings: made-up ones with known moments, and the stitched real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evenstance.formats import tidy
from evenstance.metrics.holds import find_holds
from evenstance.signal.force_signal import ForceSignal

RATE_HZ = 250.0
WEIGHT_N = 700.0


def played(*knots: tuple[float, float, float]) -> tuple[ForceSignal, ForceSignal]:
    """Straight lines through (time, left, right)."""
    t_s = np.arange(0.0, knots[-1][0], 1.0 / RATE_HZ)
    at = [knot[0] for knot in knots]
    return tuple(  # type: ignore[return-value]
        ForceSignal(t_s, np.interp(t_s, at, [knot[k] for knot in knots])) for k in (1, 2)
    )


BOTH = (350.0, 350.0)
STAND = ((0.0, *BOTH), (8.0, *BOTH), (8.2, 700.0, 0.0))
LIFT_OFF_S = 8.0 + 0.2 * 330.0 / 350.0  # right crosses 20 N


def test_a_hold_to_the_time_limit() -> None:
    (hold,) = find_holds(*played(*STAND, (40.0, 700.0, 0.0)))
    assert hold.leg == "left"
    assert hold.end_reason == "time_limit"
    assert hold.lift_off_s == pytest.approx(LIFT_OFF_S, abs=1e-9)
    assert hold.end_s == pytest.approx(LIFT_OFF_S + 25.0, abs=1e-9)
    assert hold.body_weight_n == pytest.approx(WEIGHT_N)


def test_sides_are_not_confused() -> None:
    left, right = played(*STAND, (40.0, 700.0, 0.0))
    (hold,) = find_holds(right, left)
    assert hold.leg == "right"
    assert hold.lift_off_s == pytest.approx(LIFT_OFF_S, abs=1e-9)


def test_a_short_touch_does_not_end_a_hold_a_long_one_does() -> None:
    tap = ((15.0, 700.0, 0.0), (15.1, 600.0, 100.0), (15.2, 700.0, 0.0))
    (hold,) = find_holds(*played(*STAND, *tap, (40.0, 700.0, 0.0)))
    assert hold.end_reason == "time_limit"
    down = ((20.0, 700.0, 0.0), (20.1, 600.0, 100.0), (22.0, 600.0, 100.0), (22.1, 700.0, 0.0))
    first, second = find_holds(*played(*STAND, *down, (60.0, 700.0, 0.0)))
    assert first.end_reason == "touch_down"
    assert first.end_s == pytest.approx(20.0 + 0.1 * 20.0 / 100.0, abs=1e-9)
    assert second.lift_off_s == pytest.approx(22.0 + 0.1 * 80.0 / 100.0, abs=1e-9)


def test_stepping_off_and_moving_over_end_it() -> None:
    off = ((20.0, 700.0, 0.0), (20.2, 0.0, 0.0), (30.0, 0.0, 0.0))
    (hold,) = find_holds(*played(*STAND, *off))
    assert hold.end_reason == "step_off"
    assert hold.end_s == pytest.approx(20.0 + 0.2 * 680.0 / 700.0, abs=1e-9)
    over = (
        (20.0, 700.0, 0.0),
        (20.2, 0.0, 700.0),
        (21.0, 0.0, 700.0),
        (21.2, *BOTH),
        (29.0, *BOTH),
    )
    hold = find_holds(*played(*STAND, *over))[0]
    assert hold.end_reason in ("touch_down", "step_off")
    assert 20.0 < hold.end_s < 20.2


def test_the_end_of_the_recording_is_no_end_of_the_hold() -> None:
    (hold,) = find_holds(*played(*STAND, (20.0, 700.0, 0.0)))
    assert hold.end_reason == "stopped"
    assert hold.end_s == pytest.approx(20.0, abs=0.01)


@pytest.mark.parametrize("off_s", [0.5, 1.5])
def test_walking_is_no_hold(off_s: float) -> None:
    back = ((8.2 + off_s, 700.0, 0.0), (8.4 + off_s, *BOTH), (20.0, *BOTH))
    assert find_holds(*played(*STAND, *back)) == []


def test_nobody_and_two_legged_stance_have_no_hold() -> None:
    assert find_holds(*played((0.0, 0.0, 0.0), (20.0, 0.0, 0.0))) == []
    assert find_holds(*played((0.0, *BOTH), (20.0, *BOTH))) == []


@pytest.mark.recordings
def test_the_stitched_recording(recordings: Path) -> None:
    block = tidy.read(recordings / "stitched_session.csv")
    assert block.left is not None and block.right is not None
    left = ForceSignal(block.left.t_s, block.left.force_n)
    holds = find_holds(left, ForceSignal(block.right.t_s, block.right.force_n))
    truth = json.loads((recordings / "stitched_session.truth.json").read_text())
    wanted = [event for event in truth["events"] if event["what"] == "hold"]
    assert [hold.leg for hold in holds] == [event["leg"] for event in wanted]
    for hold, event in zip(holds, wanted, strict=True):
        assert hold.end_reason == "time_limit"
        # the truth says when the load had moved over wholly; the foot left a little before
        assert event["from_s"] - 0.6 < hold.lift_off_s <= event["from_s"] + 0.02
        assert hold.body_weight_n == pytest.approx(truth["body_weight_n"], rel=0.005)

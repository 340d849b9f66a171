"""Replays on boards that the command cannot ask for: a late clock, other filters in the chips.

They run the product's own replay; only the board that it switches on is another one.
"""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from replaying import Forces, forces
from stitched import HOLD_S, NAME, Truth, truth_of_hold

from evenstance.flows import replay as flow
from evenstance.metrics.agreement import compare
from evenstance.metrics.hold import Trial
from evenstance.store.database import open_store
from evenstance.virtual.board import TICKS_AT_POWER_UP_US, VirtualBoard, Wiring
from evenstance.virtual.recording import read_recording

TICKS_WRAP_US = 1 << 30
LIFT_OFF_TOLERANCE_S = 0.020
TIMES = ("start_s", "end_s", "scored_from_s", "scored_to_s")
THIRD = 2


@cache
def third_hold(recordings: Path, before_s: float, after_s: float) -> tuple[Forces, Truth]:
    """A cut from the stitched session around the lift-off of the hold with the touch."""
    whole = forces(recordings / f"{NAME}.csv")
    events = json.loads((recordings / f"{NAME}.truth.json").read_text())["events"]
    event = [e for e in events if e["what"] == "hold"][THIRD]
    truth = truth_of_hold(whole, event)
    return whole.between(truth.lift_off_s - before_s, truth.lift_off_s + after_s), truth


def measure(file: Path) -> tuple[dict[str, Any], list[Trial]]:
    """Replay a file in this process: the result, and the trials as they were stored."""
    with open_store(file.with_suffix(".sqlite")) as store:
        result = flow.replay(
            read_recording(file), flow.ReplayOptions(), store, None, lambda text: None
        )
        (session,) = {t.session_id for t in store.trials()}
        for stored in store.trials():
            kept = store.trace(stored.id)
            assert kept is not None
            assert compare(stored.hold, kept.data).disagreements == ()
        return result, [t.hold for t in store.trials(session=session)]


def test_a_hold_across_the_wrap_of_the_board_s_clock_is_measured_alike(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ticks_us` wraps every 17.9 minutes; here it does so while the swing foot is down."""
    cut, truth = third_hold(recordings, 3.0, HOLD_S + 0.9)
    ((down_s, up_s, _),) = truth.touches
    plain, (trial,) = measure(cut.write(tmp_path / "plain.csv"))
    ticks_at_lift_off = round(trial.lift_off_device_s * 1e6)
    wrap_after_us = round(((down_s + up_s) / 2 - truth.lift_off_s) * 1e6)
    shift_us = TICKS_WRAP_US - wrap_after_us - ticks_at_lift_off
    late = partial(VirtualBoard, ticks_at_power_up_us=TICKS_AT_POWER_UP_US + shift_us)
    monkeypatch.setattr(flow, "VirtualBoard", late)
    wrapped, (late_trial,) = measure(cut.write(tmp_path / "wrapped.csv"))

    assert ticks_at_lift_off + HOLD_S * 1e6 < TICKS_WRAP_US, "the first clock did not wrap"
    touch_us = late_trial.touch_downs[0].at_s * 1e6
    lift_off_us = late_trial.lift_off_device_s * 1e6
    assert lift_off_us + touch_us < TICKS_WRAP_US < lift_off_us + HOLD_S * 1e6
    (hold,), (late_hold,) = plain["holds"], wrapped["holds"]
    assert hold["valid"]
    assert hold["touch_down_count"] == 1
    assert [late_hold.pop(n) for n in TIMES] == pytest.approx(
        [hold.pop(n) for n in TIMES], abs=2e-6
    )
    (touch,), (late_touch,) = hold["touch_downs"], late_hold["touch_downs"]
    assert late_touch.pop("at_s") == pytest.approx(touch.pop("at_s"), abs=2e-6)
    assert late_hold == hold


@pytest.mark.parametrize("stages", [2, 3])
def test_lift_off_stays_within_20_ms_with_another_filter_in_the_chips(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stages: int
) -> None:
    """The real chip's filter is not published; the delay taken off belongs to four stages."""
    cut, truth = third_hold(recordings, 3.0, 4.0)
    monkeypatch.setattr(Wiring, "drawn", staticmethod(partial(Wiring.drawn, stages=stages)))
    result, _ = measure(cut.write(tmp_path / "cut.csv"))
    (hold,) = result["holds"]
    assert hold["stance_leg"] == truth.leg
    assert hold["start_s"] == pytest.approx(truth.lift_off_s, abs=LIFT_OFF_TOLERANCE_S)

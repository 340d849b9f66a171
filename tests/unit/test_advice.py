"""What the plan is told of the holds, and what it answers when there is no screening."""

from __future__ import annotations

from datetime import date

from summaries import summary

from evenstance.decision.ladder import decide
from evenstance.flows.advice import person_results, plan_or_reason
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance_wire import flags


def trial(leg: str, end_s: float, end_reason: int) -> Trial:
    return trial_from_summary(
        summary(leg=leg, end_us=round(end_s * 1e6), end_reason=end_reason)  # type: ignore[arg-type]
    )


def test_best_and_median_hold_times_of_each_leg() -> None:
    trials = [
        trial("left", 9.0, flags.TOUCH_DOWN),
        trial("left", 11.0, flags.STEP_OFF),
        trial("left", 7.0, flags.TOUCH_DOWN),
        trial("right", 25.0, flags.TIME_LIMIT),
    ]
    found = person_results(trials, 71)
    assert (found.best_hold_left_s, found.best_hold_right_s) == (11.0, 25.0)
    assert found.median_hold_s == 9.0
    assert not found.holds_at_cap


def test_holds_that_somebody_or_a_fault_ended_say_nothing_of_the_person() -> None:
    trials = [
        trial("left", 3.0, flags.END_STOPPED),
        trial("left", 25.0, flags.TIME_LIMIT),
        trial("right", 4.0, flags.END_SENSOR_FAULT),
    ]
    found = person_results(trials, None)
    assert found.best_hold_left_s == 25.0
    assert found.best_hold_right_s is None
    assert found.holds_at_cap


def test_without_holds_nothing_is_at_the_cap() -> None:
    found = person_results([], 30)
    assert not found.holds_at_cap
    assert found.median_hold_s is None


def test_unscreened_gets_no_plan_and_the_reason() -> None:
    plan, reason = plan_or_reason(decide([]), None, [], date(2026, 11, 1))
    assert plan is None
    assert reason is not None
    assert "screen" in reason

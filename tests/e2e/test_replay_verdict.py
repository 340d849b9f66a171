"""What a replay says besides its numbers: the documented object, the verdict, and no plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import replaying
import stitched
from stitched import DEFAULT, SETTINGS, SIMILAR, UNEQUAL, Play

RESULT = {"board", "holds", "asymmetry", "verdict", "plan", "plan_reason"}
BOARD = {"firmware", "protocol", "rate_left_sps", "rate_right_sps", "counters"}
COUNTERS = {
    *("conversions_left", "conversions_right", "dropped_left", "dropped_right"),
    *("late_left", "late_right", "desynced_left", "desynced_right"),
    *("saturated_left", "saturated_right", "restarts_left", "restarts_right"),
    *("overruns_left", "overruns_right"),
    *("frames_dropped", "frames_damaged", "holds_lost", "quarantined"),
}
HOLD = {
    *("seq", "stance_leg", "valid", "reasons", "body_weight_source", "start_s", "end_s"),
    *("scored_from_s", "scored_to_s", "hold_time_s", "end_reason", "body_weight_n"),
    *("load_share_pct", "stray_load_pct_bw", "touch_down_count", "touch_downs"),
    *("force_mean_n", "force_sd_n", "force_sd_windows_n", "force_sd_pct_bw"),
    *("force_range_p95_p5_n", "samples", "dropped", "desynced", "saturated"),
}
ASYMMETRY = {
    *("difference_pct", "interval_low_pct", "interval_high_pct"),
    *("strict_low_pct", "strict_high_pct", "confidence_pct", "strict_confidence_pct"),
    *("less_steady", "sessions", "same_side_sessions", "same_side_days"),
    *("holds_left", "holds_right", "left_n", "right_n", "conditions"),
    *("within_leg_cv_pct", "within_leg_cv_source"),
    *("between_session_sd_pct", "between_session_sd_source", "degrees_of_freedom"),
    *("threshold_pct", "metric", "formula", "set_aside"),
}

once, played = replaying.once, stitched.played


def test_the_object_has_the_documented_keys_and_no_others(played: Callable[[str], Play]) -> None:
    result = played(DEFAULT).run.result
    assert set(result) == RESULT
    assert set(result["board"]) == BOARD
    assert set(result["board"]["counters"]) == COUNTERS
    for hold in result["holds"]:
        assert set(hold) == HOLD
        assert set(hold["load_share_pct"]) == {"mean", "min", "sd"}
        assert set(hold["samples"]) == {"left", "right"}
        assert len(hold["force_sd_windows_n"]) == 4
        for touch in hold["touch_downs"]:
            assert set(touch) == {"at_s", "duration_s", "peak_n"}
    assert set(result["asymmetry"]) == ASYMMETRY
    assert result["asymmetry"]["formula"] == "pct_larger"
    assert result["asymmetry"]["same_side_days"] == 1
    assert set(result["verdict"]) == {"step", "text", "reason", "notes", "holds_needed"}


def test_the_board_says_who_it_is_and_counted_no_fault(played: Callable[[str], Play]) -> None:
    board = played(DEFAULT).run.result["board"]
    assert board["firmware"]
    assert isinstance(board["protocol"], int)
    counters = board["counters"]
    assert min(counters["conversions_left"], counters["conversions_right"]) > 218 * 90
    faults = ("desynced_", "saturated_", "frames_", "holds_", "quarantined")
    assert {n: v for n, v in counters.items() if n.startswith(faults) and v != 0} == {}


@pytest.mark.parametrize("name", SETTINGS)
def test_one_day_is_never_a_difference_to_act_on(played: Callable[[str], Play], name: str) -> None:
    result = played(name).run.result
    assert result["verdict"]["step"] != 3
    assert result["plan"] is None
    assert result["plan_reason"]


def test_without_a_screening_there_is_no_plan_but_a_verdict(played: Callable[[str], Play]) -> None:
    result = played(DEFAULT).run.result
    assert (result["verdict"]["step"], result["verdict"]["reason"]) == (
        1,
        "interval_includes_zero",
    )
    assert "includes zero" in result["verdict"]["text"]
    assert result["plan"] is None
    assert result["plan_reason"].startswith("No plan: not screened.")


def test_a_clear_screening_gives_no_plan_for_legs_that_do_not_differ(
    played: Callable[[str], Play],
) -> None:
    result = played(UNEQUAL).run.result
    assert result["verdict"]["step"] == 1
    assert result["plan"] is None
    assert result["plan_reason"].startswith("There is nothing to correct: ")


def test_a_red_flag_ends_every_plan_and_names_whom_to_see(played: Callable[[str], Play]) -> None:
    result = played(SIMILAR).run.result
    assert (result["verdict"]["step"], result["verdict"]["reason"]) == (4, "red_flag")
    assert result["plan"] is None
    assert "Whom to see: Your doctor, before any practice." in result["plan_reason"]
    assert len(result["holds"]) == 6, "measurements are shown all the same"

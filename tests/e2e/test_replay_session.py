"""The stitched session through the whole product: six holds, measured as the CSV has them.

Four plays: the command's own seed and rates, and three other boards with chips from 80 to 97 SPS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import replaying
import stitched
from stitched import EXCHANGED, HOLD_S, SETTINGS, SWAPPED, UNEQUAL, Play, Truth

TIME_TOLERANCE_S = 0.020
MEAN_TOLERANCE_N = 0.1
SD_TOLERANCE = 0.03
BODY_WEIGHT_TOLERANCE = 0.005
RATE_TOLERANCE = 0.003
PEAK_TOLERANCE = 0.06
REAL_TIMES = 8

once, played = replaying.once, stitched.played


@pytest.fixture(params=SETTINGS)
def play(request: pytest.FixtureRequest, played: Callable[[str], Play]) -> Play:
    return played(request.param)


def pairs(play: Play) -> list[tuple[dict[str, Any], Truth]]:
    return list(zip(play.run.holds, play.holds, strict=True))


def test_finds_the_six_holds_and_nothing_else(play: Play) -> None:
    holds = play.run.holds
    first, second = ("right", "left") if play.setting.swapped else ("left", "right")
    assert [h["stance_leg"] for h in holds] == [first, second] * 3
    assert [h["stance_leg"] for h in holds] == [t.leg for t in play.holds]
    assert [h["seq"] for h in holds] == [1, 2, 3, 4, 5, 6]
    assert [(h["valid"], h["reasons"]) for h in holds] == [(True, [])] * 6
    assert [(h["end_reason"], h["hold_time_s"]) for h in holds] == [("time_limit", HOLD_S)] * 6
    assert play.run.code == 0


def test_every_summary_says_what_its_trace_says(play: Play) -> None:
    """Every pull compares them and would warn."""
    assert "Warning" not in play.run.err


def test_lift_off_is_where_the_csv_crosses_20_n(play: Play) -> None:
    for hold, truth in pairs(play):
        assert hold["start_s"] == pytest.approx(truth.lift_off_s, abs=TIME_TOLERANCE_S)
        assert hold["end_s"] == pytest.approx(truth.lift_off_s + HOLD_S, abs=TIME_TOLERANCE_S)


def test_the_one_touch_down_is_in_the_third_hold(play: Play) -> None:
    assert [len(truth.touches) for truth in play.holds] == [0, 0, 1, 0, 0, 0]
    assert [h["touch_down_count"] for h in play.run.holds] == [0, 0, 1, 0, 0, 0]
    assert [len(h["touch_downs"]) for h in play.run.holds] == [0, 0, 1, 0, 0, 0]
    ((down_s, up_s, peak_n),) = play.holds[2].touches
    (found,) = play.run.holds[2]["touch_downs"]
    assert down_s == pytest.approx(92.6, abs=0.05)
    assert found["at_s"] == pytest.approx(down_s, abs=TIME_TOLERANCE_S)
    assert found["at_s"] + found["duration_s"] == pytest.approx(up_s, abs=TIME_TOLERANCE_S)
    assert found["peak_n"] == pytest.approx(peak_n, rel=PEAK_TOLERANCE)


def test_force_mean_and_sd_are_those_of_the_csv(play: Play) -> None:
    for hold, truth in pairs(play):
        from_s, to_s = hold["scored_from_s"], hold["scored_to_s"]
        assert from_s == pytest.approx(hold["start_s"] + 5, abs=1e-6)
        assert to_s == pytest.approx(hold["start_s"] + 25, abs=1e-6)
        mean_n = play.forces.between(from_s, to_s).of(truth.leg).mean()
        windows_n = play.forces.window_sds_n(truth.leg, from_s)
        assert hold["force_mean_n"] == pytest.approx(mean_n, abs=MEAN_TOLERANCE_N)
        assert hold["force_sd_n"] == pytest.approx(np.mean(windows_n), rel=SD_TOLERANCE)
        assert hold["force_sd_windows_n"] == pytest.approx(windows_n, rel=0.05)


def test_body_weight_is_the_person_s(play: Play) -> None:
    for hold in play.run.holds:
        assert hold["body_weight_source"] == "two_legged"
        assert hold["body_weight_n"] == pytest.approx(
            play.body_weight_n, rel=BODY_WEIGHT_TOLERANCE
        )
        assert hold["force_sd_pct_bw"] == pytest.approx(
            100 * hold["force_sd_n"] / hold["body_weight_n"], rel=1e-5
        )


def test_load_share_and_stray_load_are_those_of_the_csv(play: Play) -> None:
    for hold, truth in pairs(play):
        scored = play.forces.between(hold["scored_from_s"], hold["scored_to_s"])
        share_pct = 100 * scored.of(truth.leg) / (scored.left + scored.right)
        stray_n = (scored.left + scored.right - scored.of(truth.leg)).mean()
        share = hold["load_share_pct"]
        assert share["mean"] == pytest.approx(share_pct.mean(), abs=0.01)
        assert share["sd"] == pytest.approx(share_pct.std(ddof=1), abs=0.05)
        assert share["min"] == pytest.approx(share_pct.min(), abs=0.5)
        assert hold["stray_load_pct_bw"] == pytest.approx(
            100 * stray_n / play.body_weight_n, abs=0.01
        )


def test_the_board_measured_the_rates_of_its_chips(play: Play) -> None:
    board = play.run.result["board"]
    found = (board["rate_left_sps"], board["rate_right_sps"])
    assert found == pytest.approx(play.setting.rates_sps, rel=RATE_TOLERANCE)


def test_no_sample_is_lost_in_a_hold(play: Play) -> None:
    left_sps, right_sps = play.setting.rates_sps
    for hold in play.run.holds:
        assert (hold["dropped"], hold["desynced"], hold["saturated"]) == (0, 0, 0)
        assert hold["samples"]["left"] == pytest.approx(HOLD_S * left_sps, abs=2)
        assert hold["samples"]["right"] == pytest.approx(HOLD_S * right_sps, abs=2)


def test_is_faster_than_eight_times_real_time_on_one_core(play: Play) -> None:
    assert play.run.cpu_s < play.forces.duration_s / REAL_TIMES


def test_exchanging_the_rates_alone_moves_the_difference_by_half_a_point_at_most(
    played: Callable[[str], Play],
) -> None:
    """The legs are compared with the loss of each chip's filter given back."""
    found = [played(name).run.result["asymmetry"] for name in (UNEQUAL, EXCHANGED)]
    assert {one["metric"] for one in found} == {"force_sd_droop_corrected_n"}
    there, back = (one["difference_pct"] for one in found)
    assert there == pytest.approx(back, abs=0.5)


def test_exchanging_plates_and_rates_turns_the_sign_and_nothing_else(
    played: Callable[[str], Play],
) -> None:
    there, back = (
        played(name).run.result["asymmetry"]["difference_pct"] for name in (UNEQUAL, SWAPPED)
    )
    assert there < 0 < back
    assert there + back == pytest.approx(0, abs=0.5)

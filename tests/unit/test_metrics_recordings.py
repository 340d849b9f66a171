"""The metrics on real recordings, against a few lines of numpy; legs on exchanged chips."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from made_holds import FloatArray, hold

from evenstance.metrics import single_leg
from evenstance.metrics.asymmetry import pct_larger
from evenstance.metrics.evaluate import Facts, evaluate_hold, evaluate_two_legged
from evenstance.metrics.measured import Measured, Missing
from evenstance.signal.force_signal import ForceSignal
from evenstance.virtual.converter import Converter
from evenstance.virtual.recording import RecordingLoads, read_recording

QUIET = ("pds13_quiet_cf1", "pds13_quiet_or1", "pds13_quiet_or2")
ONE_LEG = {
    "kinvent_single_leg_left_eyes_open": "left",
    "kinvent_single_leg_right_eyes_open": "right",
}
POINTS = 0.5  # as far as exchanging plates and rates may move the difference of the legs


@cache
def columns(file: Path) -> FloatArray:
    return np.loadtxt(file, delimiter=",", skiprows=1).T


def independent_sd_n(t: FloatArray, force: FloatArray) -> float:
    """Nothing of the product: four windows, four SDs, their mean."""
    parts = [force[(t >= a) & (t < a + 5)] for a in (5, 10, 15, 20)]
    return sum(np.sqrt(((p - p.mean()) ** 2).sum() / (len(p) - 1)) for p in parts) / 4


def number(found: dict[str, Measured | Missing], name: str) -> float:
    one = found[name]
    assert isinstance(one, Measured), one
    return one.value


@pytest.mark.parametrize("name", ONE_LEG)
def test_force_sd_of_each_leg_from_the_csv(recordings: Path, name: str) -> None:
    """Every condition that there is: eyes open, left and right."""
    t, left, right = columns(recordings / f"{name}.csv")
    leg = "left" if ONE_LEG[name] == "left" else "right"
    stance, swing = (left, right) if leg == "left" else (right, left)
    found = evaluate_hold(
        hold(stance, swing, t, leg), Facts(leg, 25.0, "time_limit", float(stance.mean()))
    )
    scored = stance[(t >= 5) & (t < 25)]
    assert number(found, "force_sd_n") == pytest.approx(independent_sd_n(t, stance), rel=1e-9)
    assert 4.0 < number(found, "force_sd_n") < 7.0  # one adult of 77 kg
    assert number(found, "force_mean_n") == pytest.approx(scored.mean(), rel=1e-12)
    spread = np.percentile(scored, 95) - np.percentile(scored, 5)
    assert number(found, "force_range_p95_p5_n") == pytest.approx(spread, rel=1e-12)
    assert number(found, "load_share_mean_pct") == pytest.approx(100.0)


@pytest.mark.parametrize("name", QUIET)
def test_two_legged_split_from_the_csv(recordings: Path, name: str) -> None:
    t, left, right = columns(recordings / f"{name}.csv")
    found = evaluate_two_legged(ForceSignal.of(t, left), ForceSignal.of(t, right))
    split_pct = 100 * (right.mean() - left.mean()) / (right.mean() + left.mean())
    assert number(found, "weight_bearing_asymmetry_pct") == pytest.approx(split_pct, abs=1e-9)
    assert number(found, "sum_force_sd_n") == pytest.approx((left + right).std(ddof=1), rel=0.01)
    assert number(found, "left_force_sd_n") == pytest.approx(left.std(ddof=1), rel=1e-9)
    assert number(found, "body_weight_n") == pytest.approx((left + right).mean(), rel=0.005)


@pytest.mark.parametrize("name", QUIET)
@pytest.mark.parametrize("rates_sps", [(93.1, 91.8), (80.0, 97.0)])
def test_two_legged_split_through_two_simulated_chips(
    recordings: Path, name: str, rates_sps: tuple[float, float]
) -> None:
    """norm_sum of a whole recording, sampled by the converters' model at their own rates."""
    file = recordings / f"{name}.csv"
    _, left, right = columns(file)
    loads = RecordingLoads(read_recording(file), 1_000_000)
    sides: list[ForceSignal] = []
    for plate, rate_sps in enumerate(rates_sps):
        chip = Converter(rate_sps, 4_000.0, 50_000.0, 80.0, seed=plate)
        t_us, counts = chip.convert(loads, plate, loads.end_us)
        at_s = t_us / 1e6 - 2.0 / rate_sps - 1.0
        sides.append(ForceSignal.of(at_s, (counts - 50_000.0) / 4_000.0).between(0.0, 60.0))
    found = evaluate_two_legged(*sides)
    split_pct = 100 * (right.mean() - left.mean()) / (right.mean() + left.mean())
    assert number(found, "weight_bearing_asymmetry_pct") == pytest.approx(split_pct, abs=0.1)


@cache
def stitched_differences_pct(
    folder: Path, rates_sps: tuple[float, float], swapped: bool, stages: int
) -> tuple[float, float]:
    """(plain, corrected) difference of the legs over the six holds of the stitched session."""
    recording = read_recording(folder / "stitched_session.csv")
    loads = RecordingLoads(recording, 0)
    events = json.loads((folder / "stitched_session.truth.json").read_text())["events"]
    holds = [(e["leg"], e["from_s"]) for e in events if e["what"] == "hold"]
    assert len(holds) == 6
    plates: list[ForceSignal] = []
    for leg in (0, 1):
        # which plate, and so which chip, this leg stands on
        rate_sps = rates_sps[1 - leg if swapped else leg]
        chip = Converter(rate_sps, 4_000.0, 0.0, 80.0, seed=7 + leg, stages=stages)
        t_us, counts = chip.convert(loads, leg, loads.end_us)
        plates.append(ForceSignal.of(t_us / 1e6 - 2.0 / rate_sps, counts / 4_000.0))
    sds: dict[str, list[tuple[float, float]]] = {"left": [], "right": []}
    for leg, from_s in holds:
        k = 0 if leg == "left" else 1
        rate_sps = rates_sps[1 - k if swapped else k]
        own = ForceSignal(plates[k].times_s - from_s, plates[k].force_n)
        plain = single_leg.force_sd_n(own)
        sds[leg].append((plain, single_leg.force_sd_droop_corrected_n(own, rate_sps)))
    left, right = (np.exp(np.log(sds[leg]).mean(axis=0)).tolist() for leg in ("left", "right"))
    return pct_larger(left[0], right[0]), pct_larger(left[1], right[1])


@pytest.mark.parametrize("stages", [2, 3, 4])
def test_exchanged_rates_move_the_corrected_difference_by_half_a_point_at_most(
    recordings: Path, stages: int
) -> None:
    """Also where the chip's real filter is shorter than the assumed one of four stages."""
    one = stitched_differences_pct(recordings, (80.0, 97.0), False, stages)
    other = stitched_differences_pct(recordings, (97.0, 80.0), False, stages)
    assert abs(one[1] - other[1]) <= POINTS
    assert abs(one[1] - other[1]) <= abs(one[0] - other[0]) + 0.05


def test_uncorrected_the_rates_move_it_by_more(recordings: Path) -> None:
    """The reason for the correction; with the filter as it is assumed, hardly anything is left."""
    one = stitched_differences_pct(recordings, (80.0, 97.0), False, 4)
    other = stitched_differences_pct(recordings, (97.0, 80.0), False, 4)
    assert abs(one[0] - other[0]) > POINTS
    assert abs(one[1] - other[1]) < 0.1


def test_exchanged_plates_and_rates_move_neither(recordings: Path) -> None:
    """The same person turned round on the same board: each leg on the other plate and chip."""
    for rates_sps in ((80.0, 97.0), (93.1, 91.8)):
        one = stitched_differences_pct(recordings, rates_sps, False, 4)
        other = stitched_differences_pct(recordings, rates_sps, True, 4)
        assert abs(one[1] - other[1]) <= POINTS


def test_with_nearly_equal_rates_the_two_hardly_differ(recordings: Path) -> None:
    plain, corrected = stitched_differences_pct(recordings, (93.1, 91.8), False, 4)
    assert corrected == pytest.approx(plain, abs=0.2)
    assert plain < 0.0

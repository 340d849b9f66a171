"""Sensitivity from known masses: exact on exact data, honest on the rest, refused when absurd."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.calibration.known_mass import (
    STANDARD_GRAVITY_M_S2,
    Point,
    check_bearable,
    check_masses,
    fit,
)
from evenstance.errors import MeasurementError, UsageError

gains = st.floats(100.0, 50_000.0).flatmap(lambda g: st.sampled_from([g, -g]))
masses = st.lists(st.floats(2.0, 150.0), min_size=3, max_size=6, unique=True)
errors = st.lists(st.floats(-0.01, 0.01), min_size=6, max_size=6)


def loaded(found: list[float], gain: float, off: list[float] | None = None) -> list[Point]:
    shares = [0.0] * len(found) if off is None else off
    return [
        Point(m, gain * m * STANDARD_GRAVITY_M_S2 * (1.0 + e))
        for m, e in zip(found, shares, strict=False)
    ]


@given(gains, masses)
def test_exact_counts_give_the_gain_with_its_sign(gain: float, found: list[float]) -> None:
    sensitivity = fit(loaded(found, gain))
    assert sensitivity.counts_per_n == pytest.approx(gain, rel=1e-9)
    assert [one.mass_kg for one in sensitivity.residuals] == found
    assert sensitivity.worst.off_pct == pytest.approx(0.0, abs=1e-6)


@given(gains, masses, errors)
def test_a_plate_wired_the_other_way_round_differs_by_its_sign_only(
    gain: float, found: list[float], off: list[float]
) -> None:
    one = fit(loaded(found, gain, off))
    other = fit(loaded(found, -gain, off))
    assert other.counts_per_n == -one.counts_per_n
    assert other.residuals == one.residuals


@given(gains, masses, errors)
def test_no_other_line_through_zero_fits_better(
    gain: float, found: list[float], off: list[float]
) -> None:
    points = loaded(found, gain, off)
    slope = fit(points).counts_per_n

    def squares(tried: float) -> float:
        return sum((p.counts - tried * p.mass_kg * STANDARD_GRAVITY_M_S2) ** 2 for p in points)

    best = squares(slope)
    assert all(best <= squares(slope * (1.0 + d)) + 1e-6 * best for d in (-1e-3, 1e-4, 1e-3))
    assert min(off[: len(found)]) - 1e-9 <= slope / gain - 1.0 <= max(off[: len(found)]) + 1e-9


@given(gains, masses, errors)
def test_the_residuals_say_what_each_mass_reads(
    gain: float, found: list[float], off: list[float]
) -> None:
    points = loaded(found, gain, off)
    sensitivity = fit(points)
    for point, residual in zip(points, sensitivity.residuals, strict=True):
        force_n = point.mass_kg * STANDARD_GRAVITY_M_S2
        reads_n = point.counts / sensitivity.counts_per_n
        assert residual.off_n == pytest.approx(reads_n - force_n, abs=1e-9)
        assert residual.off_pct == pytest.approx(100.0 * residual.off_n / force_n, abs=1e-9)
    worst = max(abs(one.off_pct) for one in sensitivity.residuals)
    assert abs(sensitivity.worst.off_pct) == worst


@given(masses, gains, st.floats(0.004, 0.2))
def test_one_wrong_mass_shows(found: list[float], gain: float, wrong: float) -> None:
    """The lightest one is `wrong` heavier than it says: the line through all is off by less."""
    off = [wrong if mass_kg == min(found) else 0.0 for mass_kg in found]
    sensitivity = fit(loaded(found, gain, off))
    forces = sum(mass_kg**2 for mass_kg in found)
    share = wrong * min(found) ** 2 / forces
    assert share <= wrong / 3.0 + 1e-12
    assert sensitivity.worst.mass_kg == min(found)
    expected = 100.0 * ((1.0 + wrong) / (1.0 + share) - 1.0)
    assert sensitivity.worst.off_pct == pytest.approx(expected, rel=1e-6)


def test_the_residual_is_of_the_load_it_occurred_at() -> None:
    found = fit(loaded([10.0, 20.0, 40.0], 1000.0, [0.0, 0.01, 0.0]))
    slope = (100.0 + 400.0 * 1.01 + 1600.0) / 2100.0
    assert found.counts_per_n == pytest.approx(1000.0 * slope)
    assert found.worst.mass_kg == 20.0
    assert found.worst.off_pct == pytest.approx(100.0 * (1.01 / slope - 1.0))
    assert found.worst.off_n == pytest.approx(20.0 * STANDARD_GRAVITY_M_S2 * (1.01 / slope - 1.0))


def test_local_gravity_changes_the_newtons_not_the_counts() -> None:
    points = [Point(m, m * 9800.0) for m in (5.0, 10.0, 20.0)]
    assert fit(points, 9.8).counts_per_n == pytest.approx(1000.0)


@pytest.mark.parametrize("counts", [0.0, 10.0, 1e10, -1e10])
def test_impossible_counts_are_refused(counts: float) -> None:
    with pytest.raises(MeasurementError, match="no load cell"):
        fit([Point(m, counts * m) for m in (10.0, 20.0, 40.0)])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "0 different"),
        ([20.0], "1 different"),
        ([20.0, 40.0], "2 different"),
        ([20.0, 40.0, 20.0], "2 different"),
        ([1.9, 10.0, 20.0], "1.9 kg is too light"),
        ([-10.0, 10.0, 20.0], "-10 kg is too light"),
        ([math.nan, 10.0, 20.0], "nan kg is no mass"),
        ([math.inf, 10.0, 20.0], "inf kg is no mass"),
    ],
)
def test_masses_that_make_no_line_are_refused(found: list[float], words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        check_masses(found)
    assert refused.value.next_step
    with pytest.raises(UsageError, match=words):
        fit([Point(mass_kg, 1000.0) for mass_kg in found])


def test_a_mass_may_be_measured_twice() -> None:
    check_masses([10.0, 20.0, 40.0, 20.0])


def test_the_heaviest_mass_may_be_as_heavy_as_the_rating_and_no_heavier() -> None:
    check_bearable([20.0, 200.0, 40.0], 200.0, "left")
    with pytest.raises(UsageError, match=r"more than the right plate may carry \(200 kg\)"):
        check_bearable([20.0, 200.5], 200.0, "right")

"""Sensitivity from known masses: exact on exact data, refused on impossible data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.calibration.known_mass import STANDARD_GRAVITY_M_S2, Point, fit
from evenstance.errors import MeasurementError

gains = st.floats(100.0, 50_000.0).flatmap(lambda g: st.sampled_from([g, -g]))
masses = st.lists(st.floats(2.0, 150.0), min_size=1, max_size=5)


@given(gains, masses)
def test_exact_counts_give_the_gain_with_its_sign(gain: float, found: list[float]) -> None:
    points = [Point(m, gain * m * STANDARD_GRAVITY_M_S2) for m in found]
    sensitivity = fit(points)
    assert sensitivity.counts_per_n == pytest.approx(gain, rel=1e-9)
    assert sensitivity.residual_pct == pytest.approx(0.0, abs=1e-6)


def test_the_residual_is_of_the_load_it_occurred_at() -> None:
    unit = STANDARD_GRAVITY_M_S2 * 1000.0
    found = fit([Point(10.0, 10.0 * unit), Point(20.0, 20.0 * unit * 1.01)])
    slope = (10.0 * 10.0 + 20.0 * 20.0 * 1.01) / (100.0 + 400.0)
    assert found.counts_per_n == pytest.approx(1000.0 * slope)
    assert found.residual_pct == pytest.approx(100.0 * (slope - 1.0) / slope)


def test_local_gravity_changes_the_newtons_not_the_counts() -> None:
    points = [Point(10.0, 98_000.0)]
    assert fit(points, 9.8).counts_per_n == pytest.approx(1000.0)


@pytest.mark.parametrize(
    "points",
    [
        [],
        [Point(1.9, 20_000.0)],
        [Point(-10.0, 20_000.0)],
        [Point(float("nan"), 20_000.0)],
        [Point(10.0, 0.0)],
        [Point(10.0, 10.0)],
        [Point(10.0, 1e9)],
    ],
)
def test_impossible_points_are_refused(points: list[Point]) -> None:
    with pytest.raises(MeasurementError):
        fit(points)

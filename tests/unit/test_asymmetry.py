from __future__ import annotations

import doctest
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.metrics import asymmetry as asym
from evenstance.metrics.asymmetry import FormulaId

positive = st.floats(1e-3, 1e6)
SIGNED: tuple[FormulaId, ...] = ("pct_larger", "si_mean", "norm_sum", "symmetry_angle")


def test_docstring_examples() -> None:
    result = doctest.testmod(asym)
    assert result.attempted >= 12
    assert result.failed == 0


@pytest.mark.parametrize(
    ("formula", "right_larger", "left_larger"),
    [
        ("pct_larger", 35.90, -35.90),
        ("si_mean", 43.75, -43.75),
        ("norm_sum", 21.88, -21.88),
        ("symmetry_angle", 13.71, -13.71),
    ],
)
def test_published_worked_values(
    formula: FormulaId, right_larger: float, left_larger: float
) -> None:
    # 21.875 is printed as 21.88 in the source, hence a tolerance of half a hundredth.
    assert asym.asymmetry(0.25, 0.39, formula) == pytest.approx(right_larger, abs=0.00501)
    assert asym.asymmetry(0.39, 0.25, formula) == pytest.approx(left_larger, abs=0.00501)


def test_published_worked_values_of_the_dominant_form() -> None:
    assert round(asym.dominant(0.25, 0.39, stronger="right"), 2) == 35.90
    assert round(asym.dominant(0.25, 0.39, stronger="left"), 2) == -56.00


def test_angle_of_eighty_to_a_hundred() -> None:
    assert round(asym.symmetry_angle(80.0, 100.0), 2) == 7.04
    assert round(asym.pct_larger(80.0, 100.0), 2) == 20.00


def test_the_default_is_the_share_of_the_larger() -> None:
    assert asym.asymmetry(3.0, 4.0) == asym.pct_larger(3.0, 4.0) == 25.0


@given(positive, positive)
def test_swapping_the_legs_flips_the_sign_and_nothing_else(left: float, right: float) -> None:
    for formula in SIGNED:
        there = asym.asymmetry(left, right, formula)
        back = asym.asymmetry(right, left, formula)
        assert back == pytest.approx(-there, abs=1e-9)


@given(positive, positive, st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(left: float, right: float, scale: float) -> None:
    for formula in get_args(FormulaId):
        assert asym.asymmetry(left * scale, right * scale, formula) == pytest.approx(
            asym.asymmetry(left, right, formula), rel=1e-9, abs=1e-9
        )


@given(positive, positive)
def test_the_sign_is_the_larger_side(left: float, right: float) -> None:
    for formula in SIGNED:
        value = asym.asymmetry(left, right, formula)
        if left == right:
            assert value == pytest.approx(0.0, abs=1e-9)
        elif abs(left - right) > 1e-6 * max(left, right):
            assert math.copysign(1.0, value) == math.copysign(1.0, right - left)


@given(positive)
def test_equal_legs_are_zero_by_every_formula(value: float) -> None:
    for formula in get_args(FormulaId):
        assert asym.asymmetry(value, value, formula) == pytest.approx(0.0, abs=1e-12)


def test_one_leg_at_zero_is_a_full_difference_where_defined() -> None:
    assert asym.pct_larger(0.0, 3.0) == 100.0
    assert asym.pct_larger(3.0, 0.0) == -100.0
    assert asym.si_mean(0.0, 3.0) == 200.0
    assert asym.norm_sum(0.0, 3.0) == 100.0
    assert asym.symmetry_angle(0.0, 3.0) == 50.0
    assert asym.dominant(0.0, 3.0, stronger="right") == 100.0
    with pytest.raises(ValueError, match="stronger"):
        asym.dominant(0.0, 3.0, stronger="left")


@pytest.mark.parametrize("formula", get_args(FormulaId))
@pytest.mark.parametrize("bad", [(0.0, 0.0), (-1.0, 2.0), (2.0, math.nan), (math.inf, 2.0)])
def test_undefined_is_an_error_never_a_zero(formula: FormulaId, bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"undefined|finite"):
        asym.asymmetry(*bad, formula)


def test_unknown_formula_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown"):
        asym.asymmetry(1.0, 2.0, "limb_index")  # type: ignore[arg-type]


def test_lower_force_sd_and_longer_hold_are_better() -> None:
    assert asym.better_leg(4.0, 5.0, asym.POLARITY["force_sd_n"]) == "left"
    assert asym.better_leg(5.0, 4.0, asym.POLARITY["force_sd_pct_bw"]) == "right"
    assert asym.better_leg(0.0, 2.0, asym.POLARITY["touch_down_count"]) == "left"
    assert asym.better_leg(20.0, 25.0, asym.POLARITY["hold_time_s"]) == "right"
    assert asym.better_leg(4.0, 4.0, "lower_better") is None


def test_the_dominant_form_takes_the_better_leg_of_the_metric() -> None:
    steadier_left = asym.asymmetry(0.25, 0.39, "dominant", polarity="lower_better")
    longer_right = asym.asymmetry(0.25, 0.39, "dominant", polarity="higher_better")
    assert round(steadier_left, 2) == -56.00
    assert round(longer_right, 2) == 35.90

"""Five published ways to write a difference between the legs as one number.

The formulas differ by a factor of 1.7 to 2 on the same two values, so the id travels with every
number and a threshold made for one of them does not transfer to another. Signed formulas follow
right minus left: positive means the right value is the larger one. Which leg is the *better* one
depends on the metric (`POLARITY`): a larger force SD is less steady, a longer hold is better.

Grades: V = the source was read, at least in excerpt; V (title) or V (form) = only the title or
the form of the formula was read; M = from memory, unverified. Worked values of the examples:
table 1 of omicsonline 2329-9096-2-201 (V), 0.39 and 0.25.

Values are per-leg results of one metric in its own unit, finite and not below zero. What a
formula cannot divide by raises ValueError: nothing is ever replaced by zero.
"""

from __future__ import annotations

import math
from typing import Literal

from evenstance.metrics.hold import Leg

FormulaId = Literal["pct_larger", "si_mean", "norm_sum", "symmetry_angle", "dominant"]
Polarity = Literal["lower_better", "higher_better"]

DEFAULT_FORMULA: FormulaId = "pct_larger"
POLARITY: dict[str, Polarity] = {
    "force_sd_n": "lower_better",
    "force_sd_pct_bw": "lower_better",
    "touch_down_count": "lower_better",
    "hold_time_s": "higher_better",
}


def pct_larger(left: float, right: float) -> float:
    """Difference as a share of the larger value, signed by the larger side.

    Formula: sign(R - L) * 100 * (larger - smaller) / larger. Unit: %, from -100 to 100.
    Source: Impellizzeri 2007, Med Sci Sports Exerc 39:2044 (V); Bishop 2018, Strength Cond J
    40(4) (V, title). The sources keep the side apart; the sign here is that side.
    Swapping the legs changes the sign only.

    >>> round(pct_larger(left=0.25, right=0.39), 2)
    35.9
    >>> round(pct_larger(left=0.39, right=0.25), 2)
    -35.9
    """
    larger = _not_both_zero(left, right, "pct_larger")
    return 100.0 * (right - left) / larger


def si_mean(left: float, right: float) -> float:
    """Symmetry index: difference as a share of the mean of both legs.

    Formula: 100 * (R - L) / (0.5 * (R + L)). Unit: %, from -200 to 200.
    Source: Robinson, Herzog and Nigg 1987 (M, unverified).

    >>> round(si_mean(left=0.25, right=0.39), 2)
    43.75
    """
    return 2.0 * norm_sum(left, right)


def norm_sum(left: float, right: float) -> float:
    """Difference as a share of the sum, the usual form for a two-legged load split.

    Formula: 100 * (R - L) / (R + L), half of `si_mean`. Unit: %, from -100 to 100.
    Source: half of the symmetry index of Robinson, Herzog and Nigg 1987 (M, unverified).

    >>> round(norm_sum(left=0.25, right=0.39), 3)
    21.875
    """
    larger = _not_both_zero(left, right, "norm_sum")
    # Divided by the larger value first: the sum of two large values may not fit in a float.
    return 100.0 * (right / larger - left / larger) / (right / larger + left / larger)


def symmetry_angle(left: float, right: float) -> float:
    """Angle between the point (R, L) and the line of equal legs.

    Formula: 100 * (45 deg - atan(L / R)) / 90 deg. Unit: % of 90 degrees, from -50 to 50.
    Source: Zifchock 2008, Gait Posture 27:622 (V, form), written here in right minus left.
    Per-cent thresholds do not transfer: 80 against 100 is 20 % of the larger but 7.04 here.

    >>> round(symmetry_angle(left=0.25, right=0.39), 2)
    13.71
    >>> round(symmetry_angle(left=80.0, right=100.0), 2)
    7.04
    """
    _not_both_zero(left, right, "symmetry_angle")
    return 100.0 * (45.0 - math.degrees(math.atan2(left, right))) / 90.0


def dominant(left: float, right: float, *, stronger: Leg) -> float:
    """Difference as a share of the stronger leg's value; the sign is *not* right minus left.

    Formula: 100 * (D - ND) / D, where D is the value of the stronger leg as the caller defines
    it. Unit: %, from minus infinity to 100. Positive means the stronger leg has the larger value.
    Where lower is better the stronger leg is the smaller value, so the result is negative.
    Source: Jones and Bampouras 2010, J Strength Cond Res 24:1553 (V, abstract: D/ND ratios);
    generic form Bampouras and Dewhurst 2018, J Strength Cond Res 32:2216 (V, form).
    Swapping the roles changes the size as well as the sign.

    >>> round(dominant(left=0.25, right=0.39, stronger="right"), 2)
    35.9
    >>> round(dominant(left=0.25, right=0.39, stronger="left"), 2)
    -56.0
    """
    _not_both_zero(left, right, "dominant")
    d, nd = (left, right) if stronger == "left" else (right, left)
    if d == 0.0:
        raise ValueError("dominant is undefined: the stronger leg's value is zero")
    return 100.0 * (1.0 - nd / d)


def better_leg(left: float, right: float, polarity: Polarity) -> Leg | None:
    """The leg with the better value of a metric of this polarity; None when they are equal.

    >>> better_leg(4.0, 5.0, POLARITY["force_sd_n"])
    'left'
    >>> better_leg(20.0, 25.0, POLARITY["hold_time_s"])
    'right'
    """
    _checked(left, right)
    if left == right:
        return None
    return "left" if (left < right) == (polarity == "lower_better") else "right"


def asymmetry(
    left: float,
    right: float,
    formula: FormulaId = DEFAULT_FORMULA,
    *,
    polarity: Polarity = "lower_better",
) -> float:
    """The difference of the legs by the formula of this id (its unit and sign: see there).

    `polarity` matters for `dominant` only: its stronger leg is the better one.

    >>> round(asymmetry(0.25, 0.39, "symmetry_angle"), 2)
    13.71
    >>> round(asymmetry(0.25, 0.39, "dominant", polarity="higher_better"), 2)
    35.9
    """
    if formula == "pct_larger":
        return pct_larger(left, right)
    if formula == "si_mean":
        return si_mean(left, right)
    if formula == "norm_sum":
        return norm_sum(left, right)
    if formula == "symmetry_angle":
        return symmetry_angle(left, right)
    if formula == "dominant":
        # Equal legs give zero whichever is called the stronger.
        return dominant(left, right, stronger=better_leg(left, right, polarity) or "right")
    raise ValueError(f"unknown asymmetry formula {formula!r}")


def _checked(left: float, right: float) -> None:
    for leg, value in (("left", left), ("right", right)):
        if not math.isfinite(value) or value < 0.0:
            raise ValueError(f"{leg} value {value!r} is not a finite number >= 0")


def _not_both_zero(left: float, right: float, formula: str) -> float:
    """The larger value, after checking both."""
    _checked(left, right)
    larger = max(left, right)
    if larger == 0.0:
        raise ValueError(f"{formula} is undefined: both values are zero")
    return larger

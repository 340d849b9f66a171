"""Error sizes, limits of agreement and direction: by hand, by properties, by simulation."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from evenstance.reliability import agreement_limits, direction, error_sizes
from evenstance.reliability.agreement_limits import bland_altman, slope
from evenstance.reliability.design import DesignError, two_way
from evenstance.reliability.direction import Side, kappa, same_side
from evenstance.reliability.error_sizes import (
    components,
    mdc95,
    sd_interval,
    sem_agreement,
    sem_consistency,
    sem_from_icc,
    smallest_worthwhile_change,
    typical_error,
    within_leg_cv,
)
from evenstance.reliability.icc import icc_of

values = st.floats(1.0, 100.0)
pairs = st.lists(st.tuples(values, values), min_size=3, max_size=12)
FIRST, SECOND = [10.0, 12.0, 11.0, 15.0, 13.0], [11.0, 12.0, 13.0, 14.0, 13.0]


@pytest.mark.parametrize(
    ("module", "least"), [(error_sizes, 16), (agreement_limits, 5), (direction, 5)]
)
def test_docstring_examples(module: object, least: int) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted >= least
    assert result.failed == 0


# -- one error, four names -------------------------------------------------------------------


@given(pairs)
def test_with_two_sessions_typical_error_and_sem_are_one_number(
    people: list[tuple[float, float]],
) -> None:
    first, second = zip(*people, strict=True)
    assume(len({*first, *second}) > 1)
    split = two_way(people)
    sem = sem_consistency(split)
    found = typical_error(first, second)
    assert found.value == pytest.approx(sem.value, abs=1e-9)
    assert found.df == sem.df == len(people) - 1
    if split.ms_people > 1e-6:
        # SD sqrt(1 - ICC) with the SD between people within a session is the same again.
        sd = math.sqrt((split.ms_people + split.ms_error) / 2.0)
        by_icc = sem_from_icc(sd, icc_of(split, "3,1").value)
        assert by_icc == pytest.approx(sem.value, rel=1e-6, abs=1e-6)
    assert sem_agreement(split) >= sem.value - 1e-12


def test_sizes_by_hand() -> None:
    # Differences 1, 0, 2, -1, 0: mean 0.4, sum of squares 6 - 0.8 = 5.2, variance 1.3.
    found = typical_error(FIRST, SECOND)
    assert found.value == pytest.approx(math.sqrt(1.3 / 2))
    assert found.low == pytest.approx(found.value * math.sqrt(4 / stats.chi2.ppf(0.975, 4)))
    assert found.high == pytest.approx(found.value * math.sqrt(4 / stats.chi2.ppf(0.025, 4)))
    assert mdc95(found.value) == pytest.approx(1.96 * math.sqrt(1.3))
    assert mdc95(3.0, averaged=9) == pytest.approx(1.96 * math.sqrt(2.0))
    assert smallest_worthwhile_change(25.0) == pytest.approx(1.0)
    scaled = found.times(2.0)
    assert (scaled.value, scaled.low, scaled.df) == (2 * found.value, 2 * found.low, 4)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: typical_error([1.0, 2.0], [1.0]), "missing_cell"),
        (lambda: typical_error([1.0], [1.0]), "too_few_people"),
        (lambda: typical_error([1.0, math.nan], [1.0, 2.0]), "not_finite"),
        (lambda: sem_from_icc(1.0, 1.01), "not_finite"),
        (lambda: sem_from_icc(math.inf, 0.5), "not_finite"),
        (lambda: mdc95(-1.0), "not_finite"),
        (lambda: smallest_worthwhile_change(0.0), "no_variance"),
        (lambda: smallest_worthwhile_change(-3.0), "no_variance"),
        (lambda: sd_interval(math.nan, 3), "not_finite"),
        (lambda: sd_interval(1.0, 0), "too_few_people"),
        (lambda: within_leg_cv([[1.0], [2.0]]), "too_few_sessions"),
        (lambda: within_leg_cv([[1.0, 0.0]]), "not_positive"),
        (lambda: within_leg_cv([[1.0, math.inf]]), "not_finite"),
        (lambda: bland_altman([1.0, 2.0], [1.0, 2.0]), "too_few_people"),
        (lambda: bland_altman([1.0, 2.0, 3.0], [1.0, 2.0]), "missing_cell"),
        (lambda: kappa([["left", "left"]]), "too_few_people"),
        (lambda: kappa([["left"], ["right"]]), "too_few_sessions"),
        (lambda: kappa([["left", "left"], ["right"]]), "missing_cell"),
        (lambda: kappa([["left", "left"]] * 5), "one_side_only"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(make: object, reason: str) -> None:
    with pytest.raises(DesignError) as refused:
        make()  # type: ignore[operator]
    assert refused.value.reason == reason


def test_a_mean_of_no_measurement_has_no_mdc() -> None:
    with pytest.raises(ValueError, match="mean of 0"):
        mdc95(1.0, averaged=0)


# -- two parts of the error ------------------------------------------------------------------


def test_more_holds_help_only_against_the_part_of_the_holds() -> None:
    split = two_way([[5.0, 6.0], [7.0, 6.5], [4.0, 4.4], [6.0, 7.0]])
    parts = components(split, hold_variance=0.5, holds=5)
    assert parts.sem(5) == pytest.approx(math.sqrt(split.ms_error))
    assert parts.sem(1) == pytest.approx(math.sqrt(split.ms_error + 0.4))
    assert parts.sem(10**9) == pytest.approx(math.sqrt(parts.between_variance), rel=1e-6)
    assert parts.sem(5, sessions=4) == pytest.approx(parts.sem(5) / 2)
    assert not parts.between_clipped


def test_a_part_below_zero_is_taken_as_zero_and_said() -> None:
    parts = components(two_way([[5.0, 5.1], [7.0, 7.0], [4.0, 4.1]]), 1.0, 5)
    assert parts.between_clipped
    assert parts.between_variance == 0.0
    assert parts.sem(5) == pytest.approx(math.sqrt(0.2))
    with pytest.raises(ValueError, match="0 holds"):
        parts.sem(0)


def test_cv_in_both_forms() -> None:
    found = within_leg_cv([[4.0, 6.0], [40.0, 60.0], [7.0]])
    assert found.plain_pct == pytest.approx(100 * math.sqrt(2.0) / 5.0)
    half = math.log(1.5) / 2
    assert found.log_pct == pytest.approx(100 * math.sqrt(math.expm1(2 * half * half)))
    assert found.df == 2
    assert found.log_low_pct < found.log_pct < found.log_high_pct


# -- Bland and Altman ------------------------------------------------------------------------


def test_limits_and_their_exact_intervals() -> None:
    found = bland_altman(FIRST, SECOND)
    sd = math.sqrt(1.3)
    assert found.bias.value == pytest.approx(0.4)
    assert found.sd == pytest.approx(sd)
    assert found.upper.value == pytest.approx(0.4 + 1.96 * sd)
    assert found.lower.value == pytest.approx(0.4 - 1.96 * sd)
    half = stats.t.ppf(0.975, 4) * sd / math.sqrt(5)
    assert found.bias.high == pytest.approx(0.4 + half)
    for probability, limit in ((0.025, found.upper.low), (0.975, found.upper.high)):
        factor = stats.nct.ppf(probability, 4, 1.96 * math.sqrt(5)) / math.sqrt(5)
        assert limit == pytest.approx(0.4 + factor * sd)
    assert found.upper.high - 0.4 == pytest.approx(0.4 - found.lower.low)


def test_a_proportional_bias_is_noticed() -> None:
    first = [float(v) for v in range(1, 21)]
    steady = bland_altman(first, [v + 0.1 * (-1) ** n for n, v in enumerate(first)])
    growing = bland_altman(first, [1.3 * v + 0.1 * (-1) ** n for n, v in enumerate(first)])
    assert steady.proportional_bias is False
    assert growing.proportional_bias is True
    assert growing.slope is not None
    assert growing.slope.value == pytest.approx(0.3 / 1.15, rel=0.02)
    level = bland_altman([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    assert level.slope is None
    assert level.proportional_bias is None


@given(pairs)
def test_exchanging_the_sessions_turns_the_bias_round(people: list[tuple[float, float]]) -> None:
    first, second = zip(*people, strict=True)
    here, there = bland_altman(first, second), bland_altman(second, first)
    assert there.bias.value == pytest.approx(-here.bias.value, abs=1e-12)
    assert there.lower.low == pytest.approx(-here.upper.high, abs=1e-9)
    assert there.sd == pytest.approx(here.sd)
    assert here.lower.value <= here.bias.value <= here.upper.value


def test_slope_equals_scipy() -> None:
    x, y = [0.0, 2.0, 3.0, 7.0, 9.0], [1.0, 0.5, 3.0, 4.0, 8.0]
    found, theirs = slope(x, y), stats.linregress(x, y)
    assert found is not None
    assert found.value == pytest.approx(theirs.slope)
    half = stats.t.ppf(0.975, 3) * theirs.stderr
    assert (found.low, found.high) == pytest.approx((theirs.slope - half, theirs.slope + half))
    assert slope([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) is None
    assert slope([1.0, 2.0], [1.0, 2.0]) is None


# -- direction -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sides", "side", "count", "sessions", "chance"),
    [
        (["right"] * 3, "right", 3, 3, 0.25),
        (["right", "right", "left"], "right", 2, 3, 1.0),
        (["left"] * 8 + ["right"], "left", 8, 9, 2 * 10 / 512),
        (["left", "right"], "none", 1, 2, 1.0),
        (["none", "none"], "none", 0, 0, None),
        ([], "none", 0, 0, None),
    ],
)
def test_same_side(
    sides: list[Side], side: Side, count: int, sessions: int, chance: float | None
) -> None:
    found = same_side(sides)
    assert (found.side, found.count, found.sessions) == (side, count, sessions)
    assert found.chance == (None if chance is None else pytest.approx(chance))


def test_the_sign_test_equals_scipy_and_takes_many_sessions() -> None:
    for left, right in ((5, 1), (9, 3), (20, 20)):
        found = same_side(["left"] * left + ["right"] * right)
        theirs = stats.binomtest(left, left + right, 0.5).pvalue
        assert found.chance == pytest.approx(theirs)
    assert same_side(["left"] * 2000).chance == 0.0 or same_side(["left"] * 2000).chance < 1e-300


def test_kappa_of_a_table_by_hand() -> None:
    # left-left 20, left-right 5, right-left 10, right-right 15: 0.70 agreed, 0.50 by chance.
    people: list[list[Side]] = (
        [["left", "left"]] * 20
        + [["left", "right"]] * 5
        + [["right", "left"]] * 10
        + [["right", "right"]] * 15
    )
    found = kappa(people)
    assert found.value == pytest.approx(0.4)
    assert (found.people, found.sessions, found.repeated) == (50, 2, 35)
    assert found.low is not None
    assert found.high is not None
    # The large-sample standard error of this table is 0.127.
    assert found.high - found.low == pytest.approx(2 * 2.01 * 0.127, rel=0.08)


def test_kappa_is_one_when_all_repeat_and_below_zero_when_all_turn() -> None:
    same = kappa([["left", "left"], ["right", "right"], ["none", "none"], ["left", "left"]])
    assert (same.value, same.high, same.repeated) == (1.0, 1.0, 4)
    turned = kappa([["left", "right"], ["right", "left"]] * 3)
    assert turned.value == pytest.approx(-1.0)
    assert kappa([["left", "left"], ["right", "right"]]).low is None


def test_kappa_over_three_sessions_is_the_mean_of_the_pairs() -> None:
    people: list[list[Side]] = [
        ["left", "left", "right"],
        ["right", "right", "right"],
        ["left", "right", "left"],
        ["right", "left", "right"],
    ]
    pairs = [[[p[i], p[j]] for p in people] for i, j in ((0, 1), (0, 2), (1, 2))]
    expected = sum(kappa(pair).value for pair in pairs) / 3
    assert kappa(people).value == pytest.approx(expected)


def test_an_unknown_side_is_an_error() -> None:
    for call in (lambda: same_side(["both"]), lambda: kappa([["left", "both"]] * 3)):  # type: ignore[list-item]
        with pytest.raises(ValueError, match="unknown side 'both'"):
            call()


# -- simulation ------------------------------------------------------------------------------


def test_simulated_people_give_the_true_sizes_back() -> None:
    """400 studies of 20 people: mean of the estimates and cover of the intervals."""
    random = np.random.default_rng(7)
    studies, n, person, error = 400, 20, 2.0, 1.0
    sems: list[float] = []
    iccs: list[float] = []
    sem_covered = icc_covered = limit_covered = 0
    true_icc, true_limit = person**2 / (person**2 + error**2), 1.96 * math.sqrt(2.0) * error
    for _ in range(studies):
        table = random.normal(10.0, person, (n, 1)) + random.normal(0.0, error, (n, 2))
        split = two_way([[float(a), float(b)] for a, b in table])
        sem, one = sem_consistency(split), icc_of(split, "3,1")
        limits = bland_altman([float(v) for v in table[:, 0]], [float(v) for v in table[:, 1]])
        sems.append(sem.value**2)
        iccs.append(one.value)
        sem_covered += sem.low <= error <= sem.high
        icc_covered += one.low <= true_icc <= one.high
        limit_covered += limits.upper.low <= true_limit <= limits.upper.high
    assert np.mean(sems) == pytest.approx(error**2, abs=4 * np.std(sems) / math.sqrt(studies))
    assert np.median(iccs) == pytest.approx(true_icc, abs=0.03)
    # 95 % of 400 is 380 with a standard error of 4.4.
    for covered in (sem_covered, icc_covered, limit_covered):
        assert 363 <= covered <= 396

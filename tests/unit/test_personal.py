"""A person's own error sizes, and the assumed ones before there are enough sessions."""

from __future__ import annotations

import doctest
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenstance.reliability import personal
from evenstance.reliability.defaults import (
    BETWEEN_SESSION_SD,
    LEG_SESSION_SD,
    WITHIN_LEG_CV,
)
from evenstance.reliability.design import DesignError
from evenstance.reliability.personal import OWN_FROM_DF, gap_error, leg_error

FOUR = [[4.0, 4.4], [4.2, 4.3], [3.9, 4.5], [4.6, 4.8]]


def test_docstring_examples() -> None:
    result = doctest.testmod(personal)
    assert result.attempted >= 4
    assert result.failed == 0


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_before_four_sessions_the_default_stands_in_and_says_so(sessions: int) -> None:
    found = leg_error([FOUR[:sessions]])
    assert found.source == "assumed"
    assert found.defaults == (LEG_SESSION_SD, WITHIN_LEG_CV)
    assert found.origin.count("assumed") == 2
    assert "Fransz 2014" in found.origin
    assert (found.df, found.low_pct, found.high_pct) == (None, None, None)
    assert found.quantile == 1.96
    expected = math.log1p(0.11**2) + math.log1p(0.145**2) / 2
    assert found.variances == (pytest.approx((expected,) * sessions),)
    assert found.sem_pct == pytest.approx(100 * math.sqrt(math.expm1(expected)))


def test_from_four_sessions_on_it_is_the_persons_own() -> None:
    found = leg_error([FOUR])
    values = [statistics.fmean(math.log(v) for v in holds) for holds in FOUR]
    variance = statistics.variance(values)
    assert (found.source, found.df, found.sessions) == ("own", 3, 4)
    assert found.defaults == ()
    assert "4 own sessions, 3 degrees of freedom" in found.origin
    assert found.sem_pct == pytest.approx(100 * math.sqrt(math.expm1(variance)))
    assert found.quantile == pytest.approx(stats.t.ppf(0.975, 3))
    assert found.low_pct is not None
    assert found.high_pct is not None
    high = 3 * variance / stats.chi2.ppf(0.025, 3)
    assert found.high_pct == pytest.approx(100 * math.sqrt(math.expm1(high)))
    assert found.low_pct < found.sem_pct < found.high_pct
    assert found.variance_of_mean(0) == pytest.approx(variance / 4)
    assert found.variance_of_next(2, holds=1) == pytest.approx(variance / 2)


def test_a_change_between_phases_is_no_error() -> None:
    later = [[v / 2 for v in holds] for holds in FOUR]
    apart = leg_error([FOUR, later])
    assert apart.df == 6
    assert apart.sem_pct == pytest.approx(leg_error([FOUR]).sem_pct)
    assert leg_error([FOUR + later]).sem_pct > 5 * apart.sem_pct
    assert len(apart.variances[0]) == len(apart.variances[1]) == 4


def test_two_phases_cost_a_session() -> None:
    assert leg_error([FOUR[:2], FOUR[2:]]).source == "assumed"  # two degrees of freedom
    assert leg_error([FOUR[:3], FOUR[2:]]).source == "own"
    assert leg_error([FOUR, []]).df == OWN_FROM_DF


def test_sessions_without_any_scatter_measure_none() -> None:
    assert leg_error([[[4.0, 4.4]] * 6]).source == "assumed"


def test_the_gap_has_its_own_error() -> None:
    assumed = gap_error([[([4.0, 4.2, 4.1], [5.0, 5.1])]])
    expected = math.log1p(0.05**2) + math.log1p(0.145**2) * (1 / 3 + 1 / 2)
    assert assumed.defaults == (BETWEEN_SESSION_SD, WITHIN_LEG_CV)
    assert assumed.variances == (pytest.approx((expected,)),)
    assert assumed.variance_of_next(3, holds=5) == pytest.approx(
        (math.log1p(0.05**2) + math.log1p(0.145**2) * 2 / 5) / 3
    )
    # Both legs twice as unsteady on one day: the legs scatter, the gap does not.
    days = [([4.0 * k, 4.4 * k], [5.0 * k, 5.2 * k]) for k in (1.0, 2.0, 1.1, 1.01, 0.98)]
    days[0] = ([4.0, 4.5], [5.0, 5.2])
    assert gap_error([days]).sem_pct < 2.0
    assert leg_error([[left for left, _ in days]]).sem_pct > 30.0


@pytest.mark.parametrize(
    ("phases", "reason"),
    [
        ([], "too_few_sessions"),
        ([[]], "too_few_sessions"),
        ([[[]]], "missing_cell"),
        ([[[4.0, 0.0]]], "not_positive"),
        ([[[4.0, math.nan]]], "not_finite"),
    ],
)
def test_sessions_without_a_value_are_refused_by_name(phases: object, reason: str) -> None:
    with pytest.raises(DesignError) as refused:
        leg_error(phases)  # type: ignore[arg-type]
    assert refused.value.reason == reason


holds = st.lists(st.floats(1.0, 20.0), min_size=1, max_size=5)


@given(st.lists(holds, min_size=4, max_size=8), st.floats(0.1, 10.0))
def test_the_unit_does_not_matter(sessions: list[list[float]], scale: float) -> None:
    here = leg_error([sessions])
    there = leg_error([[[scale * v for v in one] for one in sessions]])
    assert there.sem_pct == pytest.approx(here.sem_pct, rel=1e-6, abs=1e-6)


def test_own_intervals_hold_the_true_error() -> None:
    """1,000 people with a true SEM of 8 %: the interval holds it in 95 %."""
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(1000):
        values = np.exp(random.normal(1.5, 0.08, 5))
        found = leg_error([[[float(v)] for v in values]])
        assert found.low_pct is not None
        assert found.high_pct is not None
        covered += found.low_pct <= 100 * math.sqrt(math.expm1(0.08**2)) <= found.high_pct
    assert 928 <= covered <= 972  # 950 with a standard error of 6.9

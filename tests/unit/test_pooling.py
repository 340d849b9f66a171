from __future__ import annotations

import dataclasses
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.metrics.asymmetry import pct_larger
from evenstance.reliability import pooling
from evenstance.reliability.defaults import BETWEEN_SESSION_SD, WITHIN_LEG_CV
from evenstance.reliability.pooling import ErrorModel
from evenstance.reliability.student import t_quantile

MODEL = ErrorModel(assumed_cv_pct=14.5, prior_df=4, between_session_sd_pct=5.0)
SURE = dataclasses.replace(MODEL, prior_df=10**6)

force_sd = st.floats(0.1, 100.0)
leg = st.lists(force_sd, min_size=1, max_size=6)
sessions = st.lists(st.tuples(leg, leg), min_size=1, max_size=5)


def test_the_defaults_are_labelled_and_say_where_they_come_from() -> None:
    assert (WITHIN_LEG_CV.value_pct, BETWEEN_SESSION_SD.value_pct) == (14.5, 5.0)
    for value in (WITHIN_LEG_CV, BETWEEN_SESSION_SD):
        assert value.label == "assumed"
        assert "Fransz 2014" in value.origin


@pytest.mark.parametrize("cv_pct", [0.0, 0.5, 5.0, 14.5, 80.0])
def test_cv_and_log_variance_are_inverse(cv_pct: float) -> None:
    log_variance = pooling.log_variance_from_pct(cv_pct)
    assert log_variance == pytest.approx(math.log(1 + (cv_pct / 100) ** 2), abs=1e-15)
    assert pooling.pct_from_log_variance(log_variance) == pytest.approx(cv_pct)


@given(force_sd, force_sd)
def test_the_log_ratio_becomes_the_share_of_the_larger_value(left: float, right: float) -> None:
    log_ratio = math.log(right) - math.log(left)
    assert pooling.pct_from_log_ratio(log_ratio) == pytest.approx(
        pct_larger(left, right), abs=1e-9
    )


@pytest.mark.parametrize(
    ("df", "probability", "tabled"),
    [(1, 0.975, 12.706), (8, 0.975, 2.306), (16, 0.975, 2.120), (16, 0.995, 2.921)],
)
def test_quantiles_of_students_table(df: int, probability: float, tabled: float) -> None:
    assert t_quantile(df, probability) == pytest.approx(tabled, abs=0.0005)
    assert t_quantile(df, 1 - probability) == pytest.approx(-tabled, abs=0.0005)


def test_within_leg_scatter_is_about_each_legs_own_mean() -> None:
    groups = [[1.0, 1.2], [5.0, 5.3, 5.6]]
    found = pooling.within_leg(groups, assumed_cv_pct=14.5, prior_df=0)
    assert found.own_df == found.df == 3
    assert found.log_variance == pytest.approx((0.02 + 0.18) / 3)


def test_scatter_is_shrunk_towards_the_assumed_cv_by_the_stated_weight() -> None:
    groups = [[1.0, 1.2], [5.0, 5.3, 5.6]]
    found = pooling.within_leg(groups, assumed_cv_pct=14.5, prior_df=4)
    assumed = math.log(1 + 0.145**2)
    assert found.df == 7
    assert found.log_variance == pytest.approx((4 * assumed + 0.2) / 7)
    alone = pooling.within_leg([[2.0]], assumed_cv_pct=14.5, prior_df=4)
    assert (alone.df, alone.own_df) == (4, 0)
    assert alone.cv_pct == pytest.approx(14.5)


def test_no_scatter_at_all_without_a_prior_is_an_error() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        pooling.within_leg([[2.0]], assumed_cv_pct=14.5, prior_df=0)


def test_one_session_by_hand() -> None:
    left, right = [5.0, 5.5, 4.5], [6.0, 6.6, 7.2, 6.3]
    pooled = pooling.pool([(left, right)], MODEL)
    logs = [[math.log(x) for x in leg] for leg in (left, right)]
    squares = sum(statistics.variance(x) * (len(x) - 1) for x in logs)
    s_w2 = (4 * math.log(1 + 0.145**2) + squares) / (4 + 5)
    d = statistics.fmean(logs[1]) - statistics.fmean(logs[0])
    error = math.sqrt(s_w2 * (1 / 3 + 1 / 4) + math.log(1 + 0.05**2))
    assert pooled.df == 9
    assert pooled.log_ratio == pytest.approx(d)
    assert pooled.standard_error == pytest.approx(error)
    low, high = pooled.interval(95.0)
    assert low == pytest.approx(d - 2.26216 * error, abs=1e-5)
    assert high == pytest.approx(d + 2.26216 * error, abs=1e-5)


def test_a_session_with_more_holds_weighs_more_but_never_without_limit() -> None:
    few = ([5.0] * 3, [5.0] * 3)
    many = ([5.0] * 3000, [10.0] * 3000)
    pooled = pooling.pool([few, many], SURE)
    s_w2, s_b2 = math.log(1 + 0.145**2) * 10**6 / (10**6 + 6002), math.log(1 + 0.05**2)
    v_few, v_many = s_w2 * 2 / 3 + s_b2, s_w2 * 2 / 3000 + s_b2
    share = (1 / v_many) / (1 / v_few + 1 / v_many)
    assert share < 0.9
    assert pooled.log_ratio == pytest.approx(share * math.log(2), rel=1e-6)


def test_holds_that_depend_on_each_other_widen_the_error_and_move_nothing() -> None:
    session = ([5.0, 5.5, 4.5], [6.0, 6.6, 5.4])
    alone = dataclasses.replace(SURE, between_session_sd_pct=0.0)
    there = pooling.pool([session], alone)
    here = pooling.pool([session], dataclasses.replace(alone, hold_correlation=0.2))
    assert here.log_ratio == there.log_ratio
    assert here.standard_error == pytest.approx(there.standard_error * math.sqrt(1.2 / 0.8))


@pytest.mark.parametrize("n", [3, 5, 12])
def test_the_factor_is_that_of_an_autoregressive_sequence(n: int) -> None:
    r = 0.07
    of_the_mean = 1 + 2 * sum((1 - k / n) * r**k for k in range(1, n))
    of_the_scatter = (n - of_the_mean) / (n - 1)
    model = dataclasses.replace(MODEL, hold_correlation=r)
    assert model.dependence == pytest.approx(of_the_mean / of_the_scatter, rel=0.01)


def test_three_equal_sessions_have_a_third_of_the_variance_of_one() -> None:
    session = ([5.0, 5.5, 4.5], [6.0, 6.6, 5.4])
    three = pooling.pool([session] * 3, SURE)
    one = pooling.pool([session], SURE)
    assert three.standard_error == pytest.approx(one.standard_error / math.sqrt(3), rel=1e-4)
    assert three.log_ratio == pytest.approx(one.log_ratio)


@given(sessions)
def test_swapping_the_legs_mirrors_the_interval(
    data: list[tuple[list[float], list[float]]],
) -> None:
    there = pooling.pool(data, MODEL)
    back = pooling.pool([(right, left) for left, right in data], MODEL)
    low, high = there.interval(95.0)
    assert back.interval(95.0) == pytest.approx((-high, -low), abs=1e-9)
    assert (back.left_n, back.right_n) == pytest.approx((there.right_n, there.left_n))


@given(sessions, st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(
    data: list[tuple[list[float], list[float]]], scale: float
) -> None:
    there = pooling.pool(data, MODEL)
    scaled = pooling.pool(
        [([x * scale for x in a], [x * scale for x in b]) for a, b in data], MODEL
    )
    assert scaled.log_ratio == pytest.approx(there.log_ratio, abs=1e-9)
    assert scaled.standard_error == pytest.approx(there.standard_error, rel=1e-6)
    assert scaled.left_n == pytest.approx(there.left_n * scale)


@given(sessions)
def test_the_mean_of_each_leg_gives_the_pooled_difference(
    data: list[tuple[list[float], list[float]]],
) -> None:
    pooled = pooling.pool(data, MODEL)
    assert pct_larger(pooled.left_n, pooled.right_n) == pytest.approx(
        pooling.pct_from_log_ratio(pooled.log_ratio), abs=1e-9
    )


@given(sessions)
def test_the_stricter_interval_is_the_wider_one(
    data: list[tuple[list[float], list[float]]],
) -> None:
    pooled = pooling.pool(data, MODEL)
    low, high = pooled.interval(95.0)
    strict_low, strict_high = pooled.interval(99.0)
    assert strict_low < low < pooled.log_ratio < high < strict_high


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_values_that_have_no_log_are_errors(bad: float) -> None:
    with pytest.raises(ValueError, match="finite number > 0"):
        pooling.pool([([1.0, bad], [1.0])], MODEL)


def test_nothing_to_pool_is_an_error() -> None:
    with pytest.raises(ValueError, match="no session"):
        pooling.pool([], MODEL)
    with pytest.raises(ValueError, match="without holds"):
        pooling.pool([([1.0], [])], MODEL)


def test_the_extremes_of_a_float_still_give_numbers() -> None:
    tiny, huge = 5e-324, 1.7976931348623157e308
    for left, right in (([tiny] * 3, [huge] * 3), ([tiny, huge, 1.0], [huge] * 3)):
        pooled = pooling.pool([(left, right)], MODEL)
        numbers = (*pooled.interval(99.0), pooled.left_n, pooled.right_n, pooled.within.cv_pct)
        assert all(math.isfinite(x) for x in numbers)

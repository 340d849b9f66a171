from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ladder_cases import session

from evenstance.decision.ladder import decide
from evenstance.decision.parameters import LADDER
from evenstance.reliability.outlier import Outlier, find_outlier
from evenstance.reliability.pooling import log_variance_from_pct
from evenstance.reliability.student import t_quantile

PRIOR_DF = 16
PRIOR = PRIOR_DF * log_variance_from_pct(14.5)
QUIET = [0.0, 0.1, -0.1]


def found(groups: list[list[float]], chance_pct: float = 1.0) -> Outlier | None:
    return find_outlier(groups, prior_squares=PRIOR, prior_df=PRIOR_DF, chance_pct=chance_pct)


def test_a_hold_twice_as_large_is_named_with_its_distance_and_limit() -> None:
    groups = [QUIET, [0.0, 0.1, math.log(2.0)], QUIET, QUIET]
    outlier = found(groups)
    assert outlier is not None
    assert (outlier.group, outlier.place) == (1, 2)
    assert outlier.ratio == pytest.approx(2.0 / math.exp(0.05))
    # by hand: residual about its leg's others, scatter of everything else
    residual = math.log(2.0) - 0.05
    df = PRIOR_DF + 3 * 2 + 1
    rest = (PRIOR + 3 * 0.02 + 2 * 0.05**2) / df
    assert outlier.t == pytest.approx(residual / math.sqrt(rest * 1.5))
    assert outlier.limit == pytest.approx(t_quantile(df, 1 - 0.01 / 24))
    assert outlier.t > outlier.limit


def test_just_inside_and_just_outside_the_limit() -> None:
    def groups(size: float) -> list[list[float]]:
        return [QUIET, [0.0, 0.0, size], QUIET, QUIET]

    df = PRIOR_DF + 7
    edge = t_quantile(df, 1 - 0.01 / 24) * math.sqrt(1.5 * (PRIOR + 0.06) / df)
    assert found(groups(edge * 0.9999)) is None
    assert found(groups(edge * 1.0001)) is not None
    assert found(groups(-edge * 1.0001)) is not None


def test_two_holds_on_a_leg_show_no_outlier() -> None:
    assert found([[0.0, 3.0], [0.0, 0.0]]) is None
    assert found([[0.0], [3.0]]) is None


def test_two_holds_equally_far_are_scatter_not_an_outlier() -> None:
    assert found([[-3.0, 0.0, 3.0], QUIET]) is None
    assert found([[0.0, 0.0, 3.0], [0.0, 0.0, 3.0]]) is None


def test_without_scatter_of_its_own_and_without_a_prior_nothing_divides_by_zero() -> None:
    assert find_outlier([[1.0] * 3] * 2, prior_squares=0.0, prior_df=0, chance_pct=1.0) is None
    alone = find_outlier(
        [[1.0, 1.0, 2.0], [1.0] * 3], prior_squares=0.0, prior_df=0, chance_pct=1.0
    )
    assert alone is None or alone.place == 2


def test_about_one_in_a_hundred_people_has_a_hold_set_aside_without_cause() -> None:
    rng = random.Random(11)
    sd = math.sqrt(log_variance_from_pct(14.5))
    people = 4000
    hit = sum(
        found([[rng.gauss(0.0, sd) for _ in range(3)] for _ in range(6)], 5.0) is not None
        for _ in range(people)
    )
    # Bonferroni's bound is not reached quite; 4 standard errors about it and half of it
    assert 0.05 * 0.4 < hit / people < 0.05 + 4 * math.sqrt(0.05 * 0.95 / people)


@given(st.lists(st.lists(st.floats(-3, 3), min_size=1, max_size=5), min_size=2, max_size=6))
def test_the_order_of_the_legs_does_not_matter(groups: list[list[float]]) -> None:
    there, back = found(groups), found(groups[::-1])
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (there.group, there.place) == (len(groups) - 1 - back.group, back.place)


def test_the_ladder_says_which_hold_has_no_weight_and_decides_without_it() -> None:
    wild = [5.0, 5.2, 14.0]
    history = [session((5.0, 5.1, 4.9), wild, on=1), session(on=2)]
    verdict = decide(history)
    c = verdict.comparison
    assert c is not None
    (hold,) = c.set_aside
    assert (hold.session_id, hold.leg, hold.number, hold.force_sd_n) == ("day-1", "right", 3, 14.0)
    assert hold.times_the_others == pytest.approx(14.0 / math.sqrt(5.0 * 5.2))
    assert hold.distance > hold.limit
    note = verdict.notes[-1]
    assert "Valid hold 3 on the right leg of 2026-01-01 has no weight" in note
    assert "14.00 N" in note
    assert f"{hold.times_the_others:.2f} times" in note
    assert (c.holds_left, c.holds_right) == (6, 5)
    without = decide([session((5.0, 5.1, 4.9), [*wild[:2], 5.1], on=1), session(on=2)])
    assert without.comparison is not None
    assert not without.comparison.set_aside
    assert abs(c.difference_pct - without.comparison.difference_pct) < 1.0


def test_at_most_one_hold_is_set_aside() -> None:
    wild = (5.0, 5.2, 30.0)
    verdict = decide([session((5.0, 5.1, 0.9), wild, on=k) for k in (1, 2, 3)])
    assert verdict.comparison is not None
    assert len(verdict.comparison.set_aside) <= 1
    assert verdict.reason == "holds_scatter"
    assert verdict.comparison.within_leg_cv_pct > LADDER.cv_limit_strict_pct

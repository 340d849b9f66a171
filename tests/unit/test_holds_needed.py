from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from ladder_cases import session

from evenstance.decision.holds_needed import holds_needed
from evenstance.decision.ladder import compare, decide
from evenstance.decision.parameters import LADDER
from evenstance.decision.simulate import SCENARIOS, Cell, draw
from evenstance.decision.types import Comparison, SessionHolds
from evenstance.decision.vectorised import CODES, judge
from evenstance.reliability.pooling import log_variance_from_pct

MADE_UP_LOG_VARIANCE = log_variance_from_pct(LADDER.made_up_cv_pct)


def legs(cv: float, log_ratio: float, holds: int, on: int) -> SessionHolds:
    """A session whose holds have exactly this log SD and log ratio."""
    x = np.linspace(-1.0, 1.0, holds)
    x *= cv / x.std(ddof=1)
    return session(5.0 * np.exp(x), 5.0 * np.exp(x + log_ratio), on=on)


def comparison(cv: float, log_ratio: float, *, holds: int = 3, sessions: int = 2) -> Comparison:
    return compare([legs(cv, log_ratio, holds, on) for on in range(1, sessions + 1)])


def test_nothing_more_is_needed_where_it_is_settled() -> None:
    assert holds_needed(comparison(0.05, 0.0)) is None
    assert holds_needed(comparison(0.02, 0.1, holds=12)) is None
    assert holds_needed(comparison(0.08, 0.35, sessions=3)) is None


def test_a_large_difference_needs_the_missing_sessions_with_the_fewest_holds() -> None:
    for sessions in (1, 2):
        needed = holds_needed(comparison(0.08, 0.5, sessions=sessions))
        assert needed is not None
        assert (needed.sessions, needed.holds_per_leg) == (3 - sessions, 3)
        assert needed.chance_pct == LADDER.settle_chance_pct


def test_smaller_differences_and_more_scatter_need_more_holds() -> None:
    by_size = [holds_needed(comparison(0.13, d)) for d in (0.42, 0.36, 0.33, 0.31)]
    by_cv = [holds_needed(comparison(cv, 0.33)) for cv in (0.06, 0.10, 0.13)]
    for found in (by_size, by_cv):
        asked = [999 if item is None else item.more_per_leg for item in found]
        assert asked == sorted(asked), asked
    assert by_cv[0] is not None


def test_at_the_limit_itself_no_number_of_holds_is_promised() -> None:
    c = comparison(0.05, -math.log1p(-0.152), sessions=3, holds=6)
    at_limit = dataclasses.replace(c, strict_low_pct=-1.0)
    assert holds_needed(at_limit) is None
    verdict = decide([legs(0.05, -math.log1p(-0.152), 6, on) for on in (1, 2)])
    assert verdict.reason == "third_session_needed"
    assert verdict.holds_needed is None
    assert "not likely to settle it" in verdict.text


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_the_holds_for_scatter_are_the_fewest_that_make_up_for_it(sessions: int) -> None:
    c = comparison(0.22, 0.1, sessions=sessions)
    needed = holds_needed(c)
    assert needed is not None
    assert needed.chance_pct is None
    kept = min(sessions, 3 - needed.sessions)
    variance = log_variance_from_pct(c.within_leg_cv_pct)

    def enough(holds: int) -> bool:
        mean = (3 * kept + holds * needed.sessions) / (kept + needed.sessions)
        return variance * 3 / mean <= MADE_UP_LOG_VARIANCE

    assert enough(needed.holds_per_leg)
    assert not enough(needed.holds_per_leg - 1)


def test_scatter_without_measure_is_not_answered_with_a_number() -> None:
    verdict = decide([legs(0.9, 0.1, 3, on) for on in (1, 2, 3)])
    assert verdict.reason == "holds_scatter"
    assert verdict.holds_needed is None
    assert "no number up to 20" in verdict.text


def test_the_number_stands_in_the_sentence() -> None:
    verdict = decide([legs(0.13, 0.36, 3, 1)])
    needed = verdict.holds_needed
    assert verdict.reason == "seen_once"
    assert needed is not None
    assert f"about {needed.more_per_leg} more holds per leg" in verdict.text
    assert "80 of 100" in verdict.text
    assert "often smaller" in verdict.text


@pytest.mark.parametrize(("cv_pct", "log_ratio"), [(10.0, 0.27), (13.0, 0.33)])
def test_what_is_asked_for_settles_it_about_as_often_as_said(
    cv_pct: float, log_ratio: float
) -> None:
    """Simulated people whose true difference is the measured one do what was asked for."""
    cv = math.sqrt(log_variance_from_pct(cv_pct))
    c = compare([legs(cv, log_ratio, 3, 1)])
    not_settled = dataclasses.replace(
        c,
        sessions=(c.sessions[0],) * 3,
        same_side_sessions=3,
        same_side_days=3,
        interval_low_pct=1.0,
        strict_low_pct=-1.0,
    )
    needed = holds_needed(not_settled)
    assert needed is not None
    cell = Cell(SCENARIOS[1], cv_pct, needed.holds_per_leg, 3, 100.0 * -math.expm1(-log_ratio))
    logs = draw(cell, 4000, np.random.default_rng(5))
    if needed.sessions < 3:  # the kept sessions are known already
        kept = np.full((4000, 3 - needed.sessions, 2, needed.holds_per_leg), np.nan)
        x = np.linspace(-1.0, 1.0, 3)
        x *= cv / x.std(ddof=1)
        kept[..., :3] = np.stack([x, x + log_ratio])
        logs[:, : 3 - needed.sessions] = kept
    found = judge(logs).code == CODES["difference"]
    assert 0.76 < found.mean() <= 1.0

"""The ladder with numpy says what `decide` says, step by step, on thousands of histories."""

from __future__ import annotations

import datetime
import math
import random
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from evenstance.decision.ladder import decide
from evenstance.decision.rungs import (
    REASONS,
    STEPS,
    smallest_printed_above,
    smallest_printed_as,
)
from evenstance.decision.types import SessionHolds
from evenstance.decision.vectorised import judge, judge_after_each

MOST_HOLDS = 6
MOST_SESSIONS = 5
FIRST = datetime.date(2026, 1, 1)
People = list[list[SessionHolds]]


def person(rng: random.Random) -> list[SessionHolds]:
    cv, d = rng.choice((0.05, 0.1, 0.14, 0.2)), rng.choice((0.0, 0.1, 0.17, 0.3, 0.5))
    day, found = FIRST, list[SessionHolds]()
    for k in range(MOST_SESSIONS):
        day += datetime.timedelta(days=rng.choice((0, 1, 1)))
        legs = [
            [
                5.0 * math.exp(leg * d + rng.gauss(0.0, cv))
                for _ in range(rng.choice((2, 3, 3, 4, 6)))
            ]
            for leg in (0, 1)
        ]
        if rng.random() < 0.2:
            leg = rng.choice(legs)
            leg[rng.randrange(len(leg))] *= rng.choice((0.4, 2.5))
        if rng.random() < 0.05:
            legs[1] = legs[0]  # exactly equal
        found.append(SessionHolds(str(k), day, False, "x", tuple(legs[0]), tuple(legs[1]), 0))
    return found


def arrays(people: People) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    logs = np.full((len(people), MOST_SESSIONS, 2, MOST_HOLDS), np.nan)
    day = np.zeros((len(people), MOST_SESSIONS), dtype=np.int64)
    for i, history in enumerate(people):
        for k, s in enumerate(history):
            day[i, k] = s.day.toordinal()
            for leg, values in enumerate((s.left_n, s.right_n)):
                logs[i, k, leg, : len(values)] = np.log(values)
    return logs, day


def test_every_look_at_thousands_of_random_histories() -> None:
    rng = random.Random(4)
    people = [person(rng) for _ in range(800)]
    looks = judge_after_each(*arrays(people))
    seen: Counter[str] = Counter()
    for k, look in enumerate(looks):
        for i, history in enumerate(people):
            verdict = decide(history[: k + 1])
            seen[verdict.reason] += 1
            assert REASONS[look.code[i]] == verdict.reason, (i, k)
            assert look.step[i] == verdict.step
            c = verdict.comparison
            if c is None:
                assert math.isnan(look.log_ratio[i])
                continue
            assert look.set_aside[i] == bool(c.set_aside)
            assert look.cv_pct[i] == pytest.approx(c.within_leg_cv_pct, rel=1e-9)
            pct = math.copysign(-100.0 * math.expm1(-abs(look.log_ratio[i])), look.log_ratio[i])
            assert pct == pytest.approx(c.difference_pct, abs=1e-9)
    compared = {r for r in REASONS if STEPS[r] < 4} - {"no_sessions", "familiarisation_only"}
    assert set(seen) == compared
    assert min(seen.values()) >= 5, seen


def history_at(pct: float, wobble: float) -> list[SessionHolds]:
    """Three sessions with this difference and this log SD of their 6 holds a leg."""
    x = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]) * wobble
    right = tuple(float(v) for v in 5.0 * np.exp(x) / (1.0 - pct / 100.0))
    left = tuple(float(v) for v in 5.0 * np.exp(x))
    return [
        SessionHolds(str(k), FIRST + datetime.timedelta(days=k), False, "x", left, right, 0)
        for k in range(MOST_SESSIONS)
    ]


def test_the_edges_of_rounding() -> None:
    """On both sides of "15.0 %" as printed, a billionth of a point away."""
    sizes = [14.95 + step * 1e-9 for step in range(-5, 6) if step]
    people = [history_at(pct, 0.02) for pct in sizes]
    last = judge_after_each(*arrays(people))[2]
    scalar = [decide(history[:3]).reason for history in people]
    assert [REASONS[code] for code in last.code] == scalar
    assert scalar == ["small_but_consistent"] * 5 + ["difference"] * 5


def test_the_edges_of_the_printed_cv() -> None:
    people = [history_at(40.0, wobble) for wobble in np.linspace(0.12, 0.25, 200)]
    last = judge_after_each(*arrays(people))[2]
    scalar = [decide(history[:3]) for history in people]
    assert [REASONS[code] for code in last.code] == [v.reason for v in scalar]
    for verdict in scalar:
        c = verdict.comparison
        assert c is not None
        assert (verdict.reason == "holds_scatter") == (round(c.within_leg_cv_pct, 1) > 18.0)


@pytest.mark.parametrize(
    ("value", "decimals"), [(15.0, 1), (18.0, 1), (0.1, 1), (7.35, 2), (3, 0)]
)
def test_the_smallest_float_that_is_printed_so(value: float, decimals: int) -> None:
    x = smallest_printed_as(value, decimals)
    assert round(x, decimals) >= value
    assert round(math.nextafter(x, -math.inf), decimals) < value
    above = smallest_printed_above(value, decimals)
    assert round(above, decimals) > value
    assert round(math.nextafter(above, -math.inf), decimals) <= value


def test_nobody_and_nothing_counted() -> None:
    assert judge(np.empty((0, 3, 2, 3))).step.shape == (0,)
    none = judge(np.full((2, 3, 2, 3), np.nan))
    assert [REASONS[code] for code in none.code] == ["too_few_holds"] * 2
    assert np.isnan(none.cv_pct).all()

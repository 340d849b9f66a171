"""Change over time: what counts as one, what a re-test must show, and what is never said."""

from __future__ import annotations

import datetime
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ladder_cases import session
from mdc_cases import points
from scipy import stats

from evenstance.decision import change_text
from evenstance.decision.change import Change, change, change_over_time
from evenstance.decision.types import SessionHolds
from evenstance.reliability.error_sizes import mdc95
from evenstance.report.change import change_json

BASE = datetime.date(2026, 1, 1)
FORBIDDEN = re.compile(
    r"practice worked|diagnos|weak(er)? muscle|imbalance|prevents? injur|fall[- ]risk"
    r"|\b(ab)?normal\b",
    re.IGNORECASE,
)
WOBBLE = (-0.02, 0.0, 0.02)


def at(
    day: int, left: float, right: float, n: int = 3, *, familiarisation: bool = False
) -> SessionHolds:
    """A session whose geometric means are these, with a little scatter of the holds."""
    spread = [1.0, *(math.exp(s * 0.1) for k in range(n // 2) for s in (-k - 1, k + 1))]
    return SessionHolds(
        f"s{day}",
        BASE + datetime.timedelta(days=day),
        familiarisation,
        "barefoot",
        tuple(left * v for v in spread),
        tuple(right * v for v in spread),
        0,
    )


def three(first_day: int, left: float, right: float, n: int = 3) -> list[SessionHolds]:
    """Three sessions on three days with these means and a wobble of 2 %."""
    return [
        at(first_day + 2 * k, left * math.exp(w), right * math.exp(-w), n)
        for k, w in enumerate(WOBBLE)
    ]


def outcomes(found: Change) -> tuple[str, str, str]:
    assert found.gap is not None
    left, right = found.legs
    return left.outcome, right.outcome, found.gap.outcome


# -- the MDC -----------------------------------------------------------------------------------


def test_the_mdc_of_the_gap_is_that_of_the_printed_table() -> None:
    # A change of the gap, in points, at 14.5 % from hold to hold and 5 % between sessions.
    for sessions, holds in ((1, 3), (1, 5), (2, 3), (3, 3), (3, 5)):
        after = [at(40 + k, 4.0, 5.0, holds) for k in range(sessions)]
        # Equal sessions measure no scatter of their own, so the errors stay the assumed ones.
        found = change([at(2 * k, 4.0, 5.0) for k in range(3)], after)
        assert found.gap is not None
        assert dict(found.errors)["gap"].source == "assumed"
        assert 100 * found.gap.mdc_log == pytest.approx(points(14.5, holds, sessions))
    # The formula itself gives the known sizes at 12 %: 25, 22, 20, 18 and 16 points.
    known = [points(12.0, *cell) for cell in ((3, 1), (5, 1), (3, 2), (3, 3), (5, 3))]
    assert [round(value) for value in known] == [25, 22, 20, 18, 16]


def test_one_session_against_one_is_the_textbook_mdc() -> None:
    found = change([at(0, 4.0, 5.0)], [at(9, 4.0, 5.0)])
    error = dict(found.errors)["left"]
    sem = math.sqrt(error.variances[0][0])
    assert error.source == "assumed"
    assert found.legs[0].drop_needed_pct == pytest.approx(-100 * math.expm1(-mdc95(sem)))
    assert found.legs[0].rise_needed_pct == pytest.approx(100 * math.expm1(mdc95(sem)))


def test_with_own_sessions_students_t_takes_the_place_of_the_gaussian() -> None:
    found = change_over_time(three(0, 4.0, 5.0) + three(40, 4.0, 5.0))
    error = dict(found.errors)["left"]
    assert (error.source, error.df) == ("own", 4)
    variance = 2 * (0.02**2 + 0.02**2) / 4
    mdc = stats.t.ppf(0.975, 4) * math.sqrt(2 * variance / 3)
    assert found.legs[0].drop_needed_pct == pytest.approx(-100 * math.expm1(-mdc), rel=1e-6)


# -- outcomes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "expected", "said"),
    [
        ((4.0, 5.0), ("unchanged", "unchanged", "unchanged"), "No change that this board can see"),
        ((4.0, 4.1), ("unchanged", "improved", "improved"), "Part of such a change is expected"),
        ((3.2, 4.0), ("improved", "improved", "unchanged"), "Both legs are steadier"),
        ((4.0, 7.0), ("unchanged", "worse", "worse"), "Answer the screening questions again"),
        ((3.2, 5.0), ("improved", "unchanged", "worse"), "gap between the legs is larger"),
        ((5.0, 4.0), ("worse", "improved", "unchanged"), "Answer the screening questions again"),
    ],
)
def test_outcomes_of_legs_and_gap(
    after: tuple[float, float], expected: tuple[str, str, str], said: str
) -> None:
    found = change_over_time(three(0, 4.0, 5.0) + three(40, *after))
    assert outcomes(found) == expected
    assert said in change_text.summary(found)


def test_a_gap_that_closes_without_a_leg_that_changed_is_called_chance() -> None:
    # Legs that wander together from session to session: large own error, small one of the gap.
    together = (-0.15, 0.0, 0.15)
    base = [at(k, 4.0 * math.exp(w), 5.0 * math.exp(w)) for k, w in enumerate(together)]
    later = [at(40 + k, 4.2 * math.exp(w), 4.4 * math.exp(w)) for k, w in enumerate(together)]
    later[0] = at(40, 4.2 * math.exp(-0.14), 4.4 * math.exp(-0.15))
    found = change_over_time(base + later)
    assert outcomes(found) == ("unchanged", "unchanged", "improved")
    assert "chance is a good explanation" in change_text.summary(found)


def test_a_gap_of_the_same_size_on_the_other_side_is_unchanged_and_said() -> None:
    found = change_over_time(three(0, 4.0, 5.0) + three(40, 5.0, 4.0))
    assert found.gap is not None
    assert found.gap.side_changed
    assert found.gap.outcome == "unchanged"
    assert any("on the other side now" in line for line in change_text.lines(found))


def test_exchanging_the_legs_exchanges_the_outcomes() -> None:
    here = change_over_time(three(0, 4.0, 5.0) + three(40, 4.0, 4.1))
    there = change_over_time(three(0, 5.0, 4.0) + three(40, 4.1, 4.0))
    assert (here.legs[0].outcome, here.legs[1].outcome) == (
        there.legs[1].outcome,
        there.legs[0].outcome,
    )
    assert here.gap is not None
    assert there.gap is not None
    assert here.gap.before_pct == pytest.approx(-there.gap.before_pct)
    assert here.gap.size_change_log == pytest.approx(there.gap.size_change_log)


# -- which sessions ----------------------------------------------------------------------------


def test_the_base_line_is_the_first_three_counted_sessions_and_the_re_test_the_last_three() -> (
    None
):
    history = [
        at(0, 9.0, 9.0, familiarisation=True),
        at(1, 4.0, 5.0, n=1),  # too few holds
        *(at(2 + k, 4.0, 5.0) for k in range(8)),
    ]
    found = change_over_time(list(reversed(history)))
    assert [s.session_id for s in found.base] == ["s2", "s3", "s4"]
    assert [s.session_id for s in found.retest] == ["s7", "s8", "s9"]
    assert found.trends[0].sessions == 8


def test_other_conditions_are_no_base_line() -> None:
    other = [session(on=k, conditions="shoes") for k in (1, 2, 3)]
    found = change_over_time([*other, session(on=9)])
    assert [s.conditions for s in found.base] == ["barefoot"]
    assert found.retest == ()


@pytest.mark.parametrize(
    ("sessions", "state", "said"),
    [
        (0, "no_sessions", "no counted session"),
        (1, "base_incomplete", "1 of 3"),
        (2, "base_incomplete", "2 of 3"),
        (3, "no_retest", "a re-test is not"),
        (4, "compared", "No change"),
    ],
)
def test_before_there_is_a_re_test_nothing_is_compared(
    sessions: int, state: str, said: str
) -> None:
    found = change_over_time([at(2 * k, 4.0, 5.0) for k in range(sessions)])
    assert found.state == state
    assert said in change_text.summary(found)
    assert bool(found.legs) is (found.gap is not None) is (state == "compared")


def test_values_that_have_no_logarithm_are_refused() -> None:
    bad = at(0, 4.0, 5.0)
    for value in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"not_positive|not_finite"):
            change([SessionHolds("a", BASE, False, "c", (4.0, value), (5.0, 5.0), 0)], [bad])
    with pytest.raises(ValueError, match="missing_cell"):
        change([SessionHolds("a", BASE, False, "c", (), (5.0,), 0)], [bad])
    with pytest.raises(ValueError, match="no base"):
        change([], [bad])


# -- trend -------------------------------------------------------------------------------------


def test_a_steady_trend_is_found_with_its_method_and_degrees_of_freedom() -> None:
    history = [at(7 * k, 4.0 * 0.97**k, 5.0) for k in range(6)]
    left, right, gap = change_over_time(history).trends
    assert left.per_week == pytest.approx(-3.0)
    assert (left.df, left.sessions, left.days) == (4, 6, 35)
    assert left.method == "ols_log_session_means"
    assert right.per_week == pytest.approx(0.0, abs=1e-9)
    assert gap.per_week == pytest.approx(-100 * math.log(0.97))
    lines = change_text.lines(change_over_time(history))
    assert any("least squares over 6 session means" in line for line in lines)


def test_the_interval_of_a_trend_is_students() -> None:
    logs = [0.0, 0.1, -0.05, 0.08, 0.02]
    days = [0, 3, 7, 15, 21]
    history = [at(d, 4.0 * math.exp(v), 5.0) for d, v in zip(days, logs, strict=True)]
    left = change_over_time(history).trends[0]
    theirs = stats.linregress(days, logs)
    half = stats.t.ppf(0.975, 3) * theirs.stderr
    assert left.low == pytest.approx(100 * math.expm1(7 * (theirs.slope - half)))
    assert left.high == pytest.approx(100 * math.expm1(7 * (theirs.slope + half)))


def test_no_trend_from_three_sessions_or_from_one_day() -> None:
    assert change_over_time([at(k, 4.0, 5.0) for k in range(3)]).trends == ()
    one_day = change_over_time([at(0, 4.0 + k, 5.0) for k in range(6)])
    assert one_day.trends == ()
    assert any(line.startswith("No trend") for line in change_text.lines(one_day))


# -- what a re-test must show ------------------------------------------------------------------


def test_a_re_test_that_just_shows_it_is_called_a_change() -> None:
    base = [at(2 * k, 4.0, 6.5) for k in range(3)]
    asked = change_over_time(base).requirements
    assert [one.sessions for one in asked] == [1, 2, 3]
    for one in asked:
        for factor, outcome in ((0.999, "improved"), (1.001, "unchanged")):
            later = [
                at(40 + k, one.left_at_most_n * factor, one.right_at_most_n * factor, 5)
                for k in range(one.sessions)
            ]
            found = change(base, later)
            assert dict(found.errors)["left"].source == "assumed"
            assert [leg.outcome for leg in found.legs] == [outcome, outcome]
    assert asked[0].left_at_most_n < asked[1].left_at_most_n < asked[2].left_at_most_n


def test_the_gap_that_a_re_test_must_show() -> None:
    base = [at(2 * k, 4.0, 6.5) for k in range(3)]
    one = change_over_time(base).requirements[-1]
    assert one.gap_at_most_pct is not None
    for factor, outcome in ((0.99, "improved"), (1.01, "unchanged")):
        share = factor * one.gap_at_most_pct / 100.0
        later = [at(40 + k, 5.0 * (1 - share), 5.0, 5) for k in range(3)]
        found = change(base, later)
        assert found.gap is not None
        assert found.gap.outcome == outcome


def test_a_gap_within_its_own_error_cannot_be_shown_to_close() -> None:
    asked = change_over_time([at(2 * k, 4.0, 4.3) for k in range(3)]).requirements
    assert [one.gap_at_most_pct for one in asked] == [None] * 3
    assert "not even equal legs" in change_text.requirement_line(asked[0])


# -- words and JSON ----------------------------------------------------------------------------


def every_text() -> list[str]:
    histories = [three(0, 4.0, 5.0)[:n] for n in range(4)]
    histories += [
        three(0, 4.0, 5.0) + three(40, left, right)
        for left in (3.0, 4.0, 5.5)
        for right in (3.5, 4.1, 5.0, 7.0)
    ]
    return ["\n".join(change_text.lines(change_over_time(one))) for one in histories]


def test_no_text_claims_a_cause_or_uses_a_forbidden_word() -> None:
    texts = every_text()
    assert len(set(texts)) > 10
    for text in texts:
        assert FORBIDDEN.search(text) is None
        assert text.isascii()


def test_regression_to_the_mean_and_learning_stand_beside_every_comparison() -> None:
    for text in every_text()[4:]:
        assert "regression to the mean" in text
        assert "testing alone" in text
        assert "expected without practice" in text
        assert "5 % of people who did not change" in text


def test_assumed_errors_are_labelled_with_their_origin() -> None:
    text = "\n".join(change_text.lines(change_over_time([at(k, 4.0, 5.0) for k in range(4)])))
    assert "11 %, assumed: " in text
    assert "14.5 %, assumed: " in text
    assert "Fransz 2014" in text
    own = "\n".join(change_text.lines(change_over_time(three(0, 4.0, 5.0) + three(40, 4.0, 5.0))))
    assert "(own, interval " in own
    assert "assumed" not in own


def test_json_is_plain_and_keeps_every_part() -> None:
    found = change_json(change_over_time(three(0, 4.0, 5.0) + three(40, 4.0, 4.1)))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found) == [
        "state",
        "text",
        "base",
        "retest",
        "legs",
        "gap",
        "trends",
        "requirements",
        "direction",
        "errors",
        "caution",
    ]
    assert found["base"][0] == {"session_id": "s0", "day": "2026-01-01"}
    assert found["errors"]["gap"]["source"] == "own"


finite = st.floats(min_value=5e-324, allow_infinity=False)
one = st.builds(
    SessionHolds,
    session_id=st.sampled_from("abc"),
    day=st.dates(BASE, BASE + datetime.timedelta(days=9)),
    familiarisation=st.booleans(),
    conditions=st.sampled_from(["barefoot", "shoes"]),
    left_n=st.lists(finite, max_size=4).map(tuple),
    right_n=st.lists(finite, max_size=4).map(tuple),
    invalid=st.just(0),
)


@given(st.lists(one, max_size=8))
def test_every_history_has_an_answer(history: list[SessionHolds]) -> None:
    found = change_over_time(history)
    json.dumps(change_json(found), allow_nan=False)
    assert change_text.lines(found)


# -- simulation --------------------------------------------------------------------------------


def test_people_who_did_not_change_are_called_changed_as_often_as_stated() -> None:
    """800 people, three sessions before and three after, own errors: 5 % a comparison."""
    random = np.random.default_rng(11)
    wrong = 0
    people = 800
    for _ in range(people):
        logs = random.normal(0.0, 0.09, (6, 2))
        history = [
            SessionHolds(
                f"s{k}",
                BASE + datetime.timedelta(days=7 * k),
                False,
                "c",
                (float(4.0 * math.exp(left)),) * 3,
                (float(4.0 * math.exp(right)),) * 3,
                0,
            )
            for k, (left, right) in enumerate(logs)
        ]
        wrong += change_over_time(history).legs[0].outcome != "unchanged"
    assert wrong / people == pytest.approx(0.05, abs=0.025)

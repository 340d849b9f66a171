"""What comes next, over a whole course: told as a story, and for any course at all."""

from __future__ import annotations

import datetime
import json

import pytest
from course_cases import (
    DAY,
    MONDAY,
    Said,
    begun,
    course,
    outcome,
    plan_of,
    practices,
    session,
    told,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_cases import DOSE, FORBIDDEN
from test_plan_progress import random_practice

from evenstance.decision.types import SessionHolds
from evenstance.knowledge.catalogue import exercises
from evenstance.plan.course import After, Waiting, complete, of_plan
from evenstance.plan.days import look_on, practice_dates, retest_from
from evenstance.plan.next_step import NextStep, next_step
from evenstance.plan.prescribe import Options
from evenstance.plan.refusals import ours
from evenstance.plan.types import Plan, Wait
from evenstance.report.next_step import next_lines

PLAN = plan_of(34)
LAST = MONDAY + 39 * DAY


def day(n: int) -> datetime.date:
    return MONDAY + n * DAY


def text(step: NextStep) -> str:
    return " ".join(s.text for s in step.statements)


@pytest.mark.parametrize(
    ("n", "states", "kind", "due"),
    [
        (-1, "", "rest_day", 0),
        (0, "", "practise", 0),
        (0, "d", "rest_day", 2),
        (1, "d", "rest_day", 2),
        (2, "d", "practise", 2),
        (3, "d-", "rest_day", 4),  # nobody makes up for a missed day
        (18, "dddddddd", "practise", 18),
        (18, "d" * 9, "rest_day", 21),
        (19, "d" * 9, "wait_for_look", 20),
        (20, "d" * 9, "look", 20),
        (21, "d" * 9, "practise", 21),  # the look was missed: no matter
        (39, "d" * 17, "practise", 39),
        (40, "d" * 18, "rest_day", 44),
        (42, "d" * 18, "pause", 44),
        (43, "d" * 18, "pause", 44),
        (44, "d" * 18, "retest", 44),
        (90, "d" * 18, "retest", 90),
    ],
)
def test_the_days_of_a_block(n: int, states: str, kind: str, due: int) -> None:
    step = next_step(course(begun(PLAN, practices(PLAN, states)), on=day(n)), day(n))
    assert (step.kind, step.day) == (kind, day(due))
    assert bool(step.doses) is (kind == "practise")
    assert step.statements


def test_after_the_look_practice_goes_on() -> None:
    plan = begun(PLAN, practices(PLAN, "d" * 9))
    measured = [session(1, day(20))]
    assert next_step(course(plan, on=day(20), sessions=measured), day(20)).kind == "rest_day"


def test_practice_on_the_day_before_puts_the_look_off() -> None:
    late = (*practices(PLAN, "d" * 9), told(day(19), "d"))
    step = next_step(course(begun(PLAN, late), on=day(20)), day(20))
    assert step.kind == "wait_for_look"
    assert "less than 48 h" in text(step)


def test_no_practice_on_the_day_after_practice() -> None:
    step = next_step(course(begun(PLAN, [told(day(1), "d")]), on=day(2)), day(2))
    assert (step.kind, step.day) == ("rest_day", day(4))


def test_a_stage_and_its_reason_are_told() -> None:
    step = next_step(course(begun(PLAN, practices(PLAN, "ddd")), on=day(7)), day(7))
    assert (step.kind, step.stage) == ("practise", 2)
    assert "up to stage 2" in text(step)
    assert [d.exercise_id for d in step.doses] == [d.exercise_id for d in PLAN.weeks[1].items]


@pytest.mark.parametrize("letter", ["n", "x", "f"])
def test_near_fall_pain_and_fear_bring_the_screen(letter: str) -> None:
    plan = begun(PLAN, [told(day(0), letter)])
    old = outcome(34, day(2), answered_on=day(0))
    step = next_step(course(plan, on=day(2), screen=old), day(2))
    assert (step.kind, step.doses) == ("screen", ())
    fresh = outcome(34, day(2), answered_on=day(1))
    assert next_step(course(plan, on=day(2), screen=fresh), day(2)).kind == "practise"


def retest_of(*days: int) -> list[SessionHolds]:
    return [session(n, day(d)) for n, d in enumerate(days)]


@pytest.mark.parametrize(
    ("days", "counted", "why"),
    [
        ((44,), 1, None),
        ((44, 44), 2, "must be on another day"),
        ((44, 44, 44), 2, "must be on another day"),
        ((43, 44), 1, "48 h of pause"),
        ((42,), 0, "48 h of pause"),
        ((44, 46), 2, None),
    ],
)
def test_the_retest_is_counted_and_what_does_not_count_is_told(
    days: tuple[int, ...], counted: int, why: str | None
) -> None:
    plan = begun(PLAN, practices(PLAN, "d" * 18))
    step = next_step(course(plan, on=day(46), sessions=retest_of(*days)), day(46))
    assert (step.kind, step.counted) == ("retest", counted)
    assert f"{counted} of 3 sessions" in text(step)
    assert why is None or why in text(step)


def test_sessions_that_cannot_count_say_why() -> None:
    plan = begun(PLAN, [*practices(PLAN, "d" * 17), told(day(41), "d")])
    others = [
        session(1, day(44), holds=2),
        session(2, day(45), familiarisation=True),
        session(3, day(46)),
        session(4, day(47), conditions="eyes closed"),
    ]
    step = next_step(course(plan, on=day(47), sessions=others), day(47))
    assert [s.not_counted for s in step.sessions] == [
        "too_few_holds",
        "familiarisation",
        None,
        "other_conditions",
    ]
    assert step.counted == 1


def test_practice_after_the_block_spoils_the_session_after_it() -> None:
    plan = begun(PLAN, [*practices(PLAN, "d" * 18), told(day(45), "d")])
    found = of_plan(plan, retest_of(46, 47))
    assert [s.not_counted for s in found] == ["practice_before", None]
    assert next_step(course(plan, on=day(46)), day(46)).kind == "pause"


@pytest.mark.parametrize(
    ("after", "on", "kind"),
    [
        ("maintain", 60, "maintain"),
        ("maintain", 42 + 56, "follow_up"),
        ("second_block", 50, "second_block"),
        ("continue_once", 50, "second_block"),
        ("second_block", 80, "stopped"),  # twelve weeks are over in 4 days
        ("stop", 50, "stopped"),
        ("screen_again", 50, "verdict"),
        ("measure_again", 50, "verdict"),
    ],
)
def test_what_the_verdict_leads_to(after: After, on: int, kind: str) -> None:
    plan = begun(PLAN, practices(PLAN, "d" * 18), retest=Said(after))
    step = next_step(course(plan, on=day(on), sessions=retest_of(44, 46, 48)), day(on))
    assert step.kind == kind
    assert text(step).startswith("What the re-test says.")
    assert step.doses == ()
    if kind == "second_block":
        assert "4 week(s)" in text(step)


def test_a_second_block_is_the_last() -> None:
    second = plan_of(34, Options(block_number=2, first_start=MONDAY, calendar_weeks=4))
    opens = retest_from(second.starts_on, 4)
    sessions = [session(n, opens + n * DAY) for n in range(3)]
    plan = begun(second, retest=Said("second_block"))
    on = opens + 3 * DAY
    assert next_step(course(plan, on=on, sessions=sessions), on).kind == "stopped"


def test_general_practice_has_no_verdict() -> None:
    plan = begun(plan_of(34, practice=True))
    sessions = [session(n, day(44 + n)) for n in range(3)]
    step = next_step(course(plan, on=day(50), sessions=sessions, step=0), day(50))
    assert step.kind == "maintain"
    assert "no verdict" in text(step)


def test_follow_up_is_over_once_measured() -> None:
    plan = begun(PLAN, practices(PLAN, "d" * 18), retest=Said("maintain"))
    sessions = [*retest_of(44, 46, 48), session(9, day(100))]
    step = next_step(course(plan, on=day(101), sessions=sessions), day(101))
    assert (step.kind, step.day) == ("maintain", day(42 + 168))


def test_waiting_then_measuring() -> None:
    wait = Wait(MONDAY, day(21), (), (ours("Measure again."),))
    waiting = course(on=day(5))
    waiting = type(waiting)(**{**vars(waiting), "waiting": Waiting(7, wait)})
    assert next_step(waiting, day(5)).kind == "wait"
    assert next_step(waiting, day(21)).kind == "measure"
    done = type(waiting)(**{**vars(waiting), "sessions": tuple(retest_of(21, 22, 23))})
    assert next_step(done, day(24)).kind == "verdict"


@pytest.mark.parametrize(
    ("step", "kind"),
    [(0, "measure"), (1, "nothing"), (2, "measure"), (3, "begin"), (4, "nothing")],
)
def test_without_a_plan_the_ladder_says_what_comes(step: int, kind: str) -> None:
    assert next_step(course(on=MONDAY, step=step), MONDAY).kind == kind


def test_a_stopped_plan_is_told() -> None:
    plan = begun(PLAN, practices(PLAN, "dd"), ended_on=day(5))
    step = next_step(course(plan, on=day(6), step=1), day(6))
    assert step.kind == "stopped"
    assert "moved house" in text(step)


BLOCKING = ["stroke", "ces_saddle", "msk", "clot", "chest"]
_IDS = tuple(exercises())
_NAMES = tuple(e.name for e in exercises().values())


@st.composite
def sessions_of_days(draw: st.DrawFn) -> tuple[SessionHolds, ...]:
    days = draw(st.lists(st.integers(-10, 80), max_size=8))
    return tuple(
        session(
            n,
            day(d),
            familiarisation=n == 0,
            holds=draw(st.sampled_from([3, 3, 2])),
            conditions=draw(st.sampled_from(["eyes open", "eyes open", "eyes closed"])),
        )
        for n, d in enumerate(sorted(days))
    )


@settings(max_examples=250, deadline=None)
@given(
    n=st.integers(-5, 260),
    chosen=st.sampled_from(
        [("mon", "wed", "fri"), ("tue", "thu", "sat"), ("sun", "wed"), ("thu",)]
    ),
    weeks=st.integers(1, 6),
    told_so_far=random_practice(),
    sessions=sessions_of_days(),
    blocking=st.sampled_from([None, None, *BLOCKING]),
    answered_days_ago=st.sampled_from([0, 0, 5, 91]),
    after=st.sampled_from([None, "maintain", "second_block", "stop", "screen_again"]),
    ended=st.sampled_from([None, None, None, 9]),
    practice=st.booleans(),
)
def test_any_course_has_a_next_step_and_never_practice_before_a_test(
    n: int,
    chosen: tuple[str, ...],
    weeks: int,
    told_so_far: tuple[object, ...],
    sessions: tuple[SessionHolds, ...],
    blocking: str | None,
    answered_days_ago: int,
    after: After | None,
    ended: int | None,
    practice: bool,
) -> None:
    today = day(n)
    options = Options(days=chosen, calendar_weeks=weeks)  # type: ignore[arg-type]
    plan = plan_of(34, options, practice=practice)
    changes = None if blocking is None else {blocking: True}
    screen = outcome(34, today, changes, today - answered_days_ago * DAY)
    one = begun(
        plan,
        told_so_far,  # type: ignore[arg-type]
        ended_on=None if ended is None else day(ended),
        retest=None if after is None or practice else Said(after),
    )
    whole = course(one, on=today, sessions=sessions, screen=screen)
    step = next_step(whole, today)
    said = json.dumps(step.as_dict()) + "\n".join(next_lines(step))
    assert step.statements
    assert FORBIDDEN.search(said) is None
    assert all(s.grade in "ABCD" and (s.sources or s.grade == "D") for s in step.statements)
    if screen.state == "blocked":
        assert step.kind == "blocked"
        assert not any(name in said for name in (*_IDS, *_NAMES))
        assert DOSE.search(said) is None
        if blocking in ("stroke", "ces_saddle"):
            assert step.statements[0].text.startswith("EMERGENCY NOW")
    if not step.doses:
        return
    _check_practice(step, plan, whole.running is not None, today, one.practices)


def _check_practice(
    step: NextStep, plan: Plan, running: bool, today: datetime.date, told_so_far: object
) -> None:
    assert (step.kind, step.day) == ("practise", today)
    assert running
    assert today in practice_dates(plan.starts_on, plan.calendar_weeks, plan.days)
    tests = [retest_from(plan.starts_on, plan.calendar_weeks)]
    look = look_on(plan.starts_on, plan.calendar_weeks, plan.days)
    tests += [] if look is None else [look]
    assert not any(0 <= (test - today).days < 2 for test in tests)
    assert isinstance(told_so_far, tuple)
    took = [p.day for p in told_so_far if p.took_place]
    assert not any(0 <= (today - d).days < 2 for d in took)


def test_complete_takes_the_first_three_on_two_days() -> None:
    plan = begun(PLAN, practices(PLAN, "d" * 18))
    found = complete(of_plan(plan, retest_of(44, 44, 44, 45, 46)))
    assert [(s.session_id, s.day) for s in found] == [
        ("s0", day(44)),
        ("s1", day(44)),
        ("s3", day(45)),
    ]

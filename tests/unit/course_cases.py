"""Plans that were begun, sessions and whole courses that the tests of practice share."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from plan_cases import TODAY, results, screen_with, verdict

from evenstance.decision.types import SessionHolds
from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue
from evenstance.knowledge.question import Answer
from evenstance.plan.course import After, Course, StartedPlan
from evenstance.plan.days import practice_dates
from evenstance.plan.practice import Practice
from evenstance.plan.prescribe import Options, make_plan
from evenstance.plan.types import Plan
from evenstance.screen.evaluate import evaluate
from evenstance.screen.types import ScreenOutcome

MONDAY = TODAY  # 23 November 2026
DAY = datetime.timedelta(days=1)


HEADLINE = Statement("What the re-test says.", "D")


@dataclass(frozen=True)
class Said:
    """A verdict on a re-test, for what follows from its `next`."""

    next: After
    row_id: str = "row"
    headline: Statement = HEADLINE
    statements: tuple[Statement, ...] = ()
    too_little_practice: bool = False

    def as_dict(self) -> dict[str, JsonValue]:
        return {"row_id": self.row_id}


def outcome(
    age_y: int = 34,
    on: datetime.date = MONDAY,
    changes: dict[str, Answer] | None = None,
    answered_on: datetime.date | None = None,
) -> ScreenOutcome:
    screen = screen_with(age_y, changes)
    at = on if answered_on is None else answered_on
    return evaluate(type(screen)(screen.answers, age_y, at), None, None, on)


def plan_of(age_y: int = 34, options: Options | None = None, *, practice: bool = False) -> Plan:
    """A balance block from MONDAY on, or general practice."""
    person = results(age_y, 25.0, 25.0, at_cap=True)
    if practice:
        person = type(person)(age_y, 14.0, 18.0, False, 14.0, legs_not_scored=1)
    plan = make_plan(
        verdict(0 if practice else 3), outcome(age_y), person, MONDAY, options or Options()
    )
    assert isinstance(plan, Plan)
    return plan


def practices(plan: Plan, states: str) -> tuple[Practice, ...]:
    """One letter a practice day: d done, p partly (time), h too hard, m missed, - nothing told,
    n near-fall, t three touch-downs, x pain 4, 1 one touch-down."""
    dates = practice_dates(plan.starts_on, plan.calendar_weeks, plan.days)
    return tuple(
        told(day, letter) for day, letter in zip(dates, states, strict=False) if letter != "-"
    )


def told(day: datetime.date, letter: str) -> Practice:
    return {
        "d": Practice(day, "done"),
        "p": Practice(day, "partly", "time"),
        "h": Practice(day, "partly", "too_hard"),
        "m": Practice(day, "missed", "time"),
        "n": Practice(day, "done", near_fall=True),
        "t": Practice(day, "done", touch_downs=3),
        "1": Practice(day, "done", touch_downs=1),
        "x": Practice(day, "done", pain=4),
        "f": Practice(day, "missed", "fear"),
    }[letter]


def session(
    number: int,
    day: datetime.date,
    *,
    familiarisation: bool = False,
    holds: int = 3,
    conditions: str = "eyes open",
) -> SessionHolds:
    return SessionHolds(
        f"s{number}", day, familiarisation, conditions, (5.0,) * holds, (4.0,) * holds, 0
    )


def begun(
    plan: Plan,
    told: Sequence[Practice] = (),
    *,
    ended_on: datetime.date | None = None,
    retest: Said | None = None,
    number: int = 1,
) -> StartedPlan:
    return StartedPlan(
        number,
        plan,
        plan.starts_on,
        ended_on,
        None if ended_on is None else "moved house",
        tuple(told),
        retest=retest,
    )


def course(
    *plans: StartedPlan,
    on: datetime.date,
    sessions: Sequence[SessionHolds] = (),
    screen: ScreenOutcome | None = None,
    step: int = 3,
    age_y: int = 34,
) -> Course:
    """What flows.course makes of a history, with a clear screen of that day unless given."""
    found = outcome(age_y, on) if screen is None else screen
    person = results(age_y, 25.0, 25.0, at_cap=True)
    return Course(
        screen=found,
        screened_at=None,
        verdict=verdict(step),
        proposed=make_plan(verdict(step), found, person, on),
        sessions=tuple(sessions),
        plans=plans,
    )

"""What comes next for one person on one day: one total function over a whole course. Pure.

The order: a blocking answer, then the running plan by its days (screen, practice, look, pause,
re-test, what the re-test leads to), then what would be begun. Practice is asked for on the chosen
days only, never on a day after practice, and never within 48 h before the look or a re-test.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.plan.after_block import after_block
from evenstance.plan.block import group
from evenstance.plan.course import (
    NOT_COUNTED,
    Course,
    RetestSession,
    StartedPlan,
    complete,
    of_plan,
    of_wait,
)
from evenstance.plan.days import (
    REST_DAYS,
    RETEST_SESSIONS,
    block_end,
    look_on,
    practice_dates,
    retest_from,
)
from evenstance.plan.doses import daily_doses, todays_doses
from evenstance.plan.progress import Standing, standing
from evenstance.plan.refusals import ours
from evenstance.plan.screen_state import screen_again
from evenstance.plan.types import Dose, NoPlan, Plan
from evenstance.plan.words import practice_before_test

Kind = Literal[
    "blocked",
    "screen",
    "measure",
    "nothing",
    "begin",
    "wait",
    "wait_for_look",
    "practise",
    "rest_day",
    "look",
    "pause",
    "retest",
    "verdict",
    "second_block",
    "maintain",
    "follow_up",
    "stopped",
]


@dataclass(frozen=True)
class NextStep:
    """The kind of step, the day it is for (None: any), its sentences, and doses if it is practice.

    `counted` of three re-test sessions are there; `sessions` says of each whether it counts.
    """

    kind: Kind
    day: datetime.date | None
    statements: tuple[Statement, ...]
    warm_up: tuple[Dose, ...] = ()
    doses: tuple[Dose, ...] = ()
    daily: tuple[Dose, ...] = ()
    stage: int | None = None
    counted: int | None = None
    sessions: tuple[RetestSession, ...] = field(default=())

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        return as_plain_dict(self)


def next_step(course: Course, today: datetime.date) -> NextStep:
    """What this person does next; never raises, whatever the course."""
    if course.blocked and isinstance(course.proposed, NoPlan):
        plan = course.proposed
        return NextStep("blocked", today, (*plan.next_steps, plan.text))
    if course.blocked:
        return NextStep("blocked", today, (ours("A screening answer comes first."),))
    latest = course.latest
    if course.running is not None:
        return _running(course, course.running, today)
    if course.waiting is not None:
        return _waiting(course, today)
    step = _proposed(course, today)
    if latest is not None and latest.ended_why:
        told = ours(f"The plan of {latest.started_on.isoformat()} was ended: {latest.ended_why}.")
        if step.kind == "nothing":
            return NextStep("stopped", None, (told, *step.statements))
        return NextStep(step.kind, step.day, (told, *step.statements))
    return step


def _running(course: Course, begun: StartedPlan, today: datetime.date) -> NextStep:
    plan = begun.plan
    where = standing(plan, begun.practices, today)
    again = screen_again(course, where, today)
    over = block_end(plan.starts_on, plan.calendar_weeks)
    if today >= over:
        return _after(course, begun, where, again, today)
    if again:
        return NextStep("screen", today, again)
    told = {p.day for p in begun.practices}
    dates = practice_dates(plan.starts_on, plan.calendar_weeks, plan.days)
    coming = next((day for day in dates if day > today), None)
    look = _look(course, begun, where, today)
    if look is not None:
        return look
    if today in dates and today not in told and not _just_practised(where, today):
        return _practise(course, plan, where, today)
    return _rest(plan, where, coming, over)


def _practise(course: Course, plan: Plan, where: Standing, today: datetime.date) -> NextStep:
    said = [ours(f"Practice today, stage {where.stage} of 6.")]
    if where.extra_support:
        said.append(
            ours(f"{where.extra_support} rung(s) more hand support than the table, for now.")
        )
    said += where.why[-1:]
    said.append(ours("First the quick check; any yes means no practice today."))
    return NextStep(
        kind="practise",
        day=today,
        statements=(*said, *group("stop", plan.person), *group("emergency", plan.person)),
        warm_up=plan.warm_up,
        doses=todays_doses(plan, where, course.screen),
        daily=daily_doses(plan, where, course.screen),
        stage=where.stage,
    )


def _rest(
    plan: Plan,
    where: Standing,
    coming: datetime.date | None,
    over: datetime.date,
) -> NextStep:
    if coming is None:
        opens = retest_from(plan.starts_on, plan.calendar_weeks)
        return NextStep(
            "rest_day",
            opens,
            (
                ours(
                    "The practice days of this block are over; the pause begins on "
                    f"{over.isoformat()} and the re-test on {opens.isoformat()}."
                ),
            ),
            stage=where.stage,
        )
    text = f"No practice today; the next day of practice is {coming.isoformat()}."
    return NextStep("rest_day", coming, (ours(text),), stage=where.stage)


def _look(
    course: Course, begun: StartedPlan, where: Standing, today: datetime.date
) -> NextStep | None:
    """The look, or the pause before it; None where it is not due or was had."""
    plan = begun.plan
    due = look_on(plan.starts_on, plan.calendar_weeks, plan.days)
    if due is None or today < due - datetime.timedelta(days=REST_DAYS - 1):
        return None
    dates = practice_dates(plan.starts_on, plan.calendar_weeks, plan.days)
    until = next((day for day in dates if day > due), None)
    had = any(s.day >= due and not s.familiarisation for s in course.sessions)
    if had or (until is not None and today >= until):
        return None
    (look,) = group("look", plan.person)
    if today < due:
        said = ours(f"No practice today: the look is on {due.isoformat()}.")
        return NextStep("wait_for_look", due, (said, look), stage=where.stage)
    if _just_practised(where, today):
        said = ours("No look today: the last practice was less than 48 h ago.")
        return NextStep("wait_for_look", today, (said, look), stage=where.stage)
    return NextStep("look", today, (look,), stage=where.stage)


def _just_practised(where: Standing, today: datetime.date) -> bool:
    """Whether the last practice was today or yesterday."""
    last = where.last_practice
    return last is not None and (today - last).days < REST_DAYS


def _after(
    course: Course,
    begun: StartedPlan,
    where: Standing,
    again: tuple[Statement, ...],
    today: datetime.date,
) -> NextStep:
    plan = begun.plan
    found = of_plan(begun, course.sessions)
    chosen = complete(found)
    if len(chosen) == RETEST_SESSIONS:
        kind, day, said = after_block(course, begun, chosen[-1].day, again, today)
        return NextStep(kind, day, said, counted=RETEST_SESSIONS, sessions=found)
    opens = retest_from(plan.starts_on, plan.calendar_weeks)
    if where.last_practice is not None:
        opens = max(opens, where.last_practice + datetime.timedelta(days=REST_DAYS))
    if today < opens:
        (pause,) = group("pause", plan.person)
        said = ours(f"The re-test begins on {opens.isoformat()}.")
        return NextStep("pause", opens, (said, pause), counted=0, sessions=found)
    (retest,) = group("retest", plan.person)
    said = (*_progress(found, chosen), retest, practice_before_test(), *again)
    return NextStep("retest", today, said, counted=len(chosen), sessions=found)


def _progress(
    found: tuple[RetestSession, ...], chosen: tuple[RetestSession, ...]
) -> tuple[Statement, ...]:
    said = [ours(f"Re-test: {len(chosen)} of {RETEST_SESSIONS} sessions.")]
    for one in found:
        if one.not_counted is not None:
            why = NOT_COUNTED[one.not_counted]
            said.append(
                ours(f"The session of {one.day.isoformat()} does not count as a re-test: {why}.")
            )
    if len(chosen) == RETEST_SESSIONS - 1 and len({s.day for s in chosen}) == 1:
        said.append(ours("The next one must be on another day."))
    return tuple(said)


def _waiting(course: Course, today: datetime.date) -> NextStep:
    waiting = course.waiting
    assert waiting is not None
    until = waiting.wait.until
    if today < until:
        said = ours(f"No practice until {until.isoformat()}; then measure again.")
        return NextStep("wait", until, (said, *waiting.wait.statements))
    found = of_wait(waiting, course.sessions)
    chosen = complete(found)
    if len(chosen) == RETEST_SESSIONS:
        judged = waiting.retest
        why = waiting.not_judged or "they are not judged"
        told = (
            (ours(f"The measurements after the wait are complete, without a verdict: {why}."),)
            if judged is None
            else (judged.headline, *judged.statements)
        )
        told = (*told, ours("`evenstance plan` shows what may follow."))
        return NextStep("verdict", None, told, counted=RETEST_SESSIONS, sessions=found)
    said = (*_progress(found, chosen), *waiting.wait.statements)
    return NextStep("measure", today, said, counted=len(chosen), sessions=found)


def _proposed(course: Course, today: datetime.date) -> NextStep:
    plan = course.proposed
    if isinstance(plan, Plan):
        said = ours(
            "`evenstance plan` shows what would be practised; `evenstance plan start` begins it."
        )
        return NextStep("begin", today, (plan.say, said))
    if not isinstance(plan, NoPlan):
        return NextStep("wait", plan.until, plan.statements)
    said = (plan.text, *plan.next_steps)
    if plan.reason_id == "not_screened":
        return NextStep("screen", today, said)
    if plan.reason_id in ("more_needed", "seen_once", "hold_unknown", "leg_unknown"):
        return NextStep("measure", None, (*said, practice_before_test()))
    return NextStep("nothing", None, said)

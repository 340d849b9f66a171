"""What comes after a complete re-test: what its row says, within the limit of twelve weeks."""

from __future__ import annotations

import datetime
from typing import Literal

from evenstance.knowledge.exercise import Statement
from evenstance.plan.block import group
from evenstance.plan.course import AGAIN, GO_ON, Course, StartedPlan
from evenstance.plan.days import follow_ups, weeks_left
from evenstance.plan.refusals import ours

AfterKind = Literal["screen", "verdict", "second_block", "maintain", "follow_up", "stopped"]
LAST_BLOCK = 2
MAINTAIN = ours(
    "To keep what there is: a one-leg stand built into a daily habit with a hand on the surface, "
    "or one practice session of 15 min a week."
)


def may_follow(begun: StartedPlan, on: datetime.date) -> int:
    """Weeks that a second block from `on` may have; 0 when there is none."""
    plan = begun.plan
    if plan.block_number >= LAST_BLOCK or plan.kind != "balance_block":
        return 0
    return weeks_left(plan.first_start, on)


def after_block(
    course: Course,
    begun: StartedPlan,
    measured_on: datetime.date,
    again: tuple[Statement, ...],
    today: datetime.date,
) -> tuple[AfterKind, datetime.date | None, tuple[Statement, ...]]:
    """Kind, day and sentences once the three sessions of the re-test are there."""
    plan, judged = begun.plan, begun.retest
    if judged is None:
        if plan.kind == "general_practice":
            told = (ours("This practice answered no difference: there is no verdict on it."),)
            return _keep(course, begun, measured_on, told, again, today)
        why = "they are not judged" if begun.not_judged is None else begun.not_judged
        return "verdict", None, (ours(f"The re-test is complete, without a verdict: {why}."),)
    told = (judged.headline, *judged.statements)
    if judged.next in AGAIN:
        more = ours(
            "Then the re-test once more: three counted sessions on at least two days, without "
            "practice before and between."
        )
        return "verdict", None, (*told, *again, more)
    if judged.next in GO_ON:
        weeks = may_follow(begun, today)
        if weeks > 0:
            more = ours(
                f"A second block of up to {weeks} week(s) may follow: answer the whole screen, "
                "then `evenstance plan start`. It is the last one."
            )
            return "second_block", today, (*told, more)
        return "stopped", None, (*told, *group("stop_block", plan.person))
    if judged.next == "stop":
        return "stopped", None, told
    return _keep(course, begun, measured_on, told, again, today)


def _keep(
    course: Course,
    begun: StartedPlan,
    measured_on: datetime.date,
    told: tuple[Statement, ...],
    again: tuple[Statement, ...],
    today: datetime.date,
) -> tuple[AfterKind, datetime.date | None, tuple[Statement, ...]]:
    """Maintenance, and the follow-up that is due."""
    plan = begun.plan
    (follow,) = group("follow_up", plan.person)
    days = follow_ups(plan.starts_on, plan.calendar_weeks)
    measured = [s.day for s in course.sessions if s.day > measured_on]
    due = [day for day in days if day <= today]
    if due and not any(day >= due[-1] for day in measured):
        said = ours(f"A follow-up test has been due since {due[-1].isoformat()}.")
        return "follow_up", due[-1], (*told, said, follow)
    coming = next((day for day in days if day > today), None)
    if again:
        return "screen", today, (*told, *again)
    more = () if coming is None else (ours(f"Next follow-up test: {coming.isoformat()}."), follow)
    return "maintain", coming, (*told, MAINTAIN, *more)

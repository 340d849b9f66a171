"""Whether the whole screen comes before the next practice. Pure."""

from __future__ import annotations

import datetime

from evenstance.knowledge.exercise import Statement
from evenstance.plan.course import Course
from evenstance.plan.practice import Practice
from evenstance.plan.progress import Standing
from evenstance.plan.refusals import by_screen, ours


def screen_again(course: Course, where: Standing, today: datetime.date) -> tuple[Statement, ...]:
    """Why the screen must be answered before anything is practised; empty when it need not."""
    refused = by_screen(course.screen, None, today)
    if refused is not None:
        return (refused.text, *refused.next_steps)
    practice = where.screen_after
    if practice is None or _answered_since(course, practice):
        return ()
    what = "a near-fall" if practice.near_fall else (practice.reason or "pain")
    return (
        ours(
            f"The practice of {practice.day.isoformat()} was with {what}: answer the whole screen "
            "again before the next practice."
        ),
    )


def _answered_since(course: Course, practice: Practice) -> bool:
    """Whether the answers were given after that practice was told; same day: by the clock."""
    if course.screen is None:
        return False
    if course.screen.answered_on != practice.day:
        return course.screen.answered_on > practice.day
    if course.screened_at is None or practice.told_at is None:
        return False
    return course.screened_at > practice.told_at

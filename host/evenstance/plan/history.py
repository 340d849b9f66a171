"""Plans side by side: dates, what was done of what was planned, what the re-test said. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.plan.course import Course, StartedPlan, complete, of_plan
from evenstance.plan.days import RETEST_SESSIONS, block_end
from evenstance.plan.progress import standing
from evenstance.plan.types import PlanKind

State = Literal["running", "ended_early", "retest_due", "judged", "not_judged", "over"]


@dataclass(frozen=True)
class PastBlock:
    """One block: `done` of `planned` sessions (never streaks), the stage reached, the verdict.

    `planned_so_far` are practice days that are over. The verdict and its row are None until the
    re-test is complete, in general practice, and while a screening answer stands first.
    """

    plan_id: int
    kind: PlanKind
    block_number: int
    starts_on: datetime.date
    last_day: datetime.date
    ended_on: datetime.date | None
    ended_why: str | None
    clinician: str | None
    state: State
    done: int
    partly: int
    not_done: int
    planned_so_far: int
    planned: int
    stage: int
    reasons: tuple[str, ...]
    retest_sessions: int
    row_id: str | None
    verdict: Statement | None
    next: str | None

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        return as_plain_dict(self)


def history(course: Course, today: datetime.date) -> tuple[PastBlock, ...]:
    """Every plan that was begun, the oldest first."""
    return tuple(_block(course, begun, today) for begun in course.plans)


def _block(course: Course, begun: StartedPlan, today: datetime.date) -> PastBlock:
    plan = begun.plan
    over = block_end(plan.starts_on, plan.calendar_weeks)
    last_day = over - datetime.timedelta(days=1)
    until = today if begun.ended_on is None else min(today, begun.ended_on)
    where = standing(plan, begun.practices, until)
    measured = complete(of_plan(begun, course.sessions))
    judged = None if course.blocked else begun.retest
    return PastBlock(
        plan_id=begun.id,
        kind=plan.kind,
        block_number=plan.block_number,
        starts_on=plan.starts_on,
        last_day=last_day,
        ended_on=begun.ended_on,
        ended_why=begun.ended_why,
        clinician=plan.clinician,
        state=_state(begun, len(measured), last_day, today),
        done=where.done,
        partly=where.partly,
        not_done=where.not_done,
        planned_so_far=where.planned_so_far,
        planned=where.planned,
        stage=where.stage,
        reasons=tuple(p.reason for p in begun.practices if p.reason is not None),
        retest_sessions=len(measured),
        row_id=None if judged is None else judged.row_id,
        verdict=None if judged is None else judged.headline,
        next=None if judged is None else judged.next,
    )


def _state(
    begun: StartedPlan, measured: int, last_day: datetime.date, today: datetime.date
) -> State:
    if begun.ended_on is not None and begun.ended_on <= last_day:
        return "ended_early"
    if begun.retest is not None:
        return "judged"
    if measured == RETEST_SESSIONS:
        return "not_judged" if begun.plan.kind == "balance_block" else "over"
    if begun.ended_on is not None:
        return "over"
    return "running" if today <= last_day else "retest_due"

"""The weeks of a plan as a grid: which days, what was done, the fastest stage."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.plan.days import DAYS_A_WEEK, practice_dates
from evenstance.plan.lines import dose_text
from evenstance.plan.progress import STAGES

if TYPE_CHECKING:
    from evenstance.plan.course import StartedPlan
    from evenstance.plan.types import Plan

TO_COME = "to do"
UNTOLD = "not told"


@dataclass(frozen=True)
class Day:
    """One day of practice and what is known of it."""

    day: str
    state: str


@dataclass(frozen=True)
class WeekRow:
    """One calendar week; `stage` is the fastest one, `doses` what it holds."""

    number: int
    days: tuple[Day, ...]
    stage: int
    minutes: int
    now: bool
    doses: tuple[str, ...]


def week_rows(
    plan: Plan, running: StartedPlan | None, today: datetime.date
) -> tuple[WeekRow, ...]:
    """Every calendar week of the block."""
    told = {} if running is None else {p.day: p.state for p in running.practices}
    rows: list[WeekRow] = []
    for number in range(1, plan.calendar_weeks + 1):
        first = plan.starts_on + datetime.timedelta(days=DAYS_A_WEEK * (number - 1))
        stage = min(STAGES, plan.first_stage + number - 1)
        week = plan.weeks[stage - 1]
        days = tuple(
            Day(f"{day:%a} {day:%m-%d}", told.get(day, TO_COME if day >= today else UNTOLD))
            for day in practice_dates(first, 1, plan.days)
        )
        doses = [dose_text(dose) for dose in week.items]
        doses += [f"If you like, once a day: {dose_text(dose)}" for dose in week.daily]
        now = first <= today < first + datetime.timedelta(days=DAYS_A_WEEK)
        rows.append(WeekRow(number, days, stage, week.session_min, now, tuple(doses)))
    return tuple(rows)

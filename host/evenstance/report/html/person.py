"""The first page, for the person: what was measured, how good it is, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.decision.change_text import summary
from evenstance.knowledge.exercise import Statement
from evenstance.plan.lines import clinician_line, dose_text, finding_text, headline
from evenstance.plan.types import Plan
from evenstance.report.clean_text import one_line
from evenstance.report.history import WHY_NOT
from evenstance.report.html.steadiness import Shares, Steadiness, load_shares, steadiness
from evenstance.report.html.week_grid import WeekRow, week_rows
from evenstance.report.next_step import TITLES
from evenstance.report.session_words import stood, time_of_day

if TYPE_CHECKING:
    from evenstance.report.history import Row
    from evenstance.report.html.report_data import ReportData

SESSIONS = 4
"""Sessions of the table on the first page."""
MOST_STEPS = 4
"""Sentences of the next step on the first page, unless they come before everything else."""
SAFETY = Statement(
    "Keep something firm to hold on to within reach of both hands, on a level and dry floor. Stop "
    "with pain, dizziness or a near-fall.",
    "D",
)


@dataclass(frozen=True)
class Measured:
    """One session of the table: when, how many holds of how many, zero, whether it is compared."""

    day: str
    time: str
    left: str
    right: str
    not_valid: int
    conditions: str
    zero: str
    used: str


@dataclass(frozen=True)
class Person:
    """Everything of the first page in words; `steps_left` sentences stand in the appendix."""

    name: str
    made_on: str
    span: str
    first: tuple[Statement, ...]
    first_title: str
    clinician: str | None
    verdict: Statement
    step: int
    change: Statement | None
    measured: tuple[Measured, ...]
    earlier: int
    notes: tuple[str, ...]
    steadiness: Steadiness | None
    shares: Shares | None
    next_title: str
    steps: tuple[Statement, ...]
    steps_left: int
    doses: tuple[str, ...]
    plan_headline: str
    weeks: tuple[WeekRow, ...]
    standing: str
    screen: str
    safety: Statement


def person_page(data: ReportData) -> Person:
    """The first page; behind a blocking answer whom to see, measurements, and nothing to do."""
    results, blocked = data.results, data.blocked
    step = results.next
    plan = results.plan if isinstance(results.plan, Plan) and not blocked else None
    day = "" if step.day is None else f", {step.day.isoformat()}"
    statements = _steps(data)
    return Person(
        name=one_line(results.athlete.name),
        made_on=data.made_on.isoformat(),
        span=_span(data),
        first=step.statements if blocked else (),
        first_title=TITLES["blocked"],
        clinician=None
        if plan is None or plan.clinician is None
        else clinician_line(plan.clinician),
        verdict=Statement(results.verdict.text, "D"),
        step=results.verdict.step,
        change=_change(data),
        measured=_measured(data.history.rows),
        earlier=max(0, len(data.history.rows) - SESSIONS),
        notes=(*results.verdict.notes, *results.times),
        steadiness=None if blocked else steadiness(data),
        shares=load_shares(data),
        next_title=f"{TITLES[step.kind]}{day}",
        steps=() if blocked else statements[:MOST_STEPS],
        steps_left=0 if blocked else max(0, len(statements) - MOST_STEPS),
        doses=() if blocked else tuple(dose_text(dose) for dose in (*step.warm_up, *step.doses)),
        plan_headline="" if plan is None else f"{headline(plan)} {finding_text(plan)}",
        weeks=() if plan is None else week_rows(plan, data.running, data.made_on),
        standing=_standing(data),
        screen=_screen(data),
        safety=SAFETY,
    )


def _steps(data: ReportData) -> tuple[Statement, ...]:
    """What comes next without the verdict, which stands above."""
    said = data.results.verdict.text
    return tuple(one for one in data.results.next.statements if one.text != said)


def _span(data: ReportData) -> str:
    rows = data.history.rows
    if not rows:
        return "no session with a scored hold yet"
    days = sorted({rows[0].session.day, rows[-1].session.day})
    number = "1 session" if len(rows) == 1 else f"{len(rows)} sessions"
    return f"{number}, {' to '.join(day.isoformat() for day in days)}"


def _change(data: ReportData) -> Statement | None:
    """What the newest re-test said, or what changed so far; nothing behind a blocking answer."""
    if data.blocked:
        return None
    if data.results.retest is not None:
        return data.results.retest.headline
    change = data.results.change
    return (
        None if change is None or change.state != "compared" else Statement(summary(change), "D")
    )


def _measured(rows: Sequence[Row]) -> tuple[Measured, ...]:
    return tuple(_row(row) for row in rows[-SESSIONS:])


def _row(row: Row) -> Measured:
    session = row.session
    left, right = ("-" if leg is None else f"{leg.value:.2f}" for leg in (row.left, row.right))
    return Measured(
        day=session.day.isoformat(),
        time=time_of_day(session) or "time unknown",
        left=f"{session.scored_left} ({left})",
        right=f"{session.scored_right} ({right})",
        not_valid=session.invalid,
        conditions=stood(session.conditions),
        zero=_zero(row),
        used="yes" if row.why_not is None else f"no: {WHY_NOT[row.why_not]}",
    )


def _zero(row: Row) -> str:
    left, right = row.session.zero_shift_left_n, row.session.zero_shift_right_n
    if left is None or right is None:
        return "not known"
    return f"{_signed(left)}, {_signed(right)}"


def _signed(value: float) -> str:
    """Without a minus before a zero."""
    return f"{round(value, 2) + 0.0:+.2f}"


def _standing(data: ReportData) -> str:
    where = data.standing
    if where is None or data.blocked:
        return ""
    return (
        f"Done {where.done} of {where.planned}, partly {where.partly}, not done {where.not_done}; "
        f"present stage {where.stage} of 6."
    )


def _screen(data: ReportData) -> str:
    found = data.results.screen
    if found is None:
        return "Screening questions: not answered."
    return (
        f"Screening questions: {found.state.replace('_', ' ')}, answered on "
        f"{found.answered_on.isoformat()}."
    )

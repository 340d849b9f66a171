"""A plan as one printable page in HTML: self-contained, without scripts or anything to fetch."""

from __future__ import annotations

import datetime
import functools
from importlib import resources
from typing import TYPE_CHECKING, Any

from evenstance.knowledge.exercise import SUPPORT_TEXT
from evenstance.plan.days import DAYS_A_WEEK, practice_dates
from evenstance.plan.lines import clinician_line, finding_text, grade_tag, headline, rungs_text
from evenstance.report.page_policy import policy
from evenstance.report.terminal import DISCLAIMER

if TYPE_CHECKING:
    from jinja2 import Template

    from evenstance.plan.types import Dose, Plan

STAGES = 6


def plan_page(plan: Plan, athlete: str) -> str:
    """The page; every text of it is escaped."""
    kind = "Balance block" if plan.kind == "balance_block" else "General practice"
    return _template().render(
        title=f"{kind}: {athlete}",
        clinician=None if plan.clinician is None else clinician_line(plan.clinician),
        headline=headline(plan),
        policy=policy(_style()),
        finding=finding_text(plan),
        plan=plan,
        rows=[_row(plan, number) for number in range(1, plan.calendar_weeks + 1)],
        warm_up=[_short(dose) for dose in plan.warm_up],
        tag=grade_tag,
        disclaimer=DISCLAIMER,
    )


def _row(plan: Plan, number: int) -> dict[str, Any]:
    first = plan.starts_on + datetime.timedelta(days=DAYS_A_WEEK * (number - 1))
    stage = min(STAGES, plan.first_stage + number - 1)
    week = plan.weeks[stage - 1]
    doses = [_short(dose) for dose in week.items]
    doses += [f"If you like, once a day: {_short(dose)}" for dose in week.daily]
    return {
        "number": number,
        "days": [f"{day:%a} {day.isoformat()}" for day in practice_dates(first, 1, plan.days)],
        "stage": stage,
        "doses": doses,
    }


def _short(dose: Dose) -> str:
    """A dose on one line."""
    legs = " each leg" if dose.order else ""
    rest_s = dose.rungs[0].rest_s
    rest = f", rest {rest_s} s" if rest_s > 0 else ""
    held = "" if dose.support == "NONE" else f"; {SUPPORT_TEXT[dose.support]}"
    grades = f"[{dose.grade_effect}/{dose.grade_dose}]"
    return f"{dose.name}: {rungs_text(dose)}{legs}{rest}{held} {grades}"


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_text())


def _style() -> str:
    """What stands between the tags, which is what a browser takes the digest of."""
    return _text().partition("<style>")[2].partition("</style>")[0]


@functools.cache
def _text() -> str:
    page = resources.files("evenstance.report") / "data" / "plan.html.j2"
    return page.read_text(encoding="utf-8")

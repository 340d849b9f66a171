"""A plan as an iCalendar file: practice days, look, pause, re-test, follow-ups."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenstance.plan.days import REST_DAYS, RETEST_SESSIONS, practice_dates
from evenstance.plan.lines import clinician_line, grade_tag
from evenstance.plan.types import Appointment, Plan

if TYPE_CHECKING:
    from evenstance.plan.types import NoPlan, Wait

PRODUCT = "-//Evenstance//plan//EN"
_TITLES = {
    "look": "Look: one session of holds, no verdict",
    "pause": "Pause: no practice until the re-test",
    "stop_block": "Twelve weeks: practice for this ends",
    "follow_up": "Follow-up test, if you like",
}
_CARE = "Not a medical device."


@dataclass(frozen=True)
class _Entry:
    """`days` whole days from `day` on; `name` is unique in the plan."""

    name: str
    day: datetime.date
    days: int
    title: str
    text: str


def calendar(plan: Plan | Wait | NoPlan, athlete: str, made_at: datetime.datetime) -> bytes:
    """All dates of a plan as whole days; without a plan a calendar with nothing in it.

    `made_at` (aware) is the time stamp of every entry; the athlete's name only keeps entries of
    two people apart and is not readable in it. What to practise is not in it either: the stage
    of a day is known on that day only.
    """
    from icalendar import Calendar

    book: Any = Calendar()
    book.add("prodid", PRODUCT)
    book.add("version", "2.0")
    if isinstance(plan, Plan):
        whose = hashlib.sha256(athlete.encode()).hexdigest()[:12]
        for entry in _entries(plan):
            book.add_component(_event(entry, whose, made_at))
    return book.to_ical()


def _entries(plan: Plan) -> Iterator[_Entry]:
    note = "" if plan.clinician is None else f"{clinician_line(plan.clinician)} "
    what = "Balance practice" if plan.kind == "balance_block" else "General practice"
    text = (
        f"{note}First the quick check; any yes means no practice. `evenstance plan next` says "
        f"what today's session is. [D: own proposal] {_CARE}"
    )
    for day in practice_dates(plan.starts_on, plan.calendar_weeks, plan.days):
        yield _Entry("practice", day, 1, what, text)
    for item in plan.appointments:
        text = f"{note}{item.statement.text} {grade_tag(item.statement)} {_CARE}"
        if item.kind == "retest":
            yield from _retest(item, text)
        else:
            days = REST_DAYS if item.kind == "pause" else 1
            yield _Entry(item.kind, item.not_before, days, _TITLES[item.kind], text)


def _retest(item: Appointment, text: str) -> Iterator[_Entry]:
    """Three sessions with a day between; that spacing is ours."""
    for n in range(RETEST_SESSIONS):
        day = item.not_before + datetime.timedelta(days=2 * n)
        title = f"Re-test session {n + 1} of {RETEST_SESSIONS}, no practice"
        yield _Entry("retest", day, 1, title, text)


def _event(entry: _Entry, whose: str, made_at: datetime.datetime) -> Any:
    from icalendar import Event

    event: Any = Event()
    event.add("uid", f"{entry.name}-{entry.day.isoformat()}-{whose}@evenstance")
    event.add("dtstamp", made_at)
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + datetime.timedelta(days=entry.days))
    event.add("summary", entry.title)
    event.add("description", entry.text)
    event.add("transp", "TRANSPARENT")
    return event

"""What a clinician allowed for one answer: checked, kept, listed with whether it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from evenstance.errors import InputError
from evenstance.flows.screening import clearances_of, events_of
from evenstance.screen.answers import clearable_ids
from evenstance.screen.standing import why_not_counting, year_later
from evenstance.screen.types import Clearance

if TYPE_CHECKING:
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store


@dataclass(frozen=True)
class Kept:
    """A stored clearance; `why_not` says why it does not count today, None when it does."""

    number: int
    clearance: Clearance
    why_not: str | None


def kept_clearances(store: Store, athlete: Athlete, today: date) -> list[Kept]:
    """The person's clearances, the newest last."""
    events = events_of(store, athlete.id)
    rows = store.care.clearances(athlete.id)
    given = clearances_of(store, athlete.id)
    return [
        Kept(row.id, one, why_not_counting(one, today, events))
        for row, one in zip(rows, given, strict=True)
    ]


def add_clearance(
    store: Store, athlete: Athlete, given: Clearance, until: date | None, today: date
) -> Kept:
    """Store a clearance; `until` is its last day, at most and usually 12 months on.

    InputError when the answer is none that a clearance lifts, a text is missing, a date cannot
    be right, or it is over already, by time or by a health event.
    """
    _check(given, today)
    longest = year_later(given.given_on)
    last = longest if until is None else until
    if not given.given_on <= last <= longest:
        raise InputError(
            f"A clearance of {given.given_on.isoformat()} cannot count until {last.isoformat()}.",
            cause="It counts from its day for at most 12 months (our proposal).",
            next_step=f"Give a day up to {longest.isoformat()}.",
        )
    why_not = why_not_counting(
        replace(given, expires_on=last), today, events_of(store, athlete.id)
    )
    if why_not is not None:
        raise InputError(
            f"That clearance {why_not}: it does not count today.", next_step="Ask for a new one."
        )
    number = store.care.save_clearance(
        athlete.id,
        answer_id=given.answer_id,
        given_on=given.given_on,
        given_by=given.given_by.strip(),
        allowed=given.allowed.strip(),
        expires_on=last,
    )
    return _numbered(store, athlete, number, today)


def end_clearance(store: Store, athlete: Athlete, number: int, today: date) -> Kept:
    """End a clearance from today on; InputError without one of that number, or an ended one."""
    found = [one for one in kept_clearances(store, athlete, today) if one.number == number]
    if found and found[0].clearance.ended_on is not None:
        raise InputError(
            f"Clearance {number} was ended on {found[0].clearance.ended_on.isoformat()} already.",
            next_step="`evenstance clearance list` shows which ones count.",
        )
    store.care.end_clearance(athlete.id, number, today)
    return _numbered(store, athlete, number, today)


def _numbered(store: Store, athlete: Athlete, number: int, today: date) -> Kept:
    kept = kept_clearances(store, athlete, today)
    return next(one for one in kept if one.number == number)


def _check(given: Clearance, today: date) -> None:
    if given.answer_id not in clearable_ids():
        raise InputError(
            f"No clearance lifts the answer {given.answer_id!r}.",
            cause="It is no question of the screen, or what it says is not a clinician's to allow "
            "from afar.",
            next_step=f"Possible are: {', '.join(clearable_ids())}.",
        )
    for what, text in (("--by", given.given_by), ("--allowed", given.allowed)):
        if not text.strip():
            raise InputError(f"{what} is empty.", next_step="Say who allowed what, in words.")
    if given.given_on > today:
        raise InputError(
            f"{given.given_on.isoformat()} is still to come.",
            next_step="Give the day of the clearance.",
        )

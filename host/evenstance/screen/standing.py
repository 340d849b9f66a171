"""How long answers and clearances count: by age, by events, by the day they were meant for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.knowledge.question import When
from evenstance.screen.types import Clearance, HealthEvent, Screen

VALID_DAYS = 90
"""A full screen counts for so many days (our proposal)."""


@dataclass(frozen=True)
class Standing:
    """Whether answers count today, which sentences say so, and the event that made them void.

    `block`: what they stopped stays stopped. Answers that no longer count let nobody pass, but a
    worrying one is not taken back by time or by an event; after 12 months not even that is kept.
    """

    count: bool
    block: bool
    notes: tuple[str, ...]
    voided_by: HealthEvent | None


def year_later(day: datetime.date) -> datetime.date:
    """The same date of the next year; 28 February after a 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def standing_of(
    screen: Screen, today: datetime.date, events: Sequence[HealthEvent], when: When
) -> Standing:
    """What the answers are worth on `today`."""
    notes = tuple(_by_age(screen.answered_on, today, when))
    voided_by = event_after(screen.answered_on, screen.told_at, events)
    if voided_by is not None:
        notes += (
            f"After the answers of {screen.answered_on.isoformat()} came {voided_by.words} "
            f"({voided_by.happened_on.isoformat()}), so they no longer count: answer the whole "
            "screen again.",
        )
    return Standing(
        count=not notes,
        block=today <= year_later(screen.answered_on),
        notes=notes,
        voided_by=voided_by,
    )


def event_after(
    day: datetime.date,
    told_at: datetime.datetime | None,
    events: Sequence[HealthEvent],
) -> HealthEvent | None:
    """The latest event on or after `day`; on the day itself only one told after `told_at`.

    When it is not known which was told first, the event counts as the later one.
    """
    later = [
        event
        for event in events
        if event.happened_on > day
        or (event.happened_on == day and not _told_before(event.told_at, told_at))
    ]
    return max(later, key=lambda event: event.happened_on, default=None)


def why_not_counting(
    clearance: Clearance, today: datetime.date, events: Sequence[HealthEvent]
) -> str | None:
    """Why a clearance does not count on `today`; None when it does."""
    last = min(clearance.expires_on, year_later(clearance.given_on))
    after = event_after(clearance.given_on, clearance.told_at, events)
    if today < clearance.given_on:
        return f"is dated {clearance.given_on.isoformat()}, which is still to come"
    if clearance.ended_on is not None and today >= clearance.ended_on:
        return f"was ended on {clearance.ended_on.isoformat()}"
    if after is not None:
        return f"came before {after.words} ({after.happened_on.isoformat()})"
    if today > last:
        return f"was for no longer than {last.isoformat()}"
    return None


def _told_before(event: datetime.datetime | None, other: datetime.datetime | None) -> bool:
    return event is not None and other is not None and event < other


def _by_age(answered_on: datetime.date, today: datetime.date, when: When) -> list[str]:
    age_days = (today - answered_on).days
    if age_days < 0:
        return [
            f"The answers are dated {answered_on.isoformat()}, which is still to come on "
            f"{today.isoformat()}: answer the screen again."
        ]
    if when == "each" and age_days > 0:
        return [f"The quick check of {answered_on.isoformat()} was for that day only."]
    if age_days > VALID_DAYS:
        return [
            f"The answers of {answered_on.isoformat()} are {age_days} days old and count for "
            f"{VALID_DAYS} days only (our proposal): answer the screen again."
        ]
    return []

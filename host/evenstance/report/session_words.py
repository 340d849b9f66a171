"""A session in a few words: when it was, and how the person stood."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenstance.store.records import Conditions, StoredSession

SHORT_ID = 8
NO_CLOCK = "The board had no clock"


def local_start(session: StoredSession) -> datetime:
    """The start on the clock of the place where it was."""
    zone = timezone(timedelta(minutes=session.utc_offset_minutes))
    return session.started_at.astimezone(zone)


def time_of_day(session: StoredSession) -> str | None:
    """Local time of the start as 14:05; None where only the day is known."""
    began = local_start(session)
    if session.note.startswith(NO_CLOCK):
        return None
    if session.protocol_name == "import" and (began.hour, began.minute) == (0, 0):
        return None
    return f"{began:%H:%M}"


def stood(conditions: Conditions) -> str:
    """The conditions that were stated, in words."""
    mark = {True: "gaze mark", False: "no gaze mark", None: ""}[conditions.gaze_mark]
    parts = (
        f"eyes {conditions.eyes}" if conditions.eyes else "",
        f"{conditions.surface} surface" if conditions.surface else "",
        conditions.footwear or "",
        f"arms {conditions.arms}" if conditions.arms else "",
        mark,
    )
    return ", ".join(part for part in parts if part) or "conditions not stated"


def named(session: StoredSession) -> str:
    """Day, time and the beginning of the id."""
    return (
        f"{session.day.isoformat()} {time_of_day(session) or 'time unknown'} {short_id(session)}"
    )


def short_id(session: StoredSession) -> str:
    """As much of the id as is shown; it may be given to commands."""
    return session.id[:SHORT_ID]


def when_json(session: StoredSession) -> dict[str, Any]:
    """Id, day, local time of day and each condition."""
    return {
        "id": session.id,
        "day": session.day.isoformat(),
        "time_of_day": time_of_day(session),
        "conditions": asdict(session.conditions),
    }

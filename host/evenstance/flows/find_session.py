"""Which session is meant: `last`, `last-1`, a date, or the beginning of its id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from evenstance.errors import InputError, UsageError

if TYPE_CHECKING:
    from evenstance.store.records import StoredSession

SHORT_ID = 8
"""Letters of a session's id that are shown."""
_BACK = re.compile(r"last(?:-(\d{1,4}))?")
_ID = re.compile(r"[0-9a-f]{1,32}")
_TOLD = 5


def find_session(
    sessions: Sequence[StoredSession], given: str, *, measured_only: bool = False
) -> StoredSession:
    """The one session meant, out of these (the newest last); else an error that says why not.

    With `measured_only`, `last` and dates pass over sessions without a scored hold; an id means
    the session that has it.
    """
    wanted = given.strip().lower()
    passed = [one for one in sessions if not measured_only or _measured(one)]
    back = _BACK.fullmatch(wanted)
    if back is not None:
        return _counted_back(passed, int(back[1] or 0), given)
    day = _date(wanted)
    if day is not None:
        return _only([s for s in passed if s.day == day], f"of {given}", sessions)
    if not _ID.fullmatch(wanted):
        raise UsageError(
            f"{given!r} names no session.",
            next_step="Give the beginning of its id, `last`, `last-1`, or a date as 2026-11-30.",
        )
    found = [one for one in sessions if one.id.startswith(wanted)]
    return _only(found, f"whose id begins with {wanted}", sessions)


def _measured(session: StoredSession) -> bool:
    return session.scored_left + session.scored_right + session.invalid > 0


def _counted_back(sessions: Sequence[StoredSession], back: int, given: str) -> StoredSession:
    if back < len(sessions):
        return sessions[-1 - back]
    there = {0: "no session", 1: "1 session"}.get(len(sessions), f"{len(sessions)} sessions")
    raise InputError(
        f"There is no session {given!r}: the history has {there} to choose from",
        next_step="`evenstance history` lists them.",
    )


def _date(wanted: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted):
        return None
    try:
        return date.fromisoformat(wanted)
    except ValueError as error:
        raise UsageError(
            f"{wanted} is no date.", next_step="Give year, month, day as 2026-11-30."
        ) from error


def _only(
    found: Sequence[StoredSession], which: str, everything: Sequence[StoredSession]
) -> StoredSession:
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{len(found)} sessions are meant: those {which}",
            cause=f"{_listed(found)}.",
            next_step="Give more letters of the id of one.",
        )
    raise InputError(
        f"There is no session {which}",
        cause=f"The latest are {_listed(everything)}." if everything else "There is none yet.",
        next_step="`evenstance history` lists them.",
    )


def _listed(sessions: Sequence[StoredSession]) -> str:
    return ", ".join(f"{one.id[:SHORT_ID]} ({one.day.isoformat()})" for one in sessions[-_TOLD:])

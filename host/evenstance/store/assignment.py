"""Gives trials made without a laptop to a person: one session per day, board and conditions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import people, sessions, trials
from evenstance.store.records import Conditions, PurposeName
from evenstance.store.schema import SessionRow, TrialRow

_NO_CLOCK_NOTE = "The board had no clock: the day is that of the pull."


def assign(
    db: Session,
    trial_ids: Iterable[int],
    athlete_id: int,
    conditions: Conditions,
    *,
    session_id: str | None,
    purpose: PurposeName,
    zone: tzinfo | None,
    host_version: str,
) -> list[str]:
    """Tie unassigned trials to `session_id`, or to the person's free session of that day.

    Returns the sessions used, oldest first. The day is that of the lift-off in `zone` (None: the
    zone of this computer), or of the pull when the board had no clock. Raises InputError when a
    trial is unknown or belongs to somebody already, or the session is another person's or was
    under other conditions.
    """
    people.require(db, athlete_id)
    rows = trials.by_ids(db, trial_ids)
    taken = [str(row.id) for row in rows if row.session_id is not None]
    if taken:
        raise InputError(
            f"Trial {', '.join(taken)} is assigned already",
            next_step="Nothing was changed; only trials that belong to nobody can be assigned.",
        )
    given = None if session_id is None else sessions.require(db, session_id)
    if given is not None:
        _require_match(given, athlete_id, conditions)
    used: list[str] = []
    for row in rows:
        session = given
        if session is None:
            session = _session_of_day(
                db,
                row,
                athlete_id=athlete_id,
                conditions=conditions,
                zone=zone,
                host_version=host_version,
            )
            _extend(session, row)
        trials.tie(row, session, purpose)
        db.flush()
        if session.id not in used:
            used.append(session.id)
    return used


def _require_match(session: SessionRow, athlete_id: int, conditions: Conditions) -> None:
    if session.athlete_id == athlete_id and sessions.conditions_of(session) == conditions:
        return
    raise InputError(
        f"Session {session.id} is another person's or was under other conditions",
        next_step="Leave the session out: one is made for the day.",
    )


def _session_of_day(
    db: Session,
    row: TrialRow,
    *,
    athlete_id: int,
    conditions: Conditions,
    zone: tzinfo | None,
    host_version: str,
) -> SessionRow:
    began = _moment(row).astimezone(zone)
    for session in sessions.rows_of(db, athlete_id):
        if (
            session.protocol_name == "free"
            and session.board_uid == row.board_uid
            and sessions.local_day(session) == began.date()
            and sessions.conditions_of(session) == conditions
        ):
            return session
    return sessions.start(
        db,
        athlete_id=athlete_id,
        board_uid=row.board_uid,
        protocol_name="free",
        started_at=began,
        conditions=conditions,
        familiarisation=None,
        host_version=host_version,
        note="" if row.clock_known else _NO_CLOCK_NOTE,
    )


def _extend(session: SessionRow, row: TrialRow) -> None:
    began = _moment(row)
    ended = began + timedelta(seconds=row.hold_time_s)
    session.started_at = min(session.started_at, began)
    if session.ended_at is None or ended > session.ended_at:
        session.ended_at = ended


def _moment(row: TrialRow) -> datetime:
    return row.pulled_at if row.lift_off_at is None else row.lift_off_at

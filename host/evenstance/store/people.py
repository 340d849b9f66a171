"""Athletes, their safety answers and their plans."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store.records import Athlete, Screen, StoredPlan
from evenstance.store.schema import AthleteRow, PlanRow, ScreenRow


def find(db: Session, name: str) -> AthleteRow | None:
    """Return the athlete of that name; letter case and extra spaces make no other person."""
    wanted = _clean(name).casefold()
    rows = db.scalars(select(AthleteRow).order_by(AthleteRow.id))
    return next((row for row in rows if row.name.casefold() == wanted), None)


def add(db: Session, name: str, now: datetime) -> AthleteRow:
    """Add an athlete; InputError for an empty name."""
    row = AthleteRow(name=_clean(name), created_at=now, archived=False)
    db.add(row)
    db.flush()
    return row


def require(db: Session, athlete_id: int) -> AthleteRow:
    """Return the athlete with that id; InputError when there is none."""
    row = db.get(AthleteRow, athlete_id)
    if row is None:
        raise InputError(
            f"There is no athlete number {athlete_id}", next_step="Name the person with --athlete."
        )
    return row


def unknown(db: Session, name: str) -> InputError:
    """Return the error for a name that is not in the history, with the names that are."""
    names = [row.name for row in db.scalars(select(AthleteRow).order_by(AthleteRow.name))]
    return InputError(
        f"There is nobody called {name!r} in the history",
        cause=f"It knows: {', '.join(names)}." if names else "It has no athletes yet.",
        next_step="Check the spelling.",
    )


def value(row: AthleteRow) -> Athlete:
    """Return the athlete as a plain value."""
    return Athlete(
        id=row.id,
        name=row.name,
        born_on=row.born_on,
        created_at=row.created_at,
        archived=row.archived,
    )


def save_screen(
    db: Session,
    athlete_id: int,
    *,
    answered_on: date,
    age_y: int,
    answers: Mapping[str, object],
    state: str,
    now: datetime,
) -> int:
    """Add a set of answers and return its id."""
    require(db, athlete_id)
    row = ScreenRow(
        athlete_id=athlete_id,
        answered_on=answered_on,
        age_y=age_y,
        answers=dict(answers),
        state=state,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return row.id


def latest_screen(db: Session, athlete_id: int) -> Screen | None:
    """Return the last answers; of two on one date, the one given later."""
    row = db.scalars(
        select(ScreenRow)
        .where(ScreenRow.athlete_id == athlete_id)
        .order_by(ScreenRow.answered_on.desc(), ScreenRow.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Screen(
        id=row.id,
        athlete_id=row.athlete_id,
        answered_on=row.answered_on,
        age_y=row.age_y,
        answers=row.answers,
        state=row.state,
        created_at=row.created_at,
    )


def save_plan(
    db: Session,
    athlete_id: int,
    *,
    verdict: Mapping[str, object],
    body: Mapping[str, object],
    now: datetime,
) -> int:
    """Add a plan and return its id."""
    require(db, athlete_id)
    row = PlanRow(athlete_id=athlete_id, created_at=now, verdict=dict(verdict), body=dict(body))
    db.add(row)
    db.flush()
    return row.id


def latest_plan(db: Session, athlete_id: int) -> StoredPlan | None:
    """Return the plan given last, None without one."""
    row = db.scalars(
        select(PlanRow)
        .where(PlanRow.athlete_id == athlete_id)
        .order_by(PlanRow.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return StoredPlan(
        id=row.id,
        athlete_id=row.athlete_id,
        created_at=row.created_at,
        verdict=row.verdict,
        body=row.body,
    )


def _clean(name: str) -> str:
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned:
        raise InputError("A person needs a name", next_step="Give a name with a letter in it.")
    return cleaned

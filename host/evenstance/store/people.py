"""Athletes: found by name, added, required."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store.records import Athlete
from evenstance.store.schema import AthleteRow

LONGEST_NAME = 200


def find(db: Session, name: str) -> AthleteRow | None:
    """Return the athlete of that name; letter case and extra spaces make no other person."""
    wanted = cleaned(name).casefold()
    rows = db.scalars(select(AthleteRow).order_by(AthleteRow.id))
    return next((row for row in rows if row.name.casefold() == wanted), None)


def add(db: Session, name: str, now: datetime) -> AthleteRow:
    """Add an athlete; InputError for an empty name."""
    row = AthleteRow(name=cleaned(name), created_at=now, archived=False)
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
    known = select(AthleteRow).where(~AthleteRow.archived).order_by(AthleteRow.name)
    names = [row.name for row in db.scalars(known)]
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


def cleaned(name: str) -> str:
    """The name as it is kept; InputError for one without a letter."""
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not kept:
        raise InputError("A person needs a name", next_step="Give a name with a letter in it.")
    if len(kept) > LONGEST_NAME:
        raise InputError(
            f"A name of {len(kept)} letters is too long", next_step=f"At most {LONGEST_NAME}."
        )
    return kept

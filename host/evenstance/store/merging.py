"""Two people of the history who are one: everything of the first goes to the second."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, func, select, update
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import people, sessions
from evenstance.store.roster_records import Merged
from evenstance.store.schema import AthleteRow, Base, PlanRow

REPLAY = "replay"


def check(db: Session, source_id: int, into_id: int) -> dict[str, int]:
    """How many rows of each table would move; InputError where the two must not be merged."""
    source, into = people.require(db, source_id), people.require(db, into_id)
    if source_id == into_id:
        raise InputError(
            f"{source.name!r} cannot be merged into the same person",
            next_step="Name two people; `evenstance athlete list` shows them.",
        )
    if REPLAY in (source.name, into.name):
        raise InputError("The sessions of a replay are no person's", next_step="Name two people.")
    for row in (source, into):
        if row.archived:
            raise InputError(
                f"{row.name!r} is archived: nothing of them is changed",
                next_step="Bring them back first: `evenstance athlete archive NAME --undo`.",
            )
    if source.born_on and into.born_on and source.born_on != into.born_on:
        raise InputError(
            f"{source.name!r} and {into.name!r} have different birth dates",
            cause=f"{source.born_on.isoformat()} and {into.born_on.isoformat()}.",
            next_step="For this history they are two people; nothing was changed.",
        )
    _refuse_two_plans(db, source, into)
    return {
        column.table.name: db.scalar(
            select(func.count()).select_from(column.table).where(column == source_id)
        )
        or 0
        for column in _columns()
    }


def merge(db: Session, source_id: int, into_id: int, on: date) -> Merged:
    """Move every row of `source_id` and delete that person; see `check` for what is refused."""
    moved = check(db, source_id, into_id)
    source, into = people.require(db, source_id), people.require(db, into_id)
    for row in sessions.rows_of(db, source_id):
        sessions.annotate(row, on, f"moved here from {source.name!r} (merged)")
    if into.born_on is None:
        into.born_on = source.born_on
    db.flush()
    for column in _columns():
        db.execute(
            update(column.table).where(column == source_id).values({column.name: into_id}),
            execution_options={"synchronize_session": False},
        )
    db.expire_all()
    db.delete(source)
    db.flush()
    return Merged(people.value(into), moved)


def open_plans(db: Session) -> dict[int, str]:
    """The kind of the plan or wait that was begun and not ended, by person."""
    return {row.athlete_id: row.kind for row in _begun(db) if row.ended_on is None}


def _refuse_two_plans(db: Session, source: AthleteRow, into: AthleteRow) -> None:
    """At most one plan may run, and it must be the one begun last: later ones replace it."""
    begun = [row for row in _begun(db) if row.athlete_id in (source.id, into.id)]
    running = [row for row in begun if row.ended_on is None]
    if not running or (len(running) == 1 and running[0] is begun[-1]):
        return
    why = (
        "each of them has a plan that runs"
        if len(running) > 1
        else "a plan runs, and a later one of the other person was ended"
    )
    raise InputError(
        f"{source.name!r} and {into.name!r} cannot be merged while {why}",
        cause="One person has one plan at a time, and the latest one counts.",
        next_step="End the plan that is not to go on: `evenstance plan stop --athlete NAME "
        "--reason TEXT`.",
    )


def _begun(db: Session) -> list[PlanRow]:
    query = (
        select(PlanRow)
        .where(PlanRow.started_on.is_not(None))
        .order_by(PlanRow.created_at, PlanRow.id)
    )
    return list(db.scalars(query))


def _columns() -> list[Column[int]]:
    """Every column that says whose a row is: a table added later is moved, too."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is AthleteRow.__table__ for key in column.foreign_keys)
    ]

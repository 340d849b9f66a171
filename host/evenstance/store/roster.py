"""The people of a history, as a list to keep in order: added, renamed, summed up, merged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timezone

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import merging, people, sessions
from evenstance.store.records import Athlete
from evenstance.store.roster_records import Merged, PersonSummary
from evenstance.store.schema import AthleteRow, SessionRow, TrialRow

Transaction = Callable[[], AbstractContextManager[Session]]


class Roster:
    """The people of an open history: each method is one transaction."""

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read = read
        self._write = write

    def add(self, name: str) -> Athlete:
        """Add a person; InputError when somebody has that name, archived people too."""
        with self._write() as db:
            _refuse_taken(people.find(db, name))
            return people.value(people.add(db, name, datetime.now(timezone.utc)))

    def rename(self, athlete: int, name: str) -> Athlete:
        """Give a person another name, or the same one spelt otherwise.

        InputError when another person has it: two people become one by `merge`, never by a name.
        """
        with self._write() as db:
            row = people.require(db, athlete)
            taken = people.find(db, name)
            if taken is not None and taken.id != athlete:
                _refuse_taken(taken)
            row.name = people.cleaned(name)
            db.flush()
            return people.value(row)

    def merge(self, source: int, into: int, *, on: date) -> Merged:
        """Move everything of one person to another and forget the first, all or nothing.

        Every moved session notes on which day (`on`) and from whom it came. InputError when that
        would leave two plans running, or the two cannot be the same person.
        """
        with self._write() as db:
            return merging.merge(db, source, into, on)

    def would_move(self, source: int, into: int) -> dict[str, int]:
        """How many rows of each kind `merge` would move; InputError where it would refuse."""
        with self._read() as db:
            return merging.check(db, source, into)

    def summaries(self, *, archived: bool = False) -> list[PersonSummary]:
        """Everybody by name with their sessions; archived people only when asked for."""
        with self._read() as db:
            query = select(AthleteRow).order_by(AthleteRow.name)
            rows = [row for row in db.scalars(query) if archived or not row.archived]
            visits = _visits(db)
            plans = merging.open_plans(db)
            return [
                PersonSummary(
                    athlete=people.value(row),
                    sessions=len(visits.get(row.id, ())),
                    first_day=min(visits.get(row.id, ()), default=None),
                    last_day=max(visits.get(row.id, ()), default=None),
                    open_plan=plans.get(row.id),
                )
                for row in rows
            ]


def _visits(db: Session) -> dict[int, list[date]]:
    """The local day of every session with a trial, by person."""
    query = select(SessionRow).where(
        SessionRow.athlete_id.is_not(None), exists().where(TrialRow.session_id == SessionRow.id)
    )
    found: dict[int, list[date]] = {}
    for row in db.scalars(query):
        if row.athlete_id is not None:
            found.setdefault(row.athlete_id, []).append(sessions.local_day(row))
    return found


def _refuse_taken(taken: AthleteRow | None) -> None:
    if taken is None:
        return
    archived = ", archived" if taken.archived else ""
    raise InputError(
        f"Somebody is called {taken.name!r} already{archived}",
        cause="Letter case and extra spaces make no other person.",
        next_step="Give a name that tells them apart; if they are one person, "
        "`evenstance athlete merge`.",
    )

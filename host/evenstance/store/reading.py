"""A whole history read in one piece: many reads that all see the same moment, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.store import people, results, sessions, trials
from evenstance.store.group import PEOPLE_AT_ONCE, Group
from evenstance.store.records import Athlete, PlacedTrial, ResultOf, StoredSession, StoredTrace
from evenstance.store.schema import AthleteRow, BoardRow, SessionRow


class Reading:
    """One read transaction: what is written meanwhile is not seen. From `Store.reading()`."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def athletes(self) -> list[Athlete]:
        """Everybody by name, archived people too."""
        query = select(AthleteRow).order_by(AthleteRow.name)
        return [people.value(row) for row in self._db.scalars(query)]

    def groups(self, athletes: Sequence[Athlete]) -> Iterator[tuple[Athlete, Group]]:
        """Each of these people with a group that answers for them, many read at once."""
        for at in range(0, len(athletes), PEOPLE_AT_ONCE):
            some = athletes[at : at + PEOPLE_AT_ONCE]
            group = Group(self._db, [one.id for one in some])
            for one in some:
                yield one, group

    def board_uids(self) -> list[str]:
        """Every board's id."""
        return list(self._db.scalars(select(BoardRow.uid).order_by(BoardRow.uid)))

    def first_day(self, athlete: int) -> date | None:
        """The local date of a person's first session."""
        query = (
            select(SessionRow)
            .where(SessionRow.athlete_id == athlete)
            .order_by(SessionRow.started_at)
            .limit(1)
        )
        row = self._db.scalars(query).first()
        return None if row is None else sessions.local_day(row)

    def sessions(self, athlete: int | None) -> Iterator[StoredSession]:
        """The sessions of a person (None: of nobody), the newest last."""
        return sessions.streamed(self._db, athlete)

    def trials(self, athlete: int | None) -> Iterator[PlacedTrial]:
        """The trials of a person (None: of nobody), session by session, the newest last."""
        return trials.streamed(self._db, athlete)

    def traces(self, trial_ids: Sequence[int]) -> dict[int, StoredTrace]:
        """The traces of these trials that are stored, by trial id."""
        return trials.traces(self._db, trial_ids)

    def results(self, trial_ids: Sequence[int]) -> dict[int, list[ResultOf]]:
        """The stored results of these trials, by trial id."""
        return results.of_trials(self._db, trial_ids)

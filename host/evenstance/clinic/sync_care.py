"""What people answered, were allowed, given and practised, known by the moment it was stored.

First everything is compared with a few queries; then whoever has something new gets a transaction
of their own, which looks again before it adds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from evenstance.clinic.sync_records import Synced
from evenstance.clinic.sync_values import filled, parts, values_of
from evenstance.store.repository import Store
from evenstance.store.schema import (
    AthleteRow,
    ClearanceRow,
    HealthEventRow,
    PlanRow,
    PracticeRow,
    ScreenRow,
)

AT_ONCE = 500
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Kind:
    """A table of care: what tells its rows apart, and what is empty at first and filled later."""

    row: Any
    told_apart_by: tuple[str, ...]
    later: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the table."""
        return str(self.row.__tablename__)

    def key(self, row: Any) -> Key:
        """What tells a row from every other one."""
        return tuple(getattr(row, name) for name in self.told_apart_by)

    def query(self, athlete: int | None = None) -> Select[Any]:
        """Its rows without their long texts, each with whose it is; of one person if wanted."""
        names = ("id", *self.told_apart_by, *self.later)
        columns = [getattr(self.row, name) for name in names]
        query: Any  # so many columns that their types say nothing
        if self.row is PracticeRow:
            whose: Any = PlanRow.athlete_id
            query = select(*columns, PracticeRow.plan_id, whose).join(
                PlanRow, PlanRow.id == PracticeRow.plan_id
            )
        else:
            whose = self.row.athlete_id
            query = select(*columns, whose)
        if athlete is not None:
            query = query.where(whose == athlete)
        return query.order_by(self.row.id)


_PLAN = Kind(PlanRow, ("created_at", "kind"), ("started_on", "ended_on", "ended_why"))
KINDS = (
    Kind(ScreenRow, ("created_at", "answered_on", "asked", "state")),
    Kind(HealthEventRow, ("created_at", "kind", "happened_on", "note")),
    Kind(ClearanceRow, ("created_at", "answer_id", "given_on", "given_by"), ("ended_on",)),
    _PLAN,
    Kind(PracticeRow, ("created_at", "day", "state", "stage")),
)
"""In the order in which they refer to each other."""


def move_care(source: Session, clinic: Store, people: Mapping[int, int], done: Synced) -> None:
    """Add what is missing in the clinic, and what ended or began meanwhile."""
    behind: set[int] = set()
    elsewhere: Counter[tuple[str, int, int]] = Counter()
    with clinic.rows() as target:
        for kind in KINDS:
            own = [row for row in source.execute(kind.query()) if row.athlete_id in people]
            there = _there(target, kind, own)
            for row in own:
                known = there.get(kind.key(row))
                if known is None or filled(known, row, kind.later):
                    behind.add(row.athlete_id)
                if known is not None and known.athlete_id != people[row.athlete_id]:
                    elsewhere[kind.name, row.athlete_id, known.athlete_id] += 1
        for (table, athlete, other), number in elsewhere.items():
            mine, theirs = source.get_one(AthleteRow, athlete), target.get_one(AthleteRow, other)
            done.conflicts.append(
                f"{number} rows of {table} of {mine.name} are those of {theirs.name} in the clinic"
            )
    for athlete in sorted(behind):
        with clinic.rows(write=True) as target:
            for kind in KINDS:
                _copy(source, target, kind, athlete, people[athlete], done)


def _copy(
    source: Session, target: Session, kind: Kind, athlete: int, person: int, done: Synced
) -> None:
    own = source.execute(kind.query(athlete)).all()
    there = _there(target, kind, own)
    for row in own:
        known = there.get(kind.key(row))
        if known is None:
            whose = _whose(source, target, row, person)
            whole = source.get_one(kind.row, row.id)
            target.add(kind.row(**{**values_of(whole, kind.row, without=("id",)), **whose}))
            target.flush()
            done.count(kind.name)
        elif changes := filled(known, row, kind.later):
            target.execute(update(kind.row).where(kind.row.id == known.id).values(changes))
            done.changed += 1


def _whose(source: Session, target: Session, row: Any, person: int) -> dict[str, int]:
    if not hasattr(row, "plan_id"):
        return {"athlete_id": person}
    plan = source.get_one(PlanRow, row.plan_id)
    return {"plan_id": _there(target, _PLAN, [plan])[_PLAN.key(plan)].id}


def _there(target: Session, kind: Kind, own: Iterable[Any]) -> dict[Key, Any]:
    """The clinic's rows of the same moments, whoever they belong to by now."""
    found: dict[Key, Any] = {}
    for some in parts(sorted({row.created_at for row in own}), AT_ONCE):
        for row in target.execute(kind.query().where(kind.row.created_at.in_(some))):
            found[kind.key(row)] = row
    return found

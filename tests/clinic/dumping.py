"""What a history says, without the numbers that each database gives by itself.

Two histories with the same dump hold the same, each thing as often: rows are told by what they
say and by what they point to, and counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow, Base, PlanRow, SessionRow, TrialRow

Dump = dict[str, Counter[str]]
AT_ONCE = 100
STAYS = {"written_file", "forgotten_trial"}
"""Tables of a laptop itself: files on its disk, and what its boards have to forget."""


def moved_tables() -> list[Table]:
    """Every table that a sync copies; one that is added later is wanted in the clinic, too."""
    return [table for table in Base.metadata.sorted_tables if table.name not in STAYS]


def dump(store: Store) -> Dump:
    """Every row of those tables, but of replays: they stay on a laptop."""
    with store.rows() as db:
        named = _named(db)
        left_out = _replayed(db)
        return {
            table.name: Counter(
                _text(table.name, row, named)
                for row in db.execute(select(table).execution_options(yield_per=AT_ONCE))
                if not left_out.intersection(_marks(table.name, row))
            )
            for table in moved_tables()
        }


def differences(mine: Dump, theirs: Dump) -> list[str]:
    """What only one of the two has, or has more often; short enough to read."""
    found: list[str] = []
    for table in sorted(mine):
        missing, more = mine[table] - theirs[table], theirs[table] - mine[table]
        for word, rows in (("missing", missing), ("too much", more)):
            found += [f"{table}, {word}: {text[:300]}" for text in sorted(rows.elements())[:3]]
    return found


def _named(db: Session) -> dict[str, dict[Any, object]]:
    """What stands for the number of a row in the rows that point to it."""
    return {
        "athlete_id": {a.id: [a.name, a.created_at] for a in db.scalars(select(AthleteRow))},
        "plan_id": {n: at for n, at in db.execute(select(PlanRow.id, PlanRow.created_at))},
        "trial_id": {
            number: key
            for number, *key in db.execute(
                select(TrialRow.id, TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
            )
        },
    }


def _replayed(db: Session) -> set[tuple[str, object]]:
    sessions = select(SessionRow).where(SessionRow.protocol_name == "replay")
    found: set[tuple[str, object]] = set()
    for row in db.scalars(sessions):
        found |= {("session", row.id), ("board", row.board_uid), ("athlete", row.athlete_id)}
        for trial in db.scalars(select(TrialRow.id).where(TrialRow.session_id == row.id)):
            found.add(("trial", trial))
    return found


def _marks(table: str, row: Row[Any]) -> set[tuple[str, object]]:
    values = row._mapping
    own = {"athlete": "id", "board": "uid", "session": "id", "trial": "id"}
    found: set[tuple[str, object]] = {(table, values[own[table]])} if table in own else set()
    for name, what in (("session_id", "session"), ("board_uid", "board"), ("trial_id", "trial")):
        if name in values:
            found.add((what, values[name]))
    return found


def _text(table: str, row: Row[Any], named: dict[str, dict[Any, object]]) -> str:
    values: dict[str, Any] = {}
    for name, value in row._mapping.items():
        if name == "id" and table not in ("session", "method"):
            continue
        values[name] = named[name].get(value) if name in named else value
    return json.dumps(values, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    return hashlib.sha256(value).hexdigest()[:16] if isinstance(value, bytes) else str(value)

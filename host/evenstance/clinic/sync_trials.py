"""Trials with traces and results: what is where, told by the same question to both histories.

The question reads no trace, only how long each is; traces are read a few at a time, and only those
that move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from evenstance.clinic.sync_records import Synced
from evenstance.clinic.sync_values import parts, values_of
from evenstance.errors import StoreError
from evenstance.store import results, sessions
from evenstance.store.records import ResultOf
from evenstance.store.schema import MethodRow, ResultRow, SessionRow, TraceRow, TrialRow

AT_ONCE = 50  # trials whose traces are in memory
ASKED_AT_ONCE = 500
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Found:
    """Where a trial is in one of the two histories, and how much of it."""

    id: int
    session_id: str | None
    athlete_id: int | None
    purpose: str
    summary: bytes
    trace_bytes: int | None
    trace_complete: bool
    methods: frozenset[str]

    def trace_better_than(self, other: Found) -> bool:
        """Whether this trace is to replace the other: a complete one, else the longer part."""
        if self.trace_bytes is None:
            return False
        mine, theirs = (self.trace_complete, self.trace_bytes), other.trace_bytes
        return theirs is None or mine > (other.trace_complete, theirs)


def found(db: Session, keys: Iterable[Key]) -> dict[Key, Found]:
    """What this history has of these trials."""
    by_journal: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for board_uid, journal_id, seq in keys:
        by_journal[board_uid, journal_id].append(seq)
    rows: dict[Key, Any] = {}
    methods: defaultdict[int, set[str]] = defaultdict(set)
    columns = (
        TrialRow.id,
        TrialRow.seq,
        TrialRow.session_id,
        TrialRow.athlete_id,
        TrialRow.purpose,
        TrialRow.summary,
        TraceRow.complete,
        func.length(TraceRow.data).label("trace_bytes"),
    )
    for (board_uid, journal_id), seqs in by_journal.items():
        for some in parts(seqs, ASKED_AT_ONCE):
            query = (
                select(*columns)
                .outerjoin(TraceRow, TraceRow.trial_id == TrialRow.id)
                .where(
                    TrialRow.board_uid == board_uid,
                    TrialRow.journal_id == journal_id,
                    TrialRow.seq.in_(some),
                )
            )
            here = {(board_uid, journal_id, row.seq): row for row in db.execute(query)}
            rows.update(here)
            ids = [row.id for row in here.values()]
            pairs = select(ResultRow.trial_id, ResultRow.method_id)
            for trial, method in db.execute(pairs.where(ResultRow.trial_id.in_(ids))):
                methods[trial].add(method)
    return {
        key: Found(
            id=row.id,
            session_id=row.session_id,
            athlete_id=row.athlete_id,
            purpose=row.purpose,
            summary=row.summary,
            trace_bytes=row.trace_bytes,
            trace_complete=bool(row.complete),
            methods=frozenset(methods[row.id]),
        )
        for key, row in rows.items()
    }


def behind(mine: Found, theirs: Found | None) -> bool:
    """Whether the clinic lacks something of this trial that it can be given."""
    if theirs is None:
        return True
    if theirs.summary != mine.summary:
        return False
    placed = mine.session_id is not None and (
        theirs.session_id is None
        or (
            theirs.session_id == mine.session_id
            and (theirs.purpose, mine.purpose) == ("scored", "practice")
        )
    )
    return placed or mine.trace_better_than(theirs) or bool(mine.methods - theirs.methods)


def copy_trials(
    source: Session,
    target: Session,
    own: Mapping[Key, Found],
    session: SessionRow | None,
    done: Synced,
) -> None:
    """Bring these trials up to the laptop's, inside the caller's transaction; `session`: the
    clinic's, to which they belong on the laptop (None: to nobody)."""
    for keys in parts(own, AT_ONCE):
        there = found(target, keys)  # again: the lock of this transaction holds others off
        some = {key: own[key] for key in keys if behind(own[key], there.get(key))}
        new = {key: mine for key, mine in some.items() if key not in there}
        ids = _add(source, target, new, session)
        done.count("trial", len(new))
        for key, mine in some.items():
            known = there.get(key)
            if known is not None:
                ids[key] = known.id
                done.changed += _place(target, mine, known, session)
        _traces(source, target, some, ids, there)
        _results(source, target, some, ids, there, done)


def _add(
    source: Session, target: Session, new: Mapping[Key, Found], session: SessionRow | None
) -> dict[Key, int]:
    if not new:
        return {}
    placed: dict[str, Any] = {} if session is None else _of_session(session)
    wanted = [mine.id for mine in new.values()]
    columns = TrialRow.__table__.columns
    rows = source.execute(select(*columns).where(TrialRow.id.in_(wanted)).order_by(TrialRow.id))
    values = [{**values_of(row, TrialRow, without=("id",)), **placed} for row in rows]
    table = TrialRow.__table__
    added = target.execute(
        insert(TrialRow.__table__).returning(  # type: ignore[arg-type]
            table.c.id, table.c.board_uid, table.c.journal_id, table.c.seq
        ),
        values,
    )
    return {(row.board_uid, row.journal_id, row.seq): row.id for row in added}


def _of_session(session: SessionRow) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "athlete_id": session.athlete_id,
        **asdict(sessions.conditions_of(session)),
    }


def _place(target: Session, mine: Found, known: Found, session: SessionRow | None) -> bool:
    """Nobody's trial becomes that of its session, and one that was set aside is so here, too."""
    if session is None or mine.session_id is None:
        return False
    values: dict[str, Any] = {}
    if known.session_id is None:
        values = {**_of_session(session), "purpose": mine.purpose}
    elif known.session_id == session.id and known.purpose == "scored":
        values = {"purpose": mine.purpose} if mine.purpose != known.purpose else {}
    if values:
        target.execute(update(TrialRow).where(TrialRow.id == known.id).values(values))
    return bool(values)


def _traces(
    source: Session,
    target: Session,
    some: Mapping[Key, Found],
    ids: Mapping[Key, int],
    there: Mapping[Key, Found],
) -> None:
    missing: dict[int, int] = {}
    better: dict[int, int] = {}
    for key, mine in some.items():
        known = there.get(key)
        if mine.trace_bytes is None or (known and not mine.trace_better_than(known)):
            continue
        into = missing if known is None or known.trace_bytes is None else better
        into[mine.id] = ids[key]
    query = select(TraceRow.trial_id, TraceRow.data, TraceRow.complete)
    new: list[dict[str, Any]] = []
    for row in source.execute(query.where(TraceRow.trial_id.in_([*missing, *better]))):
        if row.trial_id in missing:
            new.append(
                {
                    "trial_id": missing[row.trial_id],
                    "data": row.data,
                    "complete": row.complete,
                }
            )
        else:
            target.execute(
                update(TraceRow)
                .where(TraceRow.trial_id == better[row.trial_id])
                .values(data=row.data, complete=row.complete)
            )
    if new:
        target.execute(insert(TraceRow.__table__), new)  # type: ignore[arg-type]


def _results(
    source: Session,
    target: Session,
    some: Mapping[Key, Found],
    ids: Mapping[Key, int],
    there: Mapping[Key, Found],
    done: Synced,
) -> None:
    into = {mine.id: ids[key] for key, mine in some.items() if mine.methods}
    known = {ids[key]: there[key].methods for key in some if key in there}
    if not into:
        return
    refused = _methods(source, target, {m for one in some.values() for m in one.methods}, done)
    columns = ResultRow.__table__.columns
    rows = source.execute(select(*columns).where(ResultRow.trial_id.in_(list(into))))
    values = [
        {**values_of(row, ResultRow), "trial_id": into[row.trial_id]}
        for row in rows
        if row.method_id not in refused
        and row.method_id not in known.get(into[row.trial_id], frozenset())
    ]
    if values:
        target.execute(insert(ResultRow.__table__), values)  # type: ignore[arg-type]
        done.count("result", len(values))


def _methods(source: Session, target: Session, ids: set[str], done: Synced) -> Sequence[str]:
    """Add the methods that results stand under; those that mean something else are refused."""
    there = {row.id: row for row in target.scalars(select(MethodRow))}
    refused: list[str] = []
    for row in source.scalars(select(MethodRow).where(MethodRow.id.in_(ids))):
        asked = ResultOf(
            row.id, row.metric_id, row.version, row.unit, row.parameters, None, "", None, None
        )
        try:
            results.require_method(target, there, asked)
        except StoreError as error:
            refused.append(row.id)
            if error.what not in done.conflicts:
                done.conflicts.append(error.what)
    return refused

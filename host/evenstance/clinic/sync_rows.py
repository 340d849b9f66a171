"""Copies of rows from the laptop's history to the clinic's, each in a transaction of its caller.

Every copy looks first: what is there is not added again, and what differs is told, not changed.
Sessions are known by their id, trials by board, journal and number; what a person answered, was
allowed, given and practised by the moment it was stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.clinic.sync_records import Synced
from evenstance.store import boards, results, trials
from evenstance.store.records import NewTrial, PurposeName
from evenstance.store.schema import (
    BoardRow,
    CalibrationRow,
    ClearanceRow,
    HealthEventRow,
    PlanRow,
    PracticeRow,
    PullRow,
    ScreenRow,
    SessionRow,
    TraceRow,
    TrialRow,
)

OfPerson = ScreenRow | HealthEventRow | ClearanceRow | PlanRow
OF_PERSON: tuple[type[OfPerson], ...] = (ScreenRow, HealthEventRow, ClearanceRow, PlanRow)
_ENDED_LATER = {
    "clearance": ("ended_on",),
    "plan": ("started_on", "ended_on", "ended_why"),
    "session": (
        "ended_at",
        "zero_shift_left_n",
        "zero_shift_right_n",
        "zero_checks",
    ),
}
"""What is empty at first and filled afterwards: the only columns of a known row that move."""
_Row = TypeVar("_Row")


def copy_boards(source: Session, target: Session, done: Synced) -> None:
    """Boards with their labels, calibrations, and how far each journal was acknowledged."""
    for board in source.scalars(select(BoardRow)):
        known = target.get(BoardRow, board.uid)
        if known is None:
            target.add(_copied(board))
            done.count("board")
        elif board.last_seen > known.last_seen:
            for name in ("firmware", "protocol", "last_seen"):
                setattr(known, name, getattr(board, name))
            known.label = known.label or board.label
    target.flush()
    same = ("board_uid", "calibration_id", "made_at", "left_counts_per_n", "right_counts_per_n")
    for one in source.scalars(select(CalibrationRow).order_by(CalibrationRow.id)):
        if _like(target, CalibrationRow, one, same) is None:
            target.add(_copied(one, without=("id",)))
            done.count("calibration")
            target.flush()
    for pull in source.scalars(select(PullRow)):
        if pull.acked_through is not None:
            boards.record_ack(
                target, pull.board_uid, pull.journal_id, pull.acked_through, pull.updated_at
            )


def copy_session(source: Session, target: Session, row: SessionRow, person: int | None) -> bool:
    """Add the session, or fill what was empty in it; returns whether it is new."""
    known = target.get(SessionRow, row.id)
    if known is None:
        target.add(_copied(row, athlete_id=person))
        target.flush()
        return True
    _fill(known, row)
    # Notes only grow, line by line; what was added in the clinic stays.
    if row.note != known.note and row.note.startswith(known.note):
        known.note = row.note
    return False


def copy_trials(
    source: Session,
    target: Session,
    rows: Sequence[TrialRow],
    person: int | None,
    host_version: str,
    done: Synced,
) -> None:
    """Add trials with traces and results, and tie them to their session."""
    by_journal: defaultdict[tuple[str, str], list[TrialRow]] = defaultdict(list)
    for row in rows:
        by_journal[row.board_uid, row.journal_id].append(row)
    for (board_uid, journal_id), own in by_journal.items():
        found = _new_trials(source, own)
        saved = trials.save(target, board_uid, journal_id, found, host_version)
        done.count("trial", saved.new)
        seqs = [row.seq for row in own]
        there = target.scalars(
            select(TrialRow).where(
                TrialRow.board_uid == board_uid,
                TrialRow.journal_id == journal_id,
                TrialRow.seq.in_(seqs),
            )
        )
        known = {row.seq: row for row in there}
        for row in own:
            if row.session_id is not None:
                _tie(target, known[row.seq], row, person, done)


def copy_care(source: Session, target: Session, athlete: int, person: int, done: Synced) -> None:
    """Answers, health events, clearances and plans with their practice, in their order."""
    for kind in OF_PERSON:
        query = select(kind).where(kind.athlete_id == athlete).order_by(kind.created_at, kind.id)
        for row in source.scalars(query):
            known = target.scalars(
                select(kind).where(kind.athlete_id == person, kind.created_at == row.created_at)
            ).first()
            if known is None:
                known = _copied(row, without=("id",), athlete_id=person)
                target.add(known)
                target.flush()
                done.count(kind.__tablename__)
            elif _fill(known, row):
                done.changed += 1
            if isinstance(row, PlanRow) and isinstance(known, PlanRow):
                _copy_practice(source, target, row.id, known.id, done)


def _copy_practice(source: Session, target: Session, plan: int, into: int, done: Synced) -> None:
    query = select(PracticeRow).where(PracticeRow.plan_id == plan).order_by(PracticeRow.id)
    known = set(target.scalars(select(PracticeRow.created_at).where(PracticeRow.plan_id == into)))
    for row in source.scalars(query):
        if row.created_at not in known:
            target.add(_copied(row, without=("id",), plan_id=into))
            target.flush()
            done.count("practice")


def _new_trials(source: Session, rows: Iterable[TrialRow]) -> list[NewTrial]:
    own = list(rows)
    ids = [row.id for row in own]
    traces = {t.trial_id: t for t in _in(source, TraceRow, TraceRow.trial_id, ids)}
    computed = results.of_trials(source, ids)
    return [
        NewTrial(
            seq=row.seq,
            summary=row.summary,
            trace=traces[row.id].data if row.id in traces else None,
            trace_complete=row.id in traces and traces[row.id].complete,
            lift_off_at=row.lift_off_at,
            pulled_at=row.pulled_at,
            results=tuple(computed[row.id]),
            firmware=row.firmware,
            protocol=row.protocol,
        )
        for row in own
    ]


def _tie(
    target: Session, known: TrialRow, row: TrialRow, person: int | None, done: Synced
) -> None:
    """Nobody's trial becomes that of its session; somebody else's is told and stays."""
    if known.session_id is None:
        session = target.get(SessionRow, row.session_id)
        assert session is not None
        purpose: PurposeName = "practice" if row.purpose == "practice" else "scored"
        trials.tie(known, session, purpose)
        known.athlete_id = person
    elif known.session_id != row.session_id:
        done.conflicts.append(
            f"trial {row.seq} of board {row.board_uid}: the clinic has it in session "
            f"{known.session_id[:8]}, the laptop in {str(row.session_id)[:8]}"
        )
    elif known.purpose == "scored" and row.purpose == "practice":  # set aside afterwards
        known.purpose = "practice"
        done.changed += 1


def _fill(known: Any, row: Any) -> bool:
    changed = False
    for name in _ENDED_LATER.get(row.__tablename__, ()):
        if getattr(known, name) is None and getattr(row, name) is not None:
            setattr(known, name, getattr(row, name))
            changed = True
    return changed


def _like(target: Session, kind: type[_Row], row: _Row, names: Sequence[str]) -> _Row | None:
    query = select(kind)
    for name in names:
        query = query.where(getattr(kind, name) == getattr(row, name))
    return target.scalars(query).first()


def _in(db: Session, kind: type[_Row], column: Any, values: Sequence[int]) -> list[_Row]:
    return list(db.scalars(select(kind).where(column.in_(values))))


def _copied(row: _Row, *, without: Sequence[str] = (), **other: object) -> _Row:
    table: Any = type(row)
    values = {
        column.name: getattr(row, column.name)
        for column in table.__table__.columns
        if column.name not in without
    }
    return table(**{**values, **other})

"""Trials: saved once whatever happens, listed, and given a purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError, StoreError
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance.store import results, sessions
from evenstance.store.records import (
    Conditions,
    NewTrial,
    PlacedTrial,
    PurposeName,
    SaveResult,
    StoredTrace,
    StoredTrial,
)
from evenstance.store.schema import SessionRow, TraceRow, TrialRow

_COLUMNS = cast("Sequence[Any]", TrialRow.__table__.c)


def save(
    db: Session, board_uid: str, journal_id: str, rows: Sequence[NewTrial], host_version: str
) -> SaveResult:
    """Add the trials that are not stored yet, traces that are missing or now complete, results.

    Raises StoreError when a stored trial or trace would have to change, or when a summary
    cannot be read; the caller's transaction then stores nothing.
    """
    known = _by_seq(db, board_uid, journal_id, [row.seq for row in rows])
    new: list[TrialRow] = []
    for row in rows:
        stored = known.get(row.seq)
        if stored is None:
            known[row.seq] = _new_row(board_uid, journal_id, row)
            new.append(known[row.seq])
        elif stored.summary != row.summary:
            raise _conflict("trial", stored)
    # All at once: a server may be far away, and others wait for this transaction.
    db.add_all(new)
    db.flush()
    traces = _save_traces(db, [(known[row.seq], row) for row in rows if row.trace is not None])
    computed = {known[row.seq].id: row for row in rows if row.results}
    results.save(
        db,
        {trial_id: row.results for trial_id, row in computed.items()},
        computed_at={trial_id: row.pulled_at for trial_id, row in computed.items()},
        host_version=host_version,
    )
    return SaveResult(new=len(new), known=len(rows) - len(new), traces=traces)


def _by_seq(
    db: Session, board_uid: str, journal_id: str, seqs: Sequence[int]
) -> dict[int, TrialRow]:
    if not seqs:
        return {}
    query = select(TrialRow).where(
        TrialRow.board_uid == board_uid,
        TrialRow.journal_id == journal_id,
        TrialRow.seq.between(min(seqs), max(seqs)),
    )
    return {row.seq: row for row in db.scalars(query)}


def _new_row(board_uid: str, journal_id: str, new: NewTrial) -> TrialRow:
    hold = _decoded(new)
    share = hold.load_share_pct
    return TrialRow(
        board_uid=board_uid,
        journal_id=journal_id,
        seq=new.seq,
        purpose="unassigned",
        lift_off_at=new.lift_off_at,
        pulled_at=new.pulled_at,
        clock_known=new.lift_off_at is not None,
        firmware=new.firmware,
        protocol=new.protocol,
        summary=new.summary,
        rules_id=hold.rules_id,
        calibration_id=hold.calibration_id,
        stance_leg=hold.stance_leg,
        valid=hold.valid,
        reasons=",".join(hold.reasons),
        end_reason=hold.end_reason,
        hold_time_s=hold.hold_time_s,
        body_weight_n=hold.body_weight_n,
        load_share_mean_pct=None if share is None else share.mean,
        stray_load_pct_bw=hold.stray_load_pct_bw,
        force_mean_n=hold.force_mean_n,
        force_sd_n=hold.force_sd_n,
        force_range_p95_p5_n=hold.force_range_p95_p5_n,
        touch_down_count=hold.touch_down_count,
    )


def _decoded(new: NewTrial) -> Trial:
    next_step = "Update the firmware and this program to the same version, then pull again."
    try:
        hold = trial_from_summary(new.summary)
    except ValueError as error:
        raise StoreError(
            f"Trial {new.seq} cannot be read", cause=str(error), next_step=next_step
        ) from error
    if hold.seq != new.seq:
        raise StoreError(
            f"Trial {new.seq} cannot be stored",
            cause=f"Its summary says it is trial {hold.seq}.",
            next_step=next_step,
        )
    return hold


def _save_traces(db: Session, given: Sequence[tuple[TrialRow, NewTrial]]) -> int:
    """Store traces; returns how many are new or better."""
    if not given:
        return 0
    ids = [trial.id for trial, _ in given]
    known = {t.trial_id: t for t in db.scalars(select(TraceRow).where(TraceRow.trial_id.in_(ids)))}
    better = 0
    for trial, row in given:
        data, complete = row.trace or b"", row.trace_complete
        stored = known.get(trial.id)
        if stored is None:
            known[trial.id] = TraceRow(trial_id=trial.id, data=data, complete=complete)
            db.add(known[trial.id])
            better += 1
        else:
            better += _better_trace(trial, stored, data, complete)
    return better


def _better_trace(trial: TrialRow, stored: TraceRow, data: bytes, complete: bool) -> bool:
    """A complete one replaces a part, a longer part a shorter one."""
    if stored.complete == complete and len(stored.data) == len(data):
        if stored.data != data:
            raise _conflict("trace of trial", trial)
        return False
    if stored.complete and complete:
        raise _conflict("trace of trial", trial)
    better = complete if stored.complete != complete else len(data) > len(stored.data)
    if better:
        stored.data, stored.complete = data, complete
    return better


def _conflict(what: str, row: TrialRow) -> StoreError:
    return StoreError(
        f"The {what} {row.seq} of board {row.board_uid} differs from the one stored before",
        cause=f"Journal {row.journal_id} gave other bytes under the same number.",
        next_step="Nothing was changed. Keep both the board and the history, and report this.",
    )


def set_purpose(
    db: Session,
    board_uid: str,
    journal_id: str,
    purposes: Mapping[int, tuple[str | None, int | None, PurposeName]],
) -> None:
    """Tie stored trials to a session; conditions are those of the session.

    Raises StoreError for a trial that is not stored, that belongs to another session already,
    or whose person is not the one of the session.
    """
    rows = _by_seq(db, board_uid, journal_id, list(purposes))
    for seq, (session_id, athlete_id, purpose) in purposes.items():
        row = rows.get(seq)
        if row is None:
            raise StoreError(
                f"Trial {seq} is not in the history",
                next_step="Pull the board first; nothing was changed.",
            )
        if session_id is None:
            if purpose != "unassigned" or row.session_id is not None:
                raise StoreError(f"Trial {seq} needs a session to be {purpose}")
            continue
        session = sessions.require(db, session_id)
        if row.session_id not in (None, session_id) or session.athlete_id != athlete_id:
            raise StoreError(
                f"Trial {seq} belongs to another session or person",
                next_step="Nothing was changed; only trials of nobody can be assigned.",
            )
        tie(row, session, purpose)


def set_aside(db: Session, session_id: str, board_uid: str, journal_id: str, seq: int) -> None:
    """Make a scored trial of the session practice."""
    row = _by_seq(db, board_uid, journal_id, [seq]).get(seq)
    if row is None or row.session_id != session_id or row.purpose != "scored":
        raise StoreError(
            f"Trial {seq} is not a scored one of this session",
            next_step="Nothing was changed; look at `evenstance results`.",
        )
    row.purpose = "practice"


def tie(row: TrialRow, session: SessionRow, purpose: PurposeName) -> None:
    """Make the trial one of the session's."""
    row.session_id = session.id
    row.athlete_id = session.athlete_id
    row.purpose = purpose
    set_conditions(row, sessions.conditions_of(session))


def release(db: Session, trial_ids: Iterable[int]) -> None:
    """Make trials unassigned again, as they were when they came from the board."""
    for row in by_ids(db, trial_ids):
        row.session_id = row.athlete_id = None
        row.purpose = "unassigned"
        set_conditions(row, Conditions())


def set_conditions(row: TrialRow, conditions: Conditions) -> None:
    """Note how the person stood."""
    for name, value in asdict(conditions).items():
        setattr(row, name, value)


def by_ids(db: Session, trial_ids: Iterable[int]) -> Sequence[TrialRow]:
    """Return the trials with those ids, oldest first; InputError when one is missing."""
    wanted = set(trial_ids)
    rows = [row for row in (db.get(TrialRow, n) for n in wanted) if row is not None]
    missing = wanted - {row.id for row in rows}
    if missing:
        listed = ", ".join(str(n) for n in sorted(missing))
        raise InputError(
            f"There is no trial with number {listed}",
            next_step="List the unassigned trials; nothing was changed.",
        )
    return sorted(rows, key=lambda row: (row.lift_off_at or row.pulled_at, row.seq))


def listed(
    db: Session,
    *,
    athlete_id: int | None,
    session_id: str | None,
    unassigned: bool,
    limit: int | None,
) -> list[StoredTrial]:
    """Return trials, the newest last; with `limit` the newest ones only."""
    query = (
        select(*_COLUMNS, TraceRow.trial_id.is_not(None).label("traced"))
        .outerjoin(TraceRow, TraceRow.trial_id == TrialRow.id)
        .order_by(
            sessions.HAPPENED_AT.desc(),
            TrialRow.board_uid.desc(),
            TrialRow.journal_id.desc(),
            TrialRow.seq.desc(),
        )
    )
    if athlete_id is not None:
        query = query.where(TrialRow.athlete_id == athlete_id)
    if session_id is not None:
        query = query.where(TrialRow.session_id == session_id)
    if unassigned:
        # A check of the table says that this is the same, and there is an index for it.
        query = query.where(TrialRow.session_id.is_(None))
    if limit is not None:
        query = query.limit(limit)
    found = [_value(row, bool(row.traced)) for row in cast("Iterable[Any]", db.execute(query))]
    return found[::-1]


def streamed(db: Session, athlete_id: int | None) -> Iterator[PlacedTrial]:
    """Yield the trials of a person (None: of nobody), session by session, never all in memory."""
    # Plain columns: mapped objects would be garbage in circles, collected late.
    query = (
        select(
            *_COLUMNS,
            SessionRow.started_at,
            SessionRow.utc_offset_minutes,
            SessionRow.protocol_name,
            SessionRow.familiarisation,
            TraceRow.complete,
        )
        .outerjoin(SessionRow, SessionRow.id == TrialRow.session_id)
        .outerjoin(TraceRow, TraceRow.trial_id == TrialRow.id)
        .where(TrialRow.athlete_id == athlete_id)
        .order_by(
            SessionRow.started_at,
            SessionRow.id,
            sessions.HAPPENED_AT,
            TrialRow.board_uid,
            TrialRow.journal_id,
            TrialRow.seq,
        )
        .execution_options(yield_per=sessions.AT_ONCE)
    )
    before: str | None = None
    number = 0
    for row in cast("Iterable[Any]", db.execute(query)):
        trial = _value(row, row.complete is not None)
        number = number + 1 if trial.session_id == before else 1
        before = trial.session_id
        placed = trial.session_id is not None
        yield PlacedTrial(
            trial=trial,
            trace_complete=row.complete,
            started_at=row.started_at,
            day=sessions.day_at(row.started_at, row.utc_offset_minutes)
            if placed
            else trial.happened_at.date(),
            protocol_name=row.protocol_name,
            familiarisation=row.familiarisation,
            number=number if placed else None,
        )


def traces(db: Session, trial_ids: Sequence[int]) -> dict[int, StoredTrace]:
    """Return the traces of these trials that are stored, by trial id."""
    query = select(TraceRow.trial_id, TraceRow.data, TraceRow.complete)
    rows = db.execute(query.where(TraceRow.trial_id.in_(trial_ids)))
    return {
        trial_id: StoredTrace(trial_id=trial_id, data=data, complete=complete)
        for trial_id, data, complete in rows
    }


def _value(row: TrialRow, has_trace: bool) -> StoredTrial:
    return StoredTrial(
        id=row.id,
        board_uid=row.board_uid,
        journal_id=row.journal_id,
        seq=row.seq,
        session_id=row.session_id,
        athlete_id=row.athlete_id,
        purpose=cast(PurposeName, row.purpose),
        conditions=sessions.conditions_of(row),
        lift_off_at=row.lift_off_at,
        pulled_at=row.pulled_at,
        clock_known=row.clock_known,
        firmware=row.firmware,
        protocol=row.protocol,
        has_trace=has_trace,
        summary=row.summary,
        hold=trial_from_summary(row.summary),
    )

"""Boards, how far their journals were acknowledged, and their calibrations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.store.records import Board, Calibration
from evenstance.store.schema import (
    BoardRow,
    CalibrationRow,
    ForgottenTrialRow,
    PullRow,
    TraceRow,
    TrialRow,
)


def seen(
    db: Session,
    uid: str,
    now: datetime,
    *,
    firmware: str | None = None,
    protocol: int | None = None,
    label: str | None = None,
) -> None:
    """Add the board or update it; None leaves what was known."""
    row = db.get(BoardRow, uid)
    if row is None:
        row = BoardRow(uid=uid)
        db.add(row)
    row.last_seen = now
    if firmware is not None:
        row.firmware = firmware
    if protocol is not None:
        row.protocol = protocol
    if label is not None:
        row.label = label
    db.flush()


def ensure(db: Session, uid: str, now: datetime) -> None:
    """Add the board if the history does not know it yet."""
    if db.get(BoardRow, uid) is None:
        seen(db, uid, now)


def board_value(row: BoardRow) -> Board:
    """Return the board as a plain value."""
    return Board(
        uid=row.uid,
        label=row.label,
        firmware=row.firmware,
        protocol=row.protocol,
        last_seen=row.last_seen,
    )


def record_ack(db: Session, uid: str, journal_id: str, through_seq: int, now: datetime) -> None:
    """Note that the board confirmed the acknowledgement; it never moves backwards."""
    ensure(db, uid, now)
    row = db.get(PullRow, (uid, journal_id))
    if row is None:
        db.add(
            PullRow(
                board_uid=uid, journal_id=journal_id, acked_through=through_seq, updated_at=now
            )
        )
        return
    row.updated_at = now
    if row.acked_through is None or through_seq > row.acked_through:
        row.acked_through = through_seq


def note_pull(db: Session, uid: str, journal_id: str, now: datetime) -> None:
    """Note that trials of this journal were stored, which does not acknowledge them."""
    row = db.get(PullRow, (uid, journal_id))
    if row is None:
        row = PullRow(board_uid=uid, journal_id=journal_id, acked_through=None)
        db.add(row)
    row.updated_at = now


def latest_journal(db: Session, uid: str) -> str | None:
    """Return the journal of the board that was pulled or acknowledged last."""
    return db.scalars(
        select(PullRow.journal_id)
        .where(PullRow.board_uid == uid)
        .order_by(PullRow.updated_at.desc())
        .limit(1)
    ).first()


def acked_through(db: Session, uid: str, journal_id: str) -> int | None:
    """Return the last acknowledged seq of a journal, None when there was none."""
    row = db.get(PullRow, (uid, journal_id))
    return None if row is None else row.acked_through


def stored_seqs(db: Session, uid: str, journal_id: str, first_seq: int) -> dict[int, bool]:
    """Return each stored seq of a journal, from `first_seq` on, True where its complete trace is
    stored too.

    A forgotten trial counts as stored, so that no pull brings it back.
    """
    rows = db.execute(
        select(TrialRow.seq, TraceRow.complete.is_(True))
        .outerjoin(TraceRow, TraceRow.trial_id == TrialRow.id)
        .where(
            TrialRow.board_uid == uid,
            TrialRow.journal_id == journal_id,
            TrialRow.seq >= first_seq,
        )
        .order_by(TrialRow.seq)
    )
    forgotten = db.scalars(
        select(ForgottenTrialRow.seq).where(
            ForgottenTrialRow.board_uid == uid, ForgottenTrialRow.journal_id == journal_id
        )
    )
    return {**dict.fromkeys(forgotten, True), **{seq: bool(whole) for seq, whole in rows}}


def save_calibration(
    db: Session,
    uid: str,
    calibration_id: int,
    *,
    made_at: datetime | None,
    left_counts_per_n: float,
    right_counts_per_n: float,
    detail: Mapping[str, object],
    now: datetime,
) -> int:
    """Add a calibration and return its row id."""
    ensure(db, uid, now)
    row = CalibrationRow(
        board_uid=uid,
        calibration_id=calibration_id,
        made_at=made_at,
        left_counts_per_n=left_counts_per_n,
        right_counts_per_n=right_counts_per_n,
        detail=dict(detail),
    )
    db.add(row)
    db.flush()
    return row.id


def calibrations(db: Session, uid: str) -> list[Calibration]:
    """Return the calibrations of a board, the newest last."""
    rows = db.scalars(
        select(CalibrationRow).where(CalibrationRow.board_uid == uid).order_by(CalibrationRow.id)
    )
    return [
        Calibration(
            id=row.id,
            board_uid=row.board_uid,
            calibration_id=row.calibration_id,
            made_at=row.made_at,
            left_counts_per_n=row.left_counts_per_n,
            right_counts_per_n=row.right_counts_per_n,
            detail=row.detail,
        )
        for row in rows
    ]

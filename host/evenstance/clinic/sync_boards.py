"""Boards with their labels and calibrations, and in the end how far they were acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.clinic.sync_records import Synced
from evenstance.clinic.sync_values import values_of
from evenstance.store.schema import BoardRow, CalibrationRow, PullRow, SessionRow, TrialRow

_SAME = ("board_uid", "calibration_id", "made_at", "left_counts_per_n", "right_counts_per_n")


def boards_that_move(source: Session) -> set[str]:
    """All but the virtual ones that played nothing but recordings."""
    replayed = set(
        source.scalars(select(SessionRow.board_uid).where(SessionRow.protocol_name == "replay"))
    )
    measured = set(
        source.scalars(select(SessionRow.board_uid).where(SessionRow.protocol_name != "replay"))
    ) | set(source.scalars(select(TrialRow.board_uid).where(TrialRow.session_id.is_(None))))
    return set(source.scalars(select(BoardRow.uid))) - (replayed - measured)


def copy_boards(source: Session, target: Session, uids: Collection[str], done: Synced) -> None:
    """Add boards and calibrations; of a known board whatever the later meeting told."""
    known = {board.uid: board for board in target.scalars(select(BoardRow))}
    for board in source.scalars(select(BoardRow).order_by(BoardRow.uid)):
        if board.uid not in uids:
            continue
        there = known.get(board.uid)
        if there is None:
            target.add(BoardRow(**values_of(board, BoardRow)))
            done.count("board")
            continue
        if board.last_seen > there.last_seen:
            for name in ("firmware", "protocol"):
                setattr(there, name, getattr(board, name) or getattr(there, name))
            there.last_seen = board.last_seen
        if there.label is None:
            there.label = board.label
        elif board.label not in (None, there.label):
            done.differences.append(
                f"board {board.uid}: its label is {there.label!r} in the clinic, "
                f"{board.label!r} here"
            )
    target.flush()
    # One that was restored stands twice, and does so in the clinic.
    left = Counter(_key(one) for one in target.scalars(select(CalibrationRow)))
    for one in source.scalars(select(CalibrationRow).order_by(CalibrationRow.id)):
        if one.board_uid not in uids:
            continue
        if left[_key(one)]:
            left[_key(one)] -= 1
            continue
        target.add(CalibrationRow(**values_of(one, CalibrationRow, without=("id",))))
        target.flush()
        done.count("calibration")


def copy_acks(source: Session, target: Session, uids: Collection[str]) -> None:
    """How far each journal was acknowledged, once its trials are there; never backwards."""
    for pull in source.scalars(select(PullRow)):
        if pull.board_uid not in uids:
            continue
        known = target.get(PullRow, (pull.board_uid, pull.journal_id))
        if known is None:
            target.add(PullRow(**values_of(pull, PullRow)))
            continue
        if pull.acked_through is not None:
            known.acked_through = max(pull.acked_through, known.acked_through or 0)
        known.updated_at = max(pull.updated_at, known.updated_at)


def _key(one: CalibrationRow) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in _SAME)

"""Trials of forgotten people: which of them a board still has to remove."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.store.schema import ForgottenTrialRow

Transaction = Callable[[], AbstractContextManager[Session]]


class ForgottenTrials:
    """What boards have yet to forget: each method is one transaction."""

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read = read
        self._write = write

    def waiting(self) -> dict[str, int]:
        """How many trials each board still has to remove, by its uid."""
        with self._read() as db:
            found: dict[str, int] = {}
            for row in db.scalars(select(ForgottenTrialRow)):
                if not row.erased:
                    found[row.board_uid] = found.get(row.board_uid, 0) + 1
            return found

    def of(self, board_uid: str, journal_id: str) -> list[int]:
        """The numbers that this journal still has to remove."""
        with self._read() as db:
            return list(
                db.scalars(
                    select(ForgottenTrialRow.seq)
                    .where(
                        ForgottenTrialRow.board_uid == board_uid,
                        ForgottenTrialRow.journal_id == journal_id,
                        ~ForgottenTrialRow.erased,
                    )
                    .order_by(ForgottenTrialRow.seq)
                )
            )

    def erased(self, board_uid: str, journal_id: str, seq: int) -> None:
        """The board has removed it. Its number stays: it must not be pulled again."""
        with self._write() as db:
            row = db.get(ForgottenTrialRow, (board_uid, journal_id, seq))
            if row is not None:
                row.erased = True

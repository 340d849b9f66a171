"""What is added to a session afterwards: notes, and conditions that were told wrongly."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import sessions, trials
from evenstance.store.records import Conditions
from evenstance.store.schema import TrialRow

Transaction = Callable[[], AbstractContextManager[Session]]
Changed = tuple[str, object, object]


class Amend:
    """Additions to stored sessions: each method is one transaction, and nothing is rubbed out."""

    def __init__(self, write: Transaction) -> None:
        self._write = write

    def note(self, session_id: str, text: str, *, on: date) -> str:
        """Add a line with its day to the session's note; returns the whole note."""
        said = " ".join(text.split())
        if not said:
            raise InputError("A note needs words", next_step="Nothing was changed.")
        with self._write() as db:
            row = sessions.require(db, session_id)
            sessions.annotate(row, on, said)
            return row.note

    def conditions(
        self, session_id: str, conditions: Conditions, *, on: date
    ) -> tuple[Changed, ...]:
        """Correct how the person stood, for the session and its trials.

        Returns (name, before, now) of what changed; the note keeps it with its day. The holds
        themselves stay as they were measured.
        """
        with self._write() as db:
            row = sessions.require(db, session_id)
            before, now = asdict(sessions.conditions_of(row)), asdict(conditions)
            changed = tuple(
                (name, before[name], now[name]) for name in now if before[name] != now[name]
            )
            if not changed:
                return ()
            for name, _, value in changed:
                setattr(row, name, value)
            for trial in db.scalars(select(TrialRow).where(TrialRow.session_id == session_id)):
                trials.set_conditions(trial, conditions)
            told = ", ".join(
                f"{name.replace('_', ' ')} {_word(old)} -> {_word(new)}"
                for name, old, new in changed
            )
            sessions.annotate(row, on, f"conditions corrected: {told}")
            return changed


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not stated" if value is None else str(value)

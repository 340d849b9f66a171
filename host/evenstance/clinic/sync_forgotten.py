"""What the clinic has forgotten never comes back from a laptop."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.clinic.sync_trials import Key
from evenstance.store.repository import Store
from evenstance.store.schema import ForgottenTrialRow, SessionRow, TrialRow


def forgotten_trials(db: Session) -> set[Key]:
    """The trials of people who were forgotten in this history."""
    row = ForgottenTrialRow
    found = db.execute(select(row.board_uid, row.journal_id, row.seq))
    return {(uid, journal, seq) for uid, journal, seq in found}


def forgotten_people(laptop: Store, gone: set[Key]) -> set[int]:
    """Who of the laptop has trials that the clinic forgot."""
    if not gone:
        return set()
    query = select(SessionRow.athlete_id, TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
    with laptop.rows() as source:
        rows = source.execute(query.join(SessionRow, SessionRow.id == TrialRow.session_id))
        return {
            athlete
            for athlete, uid, journal, seq in rows
            if athlete is not None and (uid, journal, seq) in gone
        }

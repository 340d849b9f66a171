"""Moves a laptop's history into the clinic's, exactly once, whatever interrupts it.

One session with its trials is one transaction of the clinic. So a sync that is cut off has moved
whole sessions or none, and the next one goes on; what is there already is compared and left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance import __version__
from evenstance.clinic.sync_people import match_people
from evenstance.clinic.sync_records import Synced
from evenstance.clinic.sync_rows import copy_boards, copy_care, copy_session, copy_trials
from evenstance.store.repository import Store
from evenstance.store.schema import SessionRow, TrialRow

AT_ONCE = 50
Key = tuple[str, str, int]
Progress = Callable[[int, int], None]


def sync(
    laptop: Store, clinic: Store, *, same: Collection[str] = (), progress: Progress | None = None
) -> Synced:
    """Copy everything of the laptop that the clinic has not; `same` names people who are one.

    Raises StoreError when a transaction fails: what was moved before stays moved.
    """
    done = Synced()
    people = match_people(laptop, clinic, same=same, done=done)
    with laptop.rows() as source:
        with clinic.rows(write=True) as target:
            copy_boards(source, target, done)
        for athlete, person in people.items():
            with clinic.rows(write=True) as target:
                copy_care(source, target, athlete, person, done)
        rows = source.scalars(select(SessionRow).order_by(SessionRow.started_at, SessionRow.id))
        sessions = [r for r in rows if r.protocol_name != "replay" and _moves(r, people)]
        placed = _placed(clinic)
        own = _by_session(source)
        for number, row in enumerate(sessions):
            person = None if row.athlete_id is None else people[row.athlete_id]
            _session(source, clinic, row, own[row.id], person, placed, done)
            if progress is not None:
                progress(number + 1, len(sessions))
        _nobodys(source, clinic, own[None], placed, done)
    return done


def _moves(row: SessionRow, people: Mapping[int, int]) -> bool:
    return row.athlete_id is None or row.athlete_id in people


def _session(
    source: Session,
    clinic: Store,
    row: SessionRow,
    own: Sequence[TrialRow],
    person: int | None,
    placed: Mapping[Key, tuple[str | None, str]],
    done: Synced,
) -> None:
    missing = [t for t in own if placed.get(_key(t)) != (t.session_id, t.purpose)]
    with clinic.rows(write=True) as target:
        if copy_session(source, target, row, person):
            done.count("session")
        copy_trials(source, target, missing, person, __version__, done)


def _nobodys(
    source: Session,
    clinic: Store,
    own: Sequence[TrialRow],
    placed: Mapping[Key, tuple[str | None, str]],
    done: Synced,
) -> None:
    """Trials that were given to nobody; one that the clinic gave to somebody stays theirs."""
    missing = iter([trial for trial in own if _key(trial) not in placed])
    while batch := list(islice(missing, AT_ONCE)):
        with clinic.rows(write=True) as target:
            copy_trials(source, target, batch, None, __version__, done)


def _placed(clinic: Store) -> dict[Key, tuple[str | None, str]]:
    """Where each trial is in the clinic, when the sync begins: to leave out what is done."""
    columns = (TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
    with clinic.rows() as db:
        rows = db.execute(select(*columns, TrialRow.session_id, TrialRow.purpose))
        return {(uid, journal, seq): (session, why) for uid, journal, seq, session, why in rows}


def _by_session(source: Session) -> defaultdict[str | None, list[TrialRow]]:
    found: defaultdict[str | None, list[TrialRow]] = defaultdict(list)
    query = select(TrialRow).order_by(TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
    for row in source.scalars(query):
        found[row.session_id].append(row)
    return found


def _key(row: TrialRow) -> Key:
    return row.board_uid, row.journal_id, row.seq

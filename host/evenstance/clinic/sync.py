"""Moves a laptop's history into the clinic's, exactly once, whatever interrupts it.

One session with its trials is one transaction of the clinic. So a sync that is cut off has moved
whole sessions or none, and the next one goes on. Both histories are asked what they have; only
what differs is touched, inside a transaction that looks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.clinic.sync_boards import boards_that_move, copy_acks, copy_boards
from evenstance.clinic.sync_care import move_care
from evenstance.clinic.sync_forgotten import forgotten_people, forgotten_trials
from evenstance.clinic.sync_notes import session_changes
from evenstance.clinic.sync_people import match_people
from evenstance.clinic.sync_records import Synced
from evenstance.clinic.sync_trials import Found, Key, behind, copy_trials, found
from evenstance.clinic.sync_values import parts, values_of
from evenstance.store import sessions, trials
from evenstance.store.records import Conditions
from evenstance.store.repository import Store
from evenstance.store.schema import SessionRow, TrialRow

SESSIONS_AT_ONCE = 50
TRIALS_AT_ONCE = 500
Progress = Callable[[int, int], None]
_KEY = (TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)


def sync(
    laptop: Store, clinic: Store, *, same: Sequence[str] = (), progress: Progress | None = None
) -> Synced:
    """Copy everything of the laptop that the clinic has not; `same` names people who are one.

    Raises StoreError when a transaction fails: what was moved before stays moved.
    """
    done = Synced()
    with clinic.rows() as target:
        gone = forgotten_trials(target)
    people = match_people(
        laptop, clinic, same=same, forgotten=forgotten_people(laptop, gone), done=done
    )
    with laptop.rows() as source:
        uids = boards_that_move(source)
        with clinic.rows(write=True) as target:
            copy_boards(source, target, uids, done)
        move_care(source, clinic, people, done)
        ids = _that_move(source, people)
        for number, some in enumerate(parts(ids, SESSIONS_AT_ONCE)):
            _sessions(source, clinic, some, people, done)
            source.expunge_all()
            if progress is not None:
                progress(min(len(ids), (number + 1) * SESSIONS_AT_ONCE), len(ids))
        _nobodys(source, clinic, gone, done)
        with clinic.rows(write=True) as target:
            copy_acks(source, target, uids)
    return done


def _that_move(source: Session, people: Mapping[int, int]) -> list[str]:
    """Sessions, the oldest first; replays are recordings of nobody and stay."""
    query = select(SessionRow.id, SessionRow.athlete_id).where(
        SessionRow.protocol_name != "replay"
    )
    rows = source.execute(query.order_by(SessionRow.started_at, SessionRow.id))
    return [number for number, athlete in rows if athlete is None or athlete in people]


def _sessions(
    source: Session,
    clinic: Store,
    ids: Sequence[str],
    people: Mapping[int, int],
    done: Synced,
) -> None:
    """Compare these sessions and their trials; each that is behind gets its transaction."""
    wanted = select(SessionRow).where(SessionRow.id.in_(ids))
    rows = {row.id: row for row in source.scalars(wanted)}
    keys = source.execute(select(*_KEY).where(TrialRow.session_id.in_(ids)).order_by(*_KEY))
    own = found(source, [(uid, journal, seq) for uid, journal, seq in keys])
    by_session: dict[str, dict[Key, Found]] = {number: {} for number in ids}
    for key, mine in own.items():
        by_session[str(mine.session_id)][key] = mine
    with clinic.rows() as target:
        known = {row.id: row for row in target.scalars(wanted)}
        there = found(target, own)
        moving = [
            number
            for number in ids
            if _is_behind(
                rows[number],
                known.get(number),
                _person(rows[number], people),
                by_session[number],
                there,
            )
        ]
        for number in ids:
            person = _person(rows[number], people)
            _tell(target, rows[number], known.get(number), person, by_session[number], there, done)
    for number in moving:
        with clinic.rows(write=True) as target:
            person = _person(rows[number], people)
            _move(source, target, rows[number], person, by_session[number], done)


def _person(row: SessionRow, people: Mapping[int, int]) -> int | None:
    return None if row.athlete_id is None else people[row.athlete_id]


def _is_behind(
    row: SessionRow,
    known: SessionRow | None,
    person: int | None,
    own: Mapping[Key, Found],
    there: Mapping[Key, Found],
) -> bool:
    if any(behind(mine, there.get(key)) for key, mine in own.items()):
        return True
    if known is None:
        return not _all_elsewhere(there, own)
    return _is_theirs(known, person) and bool(session_changes(known, row)[0])


def _is_theirs(known: SessionRow, person: int | None) -> bool:
    """Whether both histories say whose session it is; else nothing in it is changed."""
    return person is None or known.athlete_id == person


def _all_elsewhere(there: Mapping[Key, Found], own: Mapping[Key, Found]) -> bool:
    """Whether the clinic has these trials in other sessions: then this one would be empty."""
    return bool(own) and all(key in there and there[key].session_id for key in own)


def _move(
    source: Session,
    target: Session,
    row: SessionRow,
    person: int | None,
    own: Mapping[Key, Found],
    done: Synced,
) -> None:
    known = target.get(SessionRow, row.id)
    if known is None and _all_elsewhere(found(target, own), own):
        copy_trials(source, target, own, None, done)
        return
    if known is None:
        known = SessionRow(**{**values_of(row, SessionRow), "athlete_id": person})
        target.add(known)
        done.count("session")
    elif _is_theirs(known, person):
        changes, _ = session_changes(known, row)
        for name, value in changes.items():
            setattr(known, name, value)
        done.changed += bool(changes)
        if changes.keys() & vars(Conditions()).keys():
            query = select(TrialRow).where(TrialRow.session_id == known.id)
            for trial in target.scalars(query):
                trials.set_conditions(trial, sessions.conditions_of(known))
    target.flush()
    copy_trials(source, target, own, known, done)


def _tell(
    target: Session,
    row: SessionRow,
    known: SessionRow | None,
    person: int | None,
    own: Mapping[Key, Found],
    there: Mapping[Key, Found],
    done: Synced,
) -> None:
    """Name what stays as the clinic has it; whose a session or a trial is has to be decided."""
    here = f"session {row.id[:8]}"
    if known is not None:
        if not _is_theirs(known, person):
            done.conflicts.append(f"{here} is another person's in the clinic")
        _, why = session_changes(known, row)
        if why:
            done.conflicts.append(f"{here}: {why}")
    elsewhere: Counter[tuple[str, bool]] = Counter()
    for key, mine in own.items():
        theirs = there.get(key)
        if theirs is None:
            continue
        if theirs.summary != mine.summary:
            done.conflicts.append(_other_bytes(key))
        elif theirs.session_id not in (None, row.id):
            elsewhere[str(theirs.session_id), theirs.athlete_id == person] += 1
    for (other, same_person), number in elsewhere.items():
        text = f"{number} trials of {here} are in session {other[:8]} of the clinic"
        if same_person:
            done.differences.append(f"{text}, of the same person")
        else:
            done.conflicts.append(f"{text}, which is not this person's")


def _other_bytes(key: Key) -> str:
    board_uid, _, seq = key
    return f"trial {seq} of board {board_uid} has other bytes in the clinic"


def _nobodys(source: Session, clinic: Store, gone: set[Key], done: Synced) -> None:
    """Trials that were given to nobody; one that the clinic gave to somebody stays theirs, and
    one of a person whom it forgot does not come back."""
    keys = source.execute(select(*_KEY).where(TrialRow.session_id.is_(None)).order_by(*_KEY)).all()
    for some in parts(keys, TRIALS_AT_ONCE):
        own = found(source, [(uid, journal, seq) for uid, journal, seq in some])
        own = {key: mine for key, mine in own.items() if key not in gone}
        with clinic.rows() as target:
            there = found(target, own)
        for key, mine in own.items():
            theirs = there.get(key)
            if theirs is not None and theirs.summary != mine.summary:
                done.conflicts.append(_other_bytes(key))
        missing = {key: mine for key, mine in own.items() if behind(mine, there.get(key))}
        for part in parts(missing, SESSIONS_AT_ONCE):
            with clinic.rows(write=True) as target:
                copy_trials(source, target, {key: missing[key] for key in part}, None, done)

"""The history as the rest of the program sees it: each method is one transaction.

A writing method has committed, to the disk, when it returns; when it raises, nothing changed.
So a caller may acknowledge trials to a board as soon as `save_trials` came back.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timezone, tzinfo
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from evenstance import __version__
from evenstance.store import assignment, boards, people, results, sessions, trials
from evenstance.store.amendments import Amend
from evenstance.store.care_repository import Care
from evenstance.store.engine import writing
from evenstance.store.faults import translated
from evenstance.store.forgotten_trials import ForgottenTrials
from evenstance.store.reading import Reading
from evenstance.store.records import (
    Athlete,
    Board,
    Calibration,
    Conditions,
    NewTrial,
    ProtocolName,
    PurposeName,
    ResultOf,
    SaveResult,
    StoredSession,
    StoredTrace,
    StoredTrial,
    ZeroCheck,
)
from evenstance.store.roster import Roster
from evenstance.store.schema import AthleteRow, BoardRow
from evenstance.store.written_files import WrittenFiles

if TYPE_CHECKING:
    from evenstance.decision.types import SessionHolds

NOT_STATED = Conditions()


class Store:
    """An open history. Get one from `evenstance.store.database.open_store`.

    `care` holds screening, plans and practice; `roster` keeps the list of people in order;
    `amend` adds to stored sessions; `files` lists what was written of whom; `forgotten` is what
    boards have yet to remove.
    """

    def __init__(
        self,
        engine: Engine,
        path: Path,
        *,
        guard: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """`guard` tells failures of the database at `path` apart; None: those of a file."""
        self.path = path
        self.is_file = guard is None
        self._engine = engine
        self._guard = guard or (lambda: translated(path))
        self.care = Care(self._read, self._write)
        self.roster = Roster(self._read, self._write)
        self.amend = Amend(self._write)
        self.files = WrittenFiles(self._read, self._write, kept=self.is_file)
        self.forgotten = ForgottenTrials(self._read, self._write)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; calling it twice does no harm."""
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Generator[Session, None, None]:
        with self._guard(), Session(self._engine) as db:
            yield db

    @contextmanager
    def _write(self) -> Generator[Session, None, None]:
        with self._guard(), Session(writing(self._engine)) as db, db.begin():
            yield db

    @contextmanager
    def reading(self) -> Generator[Reading, None, None]:
        """Read as much as wanted of one and the same moment of the history, row by row."""
        with self._read() as db:
            yield Reading(db)

    def rows(self, *, write: bool = False) -> AbstractContextManager[Session]:
        """One transaction on the rows themselves, for what moves whole histories."""
        return self._write() if write else self._read()

    # People

    def athlete(self, name: str, create: bool = True) -> Athlete:
        """Return the person of that name, adding them if `create`; else InputError."""
        with self._write() if create else self._read() as db:
            row = people.find(db, name)
            if row is None:
                if not create:
                    raise people.unknown(db, name)
                row = people.add(db, name, _now())
            return people.value(row)

    def athletes(self, *, archived: bool = False) -> list[Athlete]:
        """Return all people by name; archived ones only when asked for."""
        with self._read() as db:
            query = select(AthleteRow).order_by(AthleteRow.name)
            return [people.value(r) for r in db.scalars(query) if archived or not r.archived]

    def update_athlete(
        self, athlete: int, *, born_on: date | None = None, archived: bool | None = None
    ) -> Athlete:
        """Change a person's birth date or archive them; None leaves a value as it is."""
        with self._write() as db:
            row = people.require(db, athlete)
            if born_on is not None:
                row.born_on = born_on
            if archived is not None:
                row.archived = archived
            return people.value(row)

    # Boards

    def seen_board(
        self,
        uid: str,
        *,
        firmware: str | None = None,
        protocol: int | None = None,
        label: str | None = None,
    ) -> None:
        """Note that a board was met now; values that are None stay as known."""
        with self._write() as db:
            boards.seen(db, uid, _now(), firmware=firmware, protocol=protocol, label=label)

    def boards(self) -> list[Board]:
        """Return all boards, the one seen last at the end."""
        with self._read() as db:
            query = select(BoardRow).order_by(BoardRow.last_seen, BoardRow.uid)
            return [boards.board_value(row) for row in db.scalars(query)]

    def latest_journal(self, board_uid: str) -> str | None:
        """Return the journal of the board that was pulled or acknowledged last."""
        with self._read() as db:
            return boards.latest_journal(db, board_uid)

    def acked_through(self, board_uid: str, journal_id: str) -> int | None:
        """Return the last seq acknowledged to the board, None when there was none."""
        with self._read() as db:
            return boards.acked_through(db, board_uid, journal_id)

    def record_ack(self, board_uid: str, journal_id: str, through_seq: int) -> None:
        """Note an acknowledgement that the board confirmed; it never moves backwards."""
        with self._write() as db:
            boards.record_ack(db, board_uid, journal_id, through_seq, _now())

    def stored_seqs(self, board_uid: str, journal_id: str, first_seq: int = 0) -> dict[int, bool]:
        """Return every seq of the journal that needs no pull: stored (True where its trace is
        complete here) or forgotten.

        `first_seq` leaves out what the board has given up long ago.
        """
        with self._read() as db:
            return boards.stored_seqs(db, board_uid, journal_id, first_seq)

    def save_calibration(
        self,
        board_uid: str,
        calibration_id: int,
        *,
        made_at: datetime | None,
        left_counts_per_n: float,
        right_counts_per_n: float,
        detail: Mapping[str, object],
    ) -> int:
        """Store a calibration with how it was found; return its row id."""
        with self._write() as db:
            return boards.save_calibration(
                db,
                board_uid,
                calibration_id,
                made_at=made_at,
                left_counts_per_n=left_counts_per_n,
                right_counts_per_n=right_counts_per_n,
                detail=detail,
                now=_now(),
            )

    def calibrations(self, board_uid: str) -> list[Calibration]:
        """Return the board's calibrations, the newest last."""
        with self._read() as db:
            return boards.calibrations(db, board_uid)

    # Sessions

    def start_session(
        self,
        athlete: int | None,
        board_uid: str | None,
        protocol_name: ProtocolName,
        *,
        started_at: datetime,
        conditions: Conditions = NOT_STATED,
        familiarisation: bool | None = None,
        note: str = "",
    ) -> str:
        """Add a session and return its id.

        `started_at` is a local time with its offset: the session's day is its date there.
        With `familiarisation` None, it is True for a person's first measured session.
        """
        with self._write() as db:
            if athlete is not None:
                people.require(db, athlete)
            if board_uid is not None:
                boards.ensure(db, board_uid, _now())
            return sessions.start(
                db,
                athlete_id=athlete,
                board_uid=board_uid,
                protocol_name=protocol_name,
                started_at=started_at,
                conditions=conditions,
                familiarisation=familiarisation,
                host_version=__version__,
                note=note,
            ).id

    def end_session(
        self,
        session_id: str,
        *,
        ended_at: datetime,
        zero_shift_left_n: float | None = None,
        zero_shift_right_n: float | None = None,
        note: str | None = None,
        add_note: str = "",
        zero_checks: Sequence[ZeroCheck] | None = None,
    ) -> None:
        """Close a session with the zero shift of each plate (N; None: not measured).

        `note` replaces what the session's note said, `add_note` is added to it.
        """
        with self._write() as db:
            sessions.end(
                db,
                session_id,
                ended_at=ended_at,
                zero_shift_left_n=zero_shift_left_n,
                zero_shift_right_n=zero_shift_right_n,
                note=note,
                zero_checks=zero_checks,
            )
            sessions.add_note(db, session_id, add_note)

    def sessions(self, athlete: int | None = None) -> list[StoredSession]:
        """Return sessions with their counts, of one person or of all, the newest last."""
        with self._read() as db:
            return sessions.listed(db, athlete)

    def session_holds(
        self,
        athlete: int,
        *,
        include_replay: bool = False,
        session: str | None = None,
        plain: bool = False,
    ) -> list[SessionHolds]:
        """Return what the decision reads: valid scored holds per leg and session.

        Practice never counts; sessions without a scored trial, and replayed ones unless asked
        for, are left out. Newest session last, holds in the order they were made. `plain`: the
        board's own force SD, also where the corrected one of every hold is there.
        """
        with self._read() as db:
            return sessions.holds(
                db, athlete, include_replay=include_replay, session_id=session, plain=plain
            )

    # Trials

    def save_trials(
        self,
        board_uid: str,
        journal_id: str,
        rows: Sequence[NewTrial],
        *,
        purposes: Mapping[int, tuple[str | None, int | None, PurposeName]] | None = None,
    ) -> SaveResult:
        """Store trials in one transaction; doing it again changes nothing.

        Trials are known by (board_uid, journal_id, seq). `purposes` ties them to a session in
        the same transaction (see `set_purpose`). Raises StoreError, storing nothing, when a
        stored trial would have to change or a summary cannot be read.
        """
        with self._write() as db:
            boards.ensure(db, board_uid, _now())
            result = trials.save(db, board_uid, journal_id, rows, __version__)
            if purposes:
                trials.set_purpose(db, board_uid, journal_id, purposes)
            boards.note_pull(db, board_uid, journal_id, _now())
            return result

    def set_purpose(
        self,
        board_uid: str,
        journal_id: str,
        purposes: Mapping[int, tuple[str | None, int | None, PurposeName]],
    ) -> None:
        """Tie stored trials, by seq, to (session id, athlete id, purpose), all or none.

        Raises StoreError for a trial that is not stored or belongs to another session.
        """
        with self._write() as db:
            trials.set_purpose(db, board_uid, journal_id, purposes)

    def set_aside(
        self, session_id: str, board_uid: str, journal_id: str, seq: int, note: str
    ) -> None:
        """Make a scored trial of a session practice, and say so in the session's note; both or
        neither. Raises StoreError for a trial that is not a scored one of the session."""
        with self._write() as db:
            trials.set_aside(db, session_id, board_uid, journal_id, seq)
            sessions.add_note(db, session_id, note)

    def assign(
        self,
        trial_ids: Iterable[int],
        athlete: int,
        conditions: Conditions,
        *,
        session: str | None = None,
        purpose: PurposeName = "scored",
        zone: tzinfo | None = None,
    ) -> list[str]:
        """Give unassigned trials (ids or a range of ids) to a person; return the sessions used.

        Without `session`, one free session per day, board and conditions is made or reused.
        `zone` says where the day begins; None is the zone of this computer.
        """
        with self._write() as db:
            return assignment.assign(
                db,
                trial_ids,
                athlete,
                conditions,
                session_id=session,
                purpose=purpose,
                zone=zone,
                host_version=__version__,
            )

    def release(self, trial_ids: Iterable[int]) -> None:
        """Make trials unassigned again, to undo a wrong assignment."""
        with self._write() as db:
            trials.release(db, trial_ids)

    def trials(
        self,
        athlete: int | None = None,
        session: str | None = None,
        unassigned: bool = False,
        limit: int | None = None,
    ) -> list[StoredTrial]:
        """Return trials, the newest last; `limit` keeps the newest ones."""
        with self._read() as db:
            return trials.listed(
                db, athlete_id=athlete, session_id=session, unassigned=unassigned, limit=limit
            )

    def trace(self, trial_id: int) -> StoredTrace | None:
        """Return the trace of a trial, None when none was stored."""
        return self.traces([trial_id]).get(trial_id)

    def traces(self, trial_ids: Sequence[int]) -> dict[int, StoredTrace]:
        """Return the traces of these trials that are stored, by trial id."""
        with self._read() as db:
            return trials.traces(db, trial_ids)

    # Results

    def save_results(self, found: Mapping[int, Sequence[ResultOf]]) -> int:
        """Add results, by trial id, that are not stored yet; returns how many were new.

        What is stored is never changed. Raises StoreError when a method's id means another
        thing in this history.
        """
        with self._write() as db:
            now = dict.fromkeys(found, _now())
            return results.save(db, found, computed_at=now, host_version=__version__)

    def results(self, trial_ids: Sequence[int]) -> dict[int, list[ResultOf]]:
        """Return the stored results of these trials, by trial id."""
        with self._read() as db:
            return results.of_trials(db, trial_ids)


def _now() -> datetime:
    return datetime.now(timezone.utc)

"""A laptop that stores session after session, and is killed and begun again.

What a board holds is written by two laptops, as when it is pulled twice at the same time: one ties
the holds to their sessions, the other one stores them as nobody's. What came back as committed is
noted in a file that outlives the process.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import select
from summaries import summary

from evenstance.clinic.database import open_clinic
from evenstance.clinic.faults import REACH
from evenstance.errors import StoreError
from evenstance.store.records import STANDARD_CONDITIONS, NewTrial, Purpose, ResultOf
from evenstance.store.repository import Store
from evenstance.store.schema import TrialRow

SESSION = 10  # holds of a session, five on each leg
SESSIONS = 5  # that are pulled together
HOLDS = SESSION * SESSIONS
UNITS_EACH = 4  # of a person, whatever the size of the clinic
METHOD = "force_sd_droop_corrected_n@1"
FIRST_DAY = datetime(2010, 1, 4, 9, 0, tzinfo=timezone.utc)
LINE = "{:02d} {:06d}\n"
LINE_BYTES = len(LINE.format(0, 0))
PATIENCE_S = 300.0

_context = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Unit:
    """What is pulled together: of which board, its number there, of which person, when."""

    board: int
    number: int
    person: int
    visit: int

    @property
    def seqs(self) -> range:
        """The numbers of its holds."""
        return range(HOLDS * self.number + 1, HOLDS * (self.number + 1) + 1)

    @property
    def board_uid(self) -> str:
        """The board, as the history calls it."""
        return f"{0xB0A2D0 + self.board:016x}"

    @property
    def journal_id(self) -> str:
        """Its journal."""
        return f"{0x10A1 + self.board:016x}"

    @property
    def name(self) -> str:
        """The person."""
        return f"P{self.person + 1}"

    def summary(self, seq: int) -> bytes:
        """What the board says of a hold: always the same of the same one."""
        sd_n = 4.0 * random.Random(f"{self.board} {seq}").lognormvariate(0.0, 0.14)
        return summary(seq, ("left", "right")[seq % 2], round(sd_n, 6))

    def began(self, session: int) -> datetime:
        """When a session of these was."""
        days = 3 * (SESSIONS * self.visit + session)
        return FIRST_DAY + timedelta(days=days, minutes=self.person % 300)

    def trials(self, clock_s: float) -> list[NewTrial]:
        """All its holds, pulled by a laptop whose clock is so far off."""
        pulled = self.began(SESSIONS - 1) + timedelta(hours=1, seconds=clock_s)
        value = ResultOf(METHOD, METHOD[:-2], 1, "N", {}, 4.0, None, 1850, None)
        return [
            NewTrial(
                seq,
                self.summary(seq),
                None,
                False,
                self.began(n // SESSION) + timedelta(minutes=n % SESSION),
                pulled,
                results=(value,),
            )
            for n, seq in enumerate(self.seqs)
        ]


def units_of(holds: int, boards: int) -> list[list[Unit]]:
    """What is pulled of every board; everybody has UNITS_EACH of them, on any of the boards."""
    count = holds // HOLDS
    people = max(1, count // UNITS_EACH)
    units: list[list[Unit]] = [[] for _ in range(boards)]
    for n in range(count):
        board = n % boards
        units[board].append(Unit(board, len(units[board]), (n // boards) % people, n // people))
    return units


@dataclass(frozen=True)
class Laptop:
    """Its login's address, the sessions that it stores, which of them are its own, its clock."""

    number: int
    url: str
    units: Sequence[Unit]
    parity: int
    log: Path
    clock_s: float

    def committed(self) -> list[tuple[int, int]]:
        """(board, number) of all that it knows to be stored."""
        if not self.log.exists():
            return []
        return [(int(a), int(b)) for a, b in map(str.split, self.log.read_text().splitlines())]


class Running:
    """The process of a laptop; `kill` is `kill -9`."""

    def __init__(self, laptop: Laptop) -> None:
        self._process = _context.Process(target=store_all, args=(laptop,), daemon=True)
        self._process.start()

    def kill(self) -> bool:
        """Kill it; whether it still ran."""
        pid = self._process.pid
        alive = self._process.is_alive()
        if alive and pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.join()
        return alive

    @property
    def code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.exitcode


def store_all(laptop: Laptop) -> None:
    """Store what is not known to be stored, whatever becomes of the server."""
    known = set(laptop.committed())
    left = [unit for unit in laptop.units if (unit.board, unit.number) not in known]
    log = os.open(laptop.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    give_up = time.monotonic() + PATIENCE_S
    while left:
        try:
            with open_clinic(laptop.url) as store:
                while left:
                    unit = left[0]
                    store_one(store, laptop, unit)
                    os.write(log, LINE.format(unit.board, unit.number).encode())
                    left.pop(0)
                    give_up = time.monotonic() + PATIENCE_S
        except StoreError as error:
            # Nothing else may go wrong, and the server comes back.
            if error.anchor != REACH or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
    os.close(log)


def store_one(store: Store, laptop: Laptop, unit: Unit) -> None:
    """Sessions with their holds; from the laptop that they are not of, the holds alone."""
    ties: dict[int, Purpose] = {}
    if unit.number % 2 == laptop.parity and not _placed(store, unit):
        person = store.athlete(unit.name)
        for n in range(SESSIONS):
            session = store.start_session(
                person.id,
                unit.board_uid,
                "standard",
                started_at=unit.began(n),
                conditions=STANDARD_CONDITIONS,
                familiarisation=unit.visit == n == 0,
            )
            own = unit.seqs[SESSION * n : SESSION * (n + 1)]
            ties |= dict.fromkeys(own, Purpose(session, person.id, "scored"))
    store.save_trials(unit.board_uid, unit.journal_id, unit.trials(laptop.clock_s), purposes=ties)


def _placed(store: Store, unit: Unit) -> bool:
    """Whether an earlier life of this laptop has done it, and died before it noted so."""
    query = select(TrialRow.session_id).where(
        TrialRow.board_uid == unit.board_uid,
        TrialRow.journal_id == unit.journal_id,
        TrialRow.seq == unit.seqs[0],
    )
    with store.rows() as db:
        return db.scalars(query).first() is not None

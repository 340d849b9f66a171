"""One sync that is interrupted once or several times, then a clean one, and what is wrong after.

What interrupts: the cable cut before a message or when its answer is under way (COMMIT, too), the
connection ended by the server, `evenstance sync` killed, and the server itself crashed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Literal

from sqlalchemy import select

from clinic.cut_cable import Cable, Cut, When
from clinic.dumping import Dump, differences, dump
from clinic.laptops import laptop
from clinic.server import Server
from evenstance.clinic.database import open_clinic
from evenstance.clinic.setup import Owner
from evenstance.clinic.sync import sync
from evenstance.errors import StoreError
from evenstance.store.database import open_store
from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow, SessionRow, TrialRow

Kind = Literal["message", "answer", "commit", "terminated", "killed", "crashed"]
KINDS: tuple[Kind, ...] = ("message", "answer", "commit", "terminated", "killed", "crashed")
SAME = "Person 1-0"
HISTORY = "history.sqlite3"
IN_A_ROW = (1, 1, 1, 2, 4)
PROGRAM_TIMEOUT_S = 120


@dataclass(frozen=True)
class Blow:
    """One interruption; `share` says where in the sync."""

    kind: Kind
    share: float
    when: When


@dataclass(frozen=True)
class Point:
    """What one sync has to bear, one after the other."""

    number: int
    blows: tuple[Blow, ...]


@dataclass
class Outcome:
    """How many blows struck a sync that still ran, by kind, and what was wrong."""

    struck: list[Kind]
    wrong: list[str]


def drawn(number: int, seed: int) -> Point:
    """The `number`-th point; the same for the same seed. The first blow goes through all kinds."""
    rng = random.Random(f"{seed} {number}")
    kinds = [KINDS[number % len(KINDS)]]
    kinds += rng.choices(KINDS, k=rng.choice(IN_A_ROW) - 1)
    when: tuple[When, ...] = ("before", "after")
    return Point(number, tuple(Blow(k, rng.random(), rng.choice(when)) for k in kinds))


class Bench:
    """A server, a laptop's history to be copied, and what an uninterrupted sync makes of it."""

    def __init__(self, server: Server, owner: Owner, folder: Path, tag: str) -> None:
        self._server, self._owner, self._folder, self._tag = server, owner, folder, tag
        self._numbers = count(1)
        laptop(folder / HISTORY).close()
        login, home = self._fresh()
        with open_clinic(server.url(login)) as clinic:
            before = dump(clinic)
        with self._cable(home, None) as (cable, host), self._laptop(home) as own:
            with open_clinic(self._url(login, host)) as clinic:
                assert sync(own, clinic, same=[SAME]).complete
            self.messages, self.commits = cable.messages, cable.commits
        with open_clinic(server.url(login)) as clinic:
            self.reference = dump(clinic)
            # A row on the way is as it was before or as it will be, and never there twice.
            self._allowed = {t: rows | before[t] for t, rows in self.reference.items()}
            self._whole = _trials_of_sessions(clinic)

    def outcome(self, point: Point) -> Outcome:
        """Strike, look, sync once more, look again."""
        login, home = self._fresh()
        done = Outcome([], [])
        for blow in point.blows:
            self._struck(blow, login, home, done)
            with open_clinic(self._server.url(login)) as clinic:
                now = dump(clinic)
                done.wrong += [t for t in differences(self._allowed, now) if "too much" in t]
                done.wrong += _halves(self._whole, _trials_of_sessions(clinic))
        with self._laptop(home) as own, open_clinic(self._server.url(login)) as clinic:
            if not sync(own, clinic, same=[SAME]).complete:
                done.wrong.append("the clean sync left something out")
            done.wrong += differences(self.reference, dump(clinic))
            again = sync(own, clinic)  # nobody has to say again who is the same
            if not again.complete or again.new or again.changed:
                done.wrong.append(f"one more sync: {again}")
            done.wrong += differences(self.reference, dump(clinic))
        shutil.rmtree(home)
        return done

    def _struck(self, blow: Blow, login: str, home: Path, done: Outcome) -> None:
        of = self.commits if blow.kind == "commit" else self.messages
        cut = Cut(1 + int(blow.share * of), blow.when, commits_only=blow.kind == "commit")
        if blow.kind in ("message", "answer"):
            cut.when = "before" if blow.kind == "message" else "after"
        elif blow.kind == "terminated":
            cut.blow = lambda: self._server.sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'"
            )
        elif blow.kind == "crashed":
            cut.blow = lambda: self._server.stop("immediate")
        if blow.kind == "killed":
            struck = self._kill(cut, login, home, done)
        else:
            struck = self._break(cut, login, home, done)  # it may go on by a new connection
        if blow.kind == "crashed" and struck:
            self._server.start()
        if struck:
            done.struck.append(blow.kind)

    def _break(self, cut: Cut, login: str, home: Path, done: Outcome) -> bool:
        with self._cable(home, cut) as (cable, host), self._laptop(home) as own:
            try:
                with open_clinic(self._url(login, host)) as clinic:
                    sync(own, clinic, same=[SAME])
            except StoreError as error:
                if not cable.was_cut.is_set():
                    done.wrong.append(f"a sync that nobody disturbed: {error.what}")
            return cable.was_cut.is_set()

    def _kill(self, cut: Cut, login: str, home: Path, done: Outcome) -> bool:
        started: Future[subprocess.Popen[str]] = Future()
        cut.blow = lambda: started.result().send_signal(signal.SIGKILL)
        with self._cable(home, cut) as (cable, host):
            with start_sync(home, self._url(login, host), "--same", SAME) as program:
                started.set_result(program)
                _, text = program.communicate(timeout=PROGRAM_TIMEOUT_S)
            expected = -signal.SIGKILL if cable.was_cut.is_set() else 0
            if program.returncode != expected:
                done.wrong.append(
                    f"evenstance sync ended with {program.returncode}: {text[-300:]}"
                )
            return cable.was_cut.is_set()

    def _fresh(self) -> tuple[str, Path]:
        """A clinic that knows somebody already, a login of it, and a laptop."""
        number = next(self._numbers)
        name = f"{self._tag}_{number}"
        self._owner.add_clinic(name)
        self._server.sql(f"CREATE ROLE {name} LOGIN")
        self._owner.grant(name, name, "measure")
        with open_clinic(self._server.url(name)) as clinic, clinic.rows(write=True) as db:
            at = datetime(2026, 1, 1, tzinfo=timezone.utc)
            db.add(AthleteRow(name=SAME, created_at=at, archived=False))
        home = self._folder / name
        home.mkdir()
        shutil.copy(self._folder / HISTORY, home / HISTORY)
        return name, home

    def _laptop(self, home: Path) -> Store:
        return open_store(home / HISTORY)

    @contextmanager
    def _cable(self, home: Path, cut: Cut | None) -> Generator[tuple[Cable, Path], None, None]:
        place = home / "cable"
        place.mkdir()
        cable = Cable(place, self._server.folder, cut)
        try:
            yield cable, place
        finally:
            cable.close()
            shutil.rmtree(place)

    def _url(self, login: str, host: Path) -> str:
        return self._server.url(login).replace(str(self._server.folder), str(host))


@contextmanager
def start_sync(home: Path, url: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`evenstance sync` of the laptop in that folder."""
    with subprocess.Popen(
        [sys.executable, "-m", "evenstance", "sync", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "EVENSTANCE_HOME": str(home), "EVENSTANCE_STORE": url},
    ) as program:
        try:
            yield program
        finally:
            with suppress(ProcessLookupError):
                program.kill()


def _trials_of_sessions(clinic: Store) -> dict[str, int]:
    with clinic.rows() as db:
        found = dict.fromkeys(db.scalars(select(SessionRow.id)), 0)
        for session in db.scalars(select(TrialRow.session_id)):
            if session is not None:
                found[session] += 1
    return found


def _halves(whole: dict[str, int], now: dict[str, int]) -> list[str]:
    """A session is in the clinic with all its trials, or with none of them."""
    return [f"session {s}: {n} of {whole[s]} trials" for s, n in now.items() if n != whole[s]]


__all__ = ["Bench", "Dump", "Outcome", "Point", "drawn"]

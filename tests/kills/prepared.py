"""What the tasks start from, made once: boards with trials, histories of earlier schemas."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from unittest.mock import patch

from boards import client_on, short_trials, switch_on, wait_for
from people import Scripted
from summaries import summary

from evenstance.flows.simulate import calibrate_with_masses
from evenstance.store import upgrade
from evenstance.store.database import open_store
from evenstance.store.records import NewTrial
from evenstance.virtual.loads import Masses, Timeline

MANY, FEW = 40, 3
OLD_TRIALS = 60
TRACE_BYTES = 9000
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
BOARD, JOURNAL = "0011223344556677", "a1b2c3d4e5f60718"


@dataclass(frozen=True)
class Prepared:
    """Files in a folder, to be copied."""

    folder: Path

    @property
    def calibrated(self) -> Path:
        """A board's flash without trials."""
        return self.folder / "calibrated.img"

    @property
    def few(self) -> Path:
        """The same with FEW trials that nobody has pulled."""
        return self.folder / "few.img"

    @property
    def many(self) -> Path:
        """The same with a journal of trials that takes several batches to pull."""
        return self.folder / "many.img"

    def history(self, revision: str) -> Path:
        """A history of that schema."""
        return self.folder / f"history-{revision}.sqlite3"


def prepare(folder: Path, many: int = MANY) -> Prepared:
    """Make what is not there yet."""
    prepared = Prepared(folder)
    if not prepared.many.exists():
        _make_boards(prepared, many)
    for number, revision in enumerate(upgrade.REVISIONS, 1):
        if not prepared.history(revision).exists():
            _make_history(prepared.history(revision), upgrade.REVISIONS[:number])
    return prepared


def _make_boards(prepared: Prepared, many: int) -> None:
    image = prepared.folder / "growing.img"
    image.unlink(missing_ok=True)
    masses = Masses()
    timeline = Timeline(masses)
    with switch_on(image, timeline) as board, client_on(board.port) as client:
        calibrate_with_masses(client, masses, board.broker)
        shutil.copy(image, prepared.calibrated)
        person = Scripted()
        person.plan(timeline.append(person), short_trials(many))
        for count, copy in ((FEW, prepared.few), (many, prepared.many)):
            wait_for(client, lambda status, n=count: status["next_seq"] > n)
            shutil.copy(image, copy)
    image.unlink()


def _make_history(path: Path, revisions: tuple[str, ...]) -> None:
    """As the version of those revisions left it: what both schemas know is copied over."""
    now, made = path.with_suffix(".now"), path.with_suffix(".made")
    rng = random.Random(1)
    with open_store(now) as store:
        anna = store.athlete("Anna")
        session = store.start_session(anna.id, BOARD, "standard", started_at=NOW)
        rows = [
            NewTrial(seq, summary(seq=seq), rng.randbytes(TRACE_BYTES), False, NOW, NOW)
            for seq in range(1, OLD_TRIALS + 1)
        ]
        store.save_trials(
            BOARD, JOURNAL, rows, purposes={seq: (session, anna.id, "scored") for seq in (1, 2)}
        )
        store.record_ack(BOARD, JOURNAL, OLD_TRIALS)
    with patch.object(upgrade, "REVISIONS", revisions):
        open_store(made).close()
    with closing(sqlite3.connect(made)) as raw, raw:
        raw.execute("ATTACH ? AS now", (str(now),))
        here = {name for (name,) in raw.execute("SELECT name FROM main.sqlite_master")}
        for table in ("athlete", "board", "session", "trial", "trace", "pull"):
            assert table in here
            columns = ", ".join(columns_of(raw, table))
            raw.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}")
    for rest in path.parent.glob(f"{now.name}*"):
        rest.unlink()
    made.rename(path)


def columns_of(raw: sqlite3.Connection, table: str) -> list[str]:
    """Names of the columns of a table."""
    return [row[1] for row in raw.execute(f"PRAGMA main.table_info({table})")]

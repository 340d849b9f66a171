"""A history of the second schema, with trials in it, opened by this version: nothing is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
from summaries import summary

from evenstance.store import upgrade
from evenstance.store.database import open_store
from evenstance.store.records import NewTrial, ResultOf

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
BOARD, JOURNAL = "0011223344556677", "a1b2c3d4e5f60718"


TABLES = ("athlete", "board", "session", "trial", "trace", "pull")


@pytest.fixture
def second_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history as an earlier version left it: one session with three trials, one with a trace."""
    now = tmp_path / "now.sqlite3"
    with open_store(now) as store:
        anna = store.athlete("Anna")
        session = store.start_session(anna.id, BOARD, "quick", started_at=NOW)
        rows = [
            NewTrial(seq, summary(seq=seq), b"raw" if seq == 2 else None, False, NOW, NOW)
            for seq in (1, 2, 3)
        ]
        purposes = {seq: (session, anna.id, "scored") for seq in (1, 2)}
        store.save_trials(BOARD, JOURNAL, rows, purposes=purposes)  # type: ignore[arg-type]
    path = tmp_path / "history.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "REVISIONS", ("0001", "0002"))
        open_store(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        assert "trial" in names and "result" not in names
        raw.execute("ATTACH ? AS now", (str(now),))
        for table in TABLES:
            columns = ", ".join(columns_of(raw, table))
            raw.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}")
    return path


def columns_of(raw: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in raw.execute(f"PRAGMA main.table_info({table})")]


def rows_of(path: Path, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1").fetchall()


def test_every_row_is_kept(second_schema: Path) -> None:
    with closing(sqlite3.connect(second_schema)) as raw:
        columns = {table: columns_of(raw, table) for table in TABLES}
    before = {table: rows_of(second_schema, table, columns[table]) for table in TABLES}
    assert len(before["trial"]) == 3
    with open_store(second_schema) as store:
        assert [trial.seq for trial in store.trials()] == [1, 2, 3]
        assert {trial.firmware for trial in store.trials()} == {None}
        assert len(store.sessions()) == 1
    copy = second_schema.with_name(f"{second_schema.name}.before-{upgrade.REVISIONS[-1]}")
    for path in (second_schema, copy):
        found = {table: rows_of(path, table, columns[table]) for table in TABLES}
        assert found == before


def test_what_the_new_schema_can_hold(second_schema: Path) -> None:
    result = ResultOf("m@1:00", "m", 1, "N", {"a": 1}, 2.5, None, 10, None)
    missing = ResultOf("k@1:00", "k", 1, "s", {}, None, "too_short", None, None)
    with open_store(second_schema) as store:
        trial = store.trials()[0]
        store.start_session(1, BOARD, "import", started_at=NOW)
        assert store.save_results({trial.id: [result, missing]}) == 2
        assert store.save_results({trial.id: [result, missing]}) == 0
        assert store.results([trial.id]) == {trial.id: [missing, result]}
    with closing(sqlite3.connect(second_schema)) as raw:
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        raw.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute("UPDATE session SET protocol_name = 'other'")
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute("UPDATE result SET missing = NULL WHERE missing IS NOT NULL")

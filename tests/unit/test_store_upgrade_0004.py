"""A history of the third schema, with screens and plans in it, opened by this version."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from summaries import summary

from evenstance.store import upgrade
from evenstance.store.database import open_store
from evenstance.store.records import NewTrial, ResultOf

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
BOARD, JOURNAL = "0011223344556677", "a1b2c3d4e5f60718"
TABLES = ("athlete", "board", "session", "trial", "method", "result", "pull", "screen", "plan")
NEW_TABLES = {"health_event", "clearance", "practice"}
STAMP = "2026-02-01 08:00:00.000000"
ANSWERS, VERDICT, BODY = {"chest": False}, {"step": 3}, {"kind": "plan", "weeks": [1, 2]}


@pytest.fixture
def third_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history as the version before left it: a session, a result, two screens, two plans."""
    now = tmp_path / "now.sqlite3"
    with open_store(now) as store:
        anna = store.athlete("Anna")
        session = store.start_session(anna.id, BOARD, "quick", started_at=NOW)
        rows = [NewTrial(seq, summary(seq=seq), None, False, NOW, NOW) for seq in (1, 2)]
        purposes = {seq: (session, anna.id, "scored") for seq in (1, 2)}
        store.save_trials(BOARD, JOURNAL, rows, purposes=purposes)  # type: ignore[arg-type]
        trial = store.trials()[0]
        store.save_results(
            {trial.id: [ResultOf("m@1:00", "m", 1, "N", {"a": 1}, 2.5, None, 10, None)]}
        )
    path = tmp_path / "history.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "REVISIONS", ("0001", "0002", "0003"))
        open_store(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        assert "result" in names
        assert not NEW_TABLES & names
        assert not {"asked", "kind", "started_on"} & {
            *columns_of(raw, "screen"),
            *columns_of(raw, "plan"),
        }
        raw.execute("ATTACH ? AS now", (str(now),))
        for table in TABLES:
            columns = ", ".join(columns_of(raw, table))
            raw.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}")
        for number, (day, state) in enumerate(
            (("2026-01-05", "clear"), ("2026-02-05", "restricted")), 1
        ):
            raw.execute(
                "INSERT INTO screen (id, athlete_id, answered_on, age_y, answers, state, "
                "created_at) VALUES (?, 1, ?, 41, ?, ?, ?)",
                (number, day, json.dumps(ANSWERS), state, STAMP),
            )
            raw.execute(
                "INSERT INTO plan (id, athlete_id, created_at, verdict, body) "
                "VALUES (?, 1, ?, ?, ?)",
                (number, STAMP, json.dumps(VERDICT), json.dumps({**BODY, "number": number})),
            )
    return path


def columns_of(raw: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in raw.execute(f"PRAGMA main.table_info({table})")]


def rows_of(path: Path, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2").fetchall()


def test_every_row_is_kept(third_schema: Path) -> None:
    with closing(sqlite3.connect(third_schema)) as raw:
        columns = {table: columns_of(raw, table) for table in TABLES}
    before = {table: rows_of(third_schema, table, columns[table]) for table in TABLES}
    assert all(before[table] for table in TABLES if table != "pull")
    open_store(third_schema).close()
    copy = third_schema.with_name(f"{third_schema.name}.before-{upgrade.REVISIONS[-1]}")
    for path in (third_schema, copy):
        found = {table: rows_of(path, table, columns[table]) for table in TABLES}
        assert found == before
    with closing(sqlite3.connect(copy)) as raw:  # the copy is as it was
        assert "asked" not in columns_of(raw, "screen")


def test_earlier_screens_are_full_ones_and_earlier_plans_were_not_begun(
    third_schema: Path,
) -> None:
    with open_store(third_schema) as store:
        screen = store.care.latest_screen(1)
        assert screen is not None
        assert (screen.id, screen.asked, screen.state) == (2, "start", "restricted")
        assert (screen.age_y, screen.answers) == (41, ANSWERS)
        assert store.care.latest_screen(1, "each") is None
        assert store.care.plans(1) == []
        plans = store.care.plans(1, started_only=False)
        assert [(one.id, one.kind) for one in plans] == [(1, "earlier"), (2, "earlier")]
        assert plans[1].body == {**BODY, "number": 2}
        assert plans[1].verdict == VERDICT
        for one in plans:
            assert (one.started_on, one.ended_on, one.ended_why) == (None, None, None)


def test_what_the_new_schema_can_hold(third_schema: Path) -> None:
    day = date(2026, 3, 2)
    with open_store(third_schema) as store:
        store.care.save_event(1, kind="fall", happened_on=day)
        store.care.save_clearance(
            1,
            answer_id="msk",
            given_on=day,
            given_by="physiotherapist",
            allowed="practice with a hand",
            expires_on=date(2027, 3, 2),
        )
        plan = store.care.save_plan(
            1, verdict=VERDICT, body=BODY, kind="balance_block", started_on=day
        )
        store.care.save_practice(plan, day=day, state="done", stage=1)
        store.care.save_practice(2, day=day, state="missed", stage=1)  # of an earlier plan, too
        store.start_session(1, BOARD, "practice", started_at=NOW)
        assert [one.id for one in store.care.plans(1)] == [plan]
    with closing(sqlite3.connect(third_schema)) as raw:
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        raw.execute("PRAGMA foreign_keys = ON")
        for refused in (
            "UPDATE practice SET state = 'perhaps'",
            "UPDATE practice SET plan_id = 99",
            "UPDATE clearance SET given_by = NULL",
            "UPDATE health_event SET athlete_id = 99",
            "UPDATE session SET protocol_name = 'other'",
            # What the upgrade filled in has to be said by everybody who writes now.
            "INSERT INTO screen (athlete_id, answered_on, age_y, answers, state, created_at) "
            f"VALUES (1, '2026-03-02', 41, '{{}}', 'clear', '{STAMP}')",
            "INSERT INTO plan (athlete_id, created_at, verdict, body) "
            f"VALUES (1, '{STAMP}', '{{}}', '{{}}')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(refused)


def test_opening_twice_changes_nothing_more(third_schema: Path) -> None:
    open_store(third_schema).close()
    with closing(sqlite3.connect(third_schema)) as raw:
        first = "\n".join(raw.iterdump())
    open_store(third_schema).close()
    with closing(sqlite3.connect(third_schema)) as raw:
        assert "\n".join(raw.iterdump()) == first
    assert len(list(third_schema.parent.glob("history.sqlite3.before-*"))) == 1

"""Opening the history: creation, privacy, upgrades, and the files it refuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from evenstance.errors import StoreError
from evenstance.store import upgrade
from evenstance.store.database import attach, open_store
from evenstance.store.engine import make_engine
from evenstance.store.faults import translated
from evenstance.store.location import data_folder, store_path
from evenstance.store.records import ZeroCheck
from evenstance.store.schema import Base

LATEST = upgrade.REVISIONS[-1]
NEXT = "9001"
NEXT_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{LATEST}"


def upgrade():
    with op.batch_alter_table("athlete", recreate="always") as table:
        table.add_column(sa.Column("height_m", sa.Double()))
    {{more}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "history.sqlite3"


@pytest.fixture
def used(path: Path) -> Path:
    """A history with one person and a screen that points to them."""
    with open_store(path) as store:
        anna = store.athlete("Anna")
        store.care.save_screen(
            anna.id, answered_on=anna.created_at.date(), age_y=30, answers={}, state="clear"
        )
    return path


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A version of the program that knows one revision more."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_next.py").write_text(NEXT_REVISION.format(more="pass"))
    monkeypatch.setattr(upgrade, "MIGRATIONS", folder)
    monkeypatch.setattr(upgrade, "REVISIONS", (*upgrade.REVISIONS, NEXT))
    yield folder


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(sql).fetchall()


def test_location_follows_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "mine"))
    assert store_path() == tmp_path / "mine" / "history.sqlite3"
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", value)
    assert data_folder().is_absolute()
    assert data_folder().name == "evenstance"


def test_the_file_and_its_folder_are_private(path: Path) -> None:
    with open_store(path) as store:
        store.athlete("Anna")
        files = list(path.parent.iterdir())
        assert {file.name for file in files} >= {"history.sqlite3", "history.sqlite3-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_connections_are_durable_and_check_foreign_keys(path: Path) -> None:
    open_store(path).close()
    engine = make_engine(path, busy_timeout_ms=1234)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        }
    engine.dispose()
    full = 2
    assert found == {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": full,
        "busy_timeout": 1234,
    }


def test_a_new_file_gets_the_schema_of_the_classes(path: Path) -> None:
    open_store(path).close()
    engine = make_engine(path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == upgrade.REVISIONS[-1]
        assert compare_metadata(context, Base.metadata) == []
    created = {
        name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type='table'")
    }
    assert created == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()


def test_checks_of_the_classes_are_in_the_file(path: Path) -> None:
    open_store(path).close()
    stored = " ".join(str(sql) for (sql,) in query(path, "SELECT sql FROM sqlite_master"))
    names = [
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
    ]
    assert len(names) > len(Base.metadata.tables)
    assert [name for name in names if name not in stored] == []


def test_the_known_revisions_are_those_of_the_folder() -> None:
    script = ScriptDirectory(str(upgrade.MIGRATIONS))
    found = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(found)) == upgrade.REVISIONS


def test_opening_a_current_file_changes_nothing_and_needs_no_alembic(used: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from evenstance.store.database import open_store\n"
        "with open_store(Path(sys.argv[1])) as store: names = [a.name for a in store.athletes()]\n"
        "assert names == ['Anna'], names\n"
        "assert 'alembic' not in sys.modules and 'sqlalchemy' in sys.modules"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(used)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.name for file in used.parent.iterdir()] == ["history.sqlite3"]


def test_records_load_without_the_database_library() -> None:
    code = "import sys, evenstance.store.records; assert 'sqlalchemy' not in sys.modules"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with open_store(path) as store:
        assert store.athletes() == []
    assert [file.name for file in path.parent.iterdir()] == ["history.sqlite3"]


def test_an_older_history_is_copied_then_upgraded(used: Path, next_revision: Path) -> None:
    with open_store(used) as store:
        assert [athlete.name for athlete in store.athletes()] == ["Anna"]
        assert store.care.latest_screen(1) is not None
    assert query(used, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    assert query(used, "SELECT name, height_m FROM athlete") == [("Anna", None)]
    copy = used.with_name(f"history.sqlite3.before-{NEXT}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert query(copy, "SELECT version_num FROM alembic_version") == [(LATEST,)]
    assert query(copy, "SELECT name FROM athlete") == [("Anna",)]
    assert not copy.with_name(f"{copy.name}.partial").exists()


def test_a_history_of_the_first_schema_keeps_its_sessions(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        first.setattr(upgrade, "REVISIONS", ("0001",))
        open_store(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(
            "INSERT INTO session (id, protocol_name, started_at, utc_offset_minutes,"
            " familiarisation, note, zero_shift_left_n, zero_shift_right_n, host_version)"
            " VALUES ('a', 'quick', '2025-03-01 10:00:00', 60, 1, 'tired', 0.5, -0.25, '0')"
        )
    with open_store(path) as store:
        (session,) = store.sessions()
        assert (session.note, session.zero_shift_left_n) == ("tired", 0.5)
        assert session.zero_checks == ()
        checks = [ZeroCheck("after a block", 0.5, -0.25, None), ZeroCheck("end", None, None, "no")]
        store.end_session("a", ended_at=session.started_at, zero_checks=checks)
        assert store.sessions()[0].zero_checks == tuple(checks)
        store.end_session("a", ended_at=session.started_at)
        assert store.sessions()[0].zero_checks == tuple(checks), "None leaves what was stored"
    assert query(path, "SELECT version_num FROM alembic_version") == [(LATEST,)]
    copy = path.with_name(f"history.sqlite3.before-{LATEST}")
    assert query(copy, "SELECT note FROM session") == [("tired",)]


@pytest.mark.parametrize(
    "more",
    ["op.execute('INSERT INTO nowhere VALUES (1)')", "op.execute('DELETE FROM athlete')"],
    ids=["statement fails", "reference broken"],
)
def test_a_failed_upgrade_changes_nothing(used: Path, next_revision: Path, more: str) -> None:
    revision = next_revision / "versions" / f"{NEXT}_next.py"
    revision.write_text(NEXT_REVISION.format(more=more))
    with pytest.raises(StoreError) as caught:
        open_store(used)
    assert "Nothing was changed" in caught.value.next_step
    assert query(used, "SELECT version_num FROM alembic_version") == [(LATEST,)]
    assert "height_m" not in str(query(used, "SELECT sql FROM sqlite_master"))
    assert query(used, "SELECT name FROM athlete") == [("Anna",)]


def test_a_copy_of_an_upgraded_file_does_not_replace_the_earlier_copy(used: Path) -> None:
    earlier = used.with_name("history.sqlite3.before-0001")
    earlier.write_bytes(b"the copy another process made")
    assert upgrade.copy_before(used, "0000", "0001") == earlier
    assert earlier.read_bytes() == b"the copy another process made"


def test_a_newer_schema_is_refused_and_left_alone(used: Path) -> None:
    with closing(sqlite3.connect(used)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = used.read_bytes()
    with pytest.raises(StoreError, match="newer Evenstance") as caught:
        open_store(used)
    assert "9999" in caught.value.cause
    assert "Upgrade Evenstance" in caught.value.next_step
    assert used.read_bytes() == before


def test_another_programs_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="not a history of Evenstance"):
        open_store(path)
    assert query(path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_file_that_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 300)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(path)
    assert caught.value.next_step
    assert path.read_bytes() == b"not a database at all" * 300


def test_damage_inside_the_file_is_reported_when_it_is_met(used: Path) -> None:
    content = bytearray(used.read_bytes())
    [(page_size,)] = query(used, "PRAGMA page_size")
    [(root,)] = query(used, "SELECT rootpage FROM sqlite_master WHERE name = 'athlete'")
    assert isinstance(page_size, int)
    assert isinstance(root, int)
    content[(root - 1) * page_size : root * page_size] = b"\xa5" * page_size
    used.write_bytes(content)
    with open_store(used) as store, pytest.raises(StoreError, match="damaged"):
        store.athletes()


def test_damage_stops_an_upgrade(used: Path, next_revision: Path) -> None:
    content = bytearray(used.read_bytes())
    [(page_size,)] = query(used, "PRAGMA page_size")
    assert isinstance(page_size, int)
    used.write_bytes(content[: -2 * page_size])
    with pytest.raises(StoreError, match="damaged"):
        open_store(used)
    assert not used.with_name(f"history.sqlite3.before-{NEXT}").exists()


def test_a_history_that_can_only_be_read_is_refused(used: Path) -> None:
    with pytest.raises(StoreError, match="can only be read") as caught, translated(used):
        attach(make_engine(used, mode="ro"), used)
    assert "EVENSTANCE_HOME" in caught.value.next_step


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any folder")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be kept"):
        open_store(closed / "history.sqlite3")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreError, match="cannot be kept") as caught:
        open_store(tmp_path / "home" / "history.sqlite3")
    assert "EVENSTANCE_HOME" in caught.value.next_step


def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be kept"):
        open_store(path)


def test_a_locked_history_is_refused_and_works_again_afterwards(used: Path) -> None:
    with closing(sqlite3.connect(used, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another program") as caught:
            open_store(used, busy_timeout_ms=10)
        assert "try again" in caught.value.next_step
        other.execute("ROLLBACK")
    with open_store(used, busy_timeout_ms=10) as store:
        assert len(store.athletes()) == 1


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    path = tmp_path / "50 % of Ünal's?mode=ro#x" / "history.sqlite3"
    with open_store(path) as store:
        store.athlete("Ünal")
    assert query(path, "SELECT name FROM athlete") == [("Ünal",)]

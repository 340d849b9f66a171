"""Backups: of one moment while the history is in use, verified, private; and what is no backup."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import tempfile
from contextlib import closing
from datetime import date, datetime, timezone
from functools import cache
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import BOARD, JOURNAL, add_session
from other_user import given_to_nobody, not_root
from report_history import add_traced

from evenstance import cli
from evenstance.errors import InputError, StoreError
from evenstance.flows.backup import make_backup
from evenstance.store import backup_file, upgrade
from evenstance.store.backup_file import verify_backup
from evenstance.store.database import open_store

NOW = datetime(2026, 11, 3, 8, 0, tzinfo=timezone.utc)
DAY = date(2026, 11, 2)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return a_history(tmp_path / "home")


def a_history(home: Path) -> Path:
    """Two people, one of them with holds and traces."""
    path = empty_history(home / "history.sqlite3")
    with open_store(path) as store:
        anna = store.athlete("Anna")
        store.athlete("Ben")
        add_traced(store, anna.id, DAY, holds=2)
    return path


@cache
def _backed_up() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.sqlite3"
        make_backup(a_history(Path(folder)), path, NOW)
        return path.read_bytes()


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "backup.sqlite3"
    path.write_bytes(_backed_up())
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


def test_a_backup_holds_everything_and_is_one_private_file(history: Path, tmp_path: Path) -> None:
    folder = tmp_path / "else"
    folder.mkdir()
    found = make_backup(history, folder / "b.sqlite3", NOW)
    assert dict(found.rows) == {
        "athlete": 2,
        "board": 1,
        "session": 1,
        "trial": 4,
        "trace": 4,
        "result": 0,
        "plan": 0,
    }
    assert (found.made_at, found.older) == (NOW, False)
    assert [file.name for file in folder.iterdir()] == ["b.sqlite3"]
    assert stat.S_IMODE((folder / "b.sqlite3").stat().st_mode) == 0o600
    assert verify_backup(folder / "b.sqlite3") == found
    assert [file.name for file in folder.iterdir()] == ["b.sqlite3"], "verifying made nothing"


def test_a_backup_is_of_one_moment_while_somebody_writes(history: Path, tmp_path: Path) -> None:
    with open_store(history) as store:
        add_session(store, 2, DAY)  # still in the log
        with closing(sqlite3.connect(history, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("INSERT INTO athlete VALUES (9, 'Half', NULL, '2026-01-01', 0)")
            found = make_backup(history, tmp_path / "b.sqlite3", NOW)
            writer.execute("COMMIT")
        assert len(store.athletes()) == 3
    assert (found.rows["athlete"], found.rows["session"], found.rows["trial"]) == (2, 2, 10)


def test_nothing_is_replaced_without_force(history: Path, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        make_backup(history, backup, NOW)
    assert backup.read_bytes() == before
    with open_store(history) as store:
        store.athlete("Cleo")
    assert make_backup(history, backup, NOW, force=True).rows["athlete"] == 3


def test_the_history_itself_and_a_link_are_no_place(history: Path, tmp_path: Path) -> None:
    before = history.read_bytes()
    link = tmp_path / "link.sqlite3"
    link.symlink_to(history)
    dangling = tmp_path / "dangling.sqlite3"
    dangling.symlink_to(tmp_path / "elsewhere")
    for place in (history, link, history.parent / ".." / "home" / "history.sqlite3", dangling):
        with pytest.raises(InputError):
            make_backup(history, place, NOW, force=True)
    assert history.read_bytes() == before
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_history_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no history"):
        make_backup(tmp_path / "none.sqlite3", tmp_path / "b.sqlite3", NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_history_gives_no_backup(history: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(history)) as raw:
        [(root,)] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'athlete'")
    content = bytearray(history.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    history.write_bytes(content)
    with pytest.raises(StoreError, match="damaged") as caught:
        make_backup(history, tmp_path / "b.sqlite3", NOW)
    assert caught.value.anchor == "the-history-is-damaged"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home"]


def test_a_folder_that_cannot_be_written(history: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    given_to_nobody(history)
    with not_root(), pytest.raises(InputError, match="cannot be written"):
        make_backup(history, closed / "b.sqlite3", NOW)
    assert list(closed.iterdir()) == []


def test_a_flipped_bit_in_a_trace_is_found(backup: Path) -> None:
    """SQLite's own check sees none of it."""
    with closing(sqlite3.connect(backup)) as raw:
        (data,) = raw.execute("SELECT data FROM trace WHERE trial_id = 1").fetchone()
    content = bytearray(backup.read_bytes())
    at = content.find(data[200:400])
    assert at > 0
    content[at] ^= 1
    backup.write_bytes(content)
    with closing(sqlite3.connect(backup)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with pytest.raises(InputError, match="damaged") as caught:
        verify_backup(backup)
    assert "not those that were backed up" in caught.value.cause


def test_a_name_of_a_table_that_is_no_text_is_damage(backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    at = content.find(b"CREATE TABLE athlete")
    assert at > 0
    content[at + len("CREATE TABLE ")] = 0xBC
    backup.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        verify_backup(backup)


def test_a_file_cut_anywhere_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()
    for size in (0, 1, 99, 100, 512, 4095, 4096, len(whole) // 2, len(whole) - 1):
        backup.write_bytes(whole[:size])
        with pytest.raises(InputError):
            verify_backup(backup)
    backup.write_bytes(whole + b"\x00" * 4096)
    with pytest.raises(InputError):
        verify_backup(backup)


UNSEAL = f"DROP TABLE {backup_file.SEAL}"
NO_NUMBER = "DROP TABLE alembic_version"
ANOTHER = "UPDATE alembic_version SET version_num = "
OTHER_STRUCTURE = [
    ["CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM trial; END"],
    ["CREATE VIEW v AS SELECT 1"],
    ["CREATE TABLE more (x)"],
    ["CREATE VIRTUAL TABLE v USING fts5(x)"],
    ["CREATE INDEX i ON trial (abs(seq))"],
    ["ALTER TABLE athlete ADD COLUMN x BLOB GENERATED ALWAYS AS (zeroblob(9)) VIRTUAL"],
    ["DROP TABLE practice"],
    ["DROP INDEX ix_trial_athlete_id"],
    [NO_NUMBER],
    [NO_NUMBER, "CREATE VIEW alembic_version AS SELECT '0004' AS version_num"],
    ["INSERT INTO alembic_version VALUES ('0003')"],
    [ANOTHER + "x'00'"],
    [ANOTHER + "'0003'"],
    [UNSEAL, f"CREATE VIEW {backup_file.SEAL} AS SELECT 1"],
]
OTHER_VALUES = [
    ["UPDATE athlete SET name = 'Eve' WHERE id = 1"],
    [f"DELETE FROM {backup_file.SEAL}"],
    [UNSEAL, "UPDATE session SET started_at = 'yesterday'"],
    [UNSEAL, "UPDATE session SET zero_checks = '[1]'"],
    [UNSEAL, "UPDATE session SET zero_checks = '" + "[" * 100_000 + "'"],
    [UNSEAL, "UPDATE trial SET summary = x'00ff'"],
    [UNSEAL, "UPDATE trial SET force_sd_n = 9e999"],
    [UNSEAL, "UPDATE trial SET seq = 'one' WHERE id = 1"],
    [UNSEAL, "UPDATE athlete SET name = CAST(x'ff' AS TEXT) WHERE id = 1"],
    [UNSEAL, "DELETE FROM athlete WHERE id = 1"],
]
TAMPERED = [
    ([ANOTHER + "'9999'"], "newer"),
    *((statements, "not a history") for statements in OTHER_STRUCTURE),
    *((statements, "damaged") for statements in OTHER_VALUES),
]


@pytest.mark.parametrize(("statements", "says"), TAMPERED)
def test_a_file_that_was_tampered_with_is_refused(
    backup: Path, statements: list[str], says: str
) -> None:
    change(backup, *statements)
    with pytest.raises(InputError, match=says) as caught:
        verify_backup(backup)
    assert caught.value.cause and caught.value.next_step and caught.value.anchor


def test_a_check_that_was_taken_out_is_seen(history: Path) -> None:
    with closing(sqlite3.connect(history, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("UPDATE sqlite_master SET sql = replace(sql, 'ck_trial_assigned', 'xx')")
    with pytest.raises(InputError, match="not a history"):
        verify_backup(history)


def test_files_that_are_no_backup(tmp_path: Path, backup: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"SQLite format 3\x00" + b"\x10\x00" + b"a" * 5000)
    folder, pipe, link = tmp_path / "folder", tmp_path / "pipe", tmp_path / "link"
    folder.mkdir()
    os.mkfifo(pipe)
    link.symlink_to(backup)
    for path in (text, folder, pipe, link, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(InputError) as caught:
            verify_backup(path)
        assert caught.value.anchor == backup_file.ANCHOR


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path, backup: Path) -> None:
    huge = tmp_path / "huge.sqlite3"
    huge.write_bytes(backup.read_bytes())
    os.truncate(huge, backup_file.MOST_BYTES + 4096)  # sparse: takes no room
    with pytest.raises(InputError, match="too large"):
        verify_backup(huge)


def test_a_copy_that_is_in_use_is_refused(history: Path) -> None:
    with open_store(history) as store:
        store.athlete("Late")
        with pytest.raises(InputError, match="not closed"):
            verify_backup(history)
    assert verify_backup(history).rows["athlete"] == 3, "closed, it is whole"


def test_every_earlier_schema_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, revision in enumerate(upgrade.REVISIONS, 1):
        path = tmp_path / f"{revision}.sqlite3"
        with monkeypatch.context() as earlier:
            earlier.setattr(upgrade, "REVISIONS", upgrade.REVISIONS[:number])
            open_store(path).close()
        found = verify_backup(path)
        assert (found.revision, found.older) == (revision, revision != upgrade.REVISIONS[-1])
        assert found.made_at is None


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = cli.run(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_commands(
    history: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(history.parent))
    code, out, err = run(["backup", "--json"], capsys)
    made = json.loads(out)
    assert (code, made["rows"]["people"], made["schema"]) == (0, 2, upgrade.REVISIONS[-1])
    file = Path(made["file"])
    assert file.parent == history.parent / "backups"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    code, out, err = run(["restore", str(file), "--verify"], capsys)
    assert (code, err) == (0, "") and "can be restored" in out and made["sha256_of_values"] in out
    with open_store(history) as store:
        store.athlete("Later")
    code, out, err = run(["restore", str(file), "--json"], capsys)
    assert code == 0 and "verifying" in err
    kept = Path(json.loads(out)["kept"])
    with open_store(history) as store, open_store(kept) as old:
        assert [a.name for a in store.athletes()] == ["Anna", "Ben"]
        assert [a.name for a in old.athletes()] == ["Anna", "Ben", "Later"]
        assert store.stored_seqs(BOARD, JOURNAL) == old.stored_seqs(BOARD, JOURNAL)
    bad = tmp_path / "x\x1b[31m.txt"
    bad.write_text("x")
    code, out, err = run(["restore", str(bad)], capsys)
    assert (code, out) == (InputError.exit_code, "") and "\x1b" not in err
    assert "troubleshooting.md#a-backup-cannot-be-used" in err

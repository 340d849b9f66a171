"""A person is forgotten: every row, free page, log and copy; files are named; it is proven."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session
from other_user import NOBODY, given_to_nobody, not_root
from summaries import summary

from evenstance import cli
from evenstance.errors import InputError
from evenstance.flows.backup import default_place, make_backup
from evenstance.flows.forget import Forgotten, forget, known
from evenstance.store import erasing, upgrade
from evenstance.store.backup_file import verify_backup
from evenstance.store.database import open_store
from evenstance.store.name_scan import files_with, places, plain_files
from evenstance.store.records import NewTrial, ResultOf
from evenstance.store.repository import Store
from evenstance.store.schema import Base
from evenstance.store.written_files import WrittenFile

NAME, SECRET = "Zoë Quillfeather", "wobbly-zebra"
BOARD, JOURNAL = "0011223344556677", "a1b2c3d4e5f60718"
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)


def everything(store: Store, name: str, secret: str, first_seq: int) -> int:
    """A person with rows of every kind, their secret in each place that takes a text."""
    person = store.athlete(name).id
    add_session(store, person, FIRST)
    session = store.start_session(person, BOARD, "quick", started_at=NOW, note=secret)
    rows = [
        NewTrial(
            seq,
            summary(seq=seq),
            secret.encode() * 40,
            True,
            NOW,
            NOW,
            (ResultOf("m@1:00", "m", 1, "N", {}, 1.5, None, 10, None),),
        )
        for seq in (first_seq, first_seq + 1)
    ]
    store.save_trials(
        BOARD,
        JOURNAL,
        rows,
        purposes={row.seq: (session, person, "scored") for row in rows},
    )
    care = store.care
    care.save_screen(person, answered_on=FIRST, age_y=40, answers={"n": secret}, state="clear")
    care.save_event(person, kind="fall", happened_on=FIRST, note=secret)
    care.save_clearance(
        person, answer_id="x", given_on=FIRST, given_by=secret, allowed="all", expires_on=FIRST
    )
    plan = care.save_plan(person, verdict={}, body={"of": secret}, kind="practice")
    care.save_practice(
        plan, day=FIRST, state="done", stage=1, detail={"of": secret}, reason=secret
    )
    file = store.path.parent / f"of-{first_seq}.html"
    file.write_text(secret)
    store.files.note("report", [file], [person])
    return person


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("EVENSTANCE_HOME", str(folder))
    shutil.copytree(two_people(), folder)
    path = folder / "history.sqlite3"
    with closing(sqlite3.connect(path)) as raw, raw:
        made, here = str(two_people()), str(folder)
        raw.execute("UPDATE written_file SET path = replace(path, ?, ?)", (made, here))
    return path


@cache
def two_people() -> Path:
    """The folder of a history that every test gets a copy of."""
    folder = Path(tempfile.mkdtemp(prefix="forget-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open_store(empty_history(folder / "history.sqlite3")) as store:
        everything(store, NAME, SECRET, 1)
        everything(store, "Ben", "left-alone", 11)
    return folder


def forgotten(path: Path, name: str = NAME, *, delete_files: bool = False) -> Forgotten:
    with open_store(path) as store:
        return forget(store, known(store, name), delete_files=delete_files)


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as raw:
        return {
            table: raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in Base.metadata.tables
        }


def test_every_table_that_can_hold_a_person_is_emptied(history: Path) -> None:
    nobodys = {"board", "pull", "method", "calibration", "forgotten_trial"}
    before = rows(history)
    assert all(n for table, n in before.items() if table not in nobodys), before
    done = forgotten(history)
    assert done.erased.history["trace"] == 2
    assert done.erased.history["written_file"] == 1
    forgotten(history, "Ben")
    after = rows(history)
    assert {table for table, n in after.items() if n} <= nobodys
    assert {table: after[table] for table in ("board", "pull", "method")} == {
        table: before[table] for table in ("board", "pull", "method")
    }


def test_no_byte_of_it_is_left_and_nobody_else_loses_any(history: Path) -> None:
    with open_store(history) as store:
        ben = store.athlete("Ben", create=False).id
        before = [asdict(trial) for trial in store.trials(athlete=ben)]
        done = forget(store, known(store, NAME))
        assert [asdict(trial) for trial in store.trials(athlete=ben)] == before
        assert len(before) > 2
        with pytest.raises(InputError):
            store.athlete(NAME, create=False)
    assert done.proven and not done.elsewhere
    for path in plain_files(history):
        if path.name.startswith("history"):
            content = path.read_bytes()
            assert SECRET.encode() not in content, path
            assert NAME.encode() not in content, path
    assert b"left-alone" in history.read_bytes()
    with closing(sqlite3.connect(history)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def test_free_pages_from_before_are_cleaned(history: Path) -> None:
    """A note that was replaced long ago leaves its words in the file: they are gone as well."""
    words = "an-earlier-spelling " * 400
    with closing(sqlite3.connect(history)) as raw, raw:
        raw.execute("PRAGMA secure_delete = OFF")
        raw.execute("UPDATE session SET note = ?", (words,))
        raw.commit()
        raw.execute("UPDATE session SET note = ''")
    with closing(sqlite3.connect(history)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"an-earlier-spelling" in history.read_bytes()
    forgotten(history)
    assert b"an-earlier-spelling" not in history.read_bytes()


def test_the_scan_sees_what_is_left(history: Path, tmp_path: Path) -> None:
    assert list(files_with(NAME, plain_files(history))) == [history]
    for text in (NAME.upper(), NAME.lower(), "Zoe\u0308 Quillfeather", json.dumps(NAME)):
        path = tmp_path / "left"
        path.write_bytes(bytes((1 << 20) - 5) + text.encode() + b"x" * 100)  # across two parts
        assert files_with(NAME, [path]) == {path: 1}, text
    path.write_bytes(b"Zoe Quillfeather")
    assert files_with(NAME, [path]) == {}


def test_a_file_that_still_has_the_name_is_no_proof(history: Path) -> None:
    stray = history.with_name("stray.txt")
    stray.write_text(f"seen today: {NAME}", encoding="utf-8")
    done = forgotten(history)
    assert not done.proven
    assert done.unproven == (stray,)
    stray.unlink()
    with open_store(history) as store, pytest.raises(InputError, match="nobody called"):
        known(store, NAME)


def test_a_name_in_somebody_elses_note_is_told(history: Path) -> None:
    with open_store(history) as store:
        ben = store.athlete("Ben", create=False).id
        session = store.sessions(ben)[0].id
        store.amend.note(session, f"after {NAME}, not {NAME}son", on=FIRST)
    done = forgotten(history)
    assert done.proven
    assert [(p.table, p.column, p.key, p.word) for p in done.elsewhere] == [
        ("session", "note", session, True)
    ]


def test_a_copy_from_before_an_upgrade_is_served_too(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy knows the person under an earlier name, and one merged into them later."""
    with open_store(history) as store:
        merged = store.athlete("Oldname Two").id
        everything(store, "Oldname Two", SECRET, 21)
    copy = history.with_name("history.sqlite3.before-0005")
    shutil.copy(history, copy)
    with closing(sqlite3.connect(copy)) as raw, raw:  # as the fourth schema had it
        raw.execute("UPDATE athlete SET name = 'Oldname One' WHERE name = ?", (NAME,))
        raw.execute("DROP TABLE written_file")
        raw.execute("DROP TABLE forgotten_trial")
        raw.execute("UPDATE alembic_version SET version_num = '0004'")
    with open_store(history) as store:
        zoe = store.athlete(NAME, create=False).id
        store.roster.merge(merged, zoe, on=FIRST)
    done = forgotten(history)
    assert done.proven
    assert done.erased.copies[copy]["athlete"] == 2
    content = copy.read_bytes()
    assert SECRET.encode() not in content and b"Oldname" not in content
    assert b"left-alone" in content
    assert upgrade.REVISIONS[-1] == "0005"
    open_store(copy).close()  # and it is a history still


def test_a_backup_is_served_too_and_sealed_anew(history: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    backup = default_place(history, now)
    make_backup(history, backup, now)
    assert files_with(NAME, [backup])
    done = forgotten(history)
    assert done.proven
    assert done.erased.copies[backup]["athlete"] == 1
    assert not files_with(NAME, [backup])
    found = verify_backup(backup)
    assert (found.made_at, found.rows["athlete"]) == (now, 1)


def test_a_backup_that_cannot_be_changed_is_named(history: Path) -> None:
    backup = default_place(history, NOW)
    make_backup(history, backup, NOW)
    given_to_nobody(history)
    if os.geteuid() == 0:
        for one in history.parent.rglob("*"):
            os.chown(one, NOBODY, -1)
    backup.chmod(0o400)
    with not_root():
        done = forgotten(history)
    assert list(done.erased.failed) == [backup]
    assert not done.proven and verify_backup(backup).rows["athlete"] == 2


def test_a_copy_that_cannot_be_changed_is_named(history: Path) -> None:
    copy = history.with_name("history.sqlite3.before-0004")
    copy.write_bytes(history.read_bytes()[:5000])
    done = forgotten(history)
    assert list(done.erased.failed) == [copy]
    assert not done.proven


def test_the_numbers_are_kept_for_the_board_and_nothing_else(history: Path) -> None:
    done = forgotten(history)
    assert done.waiting[BOARD] == 2
    with open_store(history) as store:
        assert store.forgotten.of(BOARD, JOURNAL) == [1, 2]
        stored = store.stored_seqs(BOARD, JOURNAL)
        assert sorted(stored) == [1, 2, 11, 12]
        store.forgotten.erased(BOARD, JOURNAL, 1)
        assert store.forgotten.of(BOARD, JOURNAL) == [2]
        assert sorted(store.stored_seqs(BOARD, JOURNAL)) == [1, 2, 11, 12]


def test_the_trial_of_a_recording_is_no_boards(history: Path) -> None:
    with open_store(history) as store:
        person = store.athlete("Imported").id
        session = store.start_session(person, "import", "import", started_at=NOW)
        rows = [NewTrial(1, summary(seq=1), None, False, NOW, NOW)]
        store.save_trials("import", "file", rows, purposes={1: (session, person, "scored")})
    forgotten(history, "Imported")
    with open_store(history) as store:
        assert store.stored_seqs("import", "file") == {}


def test_files_are_named_and_deleted_only_unchanged_and_unshared(
    history: Path, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("same", "edited", "gone", "shared", "link")}
    for path in files.values():
        path.write_text("content")
    with open_store(history) as store:
        zoe, ben = (store.athlete(name, create=False).id for name in (NAME, "Ben"))
        for name, path in files.items():
            store.files.note("export", [path], [zoe, ben] if name == "shared" else [zoe])
        files["edited"].write_text("another content")
        files["gone"].unlink()
        files["link"].unlink()
        files["link"].symlink_to(files["same"])
        done = forget(store, known(store, NAME), delete_files=True)
    assert set(done.deleted) == {files["same"], history.parent / "of-1.html"}
    assert not files["same"].exists()
    why = {file.path: reason for file, reason in done.left}
    assert why == {
        files["edited"]: "changed",
        files["shared"]: "tells of other people, too",
        files["link"]: "changed",
    }
    assert files["edited"].exists() and files["shared"].exists()


def test_without_being_asked_no_file_is_deleted(history: Path) -> None:
    done = forgotten(history)
    file = history.parent / "of-1.html"
    assert (done.deleted, [one.path for one, _ in done.left]) == ([], [file])
    assert file.exists()


def test_a_file_written_anew_belongs_to_whom_it_tells_of(history: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("x")
    with open_store(history) as store:
        zoe, ben = (store.athlete(name, create=False).id for name in (NAME, "Ben"))
        store.files.note("report", [path], [zoe])
        store.files.note("report", [path], [ben])
        assert path not in [file.path for file in store.files.of(zoe)]
        assert store.files.of(ben)[-1] == WrittenFile(
            "report", path, store.files.of(ben)[-1].sha256, False
        )


def test_a_second_reader_is_told_and_the_run_can_be_repeated(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(history)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM trial").fetchone()  # holds the log open
        with open_store(history, busy_timeout_ms=100) as store:
            done = forget(store, known(store, NAME))
    assert not done.proven
    assert history in done.erased.failed
    again = forgotten(history) if files_with(NAME, plain_files(history)) else None
    assert again is None or again.proven
    assert files_with(NAME, plain_files(history)) == {}


def test_the_command_asks_tells_and_proves(
    history: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(history)
    with monkeypatch.context() as at_a_terminal:
        at_a_terminal.setattr("evenstance.commands.athlete_forget.interactive", lambda: True)
        at_a_terminal.setattr("sys.stdin", io.StringIO("n\n"))
        assert cli.run(["athlete", "forget", NAME]) == 2
    said = capsys.readouterr().err
    assert "Remove it all" in said and "\nNext:  Run it again" in said
    assert cli.run(["athlete", "forget", NAME]) == 2
    said = capsys.readouterr().err
    assert "--yes" in said and "1 plan(s)" in said
    assert cli.run(["athlete", "forget", "Nobody", "--yes"]) == 3
    assert rows(history) == before
    capsys.readouterr()
    assert cli.run(["athlete", "forget", NAME.upper(), "--yes"]) == 0
    said = capsys.readouterr().out
    assert "byte by byte: nothing." in said
    assert f"Board {BOARD} has 2 trial(s) to remove" in said
    assert "of-1.html" in said
    assert cli.run(["athlete", "forget", "Ben", "--yes", "--json", "--delete-exports"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["proven"] is True and told["removed"]["athlete"] == 1
    assert told["deleted"] == [str(history.parent / "of-11.html")]
    assert rows(history)["athlete"] == 0


def test_the_command_fails_when_it_is_not_proven(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (history.parent / "stray").write_text(NAME, encoding="utf-8")
    assert cli.run(["athlete", "forget", NAME, "--yes"]) == 10
    said = capsys.readouterr().err
    assert "not forgotten everywhere" in said and "stray" in said


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE athlete; --", "a\x00b", "../../etc/passwd", '" OR 1=1', "100%_[x]*"]
)
def test_names_that_look_like_something_else(history: Path, name: str) -> None:
    with open_store(history) as store:
        store.athlete(name)
    assert forgotten(history, name).proven
    with open_store(history) as store:
        assert [one.name for one in store.athletes()] == ["Ben", NAME]


def test_a_table_added_later_is_emptied_too(history: Path) -> None:
    """The foreign keys of the file are followed, not a list of names."""
    with closing(sqlite3.connect(history)) as raw, raw:
        raw.execute("CREATE TABLE later (id INTEGER PRIMARY KEY, t REFERENCES trial(id), x)")
        raw.execute(
            "INSERT INTO later (t, x) SELECT id, 'y' FROM trial WHERE journal_id = ?", (JOURNAL,)
        )
    done = forgotten(history)
    assert done.erased.history["later"] == 2
    with closing(sqlite3.connect(history)) as raw:
        assert raw.execute("SELECT count(*) FROM later").fetchone() == (2,)


def test_places_reads_and_changes_nothing(history: Path) -> None:
    before = history.read_bytes()
    assert places(history, NAME)
    assert history.read_bytes() == before

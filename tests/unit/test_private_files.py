"""Whatever is written is its owner's alone, whatever the umask; no link is written through."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session

from evenstance import cli
from evenstance.errors import InputError
from evenstance.private_files import make_file, make_folder, new_file, write_file
from evenstance.store.database import open_store
from evenstance.store.upgrade import copy_before

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
UMASKS = [0o000, 0o022, 0o777]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_files_and_folders_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    make_file(folder / "empty")
    write_file(folder / "small", "text")
    with new_file(folder / "large") as temporary:
        assert mode(temporary) == 0o600
        temporary.write_bytes(b"x")
    assert {path.name: mode(path) for path in folder.iterdir()} == dict.fromkeys(
        ("empty", "small", "large"), 0o600
    )
    assert mode(folder) == mode(folder.parent) == 0o700


def test_the_history_its_log_and_its_copy(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "deep" / "home" / "history.sqlite3"
    make_folder(path.parent)
    make_file(path)
    path.write_bytes(empty_history(tmp_path / "made" / "h").read_bytes())
    with open_store(path) as store:
        store.athlete("Anna")
        logs = [one for one in path.parent.iterdir() if one != path]
        assert {one.suffix for one in logs} == {".sqlite3-wal", ".sqlite3-shm"}
        assert {mode(one) for one in logs} == {0o600}
    assert mode(copy_before(path, "0005", "0006")) == mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


def test_what_stands_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder(tmp_path)
    make_folder(tmp_path / "new")
    assert (mode(tmp_path), mode(tmp_path / "new")) == (0o755, 0o700)
    with pytest.raises(FileExistsError):
        (tmp_path / "taken").touch(0o644)
        make_file(tmp_path / "taken")
    assert mode(tmp_path / "taken") == 0o644
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "taken")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("target", ["file", "nothing", "folder", "/dev/null"])
def test_no_link_is_written_through(tmp_path: Path, target: str, force: bool) -> None:
    """An output below a folder that others may write to could be a link somebody laid there."""
    (tmp_path / "file").write_text("another's")
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(target if target.startswith("/") else tmp_path / target)
    with pytest.raises(InputError, match="not a plain file"):
        write_file(link, "mine", force=force)
    with pytest.raises(FileExistsError):
        make_file(link)
    assert link.is_symlink() and not (tmp_path / "nothing").exists()
    assert (tmp_path / "file").read_text() == "another's"


def test_a_link_laid_while_a_file_is_written_is_replaced_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "out"
    victim.write_text("another's")
    with new_file(path, force=True) as temporary:
        temporary.write_text("mine")
        path.symlink_to(victim)
    assert not path.is_symlink() and path.read_text() == "mine"
    assert victim.read_text() == "another's"


COMMANDS = {
    "report": ("report", "--to", "OUT", "--force"),
    "export": ("export", "holds", "--to", "OUT", "--force"),
    "template": ("screen", "--template", "OUT"),
    "quick template": ("screen", "--quick", "--template", "OUT"),
    "schedule": ("reliability", "plan", "--seed", "1", "--csv", "OUT"),
    "study": ("reliability", "export", "OUT", "--names"),
}


@pytest.fixture
def anna(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("EVENSTANCE_HOME", str(home))
    with open_store(empty_history(home / "history.sqlite3")) as store:
        add_session(store, store.athlete("Anna").id, FIRST)
    return tmp_path


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_no_command_writes_through_a_link(
    anna: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    victim, link = anna / "victim", anna / "out.csv"
    victim.write_text("another's")
    link.symlink_to(victim)
    assert cli.run([str(link) if one == "OUT" else one for one in arguments]) == 3
    assert "not a plain file" in capsys.readouterr().err
    assert victim.read_text() == "another's"
    assert link.is_symlink()


@pytest.mark.parametrize("what", ["report", "export", "template"])
def test_what_commands_write_is_private(anna: Path, what: str) -> None:
    before = os.umask(0)
    try:
        out = anna / "out.csv"
        assert cli.run([str(out) if one == "OUT" else one for one in COMMANDS[what]]) == 0
    finally:
        os.umask(before)
    assert mode(out) == 0o600
    if what != "template":
        with open_store() as store:
            anna_id = store.athlete("Anna", create=False).id
            assert [file.path for file in store.files.of(anna_id)] == [out]

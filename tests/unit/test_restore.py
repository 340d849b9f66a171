"""Restoring: the backup takes the place of the history, and nothing of before is lost."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import add_session

from evenstance.errors import InputError, StoreError
from evenstance.flows.backup import make_backup
from evenstance.store import contents, restoring, upgrade
from evenstance.store.backup_file import verify_backup
from evenstance.store.database import open_store
from evenstance.store.restoring import restore

NOW = datetime(2026, 11, 3, 8, 0, tzinfo=timezone.utc)
DAY = date(2026, 11, 2)
LATEST = upgrade.REVISIONS[-1]
KEPT = "history.sqlite3.replaced-20261103T080000Z"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = empty_history(tmp_path / "home" / "history.sqlite3")
    path.chmod(0o600)
    with open_store(path) as store:
        add_session(store, store.athlete("Anna").id, DAY)
    return path


@pytest.fixture
def backup(history: Path, tmp_path: Path) -> Path:
    """A backup, after which the history went on: Ben came."""
    path = tmp_path / "backup.sqlite3"
    make_backup(history, path, NOW)
    with open_store(history) as store:
        add_session(store, store.athlete("Ben").id, DAY)
    return path


@pytest.fixture
def unchanged(history: Path, backup: Path) -> Iterator[None]:
    """What is refused leaves the history as it was, and nothing beside it."""
    before = digest(history)
    yield
    assert digest(history) == before
    assert [file.name for file in history.parent.iterdir()] == ["history.sqlite3"]


def digest(path: Path) -> str:
    with closing(sqlite3.connect(path)) as raw:
        return contents.digest(raw)


def names(path: Path) -> list[str]:
    with open_store(path) as store:
        return [athlete.name for athlete in store.athletes()]


def told(_: str) -> None:
    """Nobody listens."""


def test_everything_comes_back_and_what_was_there_is_kept(history: Path, backup: Path) -> None:
    before = digest(history)
    found = restore(backup, history, NOW, told)
    assert found.kept is not None
    assert found.kept == history.with_name(KEPT)
    assert found.backup == verify_backup(backup)
    assert digest(history) == found.backup.digest != before
    assert digest(found.kept) == before
    assert names(history) == ["Anna"]
    assert {file.name for file in history.parent.iterdir()} == {"history.sqlite3", KEPT}
    assert {stat.S_IMODE(file.stat().st_mode) for file in history.parent.iterdir()} == {0o600}
    with open_store(history) as store:
        add_session(store, 1, date(2026, 11, 4))
        assert len(store.sessions(1)) == 2


def test_what_was_kept_can_be_restored_too(history: Path, backup: Path) -> None:
    kept = restore(backup, history, NOW, told).kept
    assert kept is not None
    again = restore(kept, history, NOW, told)
    assert names(history) == ["Anna", "Ben"]
    assert again.kept is not None
    assert again.kept == history.with_name(f"{KEPT}-2"), "no kept history is replaced"
    assert names(again.kept) == ["Anna"]


def test_without_a_history_it_begins_with_the_backup(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "history.sqlite3"
    assert restore(backup, new, NOW, told).kept is None
    assert names(new) == ["Anna"]
    assert [file.name for file in new.parent.iterdir()] == ["history.sqlite3"]
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert stat.S_IMODE(new.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("number", range(1, len(upgrade.REVISIONS)))
def test_an_older_backup_is_upgraded(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    older = tmp_path / "older.sqlite3"
    with monkeypatch.context() as earlier:
        earlier.setattr(upgrade, "REVISIONS", upgrade.REVISIONS[:number])
        open_store(older).close()
    with closing(sqlite3.connect(older)) as raw, raw:
        raw.execute("INSERT INTO athlete VALUES (7, 'Olga', NULL, '2025-03-01 10:00:00', 0)")
    before = older.read_bytes()
    found = restore(older, history, NOW, told)
    assert (found.upgraded, found.backup.revision) == (True, upgrade.REVISIONS[number - 1])
    assert names(history) == ["Olga"]
    assert older.read_bytes() == before
    assert verify_backup(history).revision == LATEST


@pytest.mark.usefixtures("unchanged")
def test_a_history_in_use_is_left_alone(
    history: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "BUSY_TIMEOUT_MS", 10)
    with open_store(history) as store:
        store.athletes()  # and now it waits for somebody to stand on the board
        with pytest.raises(StoreError, match="in use") as caught:
            restore(backup, history, NOW, told)
        assert caught.value.anchor == "the-history-is-in-use"
        store.athlete("Cleo")
    with closing(sqlite3.connect(history)) as raw, raw:
        raw.execute("DELETE FROM athlete WHERE name = 'Cleo'")


@pytest.mark.usefixtures("unchanged")
def test_a_backup_that_cannot_be_used_changes_nothing(history: Path, backup: Path) -> None:
    whole = backup.read_bytes()
    for content in (b"", b"text", whole[:-4096], whole.replace(b"Anna", b"Anne")):
        backup.write_bytes(content)
        with pytest.raises(InputError):
            restore(backup, history, NOW, told)
    with closing(sqlite3.connect(backup)) as raw:
        backup.write_bytes(whole)
        with raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match="newer"):
        restore(backup, history, NOW, told)


@pytest.mark.usefixtures("unchanged")
def test_a_file_exchanged_after_it_was_looked_at_is_not_used(
    history: Path, backup: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(backup.read_bytes().replace(b"Anna", b"Eve!"))

    real = restoring.verify_backup
    looked: list[Path] = []

    def verify(path: Path, **more: Path) -> object:
        found = real(path, **more)
        if not looked:
            other.replace(backup)
        looked.append(path)
        return found

    restoring.verify_backup = verify  # type: ignore[assignment]
    try:
        with pytest.raises(InputError, match="damaged"):
            restore(backup, history, NOW, told)
    finally:
        restoring.verify_backup = real


@pytest.mark.usefixtures("unchanged")
def test_without_room_nothing_is_changed(
    history: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "ROOM_TIMES", 2**60)
    with pytest.raises(StoreError, match="no room") as caught:
        restore(backup, history, NOW, told)
    assert caught.value.anchor == "the-disk-is-full"


def test_a_history_that_is_no_database_is_kept_and_replaced(history: Path, backup: Path) -> None:
    history.write_bytes(b"rubbish" * 1000)
    history.with_name("history.sqlite3-wal").write_bytes(b"its log")
    found = restore(backup, history, NOW, told)
    assert found.kept is not None
    assert found.kept.read_bytes() == b"rubbish" * 1000
    assert found.kept.with_name(f"{KEPT}-wal").read_bytes() == b"its log"
    assert names(history) == ["Anna"]


def test_a_history_with_damage_inside_is_kept_and_replaced(history: Path, backup: Path) -> None:
    content = bytearray(history.read_bytes())
    content[2 * 4096 :] = b"\xa5" * (len(content) - 2 * 4096)
    history.write_bytes(content)
    found = restore(backup, history, NOW, told)
    assert found.kept is not None
    assert found.kept.read_bytes()[2 * 4096 :] == content[2 * 4096 :]
    assert names(history) == ["Anna"]


def test_a_link_in_place_of_the_history_keeps_being_one(
    history: Path, backup: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    history.rename(elsewhere)
    history.symlink_to(elsewhere)
    assert restore(backup, history, NOW, told).kept == history.with_name(KEPT)
    assert history.is_symlink() and names(elsewhere) == ["Anna"]


def test_another_page_size(history: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as raw:
        raw.execute("PRAGMA page_size = 1024")
        raw.execute("VACUUM")
    restore(backup, history, NOW, told)
    assert names(history) == ["Anna"]

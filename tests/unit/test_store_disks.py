"""Bad disks: full, read only, not mine, in use, garbled: a clear answer, and nothing lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from histories import empty_history
from other_user import given_to_nobody, not_root
from sqlalchemy import event
from summaries import summary

from evenstance import cli
from evenstance.device.client import BoardClient, BoardInfo
from evenstance.errors import StoreError
from evenstance.flows.pull import pull
from evenstance.store.database import attach, open_store
from evenstance.store.engine import make_engine
from evenstance.store.faults import store_error, translated
from evenstance.store.repository import Store
from evenstance.store.soundness import soundness
from evenstance_wire import messages

NOW = datetime(2026, 11, 3, 8, 0, tzinfo=timezone.utc)
PAGE = 4096
WHICH = ("e66164084319a12b", "0011223344556677")  # board and journal


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = empty_history(tmp_path / "home" / "history.sqlite3")
    path.chmod(0o600)
    with open_store(path) as store:
        store.athlete("Anna")
    return path


# A full disk


@contextmanager
def small_disk(path: Path, pages_free: int) -> Generator[Store, None, None]:
    """A store whose file may grow by so many pages and no more."""
    with closing(sqlite3.connect(path)) as raw:
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
    engine = make_engine(path)

    def limit(raw: sqlite3.Connection, _: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages + pages_free}")

    event.listen(engine, "connect", limit)
    with translated(path), attach(engine, path) as store:
        yield store


class Board:
    """A board as the client sees it: trials with a large trace, until they are acknowledged."""

    def __init__(self, count: int) -> None:
        self.summaries = {seq: summary(seq, trace_bytes=12_000) for seq in range(1, count + 1)}
        self.acked = 0

    def status(self) -> dict[str, Any]:
        return {
            "first_seq": 1,
            "next_seq": len(self.summaries) + 1,
            "acked_through": self.acked,
            "device_us": 3_600_000_000,
        }

    def summary(self, seq: int) -> bytes:
        return self.summaries[seq]

    def trace(self, seq: int) -> bytes | None:
        return None

    def request(self, what: object, *, journal_id: bytes, through_seq: int) -> dict[str, int]:
        assert what is messages.ACK
        self.acked = max(self.acked, through_seq)
        return {"acked_through": self.acked}


def pulled(board: Board, store: Store) -> int:
    info = BoardInfo(4, *WHICH, boot_id=7, firmware="0.4.0")
    return pull(cast(BoardClient, board), info, store, now=lambda: NOW).new


def test_a_disk_that_fills_in_the_middle_of_a_pull(history: Path) -> None:
    board = Board(120)
    with small_disk(history, 6) as store:
        with pytest.raises(StoreError, match="disk is full") as caught:
            pulled(board, store)
        assert caught.value.anchor == "the-disk-is-full"
        kept = store.stored_seqs(*WHICH)
        assert 0 < len(kept) < 120, "it filled neither before nor after"
        assert board.acked == max(kept), "acknowledged is what is stored, and nothing else"
        assert sorted(kept) == [*range(1, board.acked + 1)]
    with open_store(history) as store:  # somebody made room
        assert pulled(board, store) == 120 - len(kept)
        assert len(store.stored_seqs(*WHICH)) == board.acked == 120
        assert pulled(board, store) == 0


def test_a_full_disk_takes_a_change_whole_or_not_at_all(history: Path) -> None:
    with small_disk(history, 0) as store:
        with pytest.raises(StoreError, match="disk is full"):
            for n in range(2000):
                store.athlete(f"Somebody with a long name {n}" * 6)
        names = [athlete.name for athlete in store.athletes()]
    with closing(sqlite3.connect(history)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("SELECT count(*) FROM athlete").fetchone() == (len(names),)


def test_an_upgrade_on_a_full_disk_changes_nothing(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenstance.store import upgrade

    older = history.with_name("older.sqlite3")
    with monkeypatch.context() as earlier:
        earlier.setattr(upgrade, "REVISIONS", ("0001",))
        open_store(older).close()
    real = make_engine

    def limited(path: Path, **more: Any) -> Any:
        engine = real(path, **more)
        event.listen(engine, "connect", limit)
        return engine

    def limit(raw: sqlite3.Connection, _: object) -> None:
        raw.execute("PRAGMA max_page_count = 20")

    monkeypatch.setattr(upgrade, "make_engine", limited)
    with pytest.raises(StoreError, match="disk is full"):
        open_store(older)
    with closing(sqlite3.connect(older)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# Read only, or not mine


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "says"),
    [
        (0o400, 0o700, "can only be read"),
        (0o600, 0o500, "could not be opened|can only be read"),
        (0o400, 0o500, "could not be opened|can only be read"),
        (0o000, 0o700, "could not be opened"),
    ],
)
def test_a_place_that_can_only_be_read(
    history: Path, file_mode: int, folder_mode: int, says: str
) -> None:
    given_to_nobody(history)
    before = history.read_bytes()
    history.chmod(file_mode)
    history.parent.chmod(folder_mode)
    try:
        with not_root(), pytest.raises(StoreError, match=says) as caught:
            open_store(history)
    finally:
        history.parent.chmod(0o700)
        history.chmod(0o600)
    assert caught.value.anchor == "the-history-cannot-be-kept"
    assert "EVENSTANCE_HOME" in caught.value.next_step or "write" in caught.value.next_step
    assert history.read_bytes() == before


# In use


def test_a_lock_met_in_the_middle_loses_nothing(history: Path) -> None:
    with open_store(history, busy_timeout_ms=10) as store:
        with closing(sqlite3.connect(history, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="in use") as caught:
                store.athlete("Ben")
            assert caught.value.anchor == "the-history-is-in-use"
            assert [athlete.name for athlete in store.athletes()] == ["Anna"], "reading goes on"
            other.execute("ROLLBACK")
        assert store.athlete("Ben").name == "Ben"


# Garbled


def garbled(content: bytes, at: int, size: int) -> bytes:
    return content[:at] + b"\xa5" * size + content[at + size :]


GARBLED: dict[str, Callable[[bytes], bytes]] = {
    "its first page": lambda whole: garbled(whole, 0, 100),
    "the schema": lambda whole: garbled(whole, 100, PAGE - 100),
    "cut in its first page": lambda whole: whole[:1000],
    "cut in the middle": lambda whole: whole[: len(whole) // 2 // PAGE * PAGE],
    "all pages but the first": lambda whole: garbled(whole, PAGE, len(whole) - PAGE),
}


@pytest.mark.parametrize("name", GARBLED)
def test_a_garbled_file_is_named_and_kept(
    history: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    history.write_bytes(GARBLED[name](history.read_bytes()))
    before = history.read_bytes()
    monkeypatch.setenv("EVENSTANCE_HOME", str(history.parent))
    code = cli.run(["results"])
    out, err = capsys.readouterr()
    assert (code, out) == (StoreError.exit_code, ""), name
    assert "is damaged" in err and "evenstance restore" in err
    assert "troubleshooting.md#the-history-is-damaged" in err
    assert len(history.read_bytes()) == len(before)


def test_what_no_command_meets_the_doctor_finds(history: Path) -> None:
    history.write_bytes(history.read_bytes()[: -PAGE // 2])
    assert soundness(history).finding == "damaged"


def test_rubbish_in_place_of_the_log_is_ignored(history: Path) -> None:
    log = history.with_name("history.sqlite3-wal")
    log.write_bytes(os.urandom(5000))
    with open_store(history) as store:
        assert [athlete.name for athlete in store.athletes()] == ["Anna"]


def test_a_log_cut_or_garbled_loses_only_what_was_in_that_part(history: Path) -> None:
    """The committed transactions before the damage are there; what is half is not."""
    with open_store(history) as store:
        for name in ("Ben", "Cleo", "Dora"):
            store.athlete(name)
        main, log = history.read_bytes(), history.with_name(f"{history.name}-wal").read_bytes()
    assert len(log) > 3 * PAGE
    for part in (log[:-PAGE], garbled(log, len(log) - PAGE, PAGE), log + os.urandom(3000)):
        copy = history.with_name("copy.sqlite3")
        copy.write_bytes(main)
        copy.with_name("copy.sqlite3-wal").write_bytes(part)
        with open_store(copy) as store:
            names = [athlete.name for athlete in store.athletes()]
        assert names == (["Anna", "Ben", "Cleo", "Dora"][: len(names)])
        assert len(names) == (4 if len(part) > len(log) else 3)
        for file in history.parent.glob("copy.sqlite3*"):
            file.unlink()


# Whatever SQLite says


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("disk I/O error", "could not be read or written"),
        ("unable to open database file", "could not be opened"),
        ("database or disk is full", "the disk is full"),
        ("attempt to write a readonly database", "can only be read"),
        ("database is locked", "in use"),
        ("database disk image is malformed", "damaged"),
        ("something new", "could not be used"),
    ],
)
def test_each_fault_has_its_words(said: str, what: str) -> None:
    found = store_error(sqlite3.OperationalError(said), Path("h"))
    assert what in found.what and found.cause == said and found.next_step


def test_times_are_kept_with_the_trials(history: Path) -> None:
    """The pull of the full disk counted the times back from the board's clock."""
    with open_store(history) as store:
        pulled(Board(2), store)
        first, second = store.trials()
    assert first.lift_off_at is not None and second.lift_off_at is not None
    assert second.lift_off_at - first.lift_off_at == timedelta(seconds=60)

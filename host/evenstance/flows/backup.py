"""Copies the history, while it is in use, into one file that can be verified."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from evenstance import __version__
from evenstance.errors import InputError, StoreError
from evenstance.private_files import make_folder, need_place, new_file
from evenstance.store.backup_file import Backup, seal, verify_backup
from evenstance.store.engine import BUSY_TIMEOUT_MS
from evenstance.store.faults import translated
from evenstance.store.location import BACKUPS
from evenstance.store.soundness import first_fault


def default_place(history: Path, now: datetime) -> Path:
    """A name with the moment, in a folder beside the history."""
    moment = now.astimezone(timezone.utc)
    return history.parent / BACKUPS / f"history-{moment:%Y%m%dT%H%M%SZ}.sqlite3"


def make_backup(history: Path, to: Path, now: datetime, *, force: bool = False) -> Backup:
    """Write and verify a backup of one moment of the history; it is there whole or not at all.

    Raises StoreError when the history cannot be read or is damaged, InputError when `to` cannot
    be written or exists.
    """
    if not history.is_file() or not history.stat().st_size:
        raise StoreError(
            f"There is no history in {history.parent} yet",
            next_step="Nothing was written. Measure something first, or set EVENSTANCE_HOME.",
            anchor="nobody-is-in-the-history-yet",
        )
    if to.resolve() == history.resolve():
        raise InputError(f"{to} is the history itself.", next_step="Name another file.")
    if to.parent == history.parent / BACKUPS:
        make_folder(to.parent)
    need_place(to, force=force)
    with new_file(to, force=force) as copy:
        _copy(history, copy, to)
        try:
            seal(copy, now, __version__)
            return verify_backup(copy, shown=history)
        except InputError as error:
            raise _damaged(history, error.cause) from error
        except sqlite3.Error as error:
            raise _unwritten(to, error) from error


def _copy(history: Path, copy: Path, to: Path) -> None:
    uri = f"{history.resolve().as_uri()}?mode=ro"
    with translated(history):
        source = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
    with closing(source), closing(sqlite3.connect(copy)) as target:
        with translated(history):
            found = first_fault(source, history)
            if found is not None:
                raise _damaged(history, found)
        try:
            source.backup(target)  # all pages in one step: of one moment, and nobody waits
        except sqlite3.Error as error:
            raise _unwritten(to, error) from error


def _damaged(history: Path, cause: str) -> StoreError:
    return StoreError(
        f"The history {history} was not backed up: it is damaged, or no history of this version",
        cause=cause,
        next_step="Keep the file and any earlier backup; no backup was written.",
        anchor="the-history-is-damaged",
    )


def _unwritten(to: Path, error: sqlite3.Error) -> InputError:
    return InputError(
        f"{to} cannot be written.",
        cause=str(error),
        next_step="Check the folder and the room on the disk; no backup was written.",
        anchor="the-disk-is-full" if "full" in str(error) else "",
    )

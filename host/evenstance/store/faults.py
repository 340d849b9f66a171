"""Turns database failures into StoreError with a cause and a next step."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from evenstance.errors import StoreError

# Part of SQLite's message, what it means here, what to do, where to read on. First match counts.
_KNOWN = (
    (
        ("file is not a database", "malformed", "file is encrypted"),
        "is damaged or is not a history of Evenstance",
        "Put a backup in its place with `evenstance restore FILE`; without one move it away: "
        "holds still on the board come back with `evenstance pull`.",
        "the-history-is-damaged",
    ),
    (
        ("readonly", "read-only"),
        "can only be read",
        "Allow writing to the file and its folder, or set EVENSTANCE_HOME to another folder.",
        "the-history-cannot-be-kept",
    ),
    (
        ("locked", "busy"),
        "is in use by another program",
        "Wait for the other Evenstance or database program to finish, then try again.",
        "the-history-is-in-use",
    ),
    (
        ("disk is full", "disk full"),
        "could not be written: the disk is full",
        "Free some space and try again; nothing was half written.",
        "the-disk-is-full",
    ),
    (
        ("disk i/o error",),
        "could not be read or written",
        "Check that the disk is there, has room and is well; nothing was half written.",
        "the-history-cannot-be-kept",
    ),
    (
        ("unable to open",),
        "could not be opened",
        "Check that the folder exists, that you may write to it and that the disk is well.",
        "the-history-cannot-be-kept",
    ),
    (
        ("constraint failed",),
        "refused a record that contradicts what it holds",
        "Nothing was changed. Check the names and numbers given.",
        "",
    ),
)


def store_error(error: BaseException, path: Path) -> StoreError:
    """Return the StoreError for a failure of the database at `path`."""
    original = getattr(error, "orig", None) or error
    message = str(original)
    lowered = message.lower()
    for parts, what, next_step, anchor in _KNOWN:
        if any(part in lowered for part in parts):
            return StoreError(
                f"The history {path} {what}", cause=message, next_step=next_step, anchor=anchor
            )
    return StoreError(
        f"The history {path} could not be used",
        cause=message,
        next_step="Nothing was changed. Try again; if it stays, report this message.",
    )


@contextmanager
def translated(path: Path) -> Generator[None, None, None]:
    """Raise StoreError in place of any failure of the database inside the block."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise store_error(error, path) from error

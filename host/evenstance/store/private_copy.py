"""Private files beside the history: made under another name, and on the disk before they count."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evenstance.store.leftovers import remove_leftovers
from evenstance.store.location import FILE_MODE

_BESIDE = ("", "-journal", "-wal", "-shm")


@contextmanager
def waiting_file(path: Path) -> Generator[Path, None, None]:
    """An empty file (0600) in the folder of `path`, gone at the end unless it was renamed.

    What a killed program left of an earlier one is removed by a later one.
    """
    remove_leftovers(path.parent)
    waiting = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")
    try:
        os.close(os.open(waiting, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
        yield waiting
    finally:
        for ending in _BESIDE:
            waiting.with_name(waiting.name + ending).unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """Wait until the content of a file survives a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def names_to_disk(folder: Path) -> None:
    """Wait until new and changed names in a folder survive a power cut."""
    if os.name == "nt":  # keeps them by itself, and opens no folder
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

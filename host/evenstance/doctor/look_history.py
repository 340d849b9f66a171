"""Looks at the place of the history; makes nothing there but a nameless file for a moment."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from evenstance.doctor.history import History
from evenstance.store.location import STORE_FILE, data_folder
from evenstance.store.soundness import soundness


def look_at_history() -> History:
    """The folder that the commands would use, and the file in it."""
    folder = data_folder()
    file = folder / STORE_FILE
    is_file = _exists(file)
    return History(
        folder=str(folder),
        file=str(file),
        folder_exists=_exists(folder),
        write_fault=_write_fault(folder, file),
        folder_mode=_mode(folder),
        file_mode=_mode(file),
        soundness=soundness(file) if is_file else None,
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder above it is closed
        return False


def _write_fault(folder: Path, file: Path) -> str | None:
    """Why nothing can be kept in the folder, or the folder cannot be made; None when it can."""
    try:
        nearest = _nearest(folder)
        with tempfile.TemporaryFile(dir=nearest):
            pass
        if _exists(file):
            os.close(os.open(file, os.O_RDWR))
    except OSError as error:
        return error.strerror or str(error)
    return None


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there; OSError when one is closed."""
    while folder != folder.parent:
        try:
            folder.stat()
            return folder
        except (FileNotFoundError, NotADirectoryError):
            folder = folder.parent
    return folder


def _mode(path: Path) -> int | None:
    if os.name != "posix":
        return None
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None

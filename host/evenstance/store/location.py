"""Where the history lives: one private folder of the user, or EVENSTANCE_HOME."""

from __future__ import annotations

import os
from pathlib import Path

from evenstance.errors import StoreError
from evenstance.private_files import make_file, make_folder

HOME_VARIABLE = "EVENSTANCE_HOME"
STORE_VARIABLE = "EVENSTANCE_STORE"
BACKUPS = "backups"
"""The folder beside the history where backups go that nobody named a place for."""
STORE_FILE = "history.sqlite3"


def data_folder() -> Path:
    """Return EVENSTANCE_HOME if it is set, else the user's data folder; nothing is created."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("evenstance", appauthor=False))


def clinic_address() -> str | None:
    """Return the address in EVENSTANCE_STORE; None: the history is the file of this computer."""
    return os.environ.get(STORE_VARIABLE, "").strip() or None


def store_path() -> Path:
    """Return the path of the history file; nothing is created."""
    return data_folder() / STORE_FILE


def make_private_file(path: Path) -> None:
    """Create the folder (0700) and an empty file (0600) unless they exist.

    Modes are set only on what is created here. Raises StoreError when the place cannot be used.
    """
    try:
        make_folder(path.parent)
        try:
            make_file(path)
        except FileExistsError:
            if not path.is_file():
                raise
    except OSError as error:
        raise StoreError(
            f"The history cannot be kept in {path.parent}",
            cause=error.strerror or str(error),
            next_step=f"Make that folder writable, or set {HOME_VARIABLE} to another folder.",
            anchor="the-history-cannot-be-kept",
        ) from error

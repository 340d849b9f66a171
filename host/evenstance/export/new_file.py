"""A file that only its owner can read, and that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from evenstance.errors import InputError
from evenstance.store.leftovers import remove_leftovers
from evenstance.store.location import FILE_MODE
from evenstance.store.private_copy import names_to_disk, to_disk


def need_place(path: Path, *, force: bool) -> None:
    """InputError when something stands there already, or there is no folder for it."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError(
            f"{path} is not a plain file, and is left alone.", next_step="Name another file."
        )
    if path.exists() and not force:
        raise _exists(path)
    if not path.parent.is_dir():
        raise InputError(
            f"There is no folder {path.parent}.", next_step="Make it, or name another file."
        )


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Generator[Path, None, None]:
    """Gives an empty file (0600) beside `path`, which takes that name when the block ends well.

    When it ends by an error nothing is left, and what a killed program left is removed by a later
    one. Without `force` nothing is ever replaced.
    """
    need_place(path, force=force)
    remove_leftovers(path.parent)
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")
    try:
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
            yield temporary
            to_disk(temporary)
            _name(temporary, path, force=force)
            names_to_disk(path.parent)
        except OSError as error:
            raise InputError(
                f"{path} cannot be written.",
                cause=error.strerror or str(error),
                next_step="Check the folder and the room on the disk.",
            ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _name(temporary: Path, path: Path, *, force: bool) -> None:
    if force:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)  # fails, unlike a renaming, when the name was taken meanwhile
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError:  # a file system without links
        if path.exists():
            raise _exists(path) from None
        os.replace(temporary, path)


def _exists(path: Path) -> InputError:
    return InputError(
        f"{path} exists already.", next_step="Name a new file, or replace this one with --force."
    )

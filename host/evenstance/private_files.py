"""Files and folders that only their owner can read, whatever the umask; files whole or not at all.

What stands there already is never changed, and no symbolic link is followed to be written to.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from evenstance.errors import InputError

FOLDER_MODE = 0o700
FILE_MODE = 0o600
LEFTOVER = re.compile(r"\.[^/]{1,60}\.[0-9a-f]{12}\.part(-journal|-wal|-shm)?")
KEPT_S = 24 * 3600.0  # longer than any program takes to write one
_BESIDE = ("", "-journal", "-wal", "-shm")


def make_folder(path: Path) -> None:
    """Make a folder (0700) and each one above it that is missing; one that exists is left alone.

    OSError when that is not possible.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with suppress(FileExistsError):
        os.mkdir(path, FOLDER_MODE)
        os.chmod(path, FOLDER_MODE)  # a umask may have taken some of it away
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def need_folder(path: Path) -> None:
    """The same for a folder that somebody named: InputError when that is not possible."""
    try:
        make_folder(path)
    except OSError as error:
        raise no_folder(path, error.strerror or str(error)) from error


def no_folder(path: Path, why: str) -> InputError:
    """What is said of a folder that cannot be made."""
    return InputError(
        f"The folder {path} cannot be made.",
        cause=why,
        next_step="Name a folder in one that exists and that you may write to.",
    )


def make_file(path: Path) -> None:
    """Make an empty file (0600); FileExistsError when anything has that name, a link too."""
    made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE)
    try:
        if os.name == "posix":
            os.fchmod(made, FILE_MODE)
    finally:
        os.close(made)


def write_file(path: Path, content: str | bytes, *, force: bool = False) -> None:
    """A small file, whole or not at all; see `new_file`."""
    with new_file(path, force=force) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


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
    temporary = _waiting_name(path)
    try:
        try:
            make_file(temporary)
            remove_leftovers(temporary)
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


@contextmanager
def waiting_file(path: Path) -> Generator[Path, None, None]:
    """An empty file (0600) in the folder of `path`, gone at the end unless it was renamed.

    What a killed program left of an earlier one is removed by a later one.
    """
    waiting = _waiting_name(path)
    try:
        make_file(waiting)
        remove_leftovers(waiting)
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


def remove_leftovers(made: Path) -> None:
    """Remove beside a file just made the unfinished ones that nobody can be writing any more.

    The age of a file is told by the new one's time: the clock of this computer may be set
    meanwhile, and that of a file server may be another one.
    """
    with suppress(OSError):
        before_s = made.lstat().st_mtime - KEPT_S
        for path in made.parent.iterdir():
            if LEFTOVER.fullmatch(path.name) and path.lstat().st_mtime < before_s:
                path.unlink()


def _waiting_name(path: Path) -> Path:
    """The name under which a file is written until it is whole; LEFTOVER knows it again."""
    return path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")

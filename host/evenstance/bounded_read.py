"""Reads a file that somebody gave, and never more of it than it may have.

A device or a pipe has no size to look at beforehand, and a file may grow meanwhile: so what counts
is what was read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_PART_B = 1 << 20


class TooLargeError(OSError):
    """The file has more than it may have."""


def read_bytes(path: Path, most_b: int) -> bytes:
    """The content of a plain file of at most `most_b` bytes; else an OSError that says why."""
    # without waiting: opening a pipe that nobody writes to would never come back
    how = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    opened = os.open(path, how)
    with open(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "It is not a plain file")
        # In parts: one read of all that is allowed would take the memory for it first.
        data = bytearray()
        while part := file.read(min(_PART_B, most_b + 1 - len(data))):
            data += part
    if len(data) > most_b:
        raise TooLargeError(errno.EFBIG, f"It has more than {most_b / 1e6:g} MB")
    return bytes(data)


def read_text(path: Path, most_b: int, encoding: str = "utf-8") -> str:
    """The same as text; UnicodeDecodeError when it is none."""
    return read_bytes(path, most_b).decode(encoding)

"""A command on a terminal of its own, and somebody who answers what it asks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS, ROWS = 120, 40
# Ctrl-C typed into a terminal reaches the command only if it is that command's own.
ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]|\r|\x00")


@dataclass(frozen=True)
class Reply:
    """What is typed when the command has shown `asked` since the last reply.

    `keys` is text, or a function of the match that does something first and returns the text.
    """

    asked: str
    keys: str | Callable[[re.Match[str]], str]
    once: bool = False


@dataclass(frozen=True)
class Ended:
    """How a command ended, and everything it showed, without the escapes of the terminal."""

    code: int
    text: str
    out: str | None

    @property
    def words(self) -> str:
        """The text with each run of blanks and line ends as one blank: wraps do not matter."""
        return " ".join(self.text.split())


def run(
    command: Sequence[str],
    replies: Sequence[Reply],
    *,
    env: Mapping[str, str],
    folder: Path,
    apart: bool = False,
    deadline_s: float = 1800.0,
) -> Ended:
    """Run it until it ends; `apart` keeps standard output away from the terminal, as `> file`."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with tempfile.TemporaryFile() as kept:
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", ON_ITS_TERMINAL, *command],
            stdin=theirs,
            stdout=kept if apart else theirs,
            stderr=theirs,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            shown = _answered(ours, process, list(replies), time.monotonic() + deadline_s)
        finally:
            if process.poll() is None:
                process.kill()
            code = process.wait()
            os.close(ours)
        kept.seek(0)
        out = kept.read().decode("utf-8", "replace") if apart else None
    return Ended(code, ESCAPES.sub("", shown), out)


def _answered(
    ours: int, process: subprocess.Popen[bytes], replies: list[Reply], end: float
) -> str:
    heard, done, ended = b"", 0, False
    while True:
        if time.monotonic() > end:
            raise TimeoutError(heard.decode("utf-8", "replace")[-2000:])
        ready, _, _ = select.select([ours], [], [], 0.2)
        if not ready:
            if ended:
                break
            ended = process.poll() is not None  # what it said last is looked for once more
            continue
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed: it has ended
            break
        if not data:
            break
        heard += data
        fresh = ESCAPES.sub("", heard[done:].decode("utf-8", "ignore"))
        for reply in replies:
            match = re.search(reply.asked, fresh)
            if match:
                keys = reply.keys if isinstance(reply.keys, str) else reply.keys(match)
                done = len(heard)
                if reply.once:
                    replies.remove(reply)
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    os.write(ours, keys.encode())
                break
    process.wait(max(1.0, end - time.monotonic()))
    return heard.decode("utf-8", "replace")

"""Single keys from a terminal, without waiting; nothing where there is no terminal.

Linux and macOS have termios, Windows has msvcrt; both give letters only: arrows and other keys
that send several characters are no letters.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from collections import deque
from types import FrameType
from typing import Any

FORCED = 3  # so many times Ctrl-C, and not even the closing of a session is waited for
_ESCAPES = re.compile(rb"\x1b(?:[\[O][0-9;?]*[ -/]*[@-~]|[@-Z\\^_a-z])?")
_WINDOWS_PREFIXES = ("\x00", "\xe0")


class Keys:
    """A context manager that puts the terminal into single-key mode and back.

    It also remembers Ctrl-C: Python drops one that arrives while an object is being destroyed,
    so that `get` raises it once more. A second one is left alone, since what was measured is
    being kept at that moment; the third is raised again.
    """

    def __init__(self) -> None:
        self._saved: list[Any] | None = None
        self._msvcrt: Any = None
        self._handler: Any = None
        self._interrupts = 0
        self._letters: deque[str] = deque()

    def __enter__(self) -> Keys:
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        if sys.stdin.isatty():
            if sys.platform == "win32":
                import msvcrt

                self._msvcrt = msvcrt
            else:
                import termios
                import tty

                self._saved = termios.tcgetattr(sys.stdin)
                tty.setcbreak(sys.stdin)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._handler)
        if self._saved is not None:
            import termios

            # what was typed and not read is thrown away: the shell must not get it
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, self._saved)
            self._saved = None
        self._msvcrt = None

    @property
    def listening(self) -> bool:
        """Whether there is a keyboard to listen to."""
        return self._saved is not None or self._msvcrt is not None

    def get(self) -> str | None:
        """The next letter that was pressed, if any; KeyboardInterrupt after Ctrl-C."""
        if self._interrupts:
            raise KeyboardInterrupt
        if self._msvcrt is not None:
            self._read_windows()
        elif self._saved is not None and select.select([sys.stdin], [], [], 0)[0]:
            typed = _ESCAPES.sub(b"", os.read(sys.stdin.fileno(), 256))
            self._take(typed.decode("ascii", "ignore"))
        return self._letters.popleft() if self._letters else None

    def _read_windows(self) -> None:
        while self._msvcrt.kbhit():
            typed = self._msvcrt.getwch()
            if typed in _WINDOWS_PREFIXES:
                self._msvcrt.getwch()  # which of the function keys it was
            else:
                self._take(typed)

    def _take(self, typed: str) -> None:
        self._letters.extend(one for one in typed.lower() if one.isascii() and one.isalpha())

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts == 1 or self._interrupts >= FORCED:
            raise KeyboardInterrupt

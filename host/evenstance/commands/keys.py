"""Single keys from a terminal, without waiting; nothing where there is no terminal."""

from __future__ import annotations

import select
import signal
import sys
from types import FrameType
from typing import Any


class Keys:
    """A context manager that puts the terminal into single-key mode and back.

    It also remembers Ctrl-C: Python drops one that arrives while an object is being destroyed,
    so that `get` raises it once more.
    """

    def __init__(self) -> None:
        self._saved: list[Any] | None = None
        self._handler: Any = None
        self._interrupted = False

    def __enter__(self) -> Keys:
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        if sys.stdin.isatty() and sys.platform != "win32":
            import termios
            import tty

            self._saved = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._handler)
        if self._saved is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)

    def get(self) -> str | None:
        """The key pressed since the last call, if any; KeyboardInterrupt after Ctrl-C."""
        if self._interrupted:
            raise KeyboardInterrupt
        if self._saved is None or not select.select([sys.stdin], [], [], 0)[0]:
            return None
        return sys.stdin.read(1).lower()

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

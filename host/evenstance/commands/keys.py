"""Single keys from a terminal, without waiting; nothing where there is no terminal."""

from __future__ import annotations

import select
import sys
from types import TracebackType
from typing import Any


class Keys:
    """A context manager that puts the terminal into single-key mode and back."""

    def __init__(self) -> None:
        self._saved: list[Any] | None = None

    def __enter__(self) -> Keys:
        if sys.stdin.isatty() and sys.platform != "win32":
            import termios
            import tty

            self._saved = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._saved is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)

    def get(self) -> str | None:
        """The key pressed since the last call, if any."""
        if self._saved is None or not select.select([sys.stdin], [], [], 0)[0]:
            return None
        return sys.stdin.read(1).lower()

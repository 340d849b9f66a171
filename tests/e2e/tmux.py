"""A terminal of a known size under tmux: what it shows can be read as a person would see it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from programs import DEADLINE_S, until

LOOK_S = 0.1  # each look starts a program
WAIT_S = 100.0  # less than a test may last: the window is shown when it fails
BESIDE = ("COLUMNS", "LINES", "NO_COLOR", "TERM", "TMUX")  # nothing of the terminal around us
OVER = "\x1b]2;over\x07"  # sent behind all that the program sends; a title, which nobody sees
SETTINGS = "set -g status off\nset -g history-limit 5000\n"  # and nothing of this computer's own


class Tmux:
    """A program in a window of `columns` x `rows`; killed when the `with` block ends.

    Every byte that the program sends is kept in `sent`.
    """

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tmux-"))  # short: it has a socket in it
        self._size = ["-x", str(columns), "-y", str(rows)]
        settings = self._folder / "conf"
        settings.write_text(SETTINGS)
        self._program = ["tmux", "-u", "-S", str(self._folder / "s"), "-f", str(settings)]
        (self._folder / "sent").touch()
        around = {k: v for k, v in os.environ.items() if k not in BESIDE}
        self._around = {**around, "LC_ALL": "C.UTF-8"}
        # It waits for a line until everything that it sends is kept, and stays when it has ended;
        # how it ended is told by the shell, which Ctrl-C reaches too.
        code = shlex.quote(str(self._folder / "code"))
        line = " ".join(
            [
                "trap : INT; read -r _; env",
                *(shlex.quote(f"{name}={value}") for name, value in variables.items()),
                shlex.join(command) + ";",
                f"echo $? > {code}.new; mv {code}.new {code};",
                "printf '\\033]2;over\\007'; while read -r _; do :; done",
            ]
        )
        self._tmux("new-session", "-d", *self._size, line)
        self._tmux("pipe-pane", f"cat > {shlex.quote(str(self._folder / 'sent'))}")
        self._tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def lines(self) -> list[str]:
        """The rows of the window."""
        return self._tmux("capture-pane", "-p").splitlines()

    @property
    def text(self) -> str:
        """The window and what has left it at the top, its lines joined by one space."""
        return " ".join(self._tmux("capture-pane", "-p", "-S", "-").split())

    @property
    def sent(self) -> str:
        """Everything that the program has sent, as it was sent."""
        return (self._folder / "sent").read_text("utf-8", "replace")

    def see(self, words: str | re.Pattern[str]) -> list[str]:
        """Wait until the window shows these words, wherever it breaks them; its rows then.

        They must be there to be seen for some looks: a look may be late.
        """
        pattern = re.compile(re.escape(words)) if isinstance(words, str) else words

        def shown() -> bool:
            return pattern.search(" ".join(" ".join(self.lines).split())) is not None

        self._until(lambda: shown() or self._code() is not None, pattern.pattern)
        assert shown(), f"it ended without {pattern.pattern!r}: {self.text}"
        return self.lines  # what was half drawn at the look before is whole

    def ended(self) -> int:
        """Wait until the program has ended; its exit code."""
        self._until(lambda: self._code() is not None, "the end")
        code = self._code()
        assert code is not None
        assert "Traceback" not in self.text, self.text
        return code

    def _until(self, reached: Callable[[], bool], what: str) -> None:
        try:
            until(reached, what, WAIT_S, every_s=LOOK_S)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *self.lines])) from None

    def _code(self) -> int | None:
        """None, too, while the window may not show all that it has sent."""
        return int((self._folder / "code").read_text()) if OVER in self.sent else None

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._program, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=self._around,
            timeout=DEADLINE_S,
        )
        return done.stdout

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")
        shutil.rmtree(self._folder)

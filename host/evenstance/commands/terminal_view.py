"""A guided session on the whole of a terminal; what was said is printed when it is over."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

import click

from evenstance.commands.session_scene import Scene, draw
from evenstance.commands.session_words import FOOT_DOWN, leg_of, result_line, step_of
from evenstance.flows.live import Live
from evenstance.flows.phases import is_instruction, tells_a_force
from evenstance.flows.stand import SET_ASIDE
from evenstance.metrics.hold import Leg, Trial
from evenstance.report.clean_text import clean, one_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live as Screen

LEAST_COLUMNS = 60
LEAST_ROWS = 14
EVERY_S = 0.08  # of this computer's time: the board may be a virtual one at any speed
DUMB = ("dumb", "unknown")


def fits(columns: int, rows: int) -> bool:
    """Whether the view has room; without it there are plain lines."""
    return columns >= LEAST_COLUMNS and rows >= LEAST_ROWS


def can_draw(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can place text, and has room."""
    if not stream.isatty() or os.environ.get("TERM", "").lower() in DUMB:
        return False
    return fits(*size_of(stream))


def size_of(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal as it is now, whatever COLUMNS says."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except OSError:
        return 80, 24
    return size.columns, size.lines


class TerminalView:
    """A screenplay and a context manager; while the terminal is too small, plain lines.

    `keys` are those that work, with what they do; `wanted_n` scored holds on each leg.
    """

    def __init__(
        self,
        key: Callable[[], str | None],
        title: str,
        *,
        wanted_n: int | None = None,
        keys: bool = True,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key
        self._has_keys = keys
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self.scene = Scene(one_line(title), wanted_n)
        self._leg: Leg | None = None
        self._held_back: list[str] = []
        self._lines: list[str] = []  # not printed yet
        self._console: Console | None = None
        self._screen: Screen | None = None
        self._drawn_s = -1e9

    # -- the screenplay

    def say(self, text: str) -> None:
        text = clean(text)
        self._lines.append(text)
        if self.scene.scored and tells_a_force(text):
            self._held_back.append(text)
        else:
            self._tell(text)
        self._show()

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        self._leg = leg_of(phase) or self._leg
        scene = self.scene
        step = step_of(phase, self._leg, left_s, scored=scored)
        changed = step != scene.step or scored != scene.scored
        if scored and not scene.scored:
            scene.told.clear()
        scene.step, scene.left_s = step, None if step.title == FOOT_DOWN else left_s
        scene.feel(live, scored=scored)
        if not scored and self._held_back:
            for text in self._held_back:
                self._tell(text)
            self._held_back.clear()
        resting = phase in ("rest", "paused")
        if self._has_keys:
            rest = [("p", "pause"), ("s", "skip rest"), ("r", "repeat last hold")]
            scene.keys = [*(rest if resting else []), ("q", "stop")]
        if changed or self._clock() - self._drawn_s >= EVERY_S:
            self._draw()

    def trial(self, trial: Trial, purpose: str) -> None:
        line = result_line(trial, purpose)
        self._lines.append(f"  {line}")
        scene = self.scene
        scene.result = line[:1].upper() + line[1:] + "."
        if purpose == SET_ASIDE:
            scene.done[trial.stance_leg] -= 1
        elif purpose == "scored" and trial.valid:
            scene.done[trial.stance_leg] += 1
        self._show()

    def key(self) -> str | None:
        return self._key()

    # -- the terminal

    def __enter__(self) -> TerminalView:
        from rich.console import Console

        self._console = Console(file=self._stream, force_terminal=True, highlight=False)
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _tell(self, text: str) -> None:
        if text.startswith("Zero "):
            self.scene.zero = text.removeprefix("Zero ")
        elif not is_instruction(text):
            self.scene.told.append(text)

    def _show(self) -> None:
        """What was said just now: in the picture, or as lines while there is none."""
        if self._screen is None:
            self._print_lines()
        else:
            self._draw()

    def _draw(self) -> None:
        console = self._console
        if console is None:
            return
        self._drawn_s = self._clock()
        columns, rows = size_of(self._stream)
        if not fits(columns, rows):
            self._close()
            return
        console.size = (columns, rows)
        if self._screen is None:
            self._open(console)
        if self._screen is not None:
            self._screen.update(self._picture(console, columns, rows), refresh=True)

    def _picture(self, console: Console, columns: int, rows: int) -> RenderableType:
        from rich.text import Text

        plain = not console.encoding.lower().startswith("utf")
        return Text("\n", no_wrap=True, overflow="crop").join(
            draw(self.scene, columns, rows, plain=plain)
        )

    def _open(self, console: Console) -> None:
        from rich.live import Live as Screen

        self._screen = Screen(
            console=console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._screen.start()

    def _close(self) -> None:
        """Give the terminal back, with everything that was said."""
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.stop()
        self._print_lines()

    def _print_lines(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            click.echo(line, file=self._stream)

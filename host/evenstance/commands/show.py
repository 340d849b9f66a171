"""How a visit to the board looks: the whole terminal where there is room, else lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from evenstance.commands.session_words import result_line
from evenstance.flows.live import Live
from evenstance.metrics.hold import Trial
from evenstance.report.clean_text import clean

if TYPE_CHECKING:
    from evenstance.commands.keys import Keys
    from evenstance.flows.stand import Screenplay

BAR = 20
WIDTH = 78


@contextmanager
def shown(
    keys: Keys, title: str, *, wanted_n: int | None = None
) -> Generator[Screenplay, None, None]:
    """Where a session is shown; `wanted_n` scored holds on each leg make the progress."""
    from evenstance.commands.terminal_view import TerminalView, can_draw

    if not can_draw(sys.stderr):
        yield SessionView(keys.get, on_terminal=False)
        return
    with TerminalView(keys.get, title, wanted_n=wanted_n, keys=keys.listening) as view:
        yield view


class SessionView:
    """Lines on standard error; on a terminal one live line below, no loads in scored holds."""

    def __init__(self, key: Callable[[], str | None], *, on_terminal: bool) -> None:
        self._key = key
        self._on_terminal = on_terminal
        self._line = ""

    def say(self, text: str) -> None:
        self._clear()
        click.echo(clean(text), err=True)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        if not self._on_terminal:
            return
        left = "" if left_s is None else f" {max(left_s, 0.0):4.0f} s"
        line = f"{phase}{left}"
        if not scored and live.left_n is not None and live.right_n is not None:
            line = f"{line:<28} L {_bar(live.left_n, live)} R {_bar(live.right_n, live)}"
        if line != self._line:
            sys.stderr.write("\r" + line[:WIDTH].ljust(WIDTH))
            sys.stderr.flush()
            self._line = line

    def trial(self, trial: Trial, purpose: str) -> None:
        self._clear()
        click.echo(f"  {result_line(trial, purpose)}", err=True)

    def key(self) -> str | None:
        return self._key()

    def _clear(self) -> None:
        if self._line:
            sys.stderr.write("\r" + " " * WIDTH + "\r")
            self._line = ""


def _bar(force_n: float, live: Live) -> str:
    whole = live.body_weight_n or 800.0
    filled = min(max(round(BAR * force_n / whole), 0), BAR)
    return "[" + "#" * filled + "." * (BAR - filled) + "]"

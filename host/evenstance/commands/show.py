"""How a guided session looks: the whole terminal where there is one, else plain lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from evenstance.commands.session_words import result_line
from evenstance.flows.live import Live
from evenstance.metrics.hold import Trial

if TYPE_CHECKING:
    from evenstance.commands.keys import Keys
    from evenstance.flows.stand import Screenplay


class PlainView:
    """A screenplay of lines on standard error: what was said, and each hold as it ends."""

    def __init__(self, key: Callable[[], str | None] = lambda: None) -> None:
        self._key = key

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        """Lines do not move."""

    def trial(self, trial: Trial, purpose: str) -> None:
        click.echo(f"  {result_line(trial, purpose)}", err=True)

    def key(self) -> str | None:
        return self._key()


@contextmanager
def shown(
    keys: Keys, title: str, *, wanted_n: int | None = None
) -> Generator[Screenplay, None, None]:
    """Where a session is shown; `wanted_n` scored holds on each leg make the progress."""
    from evenstance.commands.terminal_view import TerminalView, can_draw

    if not can_draw(sys.stderr):
        yield PlainView(keys.get)
        return
    with TerminalView(keys.get, title, wanted_n=wanted_n, keys=keys.listening) as view:
        yield view

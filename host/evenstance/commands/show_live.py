"""How the live view alone looks: one line on a terminal, lines without one, or JSON lines."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable

import click

from evenstance.flows.live import Live
from evenstance.flows.watch import FULL_N, left_share_pct
from evenstance.metrics.hold import Trial
from evenstance_wire import flags

BAR = 16
PLAIN_EVERY_S = 1.0


class LiveLine:
    """On a terminal one line that follows the loads; without one a line a second."""

    def __init__(self, key: Callable[[], str | None], *, on_terminal: bool) -> None:
        self._key = key
        self._on_terminal = on_terminal
        self._shown = ""
        self._next_s = 0.0

    def say(self, text: str) -> None:
        self.close()
        click.echo(text, err=True)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        if self._on_terminal:
            width = shutil.get_terminal_size().columns - 1
            line = f"{_numbers(live)}  L {_bar(live.left_n, live)} R {_bar(live.right_n, live)}"
            sys.stderr.write("\r" + line[:width].ljust(min(len(self._shown), width)))
            sys.stderr.flush()
            self._shown = line
        elif live.device_s >= self._next_s:
            self._next_s = live.device_s + PLAIN_EVERY_S
            click.echo(_numbers(live))

    def trial(self, trial: Trial, purpose: str) -> None:
        """The live view makes no trials."""

    def key(self) -> str | None:
        return self._key()

    def close(self) -> None:
        """Leave the live line as it is; what follows is below it."""
        if self._shown:
            click.echo(err=True)
            self._shown = ""


class JsonLines:
    """Every live message as one JSON object on a line of standard output."""

    def __init__(self, key: Callable[[], str | None]) -> None:
        self._key = key

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        click.echo(json.dumps(live_json(live), allow_nan=False))

    def trial(self, trial: Trial, purpose: str) -> None:
        """The live view makes no trials."""

    def key(self) -> str | None:
        return self._key()

    def close(self) -> None:
        """Every line is whole."""


def live_json(live: Live) -> dict[str, object]:
    """One message of the live view for a program."""
    return {
        "device_s": round(live.device_s, 6),
        "state": flags.STATES[live.state],
        "left_n": live.left_n,
        "right_n": live.right_n,
        "left_share_pct": left_share_pct(live),
        "body_weight_n": live.body_weight_n,
    }


def _numbers(live: Live) -> str:
    share_pct = left_share_pct(live)
    share = "  --" if share_pct is None else f"{share_pct:3.0f}%"
    state = flags.STATES[live.state].replace("_", " ")
    return f"{state:<9} left {_newtons(live.left_n)} right {_newtons(live.right_n)} left {share}"


def _newtons(force_n: float | None) -> str:
    return "   -- N" if force_n is None else f"{force_n:5.0f} N"


def _bar(force_n: float | None, live: Live) -> str:
    whole_n = live.body_weight_n or FULL_N
    filled = min(max(round(BAR * (force_n or 0.0) / whole_n), 0), BAR)
    return "[" + "#" * filled + "." * (BAR - filled) + "]"

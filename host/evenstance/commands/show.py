"""How a guided session looks: spoken lines, and on a terminal one live line below them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from evenstance.flows.live import Live
from evenstance.metrics.hold import Trial

BAR = 20
WIDTH = 78


class SessionView:
    """A screenplay on standard error; the live line shows no numbers in scored holds."""

    def __init__(self, key: Callable[[], str | None], *, on_terminal: bool) -> None:
        self._key = key
        self._on_terminal = on_terminal
        self._line = ""

    def say(self, text: str) -> None:
        self._clear()
        click.echo(text, err=True)

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
        steadiness = (
            "not scored" if trial.force_sd_n is None else f"force SD {trial.force_sd_n:.2f} N"
        )
        why = "" if trial.valid else f" ({', '.join(trial.reasons)})"
        if purpose == "practice":
            steadiness, why = "not scored", ""
        touches = f", {trial.touch_down_count} touch-down(s)" if trial.touch_down_count else ""
        click.echo(
            f"  {purpose} hold {trial.seq}: {trial.stance_leg}, {trial.hold_time_s:.1f} s, "
            f"{steadiness}{touches}{why}",
            err=True,
        )

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

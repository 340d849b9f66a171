"""Results on a terminal: the holds, the comparison with its interval, the verdict, the plan."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from evenstance.metrics.hold import Trial
from evenstance.metrics.possible import OUT_OF_RANGE
from evenstance.report.clean_text import clean, one_line
from evenstance.report.faults import FAULT_ADVICE
from evenstance.report.rules import filter_line, rules_line

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison, Verdict

WIDTH = 96
FULL_TABLE = 80
NARROW = ("trial", "leg", "s", "force SD", "touches", "")
"""Columns of the holds in a window of fewer columns than FULL_TABLE."""
DISCLAIMER = "Not a medical device."
REASONS = {
    "too_short": "ended before the record was full",
    "stray_load": "the free foot rested on its plate",
    "dropped_samples": "more than 2 % of the samples were lost",
    "gap": "a gap of more than 0.1 s in the samples",
    "saturation": "a converter was at its rail",
    "sensor_fault": "a converter fell silent",
    "overload": "more force than the plate may carry",
    "stopped": "stopped from outside",
    OUT_OF_RANGE: "its numbers cannot be those of a person on a board",
    **{name: advice.what for name, advice in FAULT_ADVICE.items() if name != "overload"},
}


class Terminal:
    """Prints to one stream; plain when it is no terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        from rich.console import Console

        stream = sys.stdout if stream is None else stream
        wide = Console(file=stream)
        width = min(wide.width, WIDTH) if wide.is_terminal else WIDTH
        self._console = Console(file=stream, width=width, highlight=False)

    def line(self, text: str = "", style: str | None = None, *, indent: int = 0) -> None:
        """One paragraph, wrapped; `indent` columns from the left, what is wrapped two more."""
        from rich.text import Text

        shown = Text(clean(text))
        if not indent:
            self._console.print(shown, style=style)
            return
        for n, part in enumerate(shown.wrap(self._console, self._console.width - indent - 2)):
            part.rstrip()
            part.pad_left(indent + (2 if n else 0))
            self._console.print(part, style=style)

    def holds(self, trials: Sequence[Trial], starts_s: Sequence[float] | None = None) -> None:
        """One row a trial; why one does not count stands below the table."""
        from rich.table import Table

        narrow = self._console.width < FULL_TABLE
        space = 1 if narrow else 2
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, space, 0, 0))
        names = ("trial", "leg", "s", "steadiness, force SD", "mean", "share", "touches", "")
        for name in NARROW if narrow else names:
            table.add_column(name, justify="left" if name in ("leg", "") else "right")
        notes: list[str] = []
        for n, trial in enumerate(trials):
            cells = [
                str(trial.seq),
                trial.stance_leg,
                f"{trial.hold_time_s:.1f}",
                _steadiness(trial),
                _with(trial.force_mean_n, "N", 1),
                "-" if trial.load_share_pct is None else f"{trial.load_share_pct.mean:.1f} %",
                "-" if trial.touch_down_count is None else str(trial.touch_down_count),
                "valid" if trial.valid else "does not count",
            ]
            table.add_row(*([*cells[:4], *cells[6:]] if narrow else cells))
            if not trial.valid:
                why = "; ".join(REASONS.get(r, r) for r in trial.reasons)
                notes.append(f"trial {trial.seq} does not count: {why}")
            if starts_s is not None:
                notes += [
                    f"trial {trial.seq}: touch-down at {starts_s[n] + t.at_s:.2f} s for "
                    f"{1000 * t.duration_s:.0f} ms, up to {t.peak_n:.0f} N"
                    for t in trial.touch_downs
                ]
        self._console.print(table)
        for note in notes:
            self.line(f"  {note}", "yellow")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A plain narrow table; the first column is on the left."""
        from rich.markup import escape
        from rich.table import Table

        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
        for number, name in enumerate(header):
            table.add_column(escape(one_line(name)), justify="right" if number else "left")
        for row in rows:
            table.add_row(*(escape(one_line(cell)) for cell in row))
        self._console.print(table)

    def comparison(self, found: Comparison) -> None:
        """Both legs and the difference, with its interval and what was assumed."""
        larger = found.left_n if found.left_n > found.right_n else found.right_n
        for leg, value, holds in (
            ("left", found.left_n, found.holds_left),
            ("right", found.right_n, found.holds_right),
        ):
            bar = "#" * round(32 * value / larger)
            self.line(f"  {leg:<5}  {value:5.2f} N  {bar:<32}  geometric mean of {holds} holds")
        side = "right" if found.difference_pct > 0 else "left"
        self.line(
            f"  {side} larger by {abs(found.difference_pct):.1f} % ({found.formula}); "
            f"{found.confidence_pct:.0f} % interval {_signed(found.interval_low_pct)} to "
            f"{_signed(found.interval_high_pct)} (+ means right larger)"
        )
        self.line(
            f"  within-leg CV {found.within_leg_cv_pct:.1f} %: {found.within_leg_cv_source}", "dim"
        )
        self.line(
            f"  between-session SD {found.between_session_sd_pct:.1f} %: "
            f"{found.between_session_sd_source}",
            "dim",
        )

    def verdict(self, verdict: Verdict) -> None:
        """The step and its sentence."""
        self.line(f"Verdict, step {verdict.step} of 0-4: {verdict.text}", "bold")
        for note in verdict.notes:
            self.line(f"  {note}")

    def lines(self, lines: Sequence[str]) -> None:
        """Lines that are wrapped already."""
        from rich.markup import escape

        for line in lines:
            self._console.print(escape(clean(line)), soft_wrap=True)

    def replay(self, result: Mapping[str, Any]) -> None:
        """The object of `evenstance replay` for a person."""
        board = result["board"]
        self.line(
            f"firmware {board['firmware']}, protocol {board['protocol']}, rates "
            f"{board['rate_left_sps']} and {board['rate_right_sps']} SPS"
        )
        for hold in result["holds"]:
            sd = "not scored" if hold["force_sd_n"] is None else f"{hold['force_sd_n']:.2f} N"
            reasons = ", ".join(hold["reasons"])
            self.line(
                f"  {hold['seq']:>3} {hold['stance_leg']:<5} {hold['start_s']:9.3f} to "
                f"{hold['end_s']:9.3f} s  force SD {sd:>10}  "
                f"{_touches(hold['touch_down_count'])}  "
                + ("valid" if hold["valid"] else f"does not count: {reasons}")
            )
            for touch in hold["touch_downs"]:
                self.line(
                    f"      touch-down at {touch['at_s']:.3f} s for "
                    f"{1000 * touch['duration_s']:.0f} ms, up to {touch['peak_n']:.0f} N"
                )
        if not result["holds"]:
            self.line("  no trial")
        self.line(f"Verdict, step {result['verdict']['step']} of 0-4: {result['verdict']['text']}")
        if result["plan"] is None:
            self.line(result["plan_reason"])
        else:
            self.line("A plan was made; --json shows it whole.")
        self.line(filter_line(board["rate_left_sps"], board["rate_right_sps"]), "dim")
        self.line(rules_line(), "dim")
        self.line(DISCLAIMER, "dim")


def _steadiness(trial: Trial) -> str:
    if trial.force_sd_n is None:
        return "not scored"
    share = trial.force_sd_pct_bw
    return f"{trial.force_sd_n:.2f} N" + ("" if share is None else f" ({share:.2f} %BW)")


def _with(value: float | None, unit: str, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f} {unit}"


def _signed(value: float) -> str:
    return f"{value:+.1f} %"


def _touches(count: int | None) -> str:
    return "touch-downs not measured" if count is None else f"{count} touch-down(s)"

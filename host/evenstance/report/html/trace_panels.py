"""Force traces as small multiples: one panel a hold, all on the same two axes.

A panel shows the stance plate's force about its mean over the scored span. A trace is thinned to
the smallest and the largest sample of each of BINS spans, so nothing that sticks out is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.report.html.scale import Axis, Tick, path

if TYPE_CHECKING:
    from evenstance.report.html.report_data import ReportData
    from evenstance.signal.trace_force import HoldSignal
    from evenstance.store.records import StoredTrial

BINS = 150
WIDTH, HEIGHT = 230, 104
LEFT, RIGHT, TOP, BOTTOM = 30.0, 224.0, 8.0, 84.0
LEAST_RANGE_N, MOST_RANGE_N = 10.0, 60.0
SETTLING_S, RECORD_S = 5.0, 25.0


@dataclass(frozen=True)
class Panel:
    """One hold: heading, description for those who cannot see it, the line, where it touched."""

    leg: str
    heading: str
    alt: str
    line: str
    touches: tuple[float, ...]
    settled_at: float
    valid: bool


@dataclass(frozen=True)
class Panels:
    """All panels with their common axes; `range_n` is how far up and down they reach."""

    panels: tuple[Panel, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero_at: float
    range_n: float
    without: int
    """Scored holds of the session that are not drawn: no trace, or beyond the largest number."""


def trace_panels(data: ReportData) -> Panels:
    """Panels of the session that is shown."""
    drawn = [(t, data.signals[t.id]) for t in data.holds if t.id in data.signals]
    lines = [_thinned(trial, signal) for trial, signal in drawn]
    range_n = _range_n(lines)
    x = Axis(0.0, RECORD_S, LEFT, RIGHT)
    y = Axis(-range_n, range_n, BOTTOM, TOP)
    panels = tuple(
        _panel(number, trial, line, x, y)
        for number, ((trial, _), line) in enumerate(zip(drawn, lines, strict=True), 1)
    )
    return Panels(panels, x.ticks(), y.ticks(4), y.at(0.0), range_n, len(data.holds) - len(drawn))


def _panel(
    number: int, trial: StoredTrial, line: Sequence[tuple[float, float]], x: Axis, y: Axis
) -> Panel:
    hold = trial.hold
    sd = "not scored" if hold.force_sd_n is None else f"force SD {hold.force_sd_n:.2f} N"
    counts = "" if hold.valid else ", does not count"
    touches = len(hold.touch_downs)
    touched = f", {touches} touch-down{'s' if touches != 1 else ''}" if touches else ""
    return Panel(
        leg=hold.stance_leg,
        heading=f"{number}. {hold.stance_leg}: {sd}{counts}",
        alt=f"Force on the {hold.stance_leg} plate about its mean over "
        f"{hold.hold_time_s:.1f} s: {sd}{touched}{counts}.",
        line=path([(x.at(t_s), y.at(force_n)) for t_s, force_n in line]),
        touches=tuple(x.at(one.at_s) for one in hold.touch_downs),
        settled_at=x.at(SETTLING_S),
        valid=hold.valid,
    )


def _thinned(trial: StoredTrial, signal: HoldSignal) -> list[tuple[float, float]]:
    """(s, N from the mean) from lift-off to the end, at most two places a bin."""
    import numpy as np

    t_s, force_n = signal.stance.times_s, signal.stance.force_n
    inside = (t_s >= 0.0) & (t_s <= min(RECORD_S, trial.hold.hold_time_s))
    t_s, force_n = t_s[inside], force_n[inside]
    if t_s.size == 0:
        return []
    settled = t_s >= SETTLING_S
    about = float(np.mean(force_n[settled] if settled.any() else force_n))
    bins = np.minimum((t_s * (BINS / RECORD_S)).astype(int), BINS - 1)
    starts: list[int] = np.flatnonzero(np.diff(bins, prepend=-1)).tolist()
    kept: list[int] = []
    for start, stop in zip(starts, [*starts[1:], t_s.size], strict=True):
        part = force_n[start:stop]
        kept += sorted({start + int(part.argmin()), start + int(part.argmax())})
    return [(float(t_s[k]), float(force_n[k]) - about) for k in kept]


def _range_n(lines: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Half the height of the panels: the largest deviation once settled, within limits."""
    largest = max(
        (abs(force_n) for line in lines for t_s, force_n in line if t_s >= SETTLING_S),
        default=LEAST_RANGE_N,
    )
    return min(max(5.0 * -(-largest // 5.0), LEAST_RANGE_N), MOST_RANGE_N)

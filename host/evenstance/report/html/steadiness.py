"""Steadiness of each leg with its interval, and the share of the load that the stance leg bore."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.report.html.scale import Axis, Tick, around

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison
    from evenstance.metrics.hold import Leg
    from evenstance.reliability.personal import SessionError
    from evenstance.report.html.report_data import ReportData

LEFT, RIGHT = 52.0, 348.0
LANES: tuple[tuple[Leg, float], ...] = (("left", 24.0), ("right", 52.0))
FLOOR = 72.0
LEAST_SHARE_PCT = 95.0


@dataclass(frozen=True)
class LegLine:
    """One leg: geometric mean of its holds (N) and the 95 % interval, None where unknown."""

    leg: Leg
    at_y: float
    value_n: float
    holds: int
    low_n: float | None
    high_n: float | None
    value_at: float
    low_at: float | None
    high_at: float | None

    @property
    def interval(self) -> str:
        """In words."""
        if self.low_n is None or self.high_n is None:
            return "not known"
        return f"{self.low_n:.2f} to {self.high_n:.2f} N"


@dataclass(frozen=True)
class Steadiness:
    """Both legs on one axis; `alt` says in words what is drawn."""

    lines: tuple[LegLine, ...]
    ticks: tuple[Tick, ...]
    alt: str
    difference: str
    error: str


def steadiness(data: ReportData) -> Steadiness | None:
    """None without a comparison."""
    found = data.results.verdict.comparison
    if found is None:
        return None
    change = data.results.change
    errors = {} if change is None else dict(change.errors)
    rows: list[tuple[Leg, float, int, tuple[float, float] | None]] = []
    for leg in ("left", "right"):
        value, holds = (
            (found.left_n, found.holds_left)
            if leg == "left"
            else (found.right_n, found.holds_right)
        )
        rows.append((leg, value, holds, _interval(found, leg, value, errors.get(leg))))
    shown = [value for _, value, _, _ in rows]
    shown += [end for *_, ends in rows if ends is not None for end in ends]
    axis = Axis(*around(shown, 0.1), LEFT, RIGHT)
    lines = tuple(
        LegLine(
            leg,
            at_y,
            value,
            holds,
            None if ends is None else ends[0],
            None if ends is None else ends[1],
            axis.at(value),
            None if ends is None else axis.at(ends[0]),
            None if ends is None else axis.at(ends[1]),
        )
        for (leg, value, holds, ends), (_, at_y) in zip(rows, LANES, strict=True)
    )
    said = "; ".join(f"{one.leg} {one.value_n:.2f} N, interval {one.interval}" for one in lines)
    sources = sorted({one.source for subject, one in errors.items() if subject != "gap"})
    return Steadiness(
        lines,
        axis.ticks(),
        f"Force SD of each leg with its 95 % interval: {said}.",
        _difference(found),
        " and ".join(sources) or "not known",
    )


def _interval(
    found: Comparison, leg: Leg, value: float, error: SessionError | None
) -> tuple[float, float] | None:
    """About the mean of the compared sessions, by the error of one session's value."""
    if error is None:
        return None
    counts = [s.holds_left if leg == "left" else s.holds_right for s in found.sessions]
    if not counts or min(counts) == 0:
        return None
    variance = math.fsum(error.variance_of_next(1, n) for n in counts) / len(counts) ** 2
    half = error.quantile * math.sqrt(variance)
    return value * math.exp(-half), value * math.exp(half)


def _difference(found: Comparison) -> str:
    side = "right" if found.difference_pct > 0 else "left"
    return (
        f"{side} larger by {abs(found.difference_pct):.1f} % of the larger value, "
        f"{found.confidence_pct:.0f} % interval {found.interval_low_pct:+.1f} to "
        f"{found.interval_high_pct:+.1f} % (+: right larger)"
    )


@dataclass(frozen=True)
class ShareDot:
    """One hold: mean share and the smallest during it, as places."""

    leg: Leg
    at_y: float
    mean_at: float
    min_at: float
    valid: bool


@dataclass(frozen=True)
class Shares:
    """The strip; `ends` are the shares (%) at its ends."""

    dots: tuple[ShareDot, ...]
    ticks: tuple[Tick, ...]
    alt: str
    text: str


def load_shares(data: ReportData) -> Shares | None:
    """The holds of the session that is shown; None where no share is known."""
    known = [(t.hold, t.hold.load_share_pct) for t in data.holds]
    shares = [(hold, share) for hold, share in known if share is not None]
    if not shares:
        return None
    least = min(LEAST_SHARE_PCT, *(share.min for _, share in shares))
    axis = Axis(5.0 * math.floor(least / 5.0), 100.0, LEFT, RIGHT)
    lanes = dict(LANES)
    dots: list[ShareDot] = []
    seen: dict[Leg, int] = {"left": 0, "right": 0}
    for hold, share in shares:
        number = seen[hold.stance_leg]
        seen[hold.stance_leg] += 1
        at_y = lanes[hold.stance_leg] - 9.0 + 4.0 * (number % 5)
        dots.append(
            ShareDot(hold.stance_leg, at_y, axis.at(share.mean), axis.at(share.min), hold.valid)
        )
    text = "; ".join(
        f"{leg} {min(means):.1f} to {max(means):.1f} %"
        for leg, _ in LANES
        if (means := [share.mean for hold, share in shares if hold.stance_leg == leg])
    )
    return Shares(
        tuple(dots),
        axis.ticks(),
        f"Share of the load on the stance leg, hold by hold: {text}.",
        text,
    )

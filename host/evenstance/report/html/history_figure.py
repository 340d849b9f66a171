"""One figure for all sessions: each leg over time, and below it the gap, with their MDC bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from evenstance.report.html.scale import Axis, Tick, around, path

if TYPE_CHECKING:
    from evenstance.report.history import History, Row

LEFT, RIGHT = 46.0, 700.0
LEGS_TOP, LEGS_BOTTOM = 10.0, 150.0
GAP_TOP, GAP_BOTTOM = 172.0, 262.0
MOST_DAY_TICKS = 6


@dataclass(frozen=True)
class Mark:
    """One session on one line; hollow where it is not compared."""

    x: float
    y: float
    used: bool


@dataclass(frozen=True)
class Line:
    """Left, right or gap: its sessions, the line through the compared ones, band and centre."""

    subject: str
    marks: tuple[Mark, ...]
    path: str
    band_top: float | None
    band_bottom: float | None
    mean_at: float | None


@dataclass(frozen=True)
class Span:
    """A block of practice."""

    x: float
    width: float
    text: str


@dataclass(frozen=True)
class HistoryFigure:
    """`gap` is None behind a blocking answer: then nothing is compared."""

    legs: tuple[Line, ...]
    gap: Line | None
    leg_ticks: tuple[Tick, ...]
    gap_ticks: tuple[Tick, ...]
    gap_zero_at: float
    day_ticks: tuple[Tick, ...]
    blocks: tuple[Span, ...]
    unit: str
    alt: str
    height: float


def history_figure(found: History) -> HistoryFigure | None:
    """None without a session that has a value."""
    rows = [row for row in found.rows if row.left is not None or row.right is not None]
    if not rows:
        return None
    blocked = found.first is not None
    x = days_axis(rows, LEFT, RIGHT)
    y = legs_axis(found, rows, LEGS_BOTTOM, LEGS_TOP)
    lines = tuple(line_of(name, rows, x, y, found) for name in ("left", "right"))
    gaps = [row.gap for row in rows if row.gap is not None]
    gap: Line | None = None
    gap_ticks: tuple[Tick, ...] = ()
    zero_at = 0.0
    if gaps and not blocked:
        ends = [0.0, *gaps]
        ends += [end for b in found.bands if b.subject == "gap" for end in (b.low, b.high)]
        gap_axis = Axis(*around(ends), GAP_BOTTOM, GAP_TOP)
        gap = line_of("gap", rows, x, gap_axis, found)
        gap_ticks, zero_at = gap_axis.ticks(4), gap_axis.at(0.0)
    used = sum(row.why_not is None for row in rows)
    first, last = rows[0].session.day, rows[-1].session.day
    return HistoryFigure(
        legs=lines,
        gap=gap,
        leg_ticks=y.ticks(),
        gap_ticks=gap_ticks,
        gap_zero_at=zero_at,
        day_ticks=_day_ticks(rows, x),
        blocks=() if blocked else _blocks(found, x),
        unit=found.metric.unit,
        alt=f"{len(rows)} sessions from {first} to {last}, {used} of them compared: "
        f"{found.metric.name[0].lower()}{found.metric.name[1:]} of each leg"
        + ("." if gap is None else ", and the gap between the legs. The table has the numbers."),
        height=LEGS_BOTTOM + 24.0 if gap is None else GAP_BOTTOM + 24.0,
    )


def legs_axis(found: History, rows: Sequence[Row], start: float, end: float) -> Axis:
    """Both legs with their bands."""
    legs = [row.left.value for row in rows if row.left is not None]
    legs += [row.right.value for row in rows if row.right is not None]
    for band in found.bands:
        if band.subject != "gap":
            legs += [band.low, band.high]
    return Axis(*around(legs), start, end)


def line_of(subject: str, rows: Sequence[Row], x: Axis, y: Axis, found: History) -> Line:
    """One line with its band on these axes."""
    marks: list[Mark] = []
    for row in rows:
        leg = row.left if subject == "left" else row.right
        value = row.gap if subject == "gap" else None if leg is None else leg.value
        if value is not None:
            at = x.at(row.session.day.toordinal())
            marks.append(Mark(at, y.at(value), row.why_not is None))
    band = next((one for one in found.bands if one.subject == subject), None)
    return Line(
        subject,
        tuple(marks),
        path([(mark.x, mark.y) for mark in marks if mark.used]),
        None if band is None else y.at(band.high),
        None if band is None else y.at(band.low),
        None if band is None else y.at(band.mean),
    )


def days_axis(rows: Sequence[Row], start: float, end: float) -> Axis:
    """From the first session to the last one, with a little room."""
    first, last = rows[0].session.day.toordinal(), rows[-1].session.day.toordinal()
    room = max(1.0, 0.02 * (last - first))
    return Axis(first - room, last + room, start, end)


def _day_ticks(rows: list[Row], x: Axis) -> tuple[Tick, ...]:
    """Evenly spread days from the first session on, each once."""
    first, last = rows[0].session.day.toordinal(), rows[-1].session.day.toordinal()
    step = max(1, -(-(last - first) // (MOST_DAY_TICKS - 1)))
    days = range(first, last + 1, step)
    return tuple(Tick(x.at(day), date.fromordinal(day).isoformat()) for day in days)


def _blocks(found: History, x: Axis) -> tuple[Span, ...]:
    spans: list[Span] = []
    for number, block in enumerate(found.blocks, 1):
        end = (block.ended_on or block.last_day) + timedelta(days=1)
        low, high = x.at(block.starts_on.toordinal()), x.at(end.toordinal())
        if high > low:
            spans.append(Span(low, round(high - low, 1), f"block {number}"))
    return tuple(spans)

"""Small multiples: the history of each person of a team, both legs with their MDC bands.

Every panel has a scale of its own: they show how a person's sessions lie to each other, and are
not to be held against another person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.report.clean_text import one_line
from evenstance.report.html.history_figure import Line, days_axis, legs_axis, line_of
from evenstance.report.html.scale import Tick

if TYPE_CHECKING:
    from evenstance.report.team import Member

LEFT, RIGHT = 34.0, 222.0
TOP, BOTTOM = 12.0, 82.0
MOST_TICKS = 4


@dataclass(frozen=True)
class TeamPanel:
    """One person; `first` and `last` are the days at the ends, one where there is only one."""

    heading: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    unit: str
    first: str
    last: str
    alt: str


def team_panel(member: Member) -> TeamPanel | None:
    """None without a session that has a value, and behind a blocking answer."""
    found = member.history
    rows = [row for row in found.rows if row.left is not None or row.right is not None]
    if not rows or member.blocked:
        return None
    x = days_axis(rows, LEFT, RIGHT)
    y = legs_axis(found, rows, BOTTOM, TOP)
    days = [rows[0].session.day.isoformat(), rows[-1].session.day.isoformat()]
    name = one_line(member.name)
    return TeamPanel(
        heading=name,
        lines=tuple(line_of(leg, rows, x, y, found) for leg in ("left", "right")),
        ticks=y.ticks(MOST_TICKS),
        unit=found.metric.unit,
        first=days[0],
        last="" if days[0] == days[1] else days[1],
        alt=f"{name}: {found.metric.name[0].lower()}{found.metric.name[1:]} of each leg in "
        f"{len(rows)} session(s), {days[0]} to {days[1]}, {member.used} of them compared"
        + (", with the MDC band of each leg." if found.bands else "; no MDC band yet."),
    )

"""A team as one file: who needs what, everybody in a table, each history small, methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance import __version__
from evenstance.decision.parameters import TABLE
from evenstance.metrics.definition import GRADES
from evenstance.metrics.registry import BY_ID
from evenstance.report.clean_text import one_line
from evenstance.report.html.appendix import DIFFERENCE
from evenstance.report.html.page import rendered
from evenstance.report.html.team_panels import TeamPanel, team_panel
from evenstance.report.rules import rules_line
from evenstance.report.team import LATEST_APART, Member, Team, unlike_words
from evenstance.report.team_text import NOT_RANKED

if TYPE_CHECKING:
    from evenstance.metrics.definition import Definition

_NAMED = (
    "This page names {people} and tells of each of them. Show or give it only to somebody who may "
    "know this of all of them. `evenstance report --athlete NAME` writes the page for one person; "
    "`evenstance report --team --anonymous` leaves the names out."
)
_NUMBERED = (
    "This page tells of {people} by their numbers in the history, which `evenstance athlete list "
    "--json` has. The days are real ones: somebody who knows when a person was measured can find "
    "out who it is."
)


@dataclass(frozen=True)
class PersonRow:
    """One person as cells of the table."""

    name: str
    last: str
    holds: str
    words: str
    gap: str
    next: str
    day: str
    used: str


@dataclass(frozen=True)
class ApartRow:
    """Why sessions of one person are not compared, one line each."""

    name: str
    left_out: tuple[str, ...]
    more: int
    unlike: str


@dataclass(frozen=True)
class TeamPage:
    """The whole page in words."""

    made_on: str
    people: str
    privacy: str
    needs: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[PersonRow, ...]
    apart: tuple[ApartRow, ...]
    panels: tuple[TeamPanel, ...]
    without: int
    metrics: tuple[Definition, ...]
    versions: tuple[tuple[str, str], ...]


def team_html(team: Team) -> str:
    """The report for a team as one file."""
    page = _page(team)
    return rendered(
        "team.html.j2",
        title=f"Team report: {page.people}, {page.made_on}",
        page=page,
        not_ranked=NOT_RANKED,
        difference=DIFFERENCE,
        parameters=TABLE,
        grades=tuple(GRADES.items()),
        rules=rules_line(),
    )


def _page(team: Team) -> TeamPage:
    count = len(team.members)
    people = "1 person" if count == 1 else f"{count} people"
    panels = [team_panel(member) for member in team.members]
    shown = tuple(panel for panel in panels if panel is not None)
    used = sorted({member.history.metric.id for member in team.members}) or ["force_sd_n"]
    made = sorted({f"evenstance {m.last.host_version}" for m in team.members if m.last})
    methods = sorted({member.history.method for member in team.members})
    return TeamPage(
        made_on=team.made_on.isoformat(),
        people=people,
        privacy=(_NUMBERED if team.anonymous else _NAMED).format(people=people),
        needs=tuple(
            (title, tuple(one_line(one.name) for one in members)) for title, members in team.groups
        ),
        rows=tuple(_row(member) for member in team.members),
        apart=tuple(_apart(member) for member in team.members if member.apart),
        panels=shown,
        without=count - len(shown),
        metrics=tuple(BY_ID[name] for name in used),
        versions=(
            ("this report", f"evenstance {__version__}, made on {team.made_on.isoformat()}"),
            ("programs that led the last sessions", ", ".join(made) or "-"),
            ("method of the legs' values", ", ".join(methods) or "-"),
        ),
    )


def _row(member: Member) -> PersonRow:
    last = member.last
    number = len(member.history.rows)
    return PersonRow(
        name=one_line(member.name),
        last="none yet" if last is None else last.day.isoformat(),
        holds="-" if last is None else f"{last.scored_left}, {last.scored_right}",
        words="-" if member.blocked else member.words,
        gap=member.gap or "-",
        next=member.title,
        day=""
        if member.next.day is None or member.next.kind == "blocked"
        else member.next.day.isoformat(),
        used="-" if member.blocked else f"{member.used} of {number}",
    )


def _apart(member: Member) -> ApartRow:
    told = member.left_out[-LATEST_APART:]
    return ApartRow(
        name=one_line(member.name),
        left_out=tuple(one.text for one in told),
        more=len(member.left_out) - len(told),
        unlike=unlike_words(member.unlike),
    )

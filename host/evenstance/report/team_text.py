"""A team on a terminal: a few short lines a person, for windows from 60 columns on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evenstance.report.clean_text import one_line
from evenstance.report.team import LATEST_APART, unlike_words
from evenstance.report.terminal import DISCLAIMER, Terminal

if TYPE_CHECKING:
    from evenstance.report.team import Member, Team

NOT_RANKED = (
    "In the order of what is to be done, then of days and names. People are not ranked: force SD "
    "depends on body weight and build."
)


def show_team(team: Team, terminal: Terminal | None = None) -> None:
    """How many need what, then everybody, the most pressing first."""
    terminal = Terminal() if terminal is None else terminal
    count = len(team.members)
    people = "1 person" if count == 1 else f"{count} people"
    terminal.line(f"Team on {team.made_on.isoformat()}: {people}", "bold")
    if not team.members:
        terminal.line("Nobody is in the list yet: `evenstance athlete add NAME`.")
        return
    for title, members in team.groups:
        terminal.line(f"  {len(members):>3}  {title}")
    for title, members in team.groups:
        terminal.line()
        terminal.line(f"{title} ({len(members)})", "bold")
        for member in members:
            terminal.line(one_line(member.name), indent=2)
            for line in _lines(member):
                terminal.line(line, indent=4)
    terminal.line()
    terminal.line(
        "Gap: force SD of the legs, pct_larger with its 95 % interval; + means right larger.",
        "dim",
    )
    terminal.line(NOT_RANKED, "dim")
    terminal.line(DISCLAIMER, "dim")


def _lines(member: Member) -> Iterator[str]:
    if member.last is None:
        yield "no session with a scored hold yet"
    else:
        number = len(member.history.rows)
        sessions = "1 session" if number == 1 else f"{number} sessions"
        yield f"last {member.last.day.isoformat()}; valid holds {member.holds}; {sessions}"
    if member.blocked:
        return
    if member.last is not None:
        yield f"{member.words}: {member.gap}" if member.gap else member.words
    yield f"next: {member.coming}"
    left_out = member.left_out
    for one in left_out[-LATEST_APART:]:
        yield f"not compared: {one.text}"
    if len(left_out) > LATEST_APART:
        yield f"and {len(left_out) - LATEST_APART} earlier session(s) that are not compared"
    if member.unlike:
        yield f"compared, but not all as the latest (sessions): {unlike_words(member.unlike)}"

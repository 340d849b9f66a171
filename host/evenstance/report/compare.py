"""Two sessions side by side, with the MDC of the two and what was not the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenstance.decision.change_text import CAUTION, ERRORS, error_lines, gap_line, leg_line
from evenstance.report.change import change_json
from evenstance.report.differences import Difference, differences_json
from evenstance.report.rules import rules_json
from evenstance.report.session_words import named, stood, when_json
from evenstance.report.terminal import DISCLAIMER, Terminal

if TYPE_CHECKING:
    from evenstance.decision.change import Change
    from evenstance.store.records import Athlete, StoredSession


@dataclass(frozen=True)
class Compared:
    """The earlier and the later session of one person; `change` is made of these two alone."""

    athlete: Athlete
    before: StoredSession
    after: StoredSession
    metric: str
    method: str
    change: Change
    differences: tuple[Difference, ...]
    few_holds: tuple[str, ...]
    """Legs with fewer holds than a session that counts has, in words."""


def compared_json(found: Compared) -> dict[str, Any]:
    """The documented object."""
    told = change_json(found.change)
    return {
        "athlete": found.athlete.name,
        "metric": found.metric,
        "method": found.method,
        "before": when_json(found.before),
        "after": when_json(found.after),
        "legs": told["legs"],
        "gap": told["gap"],
        "errors": told["errors"],
        "differences": differences_json(found.differences),
        "few_holds": list(found.few_holds),
        "caution": CAUTION,
        "rules": rules_json(),
    }


def show_compared(found: Compared, terminal: Terminal | None = None) -> None:
    """Warnings first, then the numbers."""
    terminal = Terminal() if terminal is None else terminal
    terminal.line(f"{found.athlete.name}: two sessions, {found.metric} ({found.method})", "bold")
    for word, session in (("before", found.before), ("now", found.after)):
        terminal.line(f"  {word}: {named(session)}, {session.protocol_name}")
        terminal.line(f"    {stood(session.conditions)}")
    terminal.line()
    if found.differences or found.few_holds:
        terminal.line("Compare with care, not the same in both:", "yellow")
        for one in found.differences:
            terminal.line(f"  {one.text}", "yellow")
        for line in found.few_holds:
            terminal.line(f"  {line}", "yellow")
        terminal.line()
    for leg in found.change.legs:
        terminal.line(leg_line(leg))
    if found.change.gap is not None:
        terminal.line(gap_line(found.change.gap))
    terminal.line()
    for line in (*error_lines(found.change.errors), ERRORS, CAUTION):
        terminal.line(line, "dim")
    terminal.line(
        "Two sessions that somebody chose are no verdict: `evenstance results` gives it.", "dim"
    )
    terminal.line(DISCLAIMER, "dim")

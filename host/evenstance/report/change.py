"""A change over time as JSON, and as paragraphs on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenstance.decision.change import Change
from evenstance.decision.change_text import CAUTION, lines, requirement_line, summary
from evenstance.report.plain import plain

if TYPE_CHECKING:
    from evenstance.report.terminal import Terminal


def change_json(found: Change) -> dict[str, Any]:
    """Sessions by id and day, the three comparisons, trends, requirements, errors with origin."""
    return {
        "state": found.state,
        "text": summary(found),
        "base": [_session(s.session_id, s.day) for s in found.base],
        "retest": [_session(s.session_id, s.day) for s in found.retest],
        "legs": plain(found.legs),
        "gap": plain(found.gap),
        "trends": plain(found.trends),
        "requirements": plain(found.requirements),
        "direction": plain(found.direction),
        "errors": {
            subject: {
                "source": error.source,
                "origin": error.origin,
                "sessions": error.sessions,
                "df": error.df,
                "sem_pct": error.sem_pct,
                "low_pct": error.low_pct,
                "high_pct": error.high_pct,
            }
            for subject, error in found.errors
        },
        "caution": CAUTION,
    }


def show_change(found: Change, terminal: Terminal) -> None:
    """All of it once there is a re-test; before that only what a re-test must show."""
    if found.state == "compared":
        terminal.line("Change over time", "bold")
        for text in lines(found):
            terminal.line(f"  {text}")
        terminal.line()
    elif found.state == "no_retest":
        terminal.line("Change over time", "bold")
        terminal.line(f"  {summary(found)}")
        terminal.line(f"  {requirement_line(found.requirements[-1])}")
        terminal.line()


def _session(session_id: str, day: object) -> dict[str, Any]:
    return {"session_id": session_id, "day": plain(day)}

"""The verdict on a re-test as lines for a terminal and as JSON."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from evenstance.plan.lines import WIDTH, grade_tag
from evenstance.report.plain import plain
from evenstance.retest.parameters import TABLE

if TYPE_CHECKING:
    from evenstance.knowledge.exercise import Statement
    from evenstance.report.terminal import Terminal
    from evenstance.retest.types import Next, Retest

NEXT: dict[Next, str] = {
    "maintain": "little practice, and the follow-up tests",
    "second_block": "a second block, the last one",
    "stop": "no more practice for this difference",
    "screen_again": "the whole screen again",
    "measure_again": "measure again",
    "continue_once": "a block may go on or begin",
}
"""What comes next in a few words, for a table of the history."""


def retest_lines(found: Retest) -> list[str]:
    """Plain text, at most 78 columns; every sentence with its grade and sources."""
    told = textwrap.wrap(_graded(found.headline), WIDTH)
    for statement in found.statements:
        told += textwrap.wrap(
            _graded(statement), WIDTH, initial_indent="- ", subsequent_indent="  "
        )
    return told


def retest_json(found: Retest) -> dict[str, Any]:
    """The verdict with its numbers, and the assumed parameters with their grounds."""
    return {**found.as_dict(), "next_text": NEXT[found.next], "parameters": plain(TABLE)}


def show_retest(found: Retest, terminal: Terminal) -> None:
    """It takes the place of the plain change over time: that does not know what was expected."""
    terminal.line("Re-test" if found.practised != "none" else "After the wait", "bold")
    terminal.lines(retest_lines(found))
    terminal.line()


def _graded(statement: Statement) -> str:
    return f"{statement.text} {grade_tag(statement)}"

"""What comes next, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evenstance.plan.lines import dose_lines, statement_lines
from evenstance.plan.next_step import Kind, NextStep

TITLES: dict[Kind, str] = {
    "blocked": "A screening answer comes first",
    "screen": "Answer the whole screen",
    "measure": "Measure",
    "nothing": "Nothing to do",
    "begin": "A plan may begin",
    "wait": "Wait",
    "wait_for_look": "No practice before the look",
    "practise": "Practice",
    "rest_day": "A day of rest",
    "look": "The look",
    "pause": "Pause before the re-test",
    "retest": "Re-test",
    "verdict": "What the re-test says",
    "second_block": "A second block may follow",
    "maintain": "Keep what there is",
    "follow_up": "Follow-up test",
    "stopped": "No more practice for this",
}


def next_lines(step: NextStep) -> list[str]:
    """Title and day, then every sentence with its grade, then the doses."""
    return list(_lines(step))


def _lines(step: NextStep) -> Iterator[str]:
    day = "" if step.day is None else f", {step.day.isoformat()}"
    yield f"Next: {TITLES[step.kind]}{day}"
    yield from statement_lines(step.statements)
    if step.doses:
        yield ""
        yield "Warm-up"
        yield from dose_lines(step.warm_up)
        yield ""
        yield f"Today, stage {step.stage} of 6"
        yield from dose_lines(step.doses)
    if step.daily:
        yield ""
        yield "If you like, once today"
        yield from dose_lines(step.daily)

"""The registry of metrics and refusals, as lines, tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from evenstance.metrics.definition import GRADES, REASONS, Definition
from evenstance.metrics.refused import REFUSED, Refused
from evenstance.metrics.registry import METRICS

WIDTH = 96
_LABEL = 15


def definition_json(one: Definition) -> dict[str, Any]:
    """Everything that is said of a metric."""
    return {
        "id": one.id,
        "name": one.name,
        "formula": one.formula,
        "unit": one.unit,
        "polarity": one.polarity,
        "task": one.task,
        "minimum_data": one.minimum_data,
        "valid_range": list(one.valid_range),
        "low_pass_hz": one.low_pass_hz,
        "source": one.source,
        "grade": one.grade,
        "error": one.error,
        "error_kind": one.error_kind,
        "version": one.version,
        "method": one.method.id,
        "parameters": dict(one.method.parameters),
        "missing_when": {reason: REASONS[reason] for reason in one.spoilt_by},
        "exploratory": one.exploratory,
        "also_known_as": one.also_known_as or None,
    }


def refused_json(one: Refused) -> dict[str, Any]:
    """A number that is refused, with the reason."""
    return {
        "id": one.name,
        "refused": True,
        "synonyms": list(one.synonyms),
        "reason": one.reason,
        "instead": one.instead,
    }


def list_json() -> dict[str, Any]:
    """All metrics and all refusals."""
    return {
        "metrics": [definition_json(one) for one in METRICS],
        "refused": [refused_json(one) for one in REFUSED],
    }


def list_lines() -> list[str]:
    """Ids, units and names by task, then the refused names."""
    width = max(len(one.id) for one in METRICS)
    lines: list[str] = []
    for task, words in (("single_leg", "single-leg hold"), ("two_legged", "two-legged stance")):
        lines.append(f"{words}:")
        for one in METRICS:
            if one.task == task:
                mark = ", exploratory" if one.exploratory else ""
                lines.append(f"  {one.id:<{width}}  {one.unit:<4} [{one.grade}] {one.name}{mark}")
    names = ", ".join(one.name for one in REFUSED)
    lines += ["what this board cannot know:"]
    lines += wrap(names, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return [*lines, "More of one: `evenstance metrics explain ID`."]


def definition_lines(one: Definition) -> list[str]:
    """A metric for a person."""
    low, high = one.valid_range
    rows = [
        ("formula", one.formula),
        ("unit", one.unit),
        ("better", _POLARITY[one.polarity]),
        ("task", one.task.replace("_", " ")),
        ("needs", one.minimum_data),
        ("can be", f"{low:g} to {high:g} {one.unit}"),
        ("low-pass", "none" if one.low_pass_hz is None else f"{one.low_pass_hz:g} Hz"),
        ("error", one.error),
        ("source", one.source),
        ("grade", f"{one.grade}: {GRADES[one.grade]}"),
        ("method", one.method.id),
        ("parameters", ", ".join(f"{k} {v}" for k, v in one.method.parameters) or "none"),
        ("not given when", "; ".join(REASONS[r] for r in one.spoilt_by) or "too little data"),
    ]
    if one.also_known_as:
        rows.append(("also known as", one.also_known_as))
    title = f"{one.id}: {one.name}" + (" (exploratory)" if one.exploratory else "")
    return [title, *(line for label, text in rows for line in _row(label, text))]


_POLARITY = {
    "lower_better": "lower",
    "higher_better": "higher",
    "none": "neither",
}


def _row(label: str, text: str) -> list[str]:
    lines = wrap(text, WIDTH - _LABEL - 2)
    return [f"  {(label if k == 0 else ''):<{_LABEL}}{line}" for k, line in enumerate(lines)]


def metrics_table() -> str:
    """The part of docs/metrics.md that is made from the registry."""
    head = ("id", "unit", "better", "formula", "needs", "error", "source", "grade", "version")
    rows = [
        (
            f"`{one.id}`" + (" (exploratory)" if one.exploratory else ""),
            one.unit,
            _POLARITY[one.polarity],
            one.formula + (f". {one.also_known_as}" if one.also_known_as else ""),
            one.minimum_data,
            one.error,
            one.source,
            one.grade,
            str(one.version),
        )
        for one in METRICS
    ]
    refusals = [
        (f"`{one.name}`", ", ".join(f"`{s}`" for s in one.synonyms), one.reason, one.instead)
        for one in REFUSED
    ]
    reasons = [(f"`{name}`", text) for name, text in REASONS.items()]
    return "\n\n".join(
        (
            _table(head, rows),
            "A number that cannot be given has a reason instead of a value:",
            _table(("reason", "meaning"), reasons),
            "What this board cannot know is refused by name:",
            _table(("name", "other names", "why", "instead"), refusals),
        )
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)

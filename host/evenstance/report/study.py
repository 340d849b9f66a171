"""A study of the ladder as markdown tables and as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from evenstance.decision.characteristics import NAIVE_LIMITS_PCT, Rates
from evenstance.decision.parameters import LADDER, Ladder

TableName = Literal["naive", "equal", "power", "curve", "control"]
TABLES: tuple[TableName, ...] = ("naive", "equal", "power", "curve", "control")
LIMIT_CV_PCT = 15.0


@dataclass(frozen=True)
class StudyOptions:
    """Which tables, of which people; empty tuples mean each table's own choice."""

    tables: tuple[TableName, ...] = TABLES
    people: int = 10_000
    seed: int = 1
    cvs_pct: tuple[float, ...] = ()
    holds: tuple[int, ...] = ()
    sessions: int = LADDER.sessions
    differences_pct: tuple[float, ...] = ()
    scenarios: tuple[str, ...] = ()
    wander_pct: float | None = None
    correlation: float | None = None
    ladder: Ladder = LADDER


@dataclass(frozen=True)
class Study:
    """What was simulated: the cells of each table, and what it took."""

    options: StudyOptions
    tables: dict[TableName, list[Rates]] = field(default_factory=dict[TableName, list[Rates]])
    sessions: int = 0
    seconds: float = 0.0

    @property
    def sessions_per_s(self) -> float:
        """Simulated sessions a second, drawing and judging them."""
        return self.sessions / self.seconds if self.seconds > 0.0 else math.inf


def study_json(study: Study) -> dict[str, Any]:
    """All cells with their shares (%), the seed and the parameters of the ladder."""
    options = study.options
    return {
        "seed": options.seed,
        "people": options.people,
        "ladder": dataclasses.asdict(options.ladder),
        "tables": {name: [_cell_json(r) for r in found] for name, found in study.tables.items()},
        "worst": worst_json(study),
        "sessions": study.sessions,
        "sessions_per_s": round(study.sessions_per_s),
    }


def _cell_json(r: Rates) -> dict[str, Any]:
    cell = dataclasses.asdict(r.cell)
    return {
        **{name: value for name, value in cell.items() if name != "scenario"},
        "scenario": r.cell.scenario.name,
        "steps_pct": [list(row) for row in r.steps_pct],
        "reasons_pct": r.reasons_pct,
        "block_pct": r.block_pct,
        "block_error_pct": r.error_pct(r.block_pct),
        "ever_block_pct": r.ever_block_pct,
        "naive_pct": dict(
            zip((f"over_{x:g}" for x in NAIVE_LIMITS_PCT), r.naive_pct, strict=True)
        ),
        "set_aside_pct": r.set_aside_pct,
    }


def worst_json(study: Study) -> dict[str, Any] | None:
    """The highest false alarms among cells that count; None without such cells."""
    held = study.options.ladder.min_holds_per_leg
    cells = [
        r
        for r in study.tables.get("equal", [])
        if r.cell.holds >= held and r.cell.cv_pct <= LIMIT_CV_PCT
    ]
    if not cells:
        return None
    seen = max(cells, key=lambda r: r.steps_pct[0][2])
    block = max(cells, key=lambda r: r.ever_block_pct)
    return {
        "cells": len(cells),
        "seen_once_pct": seen.steps_pct[0][2],
        "seen_once_cell": _name(seen),
        "block_pct": block.ever_block_pct,
        "block_cell": _name(block),
    }


def study_lines(study: Study) -> Iterator[str]:
    """Every table in markdown."""
    makers: dict[str, Callable[[Sequence[Rates]], Iterator[str]]] = {
        "naive": _naive,
        "equal": _equal,
        "power": _power,
        "curve": _curve,
        "control": _control,
    }
    for name, found in study.tables.items():
        yield from makers[name](found)
    worst = worst_json(study)
    if worst is not None:
        yield (
            f"Worst of {worst['cells']} cells with equal legs, "
            f"{study.options.ladder.min_holds_per_leg} or more holds and a CV up to "
            f"{LIMIT_CV_PCT:g} %: seen after one session {worst['seen_once_pct']:.2f} % "
            f"({worst['seen_once_cell']}), balance blocks {worst['block_pct']:.2f} % "
            f"({worst['block_cell']})."
        )
        yield ""
    yield f"{study.options.people} people a cell, seed {study.options.seed}; all numbers in %."


def _name(r: Rates) -> str:
    return f"{r.cell.scenario.name}, CV {r.cell.cv_pct:g} %, {r.cell.holds} holds"


def _naive(found: Sequence[Rates]) -> Iterator[str]:
    holds = sorted({r.cell.holds for r in found})
    head = [f"{n} hold{'s' if n > 1 else ''}" for n in holds]
    shown = " / ".join(f'"over {x:g} %"' for x in NAIVE_LIMITS_PCT)
    yield f"**Equal legs, one session judged by its means alone: {shown}**"
    yield ""
    yield from _table(
        ["within-leg CV", *head],
        (
            [f"{cv:g} %", *(" / ".join(f"{x:.1f}" for x in r.naive_pct) for r in row)]
            for cv, row in _by_cv(found)
        ),
    )


def _equal(found: Sequence[Rates]) -> Iterator[str]:
    for (scenario, sessions), part in _grouped(
        found, lambda r: (r.cell.scenario.meaning, r.cell.sessions)
    ):
        yield f"**Equal legs: {scenario}**"
        yield ""
        holds = sorted({r.cell.holds for r in part})
        looks = " / ".join(str(k + 1) for k in range(sessions))
        head: list[str] = []
        for n in holds:
            head += [f"{n} per leg: step 2 after {looks}", "step 3", "step 0"]
        yield from _table(
            ["within-leg CV", *head],
            ([f"{cv:g} %", *_false(row)] for cv, row in _by_cv(part)),
        )


def _false(row: Sequence[Rates]) -> Iterator[str]:
    for r in row:
        yield " / ".join(f"{look[2]:.1f}" for look in r.steps_pct)
        yield f"**{r.ever_block_pct:.2f}**"
        yield f"{r.steps_pct[-1][0]:.0f}"


def _power(found: Sequence[Rates]) -> Iterator[str]:
    for (difference_pct, sessions), part in _grouped(
        found, lambda r: (r.cell.difference_pct, r.cell.sessions)
    ):
        yield f"**True difference {difference_pct:g} %: step 3 after session {sessions}**"
        yield ""
        cells = [(r.cell.scenario.name, r.cell.holds) for r in part]
        columns = list(dict.fromkeys(cells))
        yield from _table(
            ["within-leg CV", *(f"{name}, {n} per leg" for name, n in columns)],
            ([f"{cv:g} %", *(f"{r.block_pct:.1f}" for r in row)] for cv, row in _by_cv(part)),
        )


def _curve(found: Sequence[Rates]) -> Iterator[str]:
    for (scenario, cv_pct, sessions), part in _grouped(
        found, lambda r: (r.cell.scenario.name, r.cell.cv_pct, r.cell.sessions)
    ):
        looks = " / ".join(str(k + 1) for k in range(sessions - 1))
        seen = f"step 2 or 3 after session {looks}, and " if looks else ""
        yield f"**CV {cv_pct:g} %, {scenario}: {seen}step 3 after session {sessions}**"
        yield ""
        holds = sorted({r.cell.holds for r in part})
        yield from _table(
            ["true difference", *(f"{n} per leg" for n in holds)],
            (
                [f"{difference:g} %", *(_climb(r) for r in row)]
                for difference, row in _grouped(part, lambda r: r.cell.difference_pct)
            ),
        )


def _climb(r: Rates) -> str:
    seen = [f"{look[2] + look[3]:.0f}" for look in r.steps_pct[:-1]]
    return " / ".join([*seen, f"**{r.block_pct:.0f}**"])


def _control(found: Sequence[Rates]) -> Iterator[str]:
    if found:
        yield f"**Negative control: {found[0].cell.scenario.meaning}**"
        yield ""
    yield from _table(
        ["within-leg CV", "holds per leg", "seen after one session", "step 3", "step 0"],
        (
            [
                f"{r.cell.cv_pct:g} %",
                str(r.cell.holds),
                f"{r.steps_pct[0][2]:.2f}",
                f"{r.ever_block_pct:.2f}",
                f"{r.steps_pct[-1][0]:.0f}",
            ]
            for r in found
        ),
    )


def _by_cv(found: Sequence[Rates]) -> list[tuple[float, list[Rates]]]:
    """Rows of one CV each, whatever else varies within them."""
    rows: dict[float, list[Rates]] = {}
    for r in found:
        rows.setdefault(r.cell.cv_pct, []).append(r)
    return sorted(rows.items())


def _grouped(found: Sequence[Rates], key: Callable[[Rates], Any]) -> list[tuple[Any, list[Rates]]]:
    return [(name, list(part)) for name, part in groupby(found, key)]


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""

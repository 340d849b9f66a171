"""A person's sessions over time: text of at most 60 columns, and JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evenstance.decision.change_text import CAUTION, summary, trend_line
from evenstance.report.change import change_json
from evenstance.report.differences import Difference, differences_json
from evenstance.report.plain import plain
from evenstance.report.plan_history import KINDS
from evenstance.report.retest import retest_json, show_retest
from evenstance.report.rules import rules_json
from evenstance.report.session_words import named, short_id, stood, when_json
from evenstance.report.sparkline import can_draw, sparkline
from evenstance.report.terminal import DISCLAIMER, Terminal

if TYPE_CHECKING:
    from evenstance.decision.band import Band, Outside
    from evenstance.decision.change import Change, Subject
    from evenstance.metrics.definition import Definition
    from evenstance.plan.history import PastBlock
    from evenstance.retest.types import Retest
    from evenstance.store.records import Athlete, StoredSession

WhyNot = Literal[
    "familiarisation", "too_few_holds", "other_conditions", "other_method", "no_value", "blocked"
]
WHY_NOT: dict[WhyNot, str] = {
    "familiarisation": "a first session, for getting used to the test",
    "too_few_holds": "a leg has fewer than 3 valid holds",
    "other_conditions": "other conditions than the latest session that counts",
    "other_method": "made by another method than the latest session",
    "no_value": "a leg has no value of this metric",
    "blocked": "an answer of the screening comes first",
}
MARKS: dict[Outside, str] = {"below": "v", "above": "^"}
SPARKS = 24  # sessions in a row of bars, so that it fits 60 columns


@dataclass(frozen=True)
class LegValue:
    """One leg in one session: the mean of its holds, geometric for force SD."""

    value: float
    holds: int


@dataclass(frozen=True)
class Row:
    """One session; `gap` is signed `pct_larger` (%) for force SD, else right less left.

    `outside` names the lines on which it lies outside the MDC band, `block` the number of the
    block of practice (from 1) in which it was made, `differs` what is not as in the latest
    compared session.
    """

    session: StoredSession
    left: LegValue | None
    right: LegValue | None
    gap: float | None
    why_not: WhyNot | None
    outside: tuple[tuple[Subject, Outside], ...]
    block: int | None
    differs: tuple[Difference, ...]


@dataclass(frozen=True)
class History:
    """All sessions of a person by one metric; `change` and `bands` are those of force SD only."""

    athlete: Athlete
    metric: Definition
    method: str
    rows: tuple[Row, ...]
    practice_only: int
    change: Change | None
    bands: tuple[Band, ...]
    blocks: tuple[PastBlock, ...]
    first: str | None
    """What comes before every comparison: a blocking answer, in words."""
    retest: Retest | None = None
    """The verdict on the newest block or wait: it takes the place of the plain change."""


def history_json(found: History, last: int | None = None) -> dict[str, Any]:
    """The documented object; `last` keeps the newest sessions, all of them when None."""
    rows = found.rows if last is None else found.rows[-last:]
    return {
        "athlete": found.athlete.name,
        "metric": found.metric.id,
        "unit": found.metric.unit,
        "method": found.method,
        "gap": {"formula": _formula(found), "unit": _gap_unit(found)},
        "sessions": [_row_json(row) for row in rows],
        "sessions_in_all": len(found.rows),
        "practice_only": found.practice_only,
        "bands": plain(found.bands),
        "change": None if found.change is None else change_json(found.change),
        "retest": None if found.retest is None else retest_json(found.retest),
        "blocks": [block.as_dict() for block in found.blocks],
        "blocked": found.first,
        "rules": rules_json(),
    }


def show_history(found: History, last: int, terminal: Terminal | None = None) -> None:
    """The sessions, bars, band, trend, and why some are not compared."""
    terminal = Terminal() if terminal is None else terminal
    name = found.metric.name[0].lower() + found.metric.name[1:]
    terminal.line(f"{found.athlete.name}: {name} over time", "bold")
    if found.first is not None:
        terminal.line(found.first, "bold")
    if not found.rows:
        terminal.line("No session with a scored hold yet: `evenstance session`.")
        return
    rows = found.rows[-last:]
    terminal.line(
        f"{found.metric.id}, means of a session's holds; gap: {_formula(found)}, + means right "
        "larger."
    )
    terminal.line()
    _table(found, rows, terminal)
    _sparks(found, rows, terminal)
    if len(rows) < len(found.rows):
        terminal.line(
            f"The last {len(rows)} of {len(found.rows)} sessions; --last {len(found.rows)} shows "
            "all."
        )
    terminal.line()
    _notes(found, rows, terminal)
    _over_time(found, terminal)
    terminal.line(DISCLAIMER, "dim")


def _row_json(row: Row) -> dict[str, Any]:
    session = row.session
    outside = dict(row.outside)
    return {
        **when_json(session),
        "protocol": session.protocol_name,
        "left": plain(row.left),
        "right": plain(row.right),
        "gap": row.gap,
        "compared": row.why_not is None,
        "why_not": row.why_not,
        "why_not_text": None if row.why_not is None else WHY_NOT[row.why_not],
        "outside_band": {line: outside.get(line) for line in ("left", "right", "gap")},
        "block": row.block,
        "differs": differences_json(row.differs),
        "note": session.note,
    }


def _table(found: History, rows: Sequence[Row], terminal: Terminal) -> None:
    header = ("day", "session", f"left {_unit(found)}", f"right {_unit(found)}")
    practised = any(row.block is not None for row in rows)
    cells: list[list[str]] = []
    for row in rows:
        outside = dict(row.outside)
        cell = [
            row.session.day.isoformat(),
            short_id(row.session),
            _leg(row.left) + _mark(outside.get("left")),
            _leg(row.right) + _mark(outside.get("right")),
            ("-" if row.gap is None else f"{row.gap:+.1f}") + _mark(outside.get("gap")),
            "" if row.why_not is None else "no",
        ]
        cells.append(
            [*cell, "" if row.block is None else f"={row.block}"][: 7 if practised else 6]
        )
    gap = f"gap {_gap_unit(found)}".strip()
    terminal.table((*header, gap, "used", *(("block",) if practised else ())), cells)
    if any(row.outside for row in rows):
        terminal.line("v, ^: below, above the MDC band; 1 in 20 is by chance.", "dim")


def _sparks(found: History, rows: Sequence[Row], terminal: Terminal) -> None:
    """One bar for each session that is compared, the newest on the right."""
    used = [row for row in rows if row.why_not is None][-SPARKS:]
    if len(used) < 2:
        return
    terminal.line()
    blocks = can_draw(sys.stdout)
    lefts = [None if row.left is None else row.left.value for row in used]
    rights = [None if row.right is None else row.right.value for row in used]
    legs = [value for value in (*lefts, *rights) if value is not None]
    gaps = [row.gap for row in used]
    for name, values, scale in (
        ("left", lefts, legs),
        ("right", rights, legs),
        ("gap", gaps, [gap for gap in gaps if gap is not None]),
    ):
        if not scale:
            continue
        low, high = min(scale), max(scale)
        ends = [f"{v:{'+.1f' if name == 'gap' else _form(v)}}" for v in (low, high)]
        bars = sparkline(values, low, high, blocks=blocks)
        terminal.lines([f"{name:<5} {bars}  from {ends[0]} to {ends[1]}"])
    if any(row.block is not None for row in used):
        marks = "".join("-" if row.block is None else "=" for row in used)
        terminal.lines([f"block {marks}  = in a block of practice"])


def _notes(found: History, rows: Sequence[Row], terminal: Terminal) -> None:
    compared = [row for row in found.rows if row.why_not is None]
    if compared:
        latest = compared[-1].session
        terminal.line(
            f"Compared: {len(compared)} of {len(found.rows)}; {stood(latest.conditions)}"
        )
    for row in rows:
        if row.why_not is not None and row.why_not != "blocked":
            other = (
                f": {stood(row.session.conditions)}" if row.why_not == "other_conditions" else ""
            )
            terminal.line(f"  {named(row.session)}: not compared, {WHY_NOT[row.why_not]}{other}")
        elif row.differs:
            terminal.line(f"  {named(row.session)}: compared, but not the same as the latest:")
            for one in row.differs:
                terminal.line(f"    {one.text}")
        for line in row.session.note.split("\n") if row.session.note else ():
            terminal.line(f"  {named(row.session)}: {line}", "dim")
    if found.practice_only:
        terminal.line(f"  and {found.practice_only} session(s) of practice only")
    for number, block in enumerate(found.blocks, 1):
        terminal.line(
            f"  ={number} {KINDS[block.kind]} from {block.starts_on.isoformat()} to "
            f"{(block.ended_on or block.last_day).isoformat()}: {block.done} of {block.planned} "
            "sessions done"
        )
    terminal.line()


def _over_time(found: History, terminal: Terminal) -> None:
    if found.first is not None:
        return
    if found.change is None:
        terminal.line(
            "No MDC band and no trend: no error size is known for this metric. Force SD has both."
        )
        return
    for band in found.bands:
        form = "+.1f" if band.subject == "gap" else ".2f"
        terminal.line(
            f"MDC band, {band.subject}: {band.low:{form}} to {band.high:{form}} {band.unit} "
            f"(one session of 5 holds, error {band.source})"
        )
    if found.bands:
        base = found.change.base
        terminal.line(
            f"  about the mean of the first {len(base)} compared session(s), until "
            f"{base[-1].day.isoformat()}",
            "dim",
        )
    terminal.line()
    if found.retest is not None:
        show_retest(found.retest, terminal)
    else:
        terminal.line(summary(found.change), "bold")
    for trend in found.change.trends:
        terminal.line(trend_line(trend))
    if found.bands and not found.change.trends:
        terminal.line("No trend: it needs at least 4 compared sessions on more than one day.")
    terminal.line(CAUTION, "dim")


def _leg(value: LegValue | None) -> str:
    return "-" if value is None else f"{value.value:{_form(value.value)}}"


def _form(value: float) -> str:
    """Digits that matter: 4.21 N, 25.0 s, 712 N."""
    size = abs(value)
    return ".2f" if size < 10.0 else ".1f" if size < 100.0 else ".0f"


def _mark(outside: Outside | None) -> str:
    return " " if outside is None else MARKS[outside]


def _unit(found: History) -> str:
    return "" if found.metric.unit == "-" else found.metric.unit


def _formula(found: History) -> str:
    return "right less left" if found.change is None and not _is_force_sd(found) else "pct_larger"


def _gap_unit(found: History) -> str:
    return "%" if _is_force_sd(found) else _unit(found)


def _is_force_sd(found: History) -> bool:
    return found.metric.id in ("force_sd_n", "force_sd_droop_corrected_n")


def geometric_mean(values: Sequence[float]) -> float:
    """Of positive values."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))

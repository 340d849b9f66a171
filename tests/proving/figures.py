"""Figures with their limits: printed, written down, and judged."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

Bound = Literal["at most", "at least", "below", "equal to"]


@dataclass(frozen=True)
class Figure:
    """One number; without a bound it is shown only. `met` is None then, or when it is unknown."""

    item: str
    what: str
    value: float | int | None
    unit: str = ""
    bound: Bound | None = None
    limit: float | int | None = None

    @property
    def met(self) -> bool | None:
        if self.bound is None or self.limit is None or self.value is None:
            return None
        return {
            "at most": self.value <= self.limit,
            "at least": self.value >= self.limit,
            "below": self.value < self.limit,
            "equal to": self.value == self.limit,
        }[self.bound]

    @property
    def wanted(self) -> str:
        """The limit as words."""
        return (
            "" if self.bound is None else f"{self.bound} {_number(self.limit)} {self.unit}".strip()
        )

    @property
    def found(self) -> str:
        """The value as words."""
        return "unknown" if self.value is None else f"{_number(self.value)} {self.unit}".strip()


NAMES = [field.name for field in fields(Figure)]


class Figures:
    """Those of one item."""

    def __init__(self, item: str) -> None:
        self._item = item
        self.all: list[Figure] = []

    def add(
        self,
        what: str,
        value: float | int | None,
        unit: str = "",
        bound: Bound | None = None,
        limit: float | int | None = None,
    ) -> Figure:
        """Note one, and print it."""
        figure = Figure(self._item, what, value, unit, bound, limit)
        self.all.append(figure)
        print(line(figure), flush=True)
        return figure

    def finish(self, path: Path | None) -> int:
        """Write them down; the exit code: 1 when a limit is not met."""
        if path is not None:
            write(self.all, path)
        missed = [one.what for one in self.all if one.met is False]
        if missed:
            print(f"NOT MET: {'; '.join(missed)}", file=sys.stderr)
        return 1 if missed else 0


def line(figure: Figure) -> str:
    """One line of text."""
    judged = {True: "met", False: "NOT MET", None: ""}[figure.met]
    wanted = f"  ({figure.wanted}: {judged or 'unknown'})" if figure.wanted else ""
    return f"{figure.what}: {figure.found}{wanted}"


def write(figures: Sequence[Figure], path: Path) -> None:
    """As JSON, each with its judgement."""
    rows = [{**asdict(one), "met": one.met} for one in figures]
    path.write_text(json.dumps(rows, indent=1) + "\n")


def read(path: Path) -> list[Figure]:
    """What `finish` wrote."""
    rows = json.loads(path.read_text())
    return [Figure(**{name: one[name] for name in NAMES}) for one in rows]


def markdown(figures: Sequence[Figure]) -> str:
    """A table of them."""
    rows = ["| item | figure | found | limit | met |", "| --- | --- | --- | --- | --- |"]
    for one in figures:
        met = {True: "yes", False: "**no**", None: ""}[one.met]
        rows.append(f"| {one.item} | {one.what} | {one.found} | {one.wanted} | {met} |")
    return "\n".join(rows) + "\n"


def _number(value: float | int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int) or abs(value) >= 1e5:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"

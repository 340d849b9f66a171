"""The table of a test-retest study: read from a long CSV, checked, and made complete or refused.

One row a hold: person, session, leg, hold, value. Every row that cannot be used is named with its
line and a reason; nothing is dropped, guessed or filled in.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

COLUMNS = ("person", "session", "leg", "hold", "value")
MAX_BYTES = 5_000_000
MAX_ROWS = 50_000
LOWEST, HIGHEST = 1e-6, 1e6
"""What a value may be, in its own unit: wide, but squares and logs stay finite."""
SHOWN = 20
"""Problems told at once; the rest is counted."""

LegName = Literal["left", "right"]
LEG_NAMES: tuple[LegName, LegName] = ("left", "right")
Reason = Literal[
    "empty_file",
    "too_large",
    "not_utf8",
    "not_csv",
    "header",
    "wrong_fields",
    "empty_person",
    "bad_person",
    "bad_session",
    "bad_leg",
    "bad_hold",
    "empty_value",
    "decimal_comma",
    "not_a_number",
    "not_finite",
    "not_positive",
    "out_of_range",
    "duplicate",
    "missing_cell",
]
_LEGS: Mapping[str, LegName] = {"left": "left", "l": "left", "right": "right", "r": "right"}
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Problem:
    """Why a row, or the whole file, cannot be used; `line` 0 is the file as a whole."""

    line: int
    reason: Reason
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.reason}: {self.text}"


class TableError(ValueError):
    """A table that cannot be used, with every problem that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(f"  {problem}" for problem in self.problems[:SHOWN])
        more = len(self.problems) - SHOWN
        super().__init__(shown + (f"\n  and {more} more" if more > 0 else ""))


@dataclass(frozen=True)
class Row:
    """One hold of one leg in one session."""

    person: str
    session: int
    leg: LegName
    hold: int
    value: float
    line: int


@dataclass(frozen=True)
class LeftOut:
    """A person who is not analysed, and why."""

    person: str
    reason: str


@dataclass(frozen=True)
class StudyTable:
    """A complete study: every person has every session with the same number of holds on each leg.

    `values` maps (person, session, leg) to the holds in order. `set_aside` counts holds beyond
    the number that was asked for.
    """

    people: tuple[str, ...]
    sessions: tuple[int, ...]
    holds: int
    values: Mapping[tuple[str, int, LegName], tuple[float, ...]]
    left_out: tuple[LeftOut, ...] = ()
    set_aside: int = 0


def read_rows(data: bytes) -> tuple[list[Row], tuple[str, ...]]:
    """Rows of a CSV file and the columns that were not read; TableError with every bad row.

    UTF-8 with or without a byte order mark; separated by commas, semicolons or tabs, whichever
    the header has. A decimal comma is refused by name: it cannot be told from a separator.
    """
    text = _decoded(data)
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise TableError([Problem(0, "empty_file", "there is nothing in the file")])
    header_line = next(line for line in lines if line.strip())
    delimiter = max(";\t,", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    rows: list[Row] = []
    seen: dict[tuple[str, int, LegName, int], int] = {}
    names: list[str] = []
    try:
        for fields in reader:
            line = reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if not names:
                names = _header(fields, line)
                continue
            row = _row(names, fields, line)
            if isinstance(row, Problem):
                problems.append(row)
                continue
            key = (row.person, row.session, row.leg, row.hold)
            if key in seen:
                problems.append(
                    Problem(line, "duplicate", f"{_cell(*key)} stands in line {seen[key]} already")
                )
                continue
            seen[key] = line
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise TableError([Problem(line, "too_large", f"more than {MAX_ROWS} rows")])
    except csv.Error as error:
        problems.append(Problem(reader.line_num, "not_csv", str(error)))
    if problems:
        raise TableError(problems)
    if not rows:
        raise TableError([Problem(0, "empty_file", "a header and no row")])
    return rows, tuple(name for name in names if name not in COLUMNS)


def complete_table(
    rows: Iterable[Row], *, holds: int | None = None, complete_only: bool = False
) -> StudyTable:
    """The rows as a balanced design, or TableError naming each missing cell.

    `holds`: analyse holds 1 to this number and set later ones aside (None: all there are).
    `complete_only` leaves people with a missing cell out, by name, instead of refusing.
    """
    cells: dict[tuple[str, int, LegName], dict[int, float]] = {}
    people: dict[str, None] = {}
    sessions: set[int] = set()
    most = 0
    set_aside = 0
    for row in rows:
        people.setdefault(row.person)
        sessions.add(row.session)
        if holds is not None and row.hold > holds:
            set_aside += 1
            continue
        most = max(most, row.hold)
        cells.setdefault((row.person, row.session, row.leg), {})[row.hold] = row.value
    wanted = most if holds is None else holds
    order = tuple(sorted(sessions))
    missing = {person: _missing(cells, person, order, wanted) for person in people}
    incomplete = {person: gaps for person, gaps in missing.items() if gaps}
    if incomplete and not complete_only:
        raise TableError(
            [Problem(0, "missing_cell", gap) for gaps in incomplete.values() for gap in gaps]
        )
    kept = tuple(person for person in people if person not in incomplete)
    values: dict[tuple[str, int, LegName], tuple[float, ...]] = {
        key: tuple(there[hold] for hold in range(1, wanted + 1))
        for key, there in cells.items()
        if key[0] not in incomplete
    }
    return StudyTable(
        people=kept,
        sessions=order,
        holds=wanted,
        values=values,
        left_out=tuple(
            LeftOut(person, gaps[0] + (f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""))
            for person, gaps in incomplete.items()
        ),
        set_aside=set_aside,
    )


def _missing(
    cells: Mapping[tuple[str, int, LegName], Mapping[int, float]],
    person: str,
    sessions: Sequence[int],
    wanted: int,
) -> list[str]:
    found: list[str] = []
    for session in sessions:
        for leg in LEG_NAMES:
            there = cells.get((person, session, leg), {})
            where = f"person {person}, session {session}, {leg} leg"
            if not there:
                found.append(f"{where}: no hold")
                continue
            gaps = [str(hold) for hold in range(1, wanted + 1) if hold not in there]
            if gaps:
                found.append(f"{where}: no hold {', '.join(gaps)} of {wanted}")
    return found


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:g} MB are read"
        raise TableError([Problem(0, "too_large", size)])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError([Problem(0, "not_utf8", "the file is UTF-16; save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise TableError(
            [Problem(line, "not_utf8", "a byte that is not UTF-8; save the file as UTF-8")]
        ) from error


def _header(fields: Sequence[str], line: int) -> list[str]:
    names = [field.strip().lower() for field in fields]
    problems = [
        Problem(line, "header", f"no column {name!r}; there are {', '.join(names)}")
        for name in COLUMNS
        if name not in names
    ]
    problems += [
        Problem(line, "header", f"two columns {name!r}")
        for name in COLUMNS
        if names.count(name) > 1
    ]
    if problems:
        raise TableError(problems)
    return names


def _row(names: Sequence[str], fields: Sequence[str], line: int) -> Row | Problem:
    if len(fields) != len(names):
        return Problem(
            line,
            "wrong_fields",
            f"{len(fields)} fields instead of {len(names)} (a decimal comma makes one too many)",
        )
    cell = {name: field.strip() for name, field in zip(names, fields, strict=True)}
    person = cell["person"]
    if not person:
        return Problem(line, "empty_person", "person is empty")
    if _CONTROL.search(person) or len(person) > 100:
        return Problem(line, "bad_person", f"person {person[:30]!r} is no plain short text")
    if not _WHOLE.fullmatch(cell["session"]):
        return Problem(line, "bad_session", f"session {cell['session']!r} is no whole number > 0")
    leg = _LEGS.get(cell["leg"].lower())
    if leg is None:
        return Problem(line, "bad_leg", f"leg {cell['leg']!r} is neither left nor right")
    if not _WHOLE.fullmatch(cell["hold"]):
        return Problem(line, "bad_hold", f"hold {cell['hold']!r} is no whole number > 0")
    value = _value(cell["value"], line)
    if isinstance(value, Problem):
        return value
    return Row(person, int(cell["session"]), leg, int(cell["hold"]), value, line)


def _value(text: str, line: int) -> float | Problem:
    if not text:
        return Problem(line, "empty_value", "value is empty; leave the row out if there is none")
    if _COMMA.fullmatch(text):
        return Problem(
            line, "decimal_comma", f"value {text!r} has a decimal comma; write it with a point"
        )
    if _NOT_FINITE.fullmatch(text):
        return Problem(line, "not_finite", f"value {text!r} is not finite")
    if not _NUMBER.fullmatch(text):
        return Problem(line, "not_a_number", f"value {text[:30]!r} is not a number")
    value = float(text)
    if not math.isfinite(value):
        return Problem(line, "not_finite", f"value {text!r} is too large")
    if value <= 0.0:
        return Problem(line, "not_positive", f"value {text!r} is not above zero")
    if not LOWEST <= value <= HIGHEST:
        return Problem(
            line, "out_of_range", f"value {text!r} is not from {LOWEST:g} to {HIGHEST:g}"
        )
    return value


def _cell(person: str, session: int, leg: LegName, hold: int) -> str:
    return f"person {person}, session {session}, {leg} leg, hold {hold}"

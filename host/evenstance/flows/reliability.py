"""A test-retest study: its table from a file or from the history, its analysis, its files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from evenstance.bounded_read import read_bytes
from evenstance.errors import InputError, UsageError
from evenstance.export.text import neutral
from evenstance.formats.rows import is_number
from evenstance.private_files import need_place, write_file
from evenstance.reliability.design import DesignError
from evenstance.reliability.study import Study, analyse
from evenstance.reliability.study_plan import SCHEDULE_COLUMNS, Appointment
from evenstance.reliability.study_table import (
    COLUMNS,
    LEG_NAMES,
    MAX_BYTES,
    LeftOut,
    Row,
    StudyTable,
    TableError,
    complete_table,
    read_rows,
)
from evenstance.report.reliability import Origin

if TYPE_CHECKING:
    from evenstance.decision.parameters import PrimaryMetric
    from evenstance.decision.types import SessionHolds
    from evenstance.store.repository import Store

SESSIONS = 2
HISTORY_METRIC: PrimaryMetric = "force_sd_n"
HISTORY_UNIT = "N"


def table_from_file(
    path: Path, *, holds: int | None = None, complete_only: bool = False
) -> tuple[StudyTable, Origin]:
    """Read a long CSV; InputError names every row that cannot be used, with its line."""
    try:
        data = read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read.", cause=str(error), next_step="Check the name of the file."
        ) from error
    try:
        rows, ignored = read_rows(data)
        table = complete_table(rows, holds=holds, complete_only=complete_only)
    except TableError as error:
        missing = any(problem.reason == "missing_cell" for problem in error.problems)
        raise InputError(
            f"{path} cannot be analysed: {len(error.problems)} problem(s), and nothing is "
            "dropped or filled in.",
            cause="\n" + str(error),
            next_step="Complete the table; or leave incomplete people out, by name, with "
            "--complete-only; or analyse the first holds alone with --holds."
            if missing
            else "Correct these lines; docs/reliability.md has the dictionary of the columns.",
        ) from error
    return table, Origin(path.name, ignored_columns=ignored)


def table_from_history(
    store: Store, *, holds: int, include_familiarisation: bool = False
) -> tuple[StudyTable, Origin, PrimaryMetric]:
    """The first two sessions of everybody on two days under one set of conditions.

    Sessions without any valid hold do not exist here; a familiarisation counts only when asked
    for. People without two such sessions, or with too few valid holds, are left out by name. The
    conditions are those that most people share. The metric is the corrected force SD when every
    person's holds have it, else the board's own of all of them, never a mixture.
    """
    people = [one for one in store.athletes() if one.name != "replay"]
    sessions = {one.name: store.session_holds(one.id) for one in people}
    measured = (one for mine in sessions.values() for one in mine if one.left_n or one.right_n)
    metrics: set[PrimaryMetric] = {session.metric for session in measured}
    metric: PrimaryMetric = metrics.pop() if len(metrics) == 1 else HISTORY_METRIC
    if metrics:
        sessions = {one.name: store.session_holds(one.id, plain=True) for one in people}
    found = {
        name: candidate([s for s in mine if include_familiarisation or not s.familiarisation])
        for name, mine in sessions.items()
    }
    return *table_of(found, holds=holds, source="history"), metric


@dataclass(frozen=True)
class Candidate:
    """What a study needs of a person: by conditions the first session and one on a later day."""

    sessions: int
    pairs: Mapping[str, tuple[SessionHolds, SessionHolds]]


def candidate(sessions: Sequence[SessionHolds]) -> Candidate:
    """Of the sessions of a person that count."""
    return Candidate(len(sessions), _pairs(sessions))


def table_of(
    found: Mapping[str, Candidate], *, holds: int, source: str
) -> tuple[StudyTable, Origin]:
    """The study of these people, in their order; InputError when there is none."""
    votes = Counter(key for person in found.values() for key in person.pairs)
    conditions = min(votes, key=lambda key: (-votes[key], key), default=None)
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    days: list[int] = []
    for name, person in found.items():
        pair = None if conditions is None else person.pairs.get(conditions)
        if pair is None:
            left_out.append(LeftOut(name, _why_not(person.sessions, conditions)))
            continue
        mine = list(_rows(name, pair))
        short = complete_table(mine, holds=holds, complete_only=True).left_out if mine else ()
        if short or not mine:
            left_out += short or [LeftOut(name, "no valid hold")]
            continue
        rows += mine
        days.append((pair[1].day - pair[0].day).days)
    origin = Origin(
        source,
        conditions=conditions,
        days_between=(min(days), max(days), float(median(days))) if days else None,
    )
    if not rows:
        raise InputError(
            f"The {source} holds no study.",
            cause=_reasons(left_out) or "nobody was measured yet",
            next_step="Two sessions on two days are needed for each person, at least "
            f"{holds} valid holds a leg in each: `evenstance reliability plan`. A person's first "
            "session is familiarisation and counts only with --include-familiarisation.",
        )
    table = complete_table(rows, holds=holds)
    return StudyTable(
        table.people, table.sessions, table.holds, table.values, tuple(left_out), table.set_aside
    ), origin


def study_of(
    table: StudyTable, *, metric: str = HISTORY_METRIC, unit: str = HISTORY_UNIT
) -> Study:
    """Analyse a table; InputError with the named reason where the numbers allow no analysis."""
    try:
        return analyse(table, metric=metric, unit=unit)
    except DesignError as error:
        raise InputError(
            f"The study cannot be analysed: {error}.",
            cause=_reasons(table.left_out),
            next_step="A study needs at least 3 people, better 20, with two sessions each, and "
            "values that differ.",
        ) from error


def rows_csv(table: StudyTable, *, codes: bool) -> str:
    """The table as the long CSV that `analyse` reads; with `codes` people are P01, P02 ..."""
    width = max(2, len(str(len(table.people))))
    names = {
        person: f"P{number:0{width}d}" if codes else person
        for number, person in enumerate(table.people, 1)
    }
    return csv_text(
        COLUMNS,
        (
            (names[person], session, leg, hold, repr(value))
            for person in table.people
            for session in table.sessions
            for leg in LEG_NAMES
            for hold, value in enumerate(table.values[person, session, leg], 1)
        ),
    )


def schedule_csv(visits: Sequence[Appointment]) -> str:
    """The list of visits, with empty columns for what was done."""
    return csv_text(
        SCHEDULE_COLUMNS,
        (
            (one.person, one.visit, one.day.isoformat(), one.first_leg, one.order, "", "")
            for one in visits
        ),
    )


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated text with plain line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_no_formula(cell) for cell in row])
    return out.getvalue()


def _no_formula(cell: object) -> object:
    """A person's name may be a formula to a spreadsheet; a number, also as text, is none."""
    return neutral(cell) if isinstance(cell, str) and not is_number(cell) else cell


def write_new(path: Path, content: str | bytes) -> None:
    """Write a file that does not exist yet; InputError when it does or cannot be written."""
    write_file(path, content)


def need_new(*paths: Path | None) -> None:
    """UsageError when a file to be written exists or two are the same, before any work."""
    named = [path for path in paths if path is not None]
    if len({path.resolve() for path in named}) != len(named):
        raise UsageError("Two outputs have the same name.", next_step="Name two files.")
    for path in named:
        need_place(path, force=False)


def _pairs(sessions: Sequence[SessionHolds]) -> dict[str, tuple[SessionHolds, SessionHolds]]:
    """By conditions: the first session and the first one on a later day."""
    found: dict[str, tuple[SessionHolds, SessionHolds]] = {}
    for key in {session.conditions for session in sessions}:
        alike = sorted((s for s in sessions if s.conditions == key), key=lambda s: s.day)
        later = next((s for s in alike if s.day > alike[0].day), None)
        if later is not None:
            found[key] = (alike[0], later)
    return found


def _why_not(sessions: int, conditions: str | None) -> str:
    where = "" if conditions is None or not sessions else f" under: {conditions}"
    return f"{sessions} counted session(s), not {SESSIONS} on two days{where}"


def _rows(name: str, pair: Sequence[SessionHolds]) -> Iterable[Row]:
    for number, session in enumerate(pair, 1):
        for leg, values in zip(LEG_NAMES, (session.left_n, session.right_n), strict=True):
            for hold, value in enumerate(values, 1):
                yield Row(name, number, leg, hold, value, 0)


def _reasons(left_out: Sequence[LeftOut]) -> str:
    return "; ".join(f"{one.person}: {one.reason}" for one in left_out)

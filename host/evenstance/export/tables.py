"""All tables of an export by name, and their rows, read from the history one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Literal, TypeVar

from evenstance.export import holds, results, sessions, traces
from evenstance.export.anonymous import Codes
from evenstance.export.columns import Column, of, row
from evenstance.export.facts import HoldFacts, ResultFacts, SessionFacts
from evenstance.export.writers import Writer
from evenstance.store.reading import Reading
from evenstance.store.records import Athlete

TableName = Literal["holds", "sessions", "traces", "results"]
TABLES: tuple[TableName, ...] = ("holds", "sessions", "traces", "results")
INDEX = "traces_index"
T = TypeVar("T")
_AT_ONCE = {"traces": 4, "results": 50}  # holds whose traces or results are in memory


def columns(table: str, *, anonymous: bool) -> tuple[Column, ...]:
    """The columns of a table, in order; also of the index of traces."""
    return tuple(one for one in all_columns(table) if one.stands_in(anonymous=anonymous))


def all_columns(table: str) -> tuple[Column, ...]:
    """The columns of both kinds of export."""
    if table == "traces":
        return traces.SAMPLES
    fields = {
        "holds": holds.FIELDS,
        "sessions": sessions.FIELDS,
        INDEX: traces.INDEX,
        "results": results.FIELDS,
    }[table]
    return tuple(one.column for one in fields)


@dataclass(frozen=True)
class Selection:
    """Whose rows, in order (None: of nobody), of which local days, and with names or codes."""

    people: tuple[Athlete | None, ...]
    codes: Codes
    since: date | None = None
    until: date | None = None
    anonymous: bool = False

    def has(self, day: date) -> bool:
        """Whether a day is meant."""
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )


def write(
    table: TableName, reading: Reading, selection: Selection, writers: tuple[Writer, ...]
) -> None:
    """Give every row of a table to its writer; those of traces go to two: samples and index."""
    {
        "holds": _write_holds,
        "sessions": _write_sessions,
        "traces": _write_traces,
        "results": _write_results,
    }[table](reading, selection, writers)


def _write_holds(reading: Reading, selection: Selection, writers: tuple[Writer, ...]) -> None:
    fields = of(holds.FIELDS, anonymous=selection.anonymous)
    for facts in holds_of(reading, selection):
        writers[0].add(row(fields, facts))


def _write_sessions(reading: Reading, selection: Selection, writers: tuple[Writer, ...]) -> None:
    fields = of(sessions.FIELDS, anonymous=selection.anonymous)
    for person in selection.people:
        for session in reading.sessions(None if person is None else person.id):
            if selection.has(session.day):
                facts = SessionFacts(selection.codes, person, session.day, session)
                writers[0].add(row(fields, facts))


def _write_results(reading: Reading, selection: Selection, writers: tuple[Writer, ...]) -> None:
    fields = of(results.FIELDS, anonymous=selection.anonymous)
    for batch in batches(holds_of(reading, selection), _AT_ONCE["results"]):
        found = reading.results([facts.placed.trial.id for facts in batch])
        for one in batch:
            for result in found[one.placed.trial.id]:
                facts = ResultFacts(one.codes, one.athlete, one.day, one.placed, result)
                writers[0].add(row(fields, facts))


def _write_traces(reading: Reading, selection: Selection, writers: tuple[Writer, ...]) -> None:
    fields = of(traces.INDEX, anonymous=selection.anonymous)
    samples_to, index_to = writers
    first_row = 0
    for batch in batches(holds_of(reading, selection), _AT_ONCE["traces"]):
        stored = reading.traces([facts.placed.trial.id for facts in batch])
        for one in batch:
            found, samples = traces.opened(one, stored.get(one.placed.trial.id))
            facts = replace(found, first_row=first_row)
            index_to.add(row(fields, facts))
            for sample in traces.rows(facts, samples, anonymous=selection.anonymous):
                samples_to.add(sample)
            first_row += facts.rows


def holds_of(reading: Reading, selection: Selection) -> Iterator[HoldFacts]:
    """Every trial that is meant, in the order of its table."""
    for person in selection.people:
        for placed in reading.trials(None if person is None else person.id):
            if selection.has(placed.day):
                yield HoldFacts(selection.codes, person, placed.day, placed)


def batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """The same, some at once."""
    while batch := list(islice(rows, size)):
        yield batch

"""The rows of a lake: those of the table of holds, and all that computing them again needs.

Summaries and traces are the board's exact bytes. They tell the calibration and the time of a
hold, so an anonymous lake has none: it is enough for reliability, and not for recomputing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from evenstance.export import holds
from evenstance.export.columns import Column, Field, Row, of, row
from evenstance.export.facts import UNASSIGNED, HoldFacts, field
from evenstance.export.tables import Selection, batches, holds_of
from evenstance.store.reading import Reading
from evenstance.store.records import ResultOf, StoredTrace

GROUP_ROWS = 2048  # with traces of 12 kB about 25 MB: what a reader has in memory at once
CORRECTED = "force_sd_droop_corrected_n"
MONTH_DAYS = 30  # of an anonymous lake, which has no calendar
NOBODY = "none"
_AT_ONCE = 50


@dataclass(frozen=True)
class LakeFacts(HoldFacts):
    """A trial with all that is stored of it; `session_number` counts the person's sessions."""

    session_number: int | None
    results: tuple[ResultOf, ...]
    trace: StoredTrace | None

    @property
    def corrected_n(self) -> float | None:
        """By the newest version of its method."""
        found = [r for r in self.results if r.metric_id == CORRECTED and r.value is not None]
        return max(found, key=lambda r: r.version).value if found else None

    @property
    def results_json(self) -> str:
        """{method: value, or the name of the reason why there is none}."""
        return json.dumps(
            {r.method_id: r.missing if r.value is None else r.value for r in self.results},
            separators=(",", ":"),
        )

    @property
    def month(self) -> str:
        """The folder of the row: a calendar month, or 30 days of an anonymous person."""
        if self.athlete is None or not self.codes.people:
            return f"{self.day:%Y-%m}"
        number = self.codes.day_number(self.athlete, self.day)
        return NOBODY if number is None else f"{number // MONTH_DAYS:04d}"


FIELDS: tuple[Field[Any], ...] = (
    *holds.FIELDS,
    field(
        "archived",
        "boolean",
        "-",
        lambda f: None if f.athlete is None else f.athlete.archived,
        "whether the person is archived, and so in no study",
        UNASSIGNED,
    ),
    field(
        "session_number",
        "integer",
        "-",
        lambda f: f.session_number,
        "place among the person's sessions with a trial, from 1",
        UNASSIGNED,
    ),
    field(
        CORRECTED,
        "number",
        "N",
        lambda f: f.corrected_n,
        "force SD with the loss of the converter's filter given back, by the newest method",
        "it is not stored, or cannot be given",
    ),
    field(
        "results",
        "text",
        "-",
        lambda f: f.results_json,
        "stored results as a JSON object: method to value, or to the reason why there is none",
    ),
    field(
        "summary",
        "bytes",
        "-",
        lambda f: f.placed.trial.summary,
        "the board's packed summary",
        where="named",
    ),
    field(
        "trace",
        "bytes",
        "-",
        lambda f: None if f.trace is None else f.trace.data,
        "the packed trace",
        "no trace is stored",
        "named",
    ),
)


def columns(*, anonymous: bool) -> tuple[Column, ...]:
    """The columns, in order."""
    return tuple(one.column for one in of(FIELDS, anonymous=anonymous))


def rows(reading: Reading, selection: Selection) -> Iterator[tuple[str, Row]]:
    """The month and the row of every trial that is meant; few are in memory at once."""
    fields = of(FIELDS, anonymous=selection.anonymous)
    for batch in batches(_numbered(reading, selection), _AT_ONCE):
        ids = [one.placed.trial.id for one, _ in batch]
        results = reading.results(ids)
        traces = {} if selection.anonymous else reading.traces(ids)
        for one, number in batch:
            trial = one.placed.trial
            facts = LakeFacts(
                one.codes,
                one.athlete,
                one.day,
                one.placed,
                session_number=number,
                results=tuple(results[trial.id]),
                trace=traces.get(trial.id),
            )
            yield facts.month, row(fields, facts)


def _numbered(reading: Reading, selection: Selection) -> Iterator[tuple[HoldFacts, int | None]]:
    """Trials with the number of their session, which counts those of other days, too."""
    person = session = None
    number = 0
    for facts in holds_of(reading, replace(selection, since=None, until=None)):
        trial = facts.placed.trial
        if trial.athlete_id != person:
            person, session, number = trial.athlete_id, None, 0
        if trial.session_id is not None and trial.session_id != session:
            session, number = trial.session_id, number + 1
        if selection.has(facts.day):
            yield facts, None if facts.athlete is None else number

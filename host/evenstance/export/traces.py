"""The raw traces: one row for each conversion, and an index with one row for each hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from evenstance.export.columns import Column, Field, Value
from evenstance.export.facts import DAY, PERSON, HoldFacts, field
from evenstance.export.holds import HOLD, LEG, SESSION
from evenstance.store.records import StoredTrace
from evenstance_wire import trace, units

NO_TRACE = "no trace can be read; `missing` says why"


@dataclass(frozen=True)
class TraceFacts(HoldFacts):
    """One trial with the header of its trace, or the reason why there is none."""

    header: dict[str, Any]
    missing: str | None
    first_row: int = 0
    rows: int = 0

    def sensitivity(self, side: str) -> float | None:
        """Counts per newton."""
        per_kn = self.header.get(f"{side}_counts_per_kn")
        return None if per_kn is None else per_kn / 1e3

    def delay_us(self, side: str) -> int | None:
        """Delay of the chip's filter, as the board takes it."""
        if not self.header:
            return None
        period_us: int = self.header[f"{side}_period_us"]
        return (period_us * self.header["filter_delay_half_periods"]) >> 1


def _header(
    name: str, kind: Any, unit: str, key: str, meaning: str, *more: Any
) -> Field[TraceFacts]:
    return field(name, kind, unit, lambda f: f.header.get(key), meaning, NO_TRACE, *more)


def _plate(side: str) -> tuple[Field[Any], ...]:
    return (
        _header(
            f"samples_{side}",
            "integer",
            "samples",
            f"samples_{side}",
            f"conversions of the {side} plate in the trace",
        ),
        _header(
            f"period_{side}_us",
            "integer",
            "us",
            f"{side}_period_us",
            f"length of one conversion of the {side} plate",
        ),
        field(
            f"filter_delay_{side}_us",
            "integer",
            "us",
            lambda f: f.delay_us(side),
            "delay of the chip's filter: a force acted so long before the `time_us` of its row",
            NO_TRACE,
        ),
        field(
            f"counts_per_n_{side}",
            "number",
            "counts/N",
            lambda f: f.sensitivity(side),
            f"sensitivity of the {side} plate, with its sign",
            NO_TRACE,
            "named",
        ),
        _header(
            f"zero_{side}_counts",
            "integer",
            "counts",
            f"zero_{side}_counts",
            f"counts of the empty {side} plate",
            "named",
        ),
    )


INDEX: tuple[Field[Any], ...] = (
    *HOLD,
    *SESSION,
    *PERSON,
    *DAY,
    LEG,
    field(
        "first_row",
        "integer",
        "rows",
        lambda f: f.first_row if f.rows else None,
        "number of its first row in the file of samples, from 0",
        NO_TRACE,
    ),
    field("rows", "integer", "rows", lambda f: f.rows, "how many rows it has there"),
    field(
        "end_s",
        "number",
        "s",
        lambda f: f.header["end_us"] / 1e6 if f.header else None,
        "end of the hold, from lift-off",
        NO_TRACE,
    ),
    *_plate("left"),
    *_plate("right"),
    field(
        "complete",
        "boolean",
        "-",
        lambda f: None if f.placed.trace_complete is None else f.placed.trace_complete,
        "whether the history has all of the trace that the board kept",
        "no trace is stored",
    ),
    field(
        "missing",
        "text",
        "-",
        lambda f: f.missing,
        "no_trace (none is stored), damaged (its checksum is wrong) or no_sensitivity (the board "
        "was not calibrated)",
        "there is a trace",
    ),
)

SAMPLES: tuple[Column, ...] = (
    *(one.column for one in HOLD),
    Column("channel", "text", "-", "left or right: the plate"),
    Column("sample", "integer", "-", "number of the conversion in its channel, from 0"),
    Column(
        "time_us",
        "integer",
        "us",
        "end of the conversion on the board's clock, from lift-off; before it below zero",
    ),
    Column("counts", "integer", "counts", "what the converter gave", where="named"),
    Column("force_n", "number", "N", "force on the plate: counts minus zero, by sensitivity"),
)


def opened(facts: HoldFacts, stored: StoredTrace | None) -> tuple[TraceFacts, list[Sample]]:
    """The facts for the index, and the samples of both plates in order of time."""
    empty = TraceFacts(facts.codes, facts.athlete, facts.day, facts.placed, {}, None)
    if stored is None:
        return replace(empty, missing="no_trace"), []
    try:
        header, left, right = trace.unpack(stored.data)
    except ValueError:
        return replace(empty, missing="damaged"), []
    known = cast("dict[str, Any]", header)
    if not all(known[f"{side}_counts_per_kn"] for side in units.PLATES):
        return replace(empty, missing="no_sensitivity"), []
    samples: list[Sample] = []
    for side, (times_us, counts) in zip(units.PLATES, (left, right), strict=True):
        zero, per_kn = known[f"zero_{side}_counts"], known[f"{side}_counts_per_kn"]
        samples += [
            (time_us, side, n, value, 1000.0 * (value - zero) / per_kn)
            for n, (time_us, value) in enumerate(zip(times_us, counts, strict=True))
        ]
    samples.sort(key=_time)
    return replace(empty, header=known, rows=len(samples)), samples


Sample = tuple[int, str, int, int, float]  # time, plate, number, counts, force


def _time(sample: Sample) -> int:
    return sample[0]


def rows(
    facts: TraceFacts, samples: list[Sample], *, anonymous: bool
) -> Iterator[tuple[Value, ...]]:
    """The rows of one hold in the file of samples."""
    trial = facts.placed.trial
    if anonymous:
        code = facts.codes.hold(trial)
        for time_us, side, n, _, force_n in samples:
            yield code, side, n, time_us, force_n
        return
    for time_us, side, n, counts, force_n in samples:
        yield trial.id, side, n, time_us, counts, force_n

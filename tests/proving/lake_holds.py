"""A lake of synthetic holds of which it is known what must come out.

Some hundred stances are made as forces and packed by the product's own encoder. A hold is one of
them behind another sensitivity and zero of its stance plate, as another board would have recorded
it: so every hold has its own force SD, mean and range, known from those of the stance by two
lines of algebra and not by the code that is under test. Who stands, with which scatter between
people, sessions and holds, is drawn; so are the traces that are damaged and the stored results
that are moved.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from summaries import summary  # of tests/unit

from evenstance.export import lake
from evenstance.export.anonymous import Codes
from evenstance.export.columns import of, row
from evenstance.flows.trial_results import results_of
from evenstance.metrics.hold import trial_from_summary
from evenstance.metrics.registry import METRICS
from evenstance.signal.encode_trace import encode
from evenstance.signal.trace_force import Side
from evenstance.store.records import STANDARD_CONDITIONS, Athlete, PlacedTrial, StoredTrial
from evenstance_wire import trace, units

Floats = NDArray[np.float64]
HOLDS, SESSIONS = 5, 2  # on each leg of a session, of a person
OF_A_PERSON = 2 * HOLDS * SESSIONS
CLINICS, MONTHS = 5, 4
STANCES = 200
COUNTS_PER_KN = 2_187_000
WEIGHT_N = 700.0
PERSON_SD, SESSION_SD, HOLD_SD = 0.25, 0.08, 0.12  # of the logs
DAMAGED, MOVED = 1000, 700  # one in so many
FIRST = date(2025, 1, 6)
METHODS = {one.id: one.method.id for one in METRICS}
_WINDOWS = tuple(f"force_sd_{k}_n" for k in (1, 2, 3, 4))
AS_SD = ("force_sd_n", lake.CORRECTED, *_WINDOWS, "force_range_p95_p5_n")
STORED = (*AS_SD, "force_mean_n", "force_sd_pct_bw")


@dataclass(frozen=True)
class Size:
    """How densely the plates are sampled: both as by the board, or only as metrics need."""

    full: bool

    def times_s(self) -> tuple[Floats, Floats]:
        """Of the stance plate and of the free one."""
        if self.full:
            return np.arange(-5.0, 26.0, 1 / 93.1), np.arange(-5.0, 26.0, 1 / 88.7)
        free = (np.arange(-0.1, 0.1, 0.02), np.arange(0.1, 26.0, 0.5))
        return np.arange(4.9, 25.1, 0.02), np.concatenate(free)


@dataclass(frozen=True)
class Stance:
    """One packed stance on a leg, and the values that its results scale with."""

    leg: Side
    head: dict[str, Any]
    stream: bytes
    values: dict[str, float]
    mean_counts: float


@dataclass(frozen=True)
class Month:
    """A file that is to be made: people `first` to `last` of a clinic."""

    folder: str
    clinic: int
    month: int
    first: int
    last: int
    seed: int
    full: bool

    @property
    def path(self) -> Path:
        """Where it is in the lake."""
        name = f"clinic=C{self.clinic:02d}/month=2025-{self.month:02d}"
        return Path(self.folder) / name / "holds.parquet"


@dataclass(frozen=True)
class Expected:
    """What recomputing must find in it."""

    trials: int
    equal: int
    differing: int
    damaged: int


@lru_cache(maxsize=1)
def stances(seed: int, full: bool, count: int = STANCES) -> list[Stance]:
    """Made once in each process."""
    rng = np.random.default_rng([seed, full])
    t, free_s = Size(full).times_s()
    return [_stance(rng, "right" if n % 2 else "left", t, free_s) for n in range(count)]


def _stance(rng: np.random.Generator, leg: Side, t: Floats, free_s: Floats) -> Stance:
    sway = sum(
        rng.uniform(1.0, 5.0) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6))
        for f in (0.3, 1.2, 2.7, 4.4)
    )
    free = 350.0 * np.clip(-free_s / 0.2 + 20.2 / 350.0, 0.0, 1.0) - 0.2
    stance = WEIGHT_N - 350.0 * np.clip(-t / 0.2 + 20.2 / 350.0, 0.0, 1.0) + sway
    stance += rng.normal(0, 0.05, t.size)
    periods = tuple(round(1e6 * float(x[1] - x[0])) for x in (t, free_s))
    sides = [
        [
            (round(s * 1e6) + 2 * period, round(n * COUNTS_PER_KN / 1e3))
            for s, n in zip(times_s.tolist(), force_n.tolist(), strict=True)
        ]
        for times_s, force_n, period in ((t, stance, periods[0]), (free_s, free, periods[1]))
    ]
    if leg == "right":
        sides, periods = sides[::-1], periods[::-1]
    stream = encode(sides[0], sides[1], (periods[0], periods[1]))
    head: dict[str, Any] = {
        "version": trace.VERSION,
        "complete": 1,
        "seq": 1,
        "stance_leg": units.PLATES.index(leg),
        "filter_delay_half_periods": 4,
        "left_counts_per_kn": COUNTS_PER_KN,
        "right_counts_per_kn": COUNTS_PER_KN,
        "zero_left_counts": 0,
        "zero_right_counts": 0,
        "left_period_us": periods[0],
        "right_period_us": periods[1],
        "end_us": 25_000_000,
        "left_first_us": sides[0][0][0],
        "right_first_us": sides[1][0][0],
        "samples_left": len(sides[0]),
        "samples_right": len(sides[1]),
        "stream_bytes": len(stream),
    }
    found = results_of(trial_from_summary(summary(leg=leg)), trace.pack(head, stream))
    values = {one.metric_id: one.value for one in found if one.value is not None}
    return Stance(leg, head, stream, values, values["force_mean_n"] * COUNTS_PER_KN / 1e3)


def months(folder: Path, holds: int, seed: int, *, full: bool) -> list[Month]:
    """The files of a lake of so many holds."""
    people = holds // OF_A_PERSON
    edges = np.linspace(0, people, CLINICS * MONTHS + 1).astype(int).tolist()
    return [
        Month(str(folder), n // MONTHS, 1 + n % MONTHS, edges[n], edges[n + 1], seed, full)
        for n in range(CLINICS * MONTHS)
        if edges[n + 1] > edges[n]
    ]


def make(month: Month) -> Expected:
    """Write one file, unless it is there, and say what must come out of it."""
    known = month.path.with_suffix(".json")
    if not known.exists():
        month.path.parent.mkdir(parents=True, exist_ok=True)
        found = _write(month)
        known.write_text(json.dumps(asdict(found)))
    return Expected(**json.loads(known.read_text()))


def _write(month: Month) -> Expected:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = lake.columns(anonymous=False)
    types = {
        "boolean": pa.bool_(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "text": pa.string(),
        "date": pa.date32(),
        "time": pa.timestamp("us", "UTC"),
        "bytes": pa.binary(),
    }
    schema = pa.schema(
        [(one.name, types[one.type]) for one in columns],
        metadata={"evenstance_columns": json.dumps([one.as_dict() for one in columns])},
    )
    rng = np.random.default_rng([month.seed, month.clinic, month.month])
    counted = {"trials": 0, "equal": 0, "differing": 0, "damaged": 0}
    plain = _plain_row()
    part = month.path.with_suffix(".part")
    with pq.ParquetWriter(part, schema, compression="zstd") as file:
        rows: list[dict[str, Any]] = []
        for person in range(month.first, month.last):
            rows += (plain | own for own in _of_person(month, person, rng, counted))
            if len(rows) >= lake.GROUP_ROWS or person == month.last - 1:
                for at in range(0, len(rows), lake.GROUP_ROWS):
                    some = rows[at : at + lake.GROUP_ROWS]
                    file.write_table(pa.Table.from_pylist(some, schema))
                rows = []
    part.replace(month.path)
    return Expected(**counted)


def _plain_row() -> dict[str, Any]:
    """What the product exports of one hold, made by its own code."""
    moment = datetime(2025, 1, 6, 10, tzinfo=timezone.utc)
    packed = summary()
    trial = StoredTrial(
        id=1,
        board_uid="e66164084319a12b",
        journal_id="0011223344556677",
        seq=1,
        session_id="s",
        athlete_id=1,
        purpose="scored",
        conditions=STANDARD_CONDITIONS,
        lift_off_at=moment,
        pulled_at=moment,
        clock_known=True,
        firmware="0.5.0",
        protocol=1,
        has_trace=True,
        summary=packed,
        hold=trial_from_summary(packed),
    )
    facts = lake.LakeFacts(
        Codes(b"", {}, {}),
        Athlete(1, "P", None, moment, False),
        FIRST,
        PlacedTrial(trial, True, moment, FIRST, "standard", False, 1),
        session_number=1,
        results=(),
        trace=None,
    )
    fields = of(lake.FIELDS, anonymous=False)
    names = [one.column.name for one in fields]
    return dict(zip(names, row(fields, facts), strict=True))


def _of_person(
    month: Month, person: int, rng: np.random.Generator, counted: dict[str, int]
) -> list[dict[str, Any]]:
    """Two sessions a week apart, all in the month of the file."""
    known = stances(month.seed, month.full)
    own = PERSON_SD * rng.standard_normal()
    weight_n = float(rng.uniform(450.0, 950.0))
    rows: list[dict[str, Any]] = []
    for session in range(SESSIONS):
        day = date(2025, month.month, 2 + person % 20) + timedelta(days=7 * session)
        of_session = own + SESSION_SD * rng.standard_normal()
        for number in range(2 * HOLDS):
            stance = known[int(rng.integers(len(known) // 2)) * 2 + number % 2]
            wanted_n = 5.0 * math.exp(of_session + HOLD_SD * rng.standard_normal())
            hold = OF_A_PERSON * person + 2 * HOLDS * session + number + 1
            rows.append(
                {
                    "hold_id": hold,
                    "session_id": f"s{person}-{session}",
                    "person": f"P{person:08d}",
                    "day": day,
                    "number_in_session": number + 1,
                    "session_number": session + 1,
                    "seq": hold,
                    **_hold(stance, wanted_n, weight_n),
                }
            )
            _spoil(rows[-1], rng, counted)
    return rows


def _hold(stance: Stance, wanted_n: float, weight_n: float) -> dict[str, Any]:
    """The stance as a plate of another sensitivity and zero shows it."""
    values = stance.values
    per_kn = round(COUNTS_PER_KN * values["force_sd_n"] / wanted_n)
    scale = COUNTS_PER_KN / per_kn
    zero = round(stance.mean_counts - weight_n * per_kn / 1e3)
    results: dict[str, float] = {METHODS[name]: scale * values[name] for name in AS_SD}
    sd_n, weight_un = results[METHODS["force_sd_n"]], round(weight_n * 1e6)
    results[METHODS["force_mean_n"]] = 1e3 * (stance.mean_counts - zero) / per_kn
    results[METHODS["force_sd_pct_bw"]] = 100.0 * sd_n / (weight_un / 1e6)
    leg = stance.leg
    head = stance.head | {f"{leg}_counts_per_kn": per_kn, f"zero_{leg}_counts": zero}
    return {
        "leg": leg,
        "trace": trace.pack(head, stance.stream),
        "force_sd_n": round(round(sd_n * 1e6) / 1e6, 9),
        lake.CORRECTED: results[METHODS[lake.CORRECTED]],
        "results": results,
        "summary": summary(1, leg, sd_n, body_weight_un=weight_un),
    }


def _spoil(one: dict[str, Any], rng: np.random.Generator, counted: dict[str, int]) -> None:
    """Now and then a flipped bit or a stored value that is a little off; count what must come."""
    counted["trials"] += 1
    damaged, moved = rng.integers(DAMAGED) == 0, rng.integers(MOVED) == 0
    if damaged:
        counted["damaged"] += 1
        data = bytearray(one["trace"])
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        one["trace"] = bytes(data)
    elif moved:
        one["results"][METHODS["force_sd_n"]] *= 1.0001
        counted["differing"] += 1
        counted["equal"] += len(STORED) - 1
    else:
        counted["equal"] += len(STORED)
    one["results"] = json.dumps(one["results"], separators=(",", ":"))

"""A test-retest study out of a lake: the sessions of everybody, a bucket of people at a time.

A bucket has some thousands of people, all files of theirs, and only the few numbers that a study
needs; no trace is read. Who is in which bucket depends on their names alone. The sessions are then
judged by the same functions as those of one history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from evenstance.decision.parameters import PrimaryMetric
from evenstance.decision.types import SessionHolds
from evenstance.errors import InputError
from evenstance.export.lake import CORRECTED
from evenstance.flows.lake import ANCHOR, Lake, LakeFile, connected, unreadable
from evenstance.flows.reliability import Candidate, candidate, table_of
from evenstance.flows.spread import Workers, spread
from evenstance.store.records import Conditions

if TYPE_CHECKING:
    from evenstance.reliability.study_table import StudyTable
    from evenstance.report.reliability import Origin

BUCKET_ROWS = 100_000
_SCORED = "purpose = 'scored' AND protocol <> 'replay' AND NOT archived"
_COUNTS = "valid AND force_sd_n IS NOT NULL"


@dataclass(frozen=True)
class Bucket:
    """A share of the people of a lake, `number` of `buckets`."""

    files: tuple[LakeFile, ...]
    number: int
    buckets: int
    anonymous: bool
    metric: PrimaryMetric
    one_rule: bool
    include_familiarisation: bool


class _Hold(NamedTuple):
    """One scored hold as it is read."""

    clinic: str
    person: str
    session_number: int
    number: int
    hold: str
    session: str
    day: Any
    familiarisation: bool
    eyes: str | None
    surface: str | None
    footwear: str | None
    arms: str | None
    gaze_mark: bool | None
    rules_id: int
    leg: str
    value_n: float | None


def study_of_lake(
    lake: Lake, who: Workers, *, holds: int, include_familiarisation: bool = False
) -> tuple[StudyTable, Origin, PrimaryMetric]:
    """The table, where it is from, and the metric of its values.

    It is the corrected force SD when every valid hold of the lake has it, else the board's own of
    all of them, never a mixture. Trials under several rules are never pooled.
    """
    counted, corrected, rules = _looked_at(lake)
    metric: PrimaryMetric = CORRECTED if counted and corrected == counted else "force_sd_n"
    buckets = -(-lake.rows // BUCKET_ROWS)
    tasks = [
        Bucket(
            lake.files,
            number,
            buckets,
            lake.anonymous,
            metric,
            rules < 2,
            include_familiarisation,
        )
        for number in range(buckets)
    ]
    found: dict[tuple[str, str], Candidate] = {}
    for some in spread(candidates, tasks, who):
        found.update(some)
    several = len({file.clinic for file in lake.files}) > 1
    named = {
        f"{clinic}: {person}" if several else person: found[clinic, person]
        for clinic, person in sorted(found)
    }
    table, origin = table_of(named, holds=holds, source="lake")
    return table, origin, metric


def _looked_at(lake: Lake) -> tuple[int, int, int]:
    """Valid scored holds, how many have the corrected value, and how many rules they are of."""
    (row,) = _fetched(
        lake.files,
        f"SELECT count(*), count({CORRECTED}), count(DISTINCT rules_id) FROM {_FILES} "
        f"WHERE {_SCORED} AND {_COUNTS}",
        [],
    )
    return int(row[0]), int(row[1]), int(row[2])


def candidates(bucket: Bucket) -> dict[tuple[str, str], Candidate]:
    """The people of a bucket by clinic and name, by whoever is to read it."""
    for file in bucket.files:
        file.require_same()
    person, session, hold, day = (
        ("person_code", "session_code", "hold_code", "day_number")
        if bucket.anonymous
        else ("person", "session_id", "hold_id", "day")
    )
    rows = _fetched(
        bucket.files,
        f"SELECT clinic, {person}, session_number, number_in_session, {hold}, {session}, {day}, "
        "familiarisation, eyes, surface, footwear, arms, gaze_mark, rules_id, leg, "
        f"CASE WHEN {_COUNTS} THEN {bucket.metric} END FROM {_FILES} "
        f"WHERE {_SCORED} AND md5_number_lower(clinic || '/' || {person}) % $2 = $3 "
        "ORDER BY 1, 2, 3, 4, 5",
        [bucket.buckets, bucket.number],
    )
    found: dict[tuple[str, str], Candidate] = {}
    for key, of_person in groupby(
        map(_Hold._make, rows), key=lambda one: (one.clinic, one.person)
    ):
        holds = list(of_person)
        _require_once(holds)
        sessions = [
            _session(list(one), bucket)
            for _, one in groupby(holds, key=lambda hold: hold.session_number)
        ]
        found[key] = candidate(
            [s for s in sessions if bucket.include_familiarisation or not s.familiarisation]
        )
    for file in bucket.files:
        file.require_same()
    return found


def _require_once(holds: Sequence[_Hold]) -> None:
    (hold, times), *_ = Counter(one.hold for one in holds).most_common(1)
    if times > 1:
        clinic = holds[0].clinic
        raise InputError(
            f"Hold {hold} of {clinic} is in the lake {times} times.",
            cause="its session has another day since its month was exported",
            next_step=f"Export the whole of {clinic} again, without --month.",
            anchor=ANCHOR,
        )


def _session(holds: Sequence[_Hold], bucket: Bucket) -> SessionHolds:
    first = holds[0]
    rules = ", ".join(str(n) for n in sorted({hold.rules_id for hold in holds}))
    conditions = Conditions(
        first.eyes, first.surface, first.footwear, first.arms, first.gaze_mark
    ).key
    left_n, right_n = (
        tuple(one.value_n for one in holds if one.leg == leg and one.value_n is not None)
        for leg in ("left", "right")
    )
    return SessionHolds(
        session_id=first.session,
        # days are compared and subtracted only: those of codes begin anywhere
        day=date.fromordinal(1 + first.day) if bucket.anonymous else first.day,
        familiarisation=first.familiarisation,
        conditions=conditions if bucket.one_rule else f"{conditions}, rules {rules}",
        left_n=left_n,
        right_n=right_n,
        invalid=len(holds) - len(left_n) - len(right_n),
        metric=bucket.metric,
    )


_FILES = (
    "read_parquet($1, hive_partitioning = true, "
    "hive_types = {'clinic': VARCHAR, 'month': VARCHAR}, union_by_name = true)"
)


def _fetched(
    files: Sequence[LakeFile], statement: str, values: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    import duckdb

    paths = [file.path for file in files]
    try:
        with connected() as engine:
            found = engine.execute(statement, [paths, *values])
            while batch := found.fetchmany(1000):
                yield from batch
    except duckdb.Error as error:
        raise unreadable(", ".join(paths[:3]), str(error)) from error

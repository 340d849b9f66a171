"""What pandas and DuckDB read back is what the history holds, with the documented types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from export_history import NAMES, NOTES, filled

from evenstance.export import dictionary
from evenstance.export.columns import Column
from evenstance.export.parquet_file import SQL_TYPES
from evenstance.export.tables import INDEX, columns
from evenstance.export.writers import FORMATS
from evenstance.flows.export import Request, export_dataset
from evenstance.signal.trace_force import hold_signal
from evenstance.store.database import open_store
from evenstance.store.records import PlacedTrial, StoredSession
from evenstance.store.repository import Store

PANDAS = {"integer": "Int64", "number": "float64", "text": "string", "boolean": "boolean"}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(filled(tmp_path_factory.mktemp("history") / "history.sqlite3")) as opened:
        yield opened


@pytest.fixture(scope="module")
def folders(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All tables in all formats, in folders whose names would confuse a file pattern."""
    found: dict[str, Path] = {}
    for form in FORMATS:
        found[form] = tmp_path_factory.mktemp("out") / f"it's [{form}]*"
        export_dataset(store, found[form], Request(form))
    return found


def plain(value: Any) -> Any:
    """A cell as a plain value of Python, None when it is empty."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def by_pandas_csv(path: Path, kinds: Sequence[Column]) -> Rows:
    frame = pd.read_csv(
        path,
        dtype={one.name: PANDAS[one.type] for one in kinds if one.type in PANDAS},
        parse_dates=[one.name for one in kinds if one.type in ("date", "time")],
        keep_default_na=False,
        na_values=[""],
    )
    assert list(frame.columns) == [one.name for one in kinds]
    for one in kinds:
        if one.type == "date":
            frame[one.name] = frame[one.name].dt.date
    return of_frame(frame)


def by_pandas_parquet(path: Path, kinds: Sequence[Column]) -> Rows:
    frame = pd.read_parquet(path, dtype_backend="numpy_nullable")
    assert list(frame.columns) == [one.name for one in kinds]
    expected = {"time": "datetime64[us, UTC]", "date": "object", "number": "Float64"}
    for one in kinds:
        assert str(frame[one.name].dtype) == expected.get(one.type, PANDAS.get(one.type))
    return of_frame(frame)


def of_frame(frame: pd.DataFrame) -> Rows:
    names = list(frame.columns)
    return [
        {name: plain(value) for name, value in zip(names, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]


def by_duckdb_csv(path: Path, kinds: Sequence[Column]) -> Rows:
    types = {one.name: SQL_TYPES[one.type] for one in kinds}
    from glob import escape

    found = duckdb.read_csv(escape(str(path)), header=True, columns=types)
    return by_duckdb(found, kinds)


def by_duckdb_parquet(path: Path, kinds: Sequence[Column]) -> Rows:
    from glob import escape

    return by_duckdb(duckdb.read_parquet(escape(str(path))), kinds)


def by_duckdb(found: duckdb.DuckDBPyRelation, kinds: Sequence[Column]) -> Rows:
    named = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert found.columns == [one.name for one in kinds]
    types = [SQL_TYPES[one.type] for one in kinds]
    assert [str(one) for one in found.types] == [named.get(one, one) for one in types]
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def by_json(path: Path, kinds: Sequence[Column]) -> Rows:
    rows = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    turned = {"time": _moment, "date": date.fromisoformat}
    for row in rows:
        assert list(row) == [one.name for one in kinds]
        for one in kinds:
            if one.type in turned and row[one.name] is not None:
                row[one.name] = turned[one.type](row[one.name])
            kind = {"boolean": bool, "integer": int, "number": (int, float), "text": str}
            if one.type in kind and row[one.name] is not None:
                assert isinstance(row[one.name], kind[one.type])
    return rows


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


READERS = [
    ("csv", by_pandas_csv),
    ("csv", by_duckdb_csv),
    ("parquet", by_pandas_parquet),
    ("parquet", by_duckdb_parquet),
    ("jsonl", by_json),
]
ALL = pytest.mark.parametrize(
    ("form", "read"), READERS, ids=[f"{form}-{read.__name__}" for form, read in READERS]
)


def typed(text: str | None, form: str) -> str | None:
    """A text that a person typed, as that format has it."""
    kept = {**NAMES, **NOTES}
    return None if text is None else kept[text][1 if form == "csv" else 0]


def same(found: Rows, expected: Rows, kinds: Sequence[Column]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert list(other) == [kind.name for kind in kinds]
        assert one == other  # every number bit by bit
    for kind in kinds:
        if kind.missing == "never empty":
            assert all(row[kind.name] is not None for row in found), kind.name


def everybody(store: Store) -> Iterator[tuple[Any, PlacedTrial]]:
    with store.reading() as reading:
        for person in (*store.athletes(), None):
            for placed in reading.trials(None if person is None else person.id):
                yield person, placed


@ALL
def test_holds(store: Store, folders: dict[str, Path], form: str, read: Any) -> None:
    kinds = columns("holds", anonymous=False)
    listed = {one.id: one for one in store.trials()}
    began = {one.id: one for one in store.sessions()}
    expected: Rows = []
    for person, placed in everybody(store):
        one, hold = listed[placed.trial.id], listed[placed.trial.id].hold
        session: StoredSession | None = began.get(one.session_id or "")
        assert (session is None) == (person is None)
        share = hold.load_share_pct
        trace = store.trace(one.id)
        special = {
            "hold_id": one.id,
            "session_id": one.session_id,
            "person": person and typed(person.name, form),
            "age_y": _age(person, session),
            "day": one.happened_at.date() if session is None else session.day,
            "number_in_session": None if session is None else (one.seq - 1) % 3 + 1,
            "since_start_s": None
            if session is None or one.lift_off_at is None
            else (one.lift_off_at - session.started_at).total_seconds(),
            "protocol": session and session.protocol_name,
            "familiarisation": session and session.familiarisation,
            "leg": hold.stance_leg,
            "reasons": ";".join(hold.reasons) or None,
            "load_share_mean_pct": share and share.mean,
            "load_share_min_pct": share and share.min,
            "load_share_sd_pct": share and share.sd,
            "touch_downs": json.dumps(
                [
                    {"at_s": t.at_s, "duration_s": t.duration_s, "peak_n": t.peak_n}
                    for t in hold.touch_downs
                ]
            ),
            "trace_complete": trace and trace.complete,
            **{f"force_sd_{k}_n": hold.force_sd_windows_n[k - 1] for k in (1, 2, 3, 4)},
        }
        expected.append({kind.name: _named(kind.name, special, one, hold) for kind in kinds})
    found = read(folders[form] / f"holds.{form}", kinds)
    found.sort(key=lambda row: row["hold_id"])
    expected.sort(key=lambda row: row["hold_id"])
    same(found, expected, kinds)
    assert len(found) == 62


def _age(person: Any, session: StoredSession | None) -> int | None:
    if person is None or session is None or person.born_on is None:
        return None
    birthday = person.born_on.replace(year=session.day.year)
    return session.day.year - person.born_on.year - (session.day < birthday)


def _named(name: str, special: dict[str, Any], one: Any, hold: Any) -> Any:
    if name in special:
        return special[name]
    for holder in (one, one.conditions, hold):
        if hasattr(holder, name):
            return getattr(holder, name)
    raise AssertionError(f"the test does not know the column {name}")


@ALL
def test_sessions(store: Store, folders: dict[str, Path], form: str, read: Any) -> None:
    kinds = columns("sessions", anonymous=False)
    names = {one.id: one for one in store.athletes()}
    expected: Rows = []
    for one in store.sessions():
        assert one.athlete_id is not None
        person = names[one.athlete_id]
        special = {
            "session_id": one.id,
            "person": typed(person.name, form),
            "age_y": _age(person, one),
            "utc_offset_min": one.utc_offset_minutes,
            "duration_s": None if one.ended_at is None else 1200.001,
            "protocol": one.protocol_name,
            "note": typed(one.note, form),
        }
        expected.append({kind.name: _named(kind.name, special, one, one) for kind in kinds})
    found = read(folders[form] / f"sessions.{form}", kinds)
    order = {one.id: n for n, one in enumerate(store.sessions())}
    found.sort(key=lambda row: order[row["session_id"]])
    same(found, expected, kinds)
    assert {row["day"] for row in found} >= {date(2025, 3, 1)}, "the local day, not that in UTC"


@ALL
def test_results(store: Store, folders: dict[str, Path], form: str, read: Any) -> None:
    kinds = columns("results", anonymous=False)
    stored = store.results([one.id for one in store.trials()])
    expected: Rows = []
    for person, placed in everybody(store):
        for one in stored[placed.trial.id]:
            special = {
                "hold_id": placed.trial.id,
                "person": person and typed(person.name, form),
                "day": placed.day,
                "leg": placed.trial.hold.stance_leg,
                "method_version": one.version,
                "parameters": json.dumps(one.parameters, sort_keys=True),
                "session_id": placed.trial.session_id,
            }
            expected.append(
                {kind.name: _named(kind.name, special, placed.trial, one) for kind in kinds}
            )
    same(read(folders[form] / f"results.{form}", kinds), expected, kinds)


@ALL
def test_traces(store: Store, folders: dict[str, Path], form: str, read: Any) -> None:
    kinds = columns("traces", anonymous=False)
    samples = read(folders[form] / f"traces.{form}", kinds)
    index_kinds = columns(INDEX, anonymous=False)
    index = read(folders[form] / f"traces_index.{form}", index_kinds)
    assert len(index) == len(store.trials())
    next_row = 0
    seen: set[str | None] = set()
    for one in index:
        stored = store.trace(one["hold_id"])
        seen.add(one["missing"])
        if one["missing"] is not None:
            assert one["rows"] == 0
            assert one["first_row"] is one["samples_left"] is one["period_left_us"] is None
            assert (stored is None) == (one["missing"] == "no_trace")
            continue
        assert stored is not None
        assert one["complete"] == stored.complete
        assert one["first_row"] == next_row
        next_row += one["rows"]
        rows = samples[one["first_row"] : next_row]
        signal = hold_signal(stored.data)
        assert {row["hold_id"] for row in rows} == {one["hold_id"]}
        assert [r["time_us"] for r in rows] == sorted(r["time_us"] for r in rows)
        for k, side in enumerate(("left", "right")):
            mine = [row for row in rows if row["channel"] == side]
            assert len(mine) == one[f"samples_{side}"]
            assert [row["sample"] for row in mine] == list(range(len(mine)))
            force = getattr(signal, side)
            assert [row["force_n"] for row in mine] == force.force_n.tolist()
            acted_us = [row["time_us"] - one[f"filter_delay_{side}_us"] for row in mine]
            assert [t / 1e6 for t in acted_us] == force.times_s.tolist()
            for row in mine:
                away = row["counts"] - one[f"zero_{side}_counts"]
                assert away / one[f"counts_per_n_{side}"] == pytest.approx(row["force_n"])
            assert one[f"period_{side}_us"] == round(signal.period_s[k] * 1e6)
        assert one["end_s"] == signal.end_s
    assert next_row == len(samples)
    assert seen == {None, "no_trace", "damaged", "no_sensitivity"}


def test_parquet_carries_its_dictionary(folders: dict[str, Path]) -> None:
    import pyarrow.parquet as pq

    for table in dictionary.tables():
        metadata = pq.read_schema(folders["parquet"] / f"{table}.parquet").metadata
        told = json.loads(metadata[b"evenstance_columns"])
        kinds = columns(table, anonymous=False)
        assert [(one["name"], one["unit"]) for one in told] == [(c.name, c.unit) for c in kinds]
        assert metadata[b"evenstance_version"]


def test_csv_is_that_of_rfc_4180(folders: dict[str, Path]) -> None:
    data = (folders["csv"] / "sessions.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8")
    assert text.endswith("\r\n")
    assert '"\'=1+1\nsecond ""line"""' in text
    assert "\x1b" not in text
    assert "\x00" not in text
    outside = "".join(text.split('"')[::2])
    assert outside.count("\n") == outside.count("\r\n") == 21


def test_no_text_is_a_formula_and_numbers_are_left_alone(folders: dict[str, Path]) -> None:
    import csv

    for table in dictionary.tables():
        kinds = columns(table, anonymous=False)
        with (folders["csv"] / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        negative = 0
        for row in rows:
            for kind, cell in zip(kinds, row, strict=True):
                if kind.type == "text":
                    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")), cell
                    assert not cell.startswith(("\t", "\r", "\n"))
                negative += kind.type in ("number", "integer") and cell.startswith("-")
        assert negative or table in ("results", "holds")


def test_the_dictionary_of_the_folder(folders: dict[str, Path]) -> None:
    frame = pd.read_csv(folders["csv"] / "dictionary.csv", keep_default_na=False)
    assert list(frame.columns) == list(dictionary.ENTRY)
    assert frame.to_dict("records") == dictionary.entries()

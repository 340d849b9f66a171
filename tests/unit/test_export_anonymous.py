"""An anonymous export says nothing of names, notes, boards and dates, and finds no way back."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from export_history import BOARD, JOURNAL, NAMES, NOTES, OTHER_BOARD, STARTED, fill, filled, trial
from histories import empty_history

from evenstance.errors import InputError
from evenstance.export import dictionary, tables
from evenstance.export.anonymous import age_band, age_y
from evenstance.export.writers import FORMATS, Format
from evenstance.flows.export import Request, export_dataset, export_table
from evenstance.store.database import open_store
from evenstance.store.repository import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(filled(tmp_path / "history.sqlite3")) as opened:
        yield opened


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dataset(store: Store, folder: Path, **more: Any) -> dict[str, list[dict[str, str]]]:
    export_dataset(store, folder, Request("csv", anonymous=True, **more))
    return {table: rows(folder / f"{table}.csv") for table in dictionary.tables()}


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_names_somebody_is_in_any_byte(
    store: Store, tmp_path: Path, form: Format
) -> None:
    import pandas as pd

    folder = tmp_path / "out"
    found = export_dataset(store, folder, Request(form, anonymous=True))
    assert (found.people, found.left_out) == (len(NAMES), 2)
    secret = [BOARD, OTHER_BOARD, JOURNAL, str(tmp_path)]
    secret += [text for pair in NAMES.values() for text in pair if len(text) > 4]
    secret += [text for pair in NOTES.values() for text in pair if text and len(text) > 4]
    secret += [one.id for one in store.sessions()]
    for path in folder.iterdir():
        if path.stem == "dictionary":
            continue
        text = pd.read_parquet(path).to_csv() if form == "parquet" else path.read_text("utf-8")
        for data in (text.encode(), path.read_bytes()):
            for word in secret:
                assert word.encode() not in data
                assert json.dumps(word).encode() not in data
        assert re.search(r"20\d\d-\d\d", text) is None


def test_columns_are_those_of_the_dictionary(store: Store, tmp_path: Path) -> None:
    found = dataset(store, tmp_path / "out")
    gone = {"person", "note", "board_uid", "journal_id", "seq", "day", "started_at", "ended_at"}
    gone |= {"hold_id", "session_id", "lift_off_at", "age_y", "calibration_id", "counts"}
    for table, its_rows in found.items():
        kinds = tables.columns(table, anonymous=True)
        assert list(its_rows[0]) == [one.name for one in kinds]
        assert not gone & set(its_rows[0])
        for one in kinds:
            if one.missing == "never empty":
                assert all(row[one.name] for row in its_rows), one.name


def test_values_days_and_ages_are_those_of_the_history(store: Store, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    found = dataset(store, tmp_path / "out", key=key)
    known = {one["code"]: one for one in json.loads(key.read_text())["people"]}
    assert {one["name"] for one in known.values()} == set(NAMES)
    sessions = {one.id: one for one in store.sessions()}
    assert len(found["sessions"]) == len(sessions) == 20
    for row in found["sessions"]:
        athlete = store.athlete(known[row["person_code"]]["name"], create=False)
        mine = sorted(
            (s for s in sessions.values() if s.athlete_id == athlete.id), key=lambda s: s.day
        )
        days = [(one.day - mine[0].day).days for one in mine]
        assert days == [0, 10]
        one = mine[days.index(int(row["day_number"]))]
        if athlete.born_on is None:
            assert row["age_band"] == ""
        else:
            low = re.match(r"\d+", row["age_band"])
            assert low is not None
            age = (one.day - athlete.born_on).days // 365.2425
            assert int(low[0]) <= age < int(low[0]) + (50 if int(low[0]) == 90 else 5)
            assert int(low[0]) % 5 == 0
    sd = sorted(one.hold.force_sd_n or 0 for one in store.trials() if one.session_id)
    assert sorted(float(row["force_sd_n"] or 0) for row in found["holds"]) == sd


def test_tables_of_one_dataset_belong_together(store: Store, tmp_path: Path) -> None:
    found = dataset(store, tmp_path / "out")
    holds = {row["hold_code"]: row for row in found["holds"]}
    assert len(holds) == len(found["holds"]) == 60
    sessions = {row["session_code"]: row for row in found["sessions"]}
    assert {row["session_code"] for row in holds.values()} == set(sessions)
    for table in ("results", "traces_index"):
        for row in found[table]:
            assert row["person_code"] == holds[row["hold_code"]]["person_code"]
    assert {row["hold_code"] for row in found["traces"]} < set(holds)


def test_codes_are_in_another_order_and_differ_every_time(store: Store, tmp_path: Path) -> None:
    orders: set[tuple[str, ...]] = set()
    for n in range(3):
        found = dataset(store, tmp_path / str(n))
        codes = [row["person_code"] for row in found["holds"]]
        assert codes == sorted(codes), "the order of rows must not tell who is who"
        assert sorted(set(codes)) == [f"A{k:03d}" for k in range(1, 11)]
        orders.add(tuple(row["force_mean_n"] + row["force_sd_n"] for row in found["holds"]))
        assert not {row["hold_code"] for row in found["holds"]} & {
            row["hold_code"] for k in range(n) for row in rows(tmp_path / str(k) / "holds.csv")
        }
    assert len(orders) > 1  # by chance all three alike: once in 10^13
    assert list(tmp_path.glob("**/*key*")) == []


def test_a_key_gives_the_same_codes_again(store: Store, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    request = Request("csv", anonymous=True, key=key, force=True)
    export_table(store, "holds", tmp_path / "holds.csv", request)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    first = rows(tmp_path / "holds.csv")
    before = json.loads(key.read_text())
    person = store.athlete("Newcomer")
    at = STARTED + timedelta(days=200)
    session = store.start_session(person.id, BOARD, "standard", started_at=at)
    store.save_trials(
        BOARD, JOURNAL, [trial(999, at, None)], purposes={999: (session, person.id, "scored")}
    )
    export_table(store, "holds", tmp_path / "holds.csv", request)
    second = rows(tmp_path / "holds.csv")
    assert second[:-1] == first
    assert second[-1]["person_code"] == "A011"
    after = json.loads(key.read_text())
    assert after["secret"] == before["secret"]
    assert after["people"][:-1] == before["people"]
    assert after["people"][-1]["name"] == "Newcomer"


def test_a_key_of_another_history_is_refused(store: Store, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    with open_store(empty_history(tmp_path / "other.sqlite3")) as other:
        fill(other)
        export_table(
            other, "sessions", tmp_path / "o.csv", Request("csv", anonymous=True, key=key)
        )
    before = key.read_bytes()
    with pytest.raises(InputError, match="another history"):
        export_table(
            store, "sessions", tmp_path / "s.csv", Request("csv", anonymous=True, key=key)
        )
    assert not (tmp_path / "s.csv").exists()
    assert key.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"evenstance_key": 2}', '{"evenstance_key": 1}', "person,leg\n", "1"]
)
def test_what_is_no_key_is_refused_and_kept(store: Store, tmp_path: Path, text: str) -> None:
    key = tmp_path / "key.json"
    key.write_text(text)
    request = Request("csv", anonymous=True, key=key, force=True)
    with pytest.raises(InputError, match="key file cannot be read"):
        export_table(store, "holds", tmp_path / "holds.csv", request)
    assert key.read_text() == text
    assert not (tmp_path / "holds.csv").exists()


def test_the_key_is_not_one_of_the_files(store: Store, tmp_path: Path) -> None:
    to = tmp_path / "holds.csv"
    with pytest.raises(InputError, match="key file, too"):
        export_table(store, "holds", to, Request("csv", anonymous=True, key=to))
    assert not to.exists()


def test_one_person_is_numbered_from_their_first_session(store: Store, tmp_path: Path) -> None:
    person = store.athlete("+49 Jo", create=False)
    last = max(one.day for one in store.sessions(person.id))
    request = Request("csv", athlete=person, since=last, anonymous=True)
    export_table(store, "sessions", tmp_path / "s.csv", request)
    [row] = rows(tmp_path / "s.csv")
    assert (row["person_code"], row["day_number"]) == ("A001", "10")
    assert last > date(2025, 3, 1)


def test_a_day_of_birth_of_29_february() -> None:
    assert age_y(date(2000, 2, 29), date(2025, 2, 28)) == 24
    assert age_y(date(2000, 2, 29), date(2025, 3, 1)) == 25
    assert age_y(date(2026, 1, 1), date(2025, 3, 1)) is None
    assert [age_band(age) for age in (None, 0, 4, 5, 89, 90, 104)] == [
        None,
        "0-4",
        "0-4",
        "5-9",
        "85-89",
        "90+",
        "90+",
    ]

"""`evenstance export`: who and when, files whole or not at all, and memory that stays bounded."""

from __future__ import annotations

import csv
import gc
import importlib.util
import json
import os
import sqlite3
import stat
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from export_history import BOARD, JOURNAL, NAMES, STARTED, filled, tiny_trace, trial
from histories import empty_history

from evenstance import cli
from evenstance.errors import InputError
from evenstance.export import csv_file, dictionary, tables
from evenstance.export.writers import FORMATS, Format, writer
from evenstance.flows import export as flow
from evenstance.flows.export import Request, export_dataset, export_table
from evenstance.private_files import new_file
from evenstance.store.database import open_store
from evenstance.store.repository import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    filled(tmp_path / "home" / "history.sqlite3")
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(home / "home" / "history.sqlite3") as opened:
        yield opened


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(["export", *words])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# -- who and when


def test_one_person(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = home / "jo.csv"
    code, out, _ = run(capsys, "holds", "--athlete", "+49 Jo", "--to", str(to), "--json")
    assert code == 0
    assert json.loads(out) == {
        "format": "csv",
        "anonymous": False,
        "people": 1,
        "left_out_unassigned": 0,
        "files": [{"table": "holds", "file": str(to), "rows": 6}],
    }
    assert {row["person"] for row in rows(to)} == {"'+49 Jo"}


def test_somebody_must_be_named_among_many(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "holds", "--to", str(home / "a.csv"))
    assert code == 2
    assert "10 people" in err
    assert not (home / "a.csv").exists()


def test_days_are_local_and_inclusive(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = home / "a.csv"
    first = STARTED.date()
    for since, until, sessions in (
        (first, first, 1),
        (first + timedelta(days=1), first + timedelta(days=3), 1),
        (first + timedelta(days=1), first + timedelta(days=2), 0),
        (first + timedelta(days=99), None, 0),
        (None, first + timedelta(days=3), 2),
    ):
        words = ["--since", str(since)] if since else []
        words += ["--until", str(until)] if until else []
        code, _, err = run(capsys, "sessions", "--all", "--force", "--to", str(to), *words)
        assert (code, err) == (0, "")
        assert len(rows(to)) == sessions


def test_everybody_is_all_but_replays(store: Store, home: Path) -> None:
    replay = store.athlete("replay")
    store.start_session(replay.id, BOARD, "replay", started_at=STARTED)
    store.update_athlete(store.athlete("NA", create=False).id, archived=True)
    found = export_table(store, "sessions", home / "a.jsonl", Request("jsonl"))
    assert (found.people, found.files[0].rows) == (len(NAMES), 20)
    export_table(store, "sessions", home / "r.csv", Request("csv", athlete=replay))
    assert [row["protocol"] for row in rows(home / "r.csv")] == ["replay"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--to", "a.txt", "--all"], "does not say which format"),
        (["--to", "a.csv", "--all", "--athlete", "NA"], "two choices"),
        (["--to", "a.csv", "--all", "--key", "k"], "--key belongs to --anonymous"),
        (["--to", "a.csv", "--all", "--since", "2025-01-02", "--until", "2025-01-01"], "before"),
    ],
)
def test_what_cannot_be_meant(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(home)
    code, _, err = run(capsys, "holds", *words)
    assert code == 2
    assert says in err
    assert sorted(path.name for path in home.iterdir()) == ["home"]


def test_the_format_may_differ_from_the_ending(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = home / "rows.txt"
    code, _, _ = run(capsys, "results", "--all", "--format", "jsonl", "--to", str(to))
    assert code == 0
    assert len([json.loads(line) for line in to.read_text().splitlines()]) == 124


# -- an empty history


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("anonymous", [False, True])
def test_an_empty_history_gives_empty_tables(
    tmp_path: Path, form: Format, anonymous: bool
) -> None:
    import pandas as pd

    with open_store(empty_history(tmp_path / "h.sqlite3")) as store:
        found = export_dataset(store, tmp_path / "out", Request(form, anonymous=anonymous))
    assert [one.rows for one in found.files] == [0] * 5
    for one in found.files:
        names = [kind.name for kind in tables.columns(one.table, anonymous=anonymous)]
        if form == "jsonl":
            assert one.path.read_bytes() == b""
        elif form == "csv":
            assert one.path.read_bytes().decode() == ",".join(names) + "\r\n"
        else:
            assert list(pd.read_parquet(one.path).columns) == names


# -- files


@pytest.mark.parametrize("form", FORMATS)
def test_only_the_owner_reads_and_nothing_is_replaced(
    home: Path, capsys: pytest.CaptureFixture[str], form: Format
) -> None:
    before = os.umask(0)
    try:
        words = ["dataset", "--all", "--format", form, "--to", str(home / "out")]
        assert run(capsys, *words)[0] == 0
    finally:
        os.umask(before)
    made = {path: path.read_bytes() for path in (home / "out").iterdir()}
    assert {path.stem for path in made} == {*dictionary.tables(), "dictionary"}
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "out").stat().st_mode) == 0o700
    code, _, err = run(capsys, *words)
    assert code == 3
    assert "exists already" in err
    assert "--force" in err
    assert {path: path.read_bytes() for path in (home / "out").iterdir()} == made
    next(iter(made)).chmod(0o644)
    assert run(capsys, *words, "--force")[0] == 0
    for path in (home / "out").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in (home / "out").iterdir()} == {path.name for path in made}


def test_what_is_no_plain_file_is_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "target.csv").write_text("mine")
    (home / "link.csv").symlink_to(home / "target.csv")
    (home / "folder.csv").mkdir()
    for name, says in (
        ("link.csv", "not a plain file"),
        ("folder.csv", "not a plain file"),
        ("no/such/a.csv", "no folder"),
    ):
        code, _, err = run(capsys, "holds", "--all", "--force", "--to", str(home / name))
        assert code == 3
        assert says in err
    assert (home / "target.csv").read_text() == "mine"


def test_the_index_of_traces_is_not_replaced_either(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "t_index.csv").write_text("mine")
    code, _, err = run(capsys, "traces", "--all", "--to", str(home / "t.csv"))
    assert code == 3
    assert "t_index.csv exists already" in err
    assert not (home / "t.csv").exists()


class Stopped(KeyboardInterrupt):
    pass


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("error", [Stopped(), OSError(28, "No space left on device")])
def test_an_interrupted_export_leaves_nothing(
    store: Store,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: Format,
    error: BaseException,
) -> None:
    old = home / "t.old"
    old.write_text("the export before")
    before = sorted(path.name for path in home.iterdir())
    write = tables.write

    def cut(table: Any, reading: Any, selection: Any, writers: Sequence[Any]) -> None:
        write(table, reading, selection, tuple(writers))
        assert all(writer.rows for writer in writers)
        raise error

    monkeypatch.setattr(flow, "write", cut)
    with pytest.raises((Stopped, InputError)) as raised:
        export_table(store, "traces", old, Request(form, force=True))
    if isinstance(error, OSError):
        assert "No space left" in raised.value.cause
    assert sorted(path.name for path in home.iterdir()) == before
    assert old.read_text() == "the export before"


def test_a_parquet_that_cannot_be_made_leaves_nothing(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "day_text", lambda value: "no day")
    with pytest.raises(InputError, match="cannot be written as Parquet"):
        export_table(store, "sessions", home / "s.parquet", Request("parquet"))
    assert [path.name for path in home.iterdir()] == ["home"]


def test_a_name_that_was_taken_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(InputError, match="exists already"), new_file(path) as temporary:
        temporary.write_text("mine")
        path.write_text("another's")
    assert path.read_text() == "another's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    with new_file(tmp_path / "a") as temporary:
        temporary.write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


# -- one moment


def test_an_export_sees_one_moment_of_the_history(store: Store, home: Path) -> None:
    with open_store(store.path) as other, store.reading() as reading:
        people = reading.athletes()
        other.athlete("somebody new")
        assert reading.athletes() == people
    with store.reading() as reading:
        assert len(reading.athletes()) == len(people) + 1


# -- memory


HOLDS = 200


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A history of one person with so many holds, and the path of its file."""
    path = empty_history(tmp_path_factory.mktemp("memory") / "history.sqlite3")
    with open_store(path) as store:
        person = store.athlete("me")
        for first in range(1, HOLDS + 1, 20):
            at = STARTED + timedelta(hours=first)
            session = store.start_session(person.id, BOARD, "standard", started_at=at)
            full = [
                trial(seq, at + timedelta(minutes=seq - first), tiny_trace(2), pulled_at=at)
                for seq in range(first, first + 20)
            ]
            new = [replace(one, results=one.results[:1]) for one in full]
            purposes: Any = {one.seq: (session, person.id, "scored") for one in new}
            store.save_trials(BOARD, JOURNAL, new, purposes=purposes)
        yield store, path


def multiply(path: Path, times: int) -> None:
    """Copy every row of a history so that it has `times` as many holds, as plain SQL."""
    changed = {
        "session": {"id": "id || '-{k}'"},
        "trial": {"id": "id + {n}", "seq": "seq + {n}", "session_id": "session_id || '-{k}'"},
        "trace": {"trial_id": "trial_id + {n}"},
        "result": {"trial_id": "trial_id + {n}"},
    }
    with closing(sqlite3.connect(path)) as db, db:
        for table, new in changed.items():
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            db.execute(f"CREATE TEMP TABLE old AS SELECT * FROM {table}")
            for k in range(1, times):
                values = [new.get(one, one).format(k=k, n=1000 * k) for one in names]
                db.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM old")
            db.execute("DROP TABLE old")


def peak(work: Callable[[], Any]) -> int:
    """The most memory (bytes) that was in use at one time.

    Garbage in circles is collected early, so that it does not count as kept; what the test run
    itself holds is set aside, or each collection would look through it.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.collect()
    gc.set_threshold(200, 5, 2)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@pytest.mark.timeout(300)
def test_memory_does_not_grow_with_the_history(grown: tuple[Store, Path], tmp_path: Path) -> None:
    store, path = grown
    export_dataset(store, tmp_path / "first", Request("csv"))  # what is loaded once
    small = peak(lambda: export_dataset(store, tmp_path / "small", Request("csv")))
    multiply(path, 10)
    large = peak(lambda: export_dataset(store, tmp_path / "large", Request("csv")))
    lines = {
        path.stem: len(path.read_text().splitlines()) for path in (tmp_path / "large").iterdir()
    }
    assert lines["holds"] == lines["traces_index"] == 10 * HOLDS + 1
    assert (lines["sessions"], lines["results"]) == (101, 10 * HOLDS + 1)
    assert lines["traces"] == 40 * HOLDS + 1
    # a hold takes 2 kB and more: 1,800 that are kept would be 4 MB
    assert large < 1.25 * small + 50_000, (small, large)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_keeps_its_rows(tmp_path: Path, form: Format) -> None:
    kinds = tables.columns("traces", anonymous=False)

    def work(name: str, count: int) -> None:
        with new_file(tmp_path / name) as path, writer(form, path, kinds) as to:
            for n in range(count):
                to.add((n, "left", n, -n, n * 3, n / 7))

    work("first", 10)
    small = peak(lambda: work("small", 200))
    assert peak(lambda: work("large", 5_000)) < small + 100_000


# -- the dictionary


def test_every_column_is_explained() -> None:
    entries = dictionary.entries()
    keys = [(one["table"], one["column"], one["where"]) for one in entries]
    assert len(set(keys)) == len(keys)
    units = {"n": "N", "s": "s", "us": "us", "pct": "%", "sps": "samples/s", "bw": "%BW"}
    for one in entries:
        assert all(one.values()), one
        ending = one["column"].rsplit("_", 1)[-1]
        if one["type"] == "number" and ending in units and "per" not in one["column"]:
            assert one["unit"] == units[ending], one
        if one["type"] in ("text", "boolean", "date", "time") and one["unit"] != "-":
            assert one["column"] in ("age_band", "touch_downs"), one


def test_the_dictionary_in_three_formats(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = dictionary.entries()
    assert json.loads(run(capsys, "dictionary", "--format", "json")[1]) == entries
    shown = run(capsys, "dictionary", "--format", "csv")[1]
    assert list(csv.DictReader(shown.splitlines())) == entries
    page = run(capsys, "dictionary")[1]
    assert page == run(capsys, "dictionary", "--format", "md")[1]
    assert len([line for line in page.splitlines() if line.startswith("| `")]) == len(entries)


def test_the_page_has_the_dictionary_of_this_version() -> None:
    """Otherwise: .venv/bin/python docs/make_export_tables.py"""
    file = ROOT / "docs" / "make_export_tables.py"
    spec = importlib.util.spec_from_file_location("make_export_tables", file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    text = (ROOT / "docs" / "export.md").read_text("utf-8")
    assert made.renewed(text) == text, "run docs/make_export_tables.py"


def test_a_day_of_birth_of_29_february() -> None:
    from evenstance.export.anonymous import age_band, age_y

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

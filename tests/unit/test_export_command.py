"""`evenstance export`: who and when, files whole or not at all, one moment of the history."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from export_history import BOARD, NAMES, STARTED, filled
from histories import empty_history

from evenstance import cli
from evenstance.errors import InputError
from evenstance.export import csv_file, dictionary, tables
from evenstance.export.writers import FORMATS, Format
from evenstance.flows import export as flow
from evenstance.flows.export import Request, export_dataset, export_table
from evenstance.private_files import new_file
from evenstance.store.database import open_store
from evenstance.store.repository import Store


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

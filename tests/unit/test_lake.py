"""A lake: what is exported into it, what comes out of it again, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from export_history import filled
from pandas import read_parquet

from evenstance import cli
from evenstance.errors import InputError, NotReproducedError
from evenstance.export import lake as rows
from evenstance.flows import lake, lake_recompute, lake_reliability
from evenstance.flows.lake import open_lake
from evenstance.flows.lake_recompute import LakeDone, recompute_lake
from evenstance.flows.lake_reliability import study_of_lake
from evenstance.flows.spread import Workers
from proving import lake_holds
from proving.lake_holds import Expected, make, months

HERE = Workers(processes=1)
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Runs a command on a history of ten people."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    filled(tmp_path / "home" / "history.sqlite3")

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.run(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Expected]:
    """300 synthetic holds with more damage than the proof has, and what must come out."""
    folder = tmp_path_factory.mktemp("lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake_holds, "STANCES", 6)
        patch.setattr(lake_holds, "DAMAGED", 40)
        patch.setattr(lake_holds, "MOVED", 30)
        patch.setattr(lake_holds, "MONTHS", 2)
        patch.setattr(lake_holds, "CLINICS", 1)
        found = [make(one) for one in months(folder, 300, 3, full=False)]
    names = ("trials", "equal", "differing", "damaged")
    return folder, Expected(**{n: sum(getattr(one, n) for one in found) for n in names})


def exported(folder: Path, months_named: str = "*") -> list[Path]:
    return sorted(folder.glob(f"clinic=*/month={months_named}/holds.parquet"))


# -- into the lake


def test_months_of_a_clinic_are_private_files_with_all_columns(say: Say, tmp_path: Path) -> None:
    code, out, _ = say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N", "--json")
    assert code == 0
    files = json.loads(out)["files"]
    assert [Path(one["file"]) for one in files] == exported(tmp_path / "l")
    assert [one["table"] for one in files] == ["2025-03", "2025-04"]
    for one in files:
        path = Path(one["file"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        found = read_parquet(path)
        assert len(found) == one["rows"]
        wanted = [column.name for column in rows.columns(anonymous=False)]
        assert list(found.columns)[: len(wanted)] == wanted
        assert {f"{day:%Y-%m}" for day in found["day"]} == {one["table"]}
        assert all(isinstance(data, bytes) for data in found["summary"])
    whole = [number for path in exported(tmp_path / "l") for number in read_parquet(path).hold_id]
    assert sorted(whole) == list(range(1, 63))
    assert [p.name for p in (tmp_path / "l").rglob("*.part")] == []


def test_bytes_and_results_are_those_of_the_history(say: Say, tmp_path: Path) -> None:
    say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    with closing(sqlite3.connect(tmp_path / "home" / "history.sqlite3")) as db:
        traces = dict(db.execute("SELECT trial_id, data FROM trace"))
        summaries = dict(db.execute("SELECT id, summary FROM trial"))
        results = {
            (trial, method): missing if value is None else value
            for trial, method, value, missing in db.execute(
                "SELECT trial_id, method_id, value, missing FROM result"
            )
        }
    found: dict[Any, Any] = {}
    for path in exported(tmp_path / "l"):
        for row in read_parquet(path).itertuples():
            assert row.summary == summaries[row.hold_id]
            assert row.trace == traces.get(row.hold_id)
            stored = json.loads(row.results)
            found |= {(row.hold_id, method): value for method, value in stored.items()}
    assert found == results


def test_a_month_is_replaced_whole_and_the_others_stay(say: Say, tmp_path: Path) -> None:
    to = ("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    say(*to)
    march, april = exported(tmp_path / "l")
    before = read_parquet(april)
    april.write_bytes(b"old")
    march.write_bytes(b"old")
    assert say(*to, "--month", "2025-04")[0] == 0
    assert march.read_bytes() == b"old"
    assert read_parquet(april).equals(before)


def test_a_month_that_is_no_longer_in_the_history_goes(say: Say, tmp_path: Path) -> None:
    to = ("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    say(*to)
    gone = tmp_path / "l" / "clinic=N" / "month=2019-01"
    kept = tmp_path / "l" / "clinic=M" / "month=2019-01"
    for folder in (gone, kept):
        folder.mkdir(parents=True)
        (folder / "holds.parquet").touch()
    say(*to)
    assert not gone.exists()
    assert (kept / "holds.parquet").exists()


def test_an_export_that_fails_leaves_each_month_as_it_was(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = ("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    say(*to)
    before = {path: path.read_bytes() for path in exported(tmp_path / "l")}

    def broken(**_: object) -> None:
        raise duckdb.IOException("no room")

    monkeypatch.setattr(duckdb, "connect", broken)
    code, _, err = say(*to)
    assert code == InputError.exit_code
    assert "no room" in err
    assert {path: path.read_bytes() for path in exported(tmp_path / "l")} == before
    assert len(list((tmp_path / "l").rglob("*.*"))) == len(before)


@pytest.mark.parametrize("clinic", ["../N", "", "a b", ".n", "n/m"])
def test_a_clinic_is_the_name_of_a_folder(say: Say, tmp_path: Path, clinic: str) -> None:
    code, _, err = say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", clinic)
    assert code == 2
    assert "name of a folder" in err


def test_without_names_there_are_no_bytes_of_the_board(say: Say, tmp_path: Path) -> None:
    to = ("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N", "--anonymous")
    assert say(*to)[0] == 0
    assert [path.parent.name for path in exported(tmp_path / "l")] == ["month=0000"]
    (path,) = exported(tmp_path / "l")
    found = read_parquet(path)
    forbidden = {"summary", "trace", "person", "day", "lift_off_at", "seq", "calibration_id"}
    assert not forbidden & set(found.columns)
    assert set(found.person_code.str[0]) == {"A"}
    assert say(*to, "--month", "2025-03")[0] == 2
    code, _, err = say("recompute", "--lake", str(tmp_path / "l"))
    assert code == InputError.exit_code
    assert "no traces" in err


# -- out of it


def test_a_lake_gives_what_the_history_gives(say: Say, tmp_path: Path) -> None:
    say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    code, out, err = say("recompute", "--lake", str(tmp_path / "l"), "--json", "--workers", "1")
    assert code == NotReproducedError.exit_code
    of_lake, of_history = json.loads(out), json.loads(say("recompute", "--json")[1])
    same = ("trials", "without_trace", "new", "equal")
    assert [of_lake[name] for name in same] == [of_history[name] for name in same]
    assert sum(of_lake["unreadable"].values()) == len(of_history["unreadable"])
    assert "N/61: trace of 7 bytes" in err


def test_as_much_comes_out_as_was_made_so(made: tuple[Path, Expected]) -> None:
    folder, want = made
    found = recompute_lake(open_lake(folder), HERE)
    assert want.damaged > 1 and want.differing > 1
    assert found.trials == want.trials == 300
    assert (found.equal, found.differing) == (want.equal, want.differing)
    assert found.unreadable == {"trace fails its checksum": want.damaged}
    assert len(found.unread) <= lake_recompute.SHOWN
    study, origin, metric = study_of_lake(open_lake(folder), HERE, holds=5)
    assert len(study.people) == 300 // lake_holds.OF_A_PERSON
    assert (metric, origin.source) == (rows.CORRECTED, "lake")


def test_the_answer_does_not_depend_on_the_cut(
    made: tuple[Path, Expected], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recompute_lake(open_lake(made[0]), HERE).as_dict()
    table = study_of_lake(open_lake(made[0]), HERE, holds=5)
    monkeypatch.setattr(rows, "GROUP_ROWS", 70)
    monkeypatch.setattr(lake_recompute, "AT_ONCE", 20)
    monkeypatch.setattr(lake_reliability, "BUCKET_ROWS", 60)
    assert len(list(open_lake(made[0]).parts())) > 4
    assert recompute_lake(open_lake(made[0]), HERE).as_dict() == whole
    assert study_of_lake(open_lake(made[0]), HERE, holds=5) == table


def test_what_is_kept_of_a_part_does_not_grow() -> None:
    whole = LakeDone()
    for n in range(50):
        whole.join(LakeDone(unread=[(f"N/{n}-{k:03}", "why") for k in range(20)]))
    assert whole.unread == [(f"N/0-{k:03}", "why") for k in range(20)]


def test_trials_under_other_rules_are_counted_and_never_pooled(
    made: tuple[Path, Expected], tmp_path: Path
) -> None:
    source = exported(made[0])[0]
    to = tmp_path / "clinic=C00" / "month=2025-01" / "holds.parquet"
    rewritten(source, to, "* REPLACE (CASE WHEN session_number = 2 THEN 1 ELSE 2 END AS rules_id)")
    found = recompute_lake(open_lake(tmp_path), HERE)
    assert found.rules == {1: found.trials // 2, 2: found.trials // 2}
    with pytest.raises(InputError) as none:
        study_of_lake(open_lake(tmp_path), HERE, holds=5)
    assert "not 2 on two days" in none.value.cause


def rewritten(source: Path, to: Path, columns: str, where: str = "true") -> None:
    """A file of a lake once more, with other content and the same description."""
    to.parent.mkdir(parents=True)
    described = json.dumps([one.as_dict() for one in rows.columns(anonymous=False)])
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT {columns} FROM read_parquet('{source}', hive_partitioning = false) "
            f"WHERE {where}) TO '{to}' (FORMAT parquet, KV_METADATA "
            f"{{evenstance_columns: '{described.replace(chr(39), chr(39) * 2)}'}})"
        )


def test_stored_results_that_are_damaged_are_named(
    made: tuple[Path, Expected], tmp_path: Path
) -> None:
    to = tmp_path / "clinic=C00" / "month=2025-01" / "holds.parquet"
    rewritten(exported(made[0])[0], to, "* REPLACE ('{' AS results)")
    found = recompute_lake(open_lake(tmp_path), HERE)
    assert found.unreadable["the stored results are damaged"] > 0
    assert sum(found.unreadable.values()) == found.trials


# -- what is refused


@pytest.mark.parametrize(
    ("make_it", "says"),
    [
        (lambda _: None, "nothing in it is called"),
        (lambda path: path.write_bytes(b"PAR1 no more"), "cannot be read as part"),
        (lambda path: duckdb.execute(f"COPY (SELECT 1 AS a) TO '{path}'"), "lacks the columns"),
    ],
)
def test_a_folder_that_is_no_lake(
    say: Say, tmp_path: Path, make_it: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / "l" / "clinic=N" / "month=2025-03" / "holds.parquet"
    path.parent.mkdir(parents=True)
    make_it(path)
    for words in (("recompute",), ("reliability", "analyse")):
        code, out, err = say(*words, "--lake", str(tmp_path / "l"))
        assert (code, out) == (InputError.exit_code, "")
        assert says in err
        assert "troubleshooting.md#the-lake-cannot-be-read" in err
    assert "no such folder" in say("recompute", "--lake", str(tmp_path / "m"))[2]


def test_a_file_without_a_column_is_named(made: tuple[Path, Expected], tmp_path: Path) -> None:
    to = tmp_path / "clinic=C00" / "month=2025-01" / "holds.parquet"
    rewritten(exported(made[0])[0], to, "* EXCLUDE (summary, leg)")
    with pytest.raises(InputError) as refused:
        open_lake(tmp_path)
    assert "leg, summary" in refused.value.cause


def test_a_hold_that_is_there_twice_is_named(made: tuple[Path, Expected], tmp_path: Path) -> None:
    for month in ("2025-01", "2025-02"):
        to = tmp_path / "clinic=C00" / f"month={month}" / "holds.parquet"
        rewritten(exported(made[0])[0], to, "*")
    with pytest.raises(InputError, match="2 times"):
        study_of_lake(open_lake(tmp_path), HERE, holds=5)


def test_names_and_codes_are_not_mixed(say: Say, tmp_path: Path) -> None:
    say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "M", "--anonymous")
    with pytest.raises(InputError) as refused:
        open_lake(tmp_path / "l")
    assert "codes" in refused.value.cause


def test_a_file_that_was_replaced_meanwhile_gives_nothing(say: Say, tmp_path: Path) -> None:
    to = ("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    say(*to)
    opened = open_lake(tmp_path / "l")
    say(*to)
    with pytest.raises(InputError, match="was replaced while"):
        recompute_lake(opened, HERE)
    with pytest.raises(InputError, match="was replaced while"):
        study_of_lake(opened, HERE, holds=1, include_familiarisation=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("recompute", "--lake", "l", "--athlete", "x"), "two choices"),
        (("recompute", "--scheduler", "tcp://h:1"), "computes a lake"),
        (("recompute", "--lake", "l", "--workers", "2", "--scheduler", "x"), "two choices"),
        (("reliability", "analyse", "--lake", "l", "--history"), "One of"),
    ],
)
def test_choices_that_exclude_each_other(say: Say, words: tuple[str, ...], says: str) -> None:
    code, _, err = say(*words)
    assert code == 2
    assert says in err


def test_memory_is_bounded_by_row_groups(say: Say, tmp_path: Path) -> None:
    """What a reader has at once is a row group: the writer is told how many rows that is."""
    say("export", "lake", "--to", str(tmp_path / "l"), "--clinic", "N")
    parts = list(lake.open_lake(tmp_path / "l").parts())
    assert all(part.rows <= rows.GROUP_ROWS for part in parts)
    assert sum(part.rows for part in parts) == 62

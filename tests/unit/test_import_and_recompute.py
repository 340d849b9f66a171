"""Force files into the history, and every result again from its trace: the commands in process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from other_plates import RATE_HZ, WEIGHT_N, kinvent_file, two_holds, wii_files

from evenstance import cli
from evenstance.errors import InputError, NotReproducedError, UsageError
from evenstance.formats.block import STANDARD_GRAVITY_M_S2
from evenstance.store.database import open_store

WHO = ("--athlete", "Ada", "--recorded", "2026-03-01T10:00")
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Runs a command on a history of its own; its exit code and what it printed."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def tidy(tmp_path: Path) -> Path:
    path = tmp_path / "session.csv"
    rows = [f"{t:.4f},{a:.4f},{b:.4f}" for t, a, b in zip(*two_holds(), strict=True)]
    path.write_text("t_s,left_n,right_n\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("begins_s", [-3.0, 1.7e9])
def test_a_hold_was_made_behind_the_first_row_wherever_the_clock_begins(
    say: Say, tmp_path: Path, begins_s: float
) -> None:
    rows = [f"{t + begins_s:.4f},{a:.4f},{b:.4f}" for t, a, b in zip(*two_holds(), strict=True)]
    path = tmp_path / "late.csv"
    path.write_text("t_s,left_n,right_n\n" + "\n".join(rows) + "\n")
    code, _, err = say("import", str(path), *WHO)
    assert code == 0, err
    with open_store() as store:
        first = store.trials()[0]
    assert first.lift_off_at is not None
    started_at = datetime(2026, 3, 1, 10).astimezone()
    assert (first.lift_off_at - started_at).total_seconds() == pytest.approx(8.2, abs=0.1)


def test_times_that_are_no_seconds_are_refused(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "far.csv"
    rows = [f"{1e13 + n / 100:.2f},350,350" for n in range(900)]
    path.write_text("t_s,left_n,right_n\n" + "\n".join(rows) + "\n")
    code, _, err = say("import", str(path), *WHO)
    assert (code, "not in seconds" in err) == (3, True), err


def sd_of_sine(amplitude_n: float) -> float:
    n = round(5.0 * RATE_HZ)
    return amplitude_n * np.sqrt(0.5 * n / (n - 1))


def test_holds_of_both_plates(say: Say, tidy: Path) -> None:
    code, out, err = say("import", str(tidy), *WHO, "--json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    assert (found["format"], found["new"]) == ("tidy", 2)
    left, right = found["holds"]
    assert [left["stance_leg"], right["stance_leg"]] == ["left", "right"]
    for hold, amplitude_n in ((left, 6.0), (right, 4.0)):
        assert hold["valid"] is True, hold["reasons"]
        assert hold["end_reason"] == "time_limit"
        assert hold["force_sd_n"] == pytest.approx(sd_of_sine(amplitude_n), rel=1e-3)
        assert hold["force_mean_n"] == pytest.approx(WEIGHT_N, abs=0.05)
        assert hold["body_weight_n"] == pytest.approx(WEIGHT_N, abs=0.05)
    assert left["touch_down_count"] == 1
    assert left["touch_downs"][0]["duration_s"] == pytest.approx(0.2, abs=0.006)
    assert right["touch_down_count"] == 0
    assert left["start_s"] == pytest.approx(8.0 + 0.2 * 330 / 350, abs=0.003)

    with open_store() as store:
        (session,) = store.sessions()
        assert session.protocol_name == "import"
        assert session.familiarisation
        assert session.conditions.key.startswith("eyes open, surface firm")
        assert "session.csv" in session.note
        assert all(trial.has_trace for trial in store.trials())
    code, out, _ = say("import", str(tidy), *WHO)
    assert code == 0
    assert "imported before; nothing was stored" in out
    with open_store() as store:
        assert len(store.trials()) == 2
        assert len(store.sessions()) == 1


def test_a_dry_run_stores_nothing(say: Say, tidy: Path, tmp_path: Path) -> None:
    code, out, _ = say("import", str(tidy), *WHO, "--dry-run")
    assert code == 0
    assert "2 hold(s) found; nothing was stored." in out
    assert not (tmp_path / "home").exists()


def test_one_plate_shows_no_touches(say: Say, tmp_path: Path) -> None:
    path = kinvent_file(tmp_path / "export.csv")
    code, out, _ = say("import", str(path), *WHO, "--json")
    assert code == 0
    (hold,) = json.loads(out)["holds"]
    assert hold["block"] == "left 3"
    assert hold["valid"] is True
    assert hold["force_sd_n"] == pytest.approx(sd_of_sine(0.5 * STANDARD_GRAVITY_M_S2), rel=1e-3)
    assert hold["body_weight_source"] == "hold"
    missing = ("touch_down_count", "load_share_pct", "stray_load_pct_bw")
    assert [hold[name] for name in missing] == [None, None, None]
    with open_store() as store:
        (trial,) = store.trials()
        stored = {row.metric_id: row for row in store.results([trial.id])[trial.id]}
    assert stored["touch_down_count"].missing == "not_measured"
    assert stored["load_share_mean_pct"].value is None
    # no chip's filter took anything, so nothing is given back
    plain, corrected = stored["force_sd_n"], stored["force_sd_droop_corrected_n"]
    assert corrected.value == pytest.approx(plain.value, rel=1e-12)
    assert "touches" in say("results", "--athlete", "Ada")[1]


def test_a_later_start_can_make_a_recording_too_short(say: Say, tmp_path: Path) -> None:
    path = kinvent_file(tmp_path / "export.csv")
    _, out, _ = say("import", str(path), *WHO, "--from", "8", "--dry-run", "--json")
    (hold,) = json.loads(out)["holds"]
    assert (hold["valid"], hold["reasons"], hold["force_sd_n"]) == (False, ["too_short"], None)


def test_two_wii_boards_at_irregular_times(say: Say, tmp_path: Path) -> None:
    wii_files(tmp_path / "left.csv", tmp_path / "right.csv")
    files = (str(tmp_path / "left.csv"), str(tmp_path / "right.csv"))
    code, out, _ = say("import", *files, *WHO, "--json")
    assert code == 0
    left, right = json.loads(out)["holds"]
    assert left["force_sd_n"] == pytest.approx(6.0 / np.sqrt(2.0), rel=0.01)
    assert right["force_sd_n"] == pytest.approx(4.0 / np.sqrt(2.0), rel=0.01)
    assert left["touch_down_count"] == 1


def test_a_named_column(say: Say, tidy: Path) -> None:
    code, out, _ = say(
        "import", str(tidy), *WHO, "--columns", "time=1,left=left_n,right=3", "--json"
    )
    assert code == 0
    assert json.loads(out)["format"] == "columns"
    assert [hold["valid"] for hold in json.loads(out)["holds"]] == [True, True]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("a.csv", "b.csv", "--format", "tidy"), UsageError.exit_code, "read from 1"),
        (("a.csv", "--format", "wii"), UsageError.exit_code, "read from 2"),
        (("a.csv", "--format", "columns"), UsageError.exit_code, "Which columns?"),
        (("a.csv",), InputError.exit_code, "does not show in its first line"),
        (("missing.csv",), InputError.exit_code, "cannot be read"),
        (("missing.csv", "--format", "tidy"), InputError.exit_code, "cannot be read"),
        (("quiet.csv",), InputError.exit_code, "No single-leg hold was found"),
    ],
)
def test_what_is_refused(
    say: Say, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "a.csv").write_text("x;y\n1;2\n")
    rows = "".join(f"{n / 100:.2f},350,350\n" for n in range(2000))
    (tmp_path / "quiet.csv").write_text("t_s,left_n,right_n\n" + rows)
    paths = [str(tmp_path / a) if a.endswith(".csv") else a for a in arguments]
    got, out, err = say("import", *paths, *WHO)
    assert (got, out) == (code, "")
    assert says in err
    assert "Next:" in err


def sql(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "home" / "history.sqlite3")) as raw, raw:
        assert raw.execute(statement).rowcount > 0


def test_results_come_out_again(say: Say, tidy: Path, tmp_path: Path) -> None:
    say("import", str(tidy), *WHO)
    _, out, _ = say("recompute", "--json")
    first = json.loads(out)
    assert first["trials"] == 2
    assert first["equal"] > 30
    assert (first["new"], first["differing"], first["unreadable"]) == (0, [], {})
    sql(tmp_path, "DELETE FROM result WHERE method_id LIKE 'force_sd_n@%'")
    code, out, _ = say("recompute", "--workers", "2")
    assert code == 0
    assert "2 added" in out
    assert json.loads(say("recompute", "--json")[1])["equal"] == first["equal"]


def test_a_result_that_does_not_come_out_again_is_told_and_kept(
    say: Say, tidy: Path, tmp_path: Path
) -> None:
    say("import", str(tidy), *WHO)
    sql(
        tmp_path,
        "UPDATE result SET value = value * 1.00001 WHERE trial_id = 1"
        " AND method_id LIKE 'force_sd_n@%'",
    )
    code, _, err = say("recompute")
    assert code == NotReproducedError.exit_code
    assert "trial 1, force_sd_n@1" in err
    assert "1 stored result(s) did not come out again" in err
    assert say("recompute")[0] == NotReproducedError.exit_code, "nothing stored is changed"


def test_the_seventh_digit_is_no_difference(say: Say, tidy: Path, tmp_path: Path) -> None:
    say("import", str(tidy), *WHO)
    sql(tmp_path, "UPDATE result SET value = value * (1 + 1e-7)")
    assert say("recompute")[0] == 0


def test_a_damaged_trace_is_named(say: Say, tidy: Path, tmp_path: Path) -> None:
    say("import", str(tidy), *WHO)
    sql(tmp_path, "UPDATE trace SET data = substr(data, 1, length(data) - 9) WHERE trial_id = 2")
    code, out, err = say("recompute")
    assert code == NotReproducedError.exit_code
    assert "trial 2: trace fails its checksum" in err
    assert "2 trial(s) with a trace" in out


def test_two_processes_find_the_same(
    say: Say, tidy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenstance.flows import recompute

    monkeypatch.setattr(recompute, "AT_ONCE", 1)
    say("import", str(tidy), *WHO)
    sql(
        tmp_path,
        "UPDATE result SET value = 1 WHERE trial_id = 1 AND method_id NOT LIKE 'force_sd_n@%'",
    )
    sql(tmp_path, "UPDATE trace SET data = substr(data, 1, length(data) - 9) WHERE trial_id = 2")
    sql(tmp_path, "DELETE FROM result WHERE trial_id = 1 AND method_id LIKE 'force_sd_n@%'")
    code, out, _ = say("recompute", "--json", "--workers", "2")
    found = json.loads(out)
    assert code == NotReproducedError.exit_code
    assert (found["trials"], found["new"]) == (2, 1)
    assert list(found["unreadable"]) == ["2"]
    assert found["differing"]
    alone = json.loads(say("recompute", "--json", "--workers", "1")[1])
    assert alone == {**found, "new": 0, "equal": found["equal"] + 1}


@pytest.mark.parametrize(
    ("trials", "workers", "sizes"),
    [(0, 2, []), (1, 2, [1]), (4, 2, [4]), (5, 2, [2, 3]), (9, 2, [2, 2, 2, 3]), (5, 8, [1] * 5)],
)
def test_each_process_gets_as_many(
    trials: int, workers: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenstance.flows import recompute

    monkeypatch.setattr(recompute, "AT_ONCE", 4)
    some: Any = range(trials)
    assert [len(part) for part in recompute._shares(some, workers)] == sizes


def test_a_new_version_of_a_method_is_another_method(
    say: Say, tidy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from evenstance.flows import trial_results
    from evenstance.metrics import evaluate
    from evenstance.metrics.registry import METRICS

    say("import", str(tidy), *WHO)
    newer = tuple(replace(m, version=2) if m.id == "force_sd_n" else m for m in METRICS)
    monkeypatch.setattr(trial_results, "METRICS", newer)
    monkeypatch.setattr(evaluate, "METRICS", newer)
    found = json.loads(say("recompute", "--json", "--workers", "1")[1])
    assert (found["new"], found["differing"]) == (2, [])
    with open_store() as store:
        stored = store.results([1])[1]
    ids = [row.method_id.partition(":")[0] for row in stored if row.metric_id == "force_sd_n"]
    assert ids == ["force_sd_n@1", "force_sd_n@2"]

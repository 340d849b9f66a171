"""`evenstance reliability` end to end: plan, analyse a file or the history, export, refuse."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from doc_pages import ROOT, page
from histories import empty_history
from made_sessions import FIRST, add_session
from set_clock import set_clock
from summaries import summary

from evenstance import cli
from evenstance.errors import InputError, UsageError
from evenstance.reliability.study_plan import SCHEDULE_COLUMNS
from evenstance.reliability.study_table import COLUMNS
from evenstance.report.reliability import RESULT_COLUMNS
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE
from evenstance.store.records import STANDARD_CONDITIONS, Conditions, NewTrial, Purpose
from evenstance.store.repository import Store

FORBIDDEN = re.compile(
    r"diagnos|weak(er)? muscle|imbalance|prevents? (\w+ )?injur|fall[- ]risk|\b(ab)?normal\b"
    r"|practice worked",
    re.IGNORECASE,
)
EXAMPLE = "docs/examples/retest_example.csv"
BOARD, JOURNAL = "e66164084319a12b", "0011223344556677"
START = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)

Say = Callable[..., tuple[str, str]]


@pytest.fixture
def say(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Say:
    """Runs a command in this process; (standard output, standard error)."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(ROOT)

    def run(*arguments: object, code: int = 0) -> tuple[str, str]:
        assert cli.run([str(a) for a in arguments]) == code, capsys.readouterr()
        captured = capsys.readouterr()
        for text in captured:
            assert "Traceback" not in text
            assert FORBIDDEN.search(text) is None, FORBIDDEN.search(text)
        return captured.out, captured.err

    return run


@pytest.fixture
def store(tmp_path: Path, say: Say) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "home" / STORE_FILE)) as opened:
        yield opened


class History:
    """Writes sessions of people into a history, one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq = 0

    def session(
        self,
        name: str,
        day: float,
        left: list[float],
        right: list[float],
        conditions: Conditions = STANDARD_CONDITIONS,
        *,
        invalid: int = 0,
    ) -> None:
        person = self._store.athlete(name).id
        at = START + timedelta(days=day)
        session = self._store.start_session(
            person, BOARD, "standard", started_at=at, conditions=conditions
        )
        rows: list[NewTrial] = []
        for leg, values in (("left", left), ("right", right)):
            for value in values:
                self._seq += 1
                rows.append(
                    NewTrial(self._seq, summary(self._seq, leg, value), None, False, at, at)
                )
        for _ in range(invalid):
            self._seq += 1
            rows.append(
                NewTrial(
                    self._seq, summary(self._seq, "left", 99.0, reasons=1), None, False, at, at
                )
            )
        self._store.save_trials(
            BOARD,
            JOURNAL,
            rows,
            purposes={row.seq: Purpose(session, person, "scored") for row in rows},
        )


def holds(mean: float, n: int = 5) -> list[float]:
    return [round(mean * (1 + 0.05 * math.sin(3 * k + 10 * mean)), 6) for k in range(n)]


@pytest.fixture
def measured(store: Store) -> History:
    """Six people with familiarisation and two sessions each."""
    history = History(store)
    for k in range(6):
        for visit, day in enumerate((0, 7, 14)):
            base = 4.0 + 0.5 * k + 0.1 * visit * (-1) ** k
            history.session(f"Person {k}", day, holds(base), holds(base + 0.3))
    return history


# -- the page's example ------------------------------------------------------------------------


def test_the_worked_example_is_what_the_page_prints(say: Say) -> None:
    out, err = say("reliability", "analyse", EXAMPLE)
    [block] = page("docs/reliability.md").blocks("text")
    assert [line.rstrip() for line in out.splitlines()] == [
        line.rstrip() for line in block.splitlines()
    ]
    assert err == ""


def test_json_is_one_value_with_the_keys_of_the_page(say: Say) -> None:
    out, _ = say("reliability", "analyse", EXAMPLE, "--json")
    found = json.loads(out)
    keys = page("docs/reliability.md").table("key", "value", under="The JSON object")
    assert list(found) == [row[0] for row in keys]
    assert (found["people"], found["sessions"], found["holds_per_leg"]) == (24, [1, 2], 5)
    assert (found["source"], found["left_out"], found["warnings"]) == (Path(EXAMPLE).name, [], [])
    assert found["one_leg"]["mdc95"]["value"] == pytest.approx(1.81, abs=0.005)


def test_results_and_picture_are_written_once(say: Say, tmp_path: Path) -> None:
    rows, picture = tmp_path / "results.csv", tmp_path / "study.svg"
    _, err = say("reliability", "analyse", EXAMPLE, "--csv", rows, "--plot", picture, "--json")
    assert str(rows) in err
    assert str(picture) in err
    table = list(csv.reader(io.StringIO(rows.read_text("utf-8"))))
    assert tuple(table[0]) == RESULT_COLUMNS
    assert len(table) > 80
    assert picture.read_bytes().startswith(b"<?xml")
    for option, file in (("--csv", rows), ("--plot", picture)):
        before = file.read_bytes()
        _, err = say("reliability", "analyse", EXAMPLE, option, file, code=InputError.exit_code)
        assert "exists already" in err
        assert file.read_bytes() == before


def test_the_first_holds_and_other_metrics(say: Say) -> None:
    found = json.loads(
        say(
            "reliability", "analyse", EXAMPLE, "--holds", 3,
            "--metric", "sway_range_n", "--unit", "kN", "--json",
        )[0]
    )  # fmt: skip
    assert (found["holds_per_leg"], found["set_aside"]) == (3, 24 * 2 * 2 * 2)
    assert (found["metric"], found["unit"]) == ("sway_range_n", "kN")
    assert found["measures"]["gap"]["unit"] == "points"


# -- refusals ----------------------------------------------------------------------------------


def damaged(tmp_path: Path, *, drop: str = "", **lines: str) -> Path:
    text = (ROOT / EXAMPLE).read_text("utf-8").splitlines()
    for number, line in lines.items():
        text[int(number.removeprefix("line")) - 1] = line
    file = tmp_path / "study.csv"
    kept = [line for line in text if not drop or not line.startswith(drop)]
    file.write_text("\n".join(kept), "utf-8")
    return file


def test_bad_rows_stop_the_analysis_and_are_named_with_their_lines(
    say: Say, tmp_path: Path
) -> None:
    file = damaged(tmp_path, line5="P01,1,left,4,4;5", line9='P01,1,right,3,"4,5"')
    out, err = say("reliability", "analyse", file, code=InputError.exit_code)
    assert out == ""
    assert "2 problem(s), and nothing is dropped" in err
    assert "line 5: not_a_number" in err
    assert "line 9: decimal_comma" in err
    assert "docs/reliability.md" in err


def test_missing_cells_stop_it_too_unless_people_are_left_out_by_name(
    say: Say, tmp_path: Path
) -> None:
    file = damaged(tmp_path, drop="P07,2,right,5")
    _, err = say("reliability", "analyse", file, code=InputError.exit_code)
    assert "person P07, session 2, right leg: no hold 5 of 5" in err
    assert "--complete-only" in err
    out, _ = say("reliability", "analyse", file, "--complete-only")
    assert "23 people" in out
    assert "left out: P07: person P07, session 2, right leg: no hold 5 of 5" in out
    assert "Note: Left out by name, see the list: 1." in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), UsageError.exit_code, "One of a FILE, --history and --lake"),
        ((EXAMPLE, "--history"), UsageError.exit_code, "not two of them"),
        ((EXAMPLE, "--plot", "x.png"), UsageError.exit_code, "does not end in .svg"),
        ((EXAMPLE, "--csv", "x.svg", "--plot", "x.svg"), UsageError.exit_code, "same name"),
        ((EXAMPLE, "--csv", "no/such/folder/x.csv"), InputError.exit_code, "There is no folder"),
        (("no-such-file.csv",), InputError.exit_code, "cannot be read"),
        (("docs",), None, "docs"),
        (("pyproject.toml",), InputError.exit_code, "header"),
        (("--history",), InputError.exit_code, "no study"),
        ((EXAMPLE, "--holds", "9"), InputError.exit_code, "no hold 6, 7, 8, 9 of 9"),
    ],
)
def test_what_cannot_work_says_so(
    say: Say,
    arguments: tuple[str, ...],
    code: int | None,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if code is None:
        assert cli.run(["reliability", "analyse", *arguments]) != 0
        err = capsys.readouterr().err
    else:
        out, err = say("reliability", "analyse", *arguments, code=code)
        assert out == ""
    assert words in err
    assert not Path("x.csv").exists()
    assert not Path("x.svg").exists()


def test_two_people_are_too_few(say: Say, tmp_path: Path) -> None:
    rows = [
        f"{p},{s},{leg},1,{4 + p + s / 10 + (leg == 'left')}"
        for p in (1, 2)
        for s in (1, 2)
        for leg in ("left", "right")
    ]
    file = tmp_path / "two.csv"
    file.write_text("person,session,leg,hold,value\n" + "\n".join(rows), "utf-8")
    _, err = say("reliability", "analyse", file, code=InputError.exit_code)
    assert "too_few_people" in err


# -- the history -------------------------------------------------------------------------------


def test_the_history_is_a_study_without_the_familiarisation(say: Say, measured: History) -> None:
    found = json.loads(say("reliability", "analyse", "--history", "--json")[0])
    assert (found["people"], found["source"]) == (6, "history")
    assert found["days_between"] == {"fewest": 7, "most": 7, "median": 7.0}
    assert found["conditions"].startswith("eyes open")
    mean = sum(
        sum(holds(4.0 + 0.5 * k + 0.1 * visit * (-1) ** k)) / 5
        for k in range(6)
        for visit in (1, 2)
    ) / 12  # fmt: skip
    assert found["measures"]["left"]["mean"] == pytest.approx(mean)
    assert any("Only 6 people" in warning for warning in found["warnings"])
    with_first = json.loads(
        say("reliability", "analyse", "--history", "--include-familiarisation", "--json")[0]
    )
    assert with_first["measures"]["left"]["mean"] != pytest.approx(mean, abs=1e-9)


def test_whoever_lacks_something_is_left_out_by_name(say: Say, measured: History) -> None:
    measured.session("Once", 0, holds(5.0), holds(5.0))
    measured.session("Once", 7, holds(5.0), holds(5.0))
    measured.session("Never", 0, holds(5.0), holds(5.0))
    for day in (0, 7, 14):
        measured.session("Short", day, holds(5.0), holds(5.0, 4), invalid=1)
        measured.session("Shod", day, holds(5.0), holds(5.0), Conditions("open", "firm", "shoes"))
        measured.session("Same day", day / 100, holds(5.0), holds(5.0))
    out, _ = say("reliability", "analyse", "--history")
    left_out = dict(re.findall(r"^left out: ([^:]+): (.+)", out, re.MULTILINE))
    assert set(left_out) == {"Once", "Never", "Short", "Shod", "Same day"}
    assert left_out["Never"].startswith("0 counted session(s)")
    assert left_out["Once"].startswith("1 counted session(s)")
    assert left_out["Same day"].startswith("2 counted session(s), not 2 on two days")
    assert "session 1, right leg: no hold 5 of 5" in left_out["Short"]
    assert "under: eyes open" in left_out["Shod"]
    assert "6 people" in out
    found = json.loads(say("reliability", "analyse", "--history", "--holds", 4, "--json")[0])
    assert found["people"] == 7


def test_an_export_has_codes_and_gives_the_same_analysis(
    say: Say, measured: History, tmp_path: Path
) -> None:
    file = tmp_path / "holds.csv"
    found = json.loads(say("reliability", "export", file, "--json")[0])
    assert (found["people"], found["holds_per_leg"], found["left_out"]) == (6, 5, [])
    text = file.read_text("utf-8")
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert "Person" not in text
    assert len(text.splitlines()) == 1 + 6 * 2 * 2 * 5
    of_file = json.loads(say("reliability", "analyse", file, "--json")[0])
    of_history = json.loads(say("reliability", "analyse", "--history", "--json")[0])
    assert of_file["measures"] == of_history["measures"]
    say("reliability", "export", file, code=InputError.exit_code)
    named = tmp_path / "named.csv"
    out, _ = say("reliability", "export", named, "--names")
    assert "6 people written" in out
    assert "Person 3,2,right,5," in named.read_text("utf-8")


@pytest.mark.parametrize("all_corrected", [True, False])
def test_a_study_has_one_metric_and_says_which(
    say: Say, tmp_path: Path, all_corrected: bool
) -> None:
    """The corrected force SD when everybody's holds have it, else the board's own of all."""
    with open_store() as store:
        for k in range(4):
            droop = "droop@1" if k < 3 or all_corrected else None
            person = store.athlete(f"P{k}").id
            for day in (0, 7, 14):
                left_n = (4.0 + k + 0.01 * day, 5.0 + k, 4.5)
                right_n = (4.0 + 0.02 * day, 5.0 + k * k, 4.5)
                add_session(
                    store, person, FIRST + timedelta(days=day), left_n, right_n, droop=droop,
                    familiarisation=day == 0,
                )  # fmt: skip
        store.athlete("nobody")  # has no holds, and no vote
    found = json.loads(say("reliability", "analyse", "--history", "--holds", 3, "--json")[0])
    kind, times = ("force_sd_droop_corrected_n", 1.02) if all_corrected else ("force_sd_n", 1.0)
    mean = sum(4.0 + k + 0.01 * day + 5.0 + k + 4.5 for k in range(4) for day in (7, 14)) / 24
    assert (found["metric"], found["people"]) == (kind, 4)
    assert found["measures"]["left"]["mean"] == pytest.approx(times * mean)
    out, _ = say("reliability", "export", tmp_path / "study.csv", "--holds", 3)
    assert f"4 people written to {tmp_path / 'study.csv'}, values: {kind}." in out


# -- the plan ----------------------------------------------------------------------------------


def test_the_plan_is_a_protocol_and_a_list(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    asked = ("reliability", "plan", "--seed", 1, "--people", 20, "--first-day", "2026-09-07")
    out, err = say(*asked, "--csv", file)
    assert "7 days apart" in out
    assert "60 visits written" in err
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert tuple(rows[0]) == SCHEDULE_COLUMNS
    assert len(rows) == 60
    assert {row["order"] for row in rows} == {"LRLRLRLRLR", "RLRLRLRLRL"}
    found = json.loads(say(*asked, "--json")[0])
    assert [v["person"] for v in found["visits"]] == [row["person"] for row in rows]
    assert found["seed"] == 1
    assert say(*asked)[0].endswith(file.read_text("utf-8"))
    say(*asked, "--csv", file, code=InputError.exit_code)


def test_a_plan_needs_a_seed_and_a_calendar(say: Say) -> None:
    _, err = say("reliability", "plan", code=UsageError.exit_code)
    assert "--seed" in err
    _, err = say(
        "reliability", "plan", "--seed", 1, "--first-day", "9999-12-31", code=UsageError.exit_code
    )
    assert "calendar" in err
    assert say("reliability", "plan", "--seed", 1)[0].count("familiarisation,") == 24


# -- results -----------------------------------------------------------------------------------


def test_results_tell_the_change_and_the_context(
    say: Say, measured: History, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = (START + timedelta(days=60)).date()
    set_clock(monkeypatch, today)

    def results() -> dict[str, object]:
        return json.loads(say("results", "--athlete", "Person 1", "--json")[0])

    found = results()
    assert found["change"]["state"] == "base_incomplete"  # type: ignore[index]
    assert found["hold_time_context"] is None
    for k, base in enumerate((4.5, 2.9, 3.0, 2.8)):
        measured.session("Person 1", 20 + 5 * k, holds(base), holds(base + 0.3))
    found = results()
    change = found["change"]
    assert isinstance(change, dict)
    assert (change["state"], len(change["base"]), len(change["retest"])) == ("compared", 3, 3)
    out, _ = say("results", "--athlete", "Person 1")
    assert "Change over time" in out
    assert "regression to the mean" in " ".join(out.split())
    person = store.athlete("Person 1").id
    store.care.save_screen(
        person,
        answered_on=today,
        age_y=45,
        answers={"chest": True},
        state="blocked",
    )
    found = results()
    assert found["change"] is None  # a blocking answer comes before every comparison
    assert "41.9 s" in str(found["hold_time_context"])
    assert "For context only" in " ".join(say("results", "--athlete", "Person 1")[0].split())

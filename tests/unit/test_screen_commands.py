"""The screen, clearances and the quick check of a session as commands, with no terminal."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from plan_cases import FORBIDDEN, clear_answers, two_step
from set_clock import set_clock

from evenstance import cli
from evenstance.commands.asking import ask
from evenstance.errors import InputError, NoBoardError, ScreenBlockedError, UsageError
from evenstance.knowledge.catalogue import exercises, questions
from evenstance.screen.quick import all_no
from evenstance.store.database import open_store

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
NO_PORT = ("--port", "/dev/no-such-port")
MSK = {**clear_answers(34), **two_step(questions()["msk"])}


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a history without anybody, made once: making one takes longer than a test."""
    folder = tmp_path_factory.mktemp("blank") / "home"
    folder.mkdir()
    open_store(folder / "history.sqlite3").close()
    return folder


@pytest.fixture
def home(blank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(blank, tmp_path / "home")
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    set_clock(monkeypatch, TODAY)
    return tmp_path


class Ran:
    """One command run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = cli.run(arguments)
        captured = capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        assert "Traceback" not in self.err
        assert FORBIDDEN.search(self.out + self.err) is None

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def write(path: Path, answers: dict[str, Any], age_y: int | None = 34) -> str:
    table = {"age_y": age_y, "answered_on": TODAY.isoformat(), "answers": answers}
    path.write_text(json.dumps(table))
    return str(path)


# the screen


def test_what_is_printed_has_grades_and_says_what_is_unverified(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {**clear_answers(34), **two_step(questions()["leg_nerve"]), "stroke": True}
    path = write(home / "screen.json", answers)
    said = Ran(capsys, "screen", "--file", path)
    first, second, last = said.out.splitlines()
    assert first.startswith("EMERGENCY NOW: A sudden change")
    assert first.endswith("[C: S09]")
    assert "Unverified: the limits of NICE NG127" in second
    assert second.endswith("[D: own proposal; see S10]")
    assert last == "Screening: blocked."
    found = Ran(capsys, "screen", "--file", path, "--json").json()
    assert [f["statement"]["grade"] for f in found["findings"]] == ["C", "D"]
    assert (found["state"], found["clinician"], found["voided_by"]) == ("blocked", None, None)


def test_clinician_mode_is_named_and_lifts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(home / "screen.json", clear_answers(15), age_y=15)
    assert Ran(capsys, "screen", "--file", path).out.endswith("Screening: blocked.\n")
    said = Ran(capsys, "screen", "--file", path, "--clinician", "A. Physio")
    assert said.out.startswith("Clinician mode: A. Physio leads the practice.\n")
    assert "Answer age_min: clinician mode" in said.out
    assert said.out.endswith("Screening: restricted.\n")
    assert Ran(capsys, "screen", "--file", path, "--clinician", " ").code == UsageError.exit_code


@pytest.mark.parametrize(
    "arguments",
    [
        ("--event", "fall", "--quick"),
        ("--event", "fall", "--file", "x.json"),
        ("--event", "fall", "--template", "x.json"),
        ("--on", "2026-01-01"),
        ("--note", "text"),
        ("--event", "earthquake"),
        ("--event", "fall", "--on", "yesterday"),
        (),
        ("--quick",),
    ],
)
def test_what_cannot_go_together_is_refused(
    arguments: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Ran(capsys, "screen", *arguments)
    assert said.code == UsageError.exit_code
    assert said.out == ""


# events


def test_an_event_is_stored_and_the_whole_screen_is_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(home / "screen.json", clear_answers(34))
    assert Ran(capsys, "screen", "--file", path, "--json").json()["state"] == "clear"
    said = Ran(capsys, "screen", "--event", "fall", "--note", "on ice")
    assert said.out.startswith(f"Stored: a fall on {TODAY.isoformat()}.\nFirst: After a knock")
    assert "emergency number" in said.out
    assert "`evenstance screen`" in said.out
    # the same file answered once more is told after the event
    assert Ran(capsys, "screen", "--file", path, "--json").json()["state"] == "clear"
    day = (TODAY - DAY).isoformat()
    earlier = Ran(capsys, "screen", "--event", "medicine", "--on", day)
    assert "still count" in earlier.out
    found = Ran(capsys, "screen", "--event", "pain", "--note", "left knee", "--json").json()
    assert found["event"] == {
        "kind": "pain",
        "happened_on": TODAY.isoformat(),
        "note": "left knee",
    }
    assert found["screen_needed"] is True


def test_an_event_of_tomorrow_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Ran(capsys, "screen", "--event", "fall", "--on", (TODAY + DAY).isoformat())
    assert said.code == InputError.exit_code
    assert "still to come" in said.err


@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_a_screen_that_cannot_be_asked_adds_nobody(
    quick: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Ran(capsys, "screen", "--athlete", "Somebody new", *quick)
    assert said.code == UsageError.exit_code
    assert "need a terminal" in said.err and "--template" in said.err
    with open_store() as store:
        assert store.athletes() == []


# clearances


def test_a_clearance_is_added_listed_and_ended(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(home / "screen.json", MSK)
    assert Ran(capsys, "screen", "--file", path, "--json").json()["state"] == "blocked"
    day = TODAY.isoformat()
    arguments = ("--answer", "msk", "--by", "physiotherapist", "--on", day)
    added = Ran(capsys, "clearance", "add", *arguments, "--allowed", "one-leg stands", "--json")
    assert added.json()["counts"] is True
    assert "A health event ends it" in added.err
    said = Ran(capsys, "screen", "--file", path)
    assert "cleared by physiotherapist on " + day in said.out
    assert "one-leg stands" in said.out
    assert said.out.endswith("Screening: restricted.\n")
    (listed,) = Ran(capsys, "clearance", "list", "--json").json()
    assert (listed["number"], listed["answer_id"], listed["why_not"]) == (1, "msk", None)
    assert "; counts)" in Ran(capsys, "clearance", "list").out
    assert "does not count: it was ended" in Ran(capsys, "clearance", "end", "1").out
    (listed,) = Ran(capsys, "clearance", "list", "--json").json()
    assert (listed["counts"], listed["ended_on"]) == (False, day)
    assert Ran(capsys, "screen", "--file", path, "--json").json()["state"] == "blocked"
    assert Ran(capsys, "clearance", "end", "9").code == InputError.exit_code


def test_an_urgent_answer_cannot_be_cleared(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = TODAY.isoformat()
    said = Ran(
        capsys,
        *("clearance", "add", "--answer", "chest.now", "--by", "x", "--on", day),
        *("--allowed", "y"),
    )
    assert said.code == InputError.exit_code
    assert "chest.now" in said.err
    assert "Possible are: chest, faint" in said.err
    missing = Ran(capsys, "clearance", "add", "--answer", "msk")
    assert missing.code == UsageError.exit_code
    assert Ran(capsys, "clearance", "list").out == "me has no clearance.\n"


# the quick check


def test_a_quick_check_from_a_file_is_kept_and_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = home / "quick.json"
    assert (
        "screen --quick --file" in Ran(capsys, "screen", "--quick", "--template", str(blank)).out
    )
    assert Ran(capsys, "screen", "--quick", "--file", str(blank)).code == InputError.exit_code
    answers = dict(all_no(None, TODAY).answers)
    path = write(blank, answers, None)
    assert Ran(capsys, "screen", "--quick", "--file", path).out == "Quick check: clear.\n"
    write(blank, {**answers, "quick.leg": True, "clot": True, "clot.breath": True}, None)
    said = Ran(capsys, "screen", "--quick", "--file", path)
    assert said.out.startswith("EMERGENCY NOW: ")
    assert said.out.splitlines()[1].startswith("TODAY: ")
    assert said.out.endswith("Quick check: blocked.\n")
    # a warning waits for the whole screen, not for a better quick check
    write(blank, answers, None)
    again = Ran(capsys, "screen", "--quick", "--file", path)
    assert again.code == ScreenBlockedError.exit_code


def test_a_session_without_a_terminal_says_how_to_answer_and_goes_on(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Ran(capsys, "session", *NO_PORT)
    assert said.code == NoBoardError.exit_code
    (line,) = [one for one in said.err.splitlines() if "quick check" in one]
    assert "--quick-check none" in line
    assert "--quick-check FILE" in line


def test_a_session_takes_none_or_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Ran(capsys, "session", "--quick-check", "none", *NO_PORT)
    assert said.code == NoBoardError.exit_code
    assert "not asked" not in said.err
    answers = dict(all_no(None, TODAY).answers)
    path = write(home / "quick.json", {**answers, "quick.today": True, "ill_today": True}, None)
    ill = Ran(capsys, "session", "--quick-check", path, *NO_PORT)
    assert ill.code == ScreenBlockedError.exit_code
    assert "Not today" in ill.err
    assert not any(exercise.name in ill.err for exercise in exercises().values())
    # without an answer of its own the next session of the day is refused as well
    assert Ran(capsys, "session", *NO_PORT).code == ScreenBlockedError.exit_code
    better = Ran(capsys, "session", "--quick-check", "none", *NO_PORT)
    assert better.code == NoBoardError.exit_code
    write(home / "quick.json", {**answers, "quick.both_legs": True, "ces_legs": True}, None)
    emergency = Ran(capsys, "session", "--quick-check", path, *NO_PORT)
    assert emergency.err.startswith("Error: No session. EMERGENCY NOW: ")
    stated = Ran(capsys, "session", "--quick-check", "none", *NO_PORT)
    assert stated.code == ScreenBlockedError.exit_code
    nothing = Ran(capsys, "session", "--quick-check", "no-such-file", *NO_PORT)
    assert nothing.code == ScreenBlockedError.exit_code


def test_a_file_that_does_not_exist_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Ran(capsys, "session", "--quick-check", "no-such-file", *NO_PORT)
    assert said.code == InputError.exit_code
    assert "--quick --template" in said.err


def test_a_full_screen_that_blocks_refuses_a_session_before_the_quick_check(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(home / "screen.json", {**clear_answers(34), "supervised_only": True})
    Ran(capsys, "screen", "--file", path)
    said = Ran(capsys, "session", "--quick-check", "none", *NO_PORT)
    assert said.code == ScreenBlockedError.exit_code
    assert "supervision" in said.err


def test_a_question_for_a_number_names_its_unit_once() -> None:
    numbers = [question for question in questions().values() if question.kind == "number"]
    assert numbers

    @click.command()
    def asked() -> None:
        for question in numbers:
            ask(question.text, question)

    shown = CliRunner().invoke(asked, input="70\n" * len(numbers))
    assert shown.exit_code == 0
    for question in numbers:
        assert shown.output.count(f"({question.unit})") == 1

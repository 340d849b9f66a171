"""The command line: help, JSON, refusals, exit codes and words."""

from __future__ import annotations

import json
import re
import signal
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from boards import SHORT_TRIALS, Images, SwitchOn
from programs import Program, Run

from evenstance import cli
from evenstance.errors import InputError, NoBoardError, UsageError
from evenstance.store.database import open_store

# Words that a device for balance practice must not use of anybody.
FORBIDDEN = re.compile(  # `evenstance diagnose` is about the board, and in the list of commands
    r"(?<!evenstance )(?<!\n  )diagnos|weak(er)? muscle"
    r"|corrects? (an |the )?imbalance|prevents? (\w+ )?injur|fall[- ]risk"
    r"|\b(ab)?normal\b",
    re.IGNORECASE,
)
CONDITIONS = ("--eyes", "open", "--surface", "firm", "--arms", "hips")


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run a command in this process; everything it said, checked for words and tracebacks."""
    assert cli.run(arguments) == code, capsys.readouterr()
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert text.strip()
    assert "Traceback" not in text
    assert FORBIDDEN.search(text) is None, FORBIDDEN.search(text)
    return text


@pytest.mark.parametrize("command", [None, *cli.COMMANDS])
def test_help_of_every_command(command: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--help",) if command is None else (command, "--help")
    text = said(capsys, *arguments)
    assert text.startswith("Usage: evenstance")
    if command is None:
        for name in cli.COMMANDS:
            assert re.search(rf"^  {name} +\w", text, re.MULTILINE), name


@pytest.mark.parametrize(
    "command",
    [
        ("calibration", "list"),
        ("calibration", "restore"),
        ("check", "sides"),
        ("check", "corners"),
        ("check", "swap"),
        ("clearance", "add"),
        ("clearance", "list"),
        ("clearance", "end"),
    ],
)
def test_help_of_every_part_of_a_command(
    command: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command[1] in said(capsys, command[0], "--help")
    assert said(capsys, *command, "--help").startswith(f"Usage: evenstance {' '.join(command)}")


def test_help_and_version_as_a_program(evenstance: Run) -> None:
    shown = evenstance("--help")
    assert (shown.code, shown.err) == (0, "")
    assert re.fullmatch(r"evenstance, version \d+\.\d+\.\d+\n", evenstance("--version").out)


# -- JSON and text of a board with trials


def test_json_is_one_value_and_nothing_else(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(images.with_trials)
    info = evenstance("info", "--port", board.port, "--json").json()
    assert info["journal"]["unpulled"] == SHORT_TRIALS
    assert info["info"]["journal_id"] == info["journal"]["journal_id"]
    pulled = evenstance("pull", "--port", board.port, "--json").json()
    board.close()
    assert (pulled["new"], pulled["lost"]) == (SHORT_TRIALS, [])
    unassigned = evenstance("results", "--unassigned", "--json").json()
    assert [t["seq"] for t in unassigned] == list(range(1, SHORT_TRIALS + 1))
    assert {t["purpose"] for t in unassigned} == {"unassigned"}
    ids = [str(t["id"]) for t in unassigned]
    given = evenstance("assign", *ids, "--athlete", "Ann", *CONDITIONS, "--json").json()
    assert given["athlete"] == "Ann"
    assert [str(n) for n in given["trials"]] == ids
    results = evenstance("results", "--athlete", "Ann", "--json").json()
    assert [h["id"] for h in results["holds"]] == given["trials"]
    assert [s["id"] for s in results["sessions"]] == given["sessions"]
    plan = evenstance("plan", "--json").json()
    assert (plan["athlete"], plan["plan"]["kind"]) == ("Ann", "no_plan")
    assert isinstance(evenstance("devices", "--json").json(), list)


def test_text_for_people_has_units_and_no_forbidden_word(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.with_trials)
    info = said(capsys, "info", "--port", board.port)
    assert re.search(r"left -?\d+\.\d\d counts/N", info)
    assert re.search(r"left \d+ read, 0 dropped", info)
    assert "counts" in said(capsys, "zero", "--port", board.port)
    assert f"{SHORT_TRIALS} new trial(s)" in said(capsys, "pull", "--port", board.port)
    board.close()
    assert "id 1:" in said(capsys, "results", "--unassigned")
    assert "Ann" in said(capsys, "assign", "--all", "--athlete", "Ann")
    results = said(capsys, "results")
    assert "trial 1 does not count: ended before the record was full" in results
    assert "Not a medical device" in results
    assert "Not a medical device" in said(capsys, "plan")
    said(capsys, "devices")


# -- refusals


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("results", "--athlete", "Nobody"), InputError.exit_code, "Nobody"),
        (("results",), UsageError.exit_code, "Nobody is in the history yet"),
        (("assign", "1", "--athlete", "Ann"), None, "1"),
        (("assign", "--athlete", "Ann"), UsageError.exit_code, "ids or --all"),
        (("assign", "--all", "--athlete", "Ann"), UsageError.exit_code, "no unassigned trial"),
        (("info", "--port", "/dev/no-such-port"), NoBoardError.exit_code, "cannot be opened"),
        (("pull", "--port", "/dev/null"), NoBoardError.exit_code, "cannot be opened"),
        (("replay", "no-such-file.csv"), InputError.exit_code, "no-such-file.csv"),
        (("plan", "--screen", "no-such-file.json"), InputError.exit_code, "no-such-file.json"),
        (("session", "--eyes", "crossed"), UsageError.exit_code, "'crossed'"),
        (("info", "--verbose"), UsageError.exit_code, "--verbose"),
        (("measure",), UsageError.exit_code, "measure"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_that_cannot_work_says_so(
    arguments: tuple[str, ...],
    code: int | None,
    words: str,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = cli.run(arguments)
    captured = capsys.readouterr()
    assert ended == code if code is not None else ended != 0
    assert captured.out == ""
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert re.search(r"^(Error|Usage): ", captured.err, re.MULTILINE)


@pytest.mark.parametrize(
    "command", [("calibrate",), ("check", "swap"), ("screen",), ("screen", "--quick")]
)
def test_what_asks_questions_asks_none_without_a_terminal(
    command: tuple[str, ...], evenstance: Run
) -> None:
    refused = evenstance(*command, timeout_s=60)
    assert refused.code == UsageError.exit_code
    assert refused.out == ""
    assert "terminal" in refused.err
    assert refused.advice


def test_a_trial_is_assigned_once(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.with_trials)
    said(capsys, "pull", "--port", board.port)
    said(capsys, "assign", "1", "2", "--athlete", "Ann")
    for ids in (("2",), ("2", "3"), ("99", "3")):
        assert cli.run(["assign", *ids, "--athlete", "Bo"]) != 0
        told = capsys.readouterr().err
        assert ids[0] in told
        assert "Traceback" not in told
    with open_store() as store:
        ann = store.athlete("Ann", create=False)
        assert [t.id for t in store.trials(athlete=ann.id)] == [1, 2]
        assert len(store.trials(unassigned=True)) == SHORT_TRIALS - 2


def test_no_board_and_too_many_boards(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def usb(device: str) -> SimpleNamespace:
        return SimpleNamespace(
            device=device, description="Board", vid=0x2E8A, pid=5, serial_number="1"
        )

    attached: list[SimpleNamespace] = []
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: attached)
    for command in ("info", "pull", "flash", "zero", "session"):
        assert "No board is attached" in said(capsys, command, code=NoBoardError.exit_code)
    attached[:] = [usb("/dev/ttyACM0"), usb("/dev/ttyACM1")]
    told = said(capsys, "info", code=NoBoardError.exit_code)
    assert "/dev/ttyACM0, /dev/ttyACM1" in told
    assert "--port /dev/ttyACM0" in told
    assert cli.run(["devices", "--json"]) == 0
    assert [p["is_board"] for p in json.loads(capsys.readouterr().out)] == [True, True]


# -- sim


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sim_prints_its_port_first_and_ends_when_asked(
    number: signal.Signals, evenstance: Run, home: Path
) -> None:
    with Program("sim", "--empty", "--uncalibrated", home=home) as sim:
        port = sim.line(stream="out")
        assert stat.S_ISCHR(Path(port).stat().st_mode)
        assert evenstance("info", "--port", port, "--json").json()["state"] == "empty"
        sim.signal(number)
        ended = sim.ended()
    assert (ended.code, ended.out) == (0, f"{port}\n")

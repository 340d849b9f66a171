"""What the doctor makes of what a board says: judgements on values, and the talk with the REPL."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from import_rules import IMPURE, imports

from evenstance.device.repl import BANNER, Repl
from evenstance.doctor.board import BoardSeen, board_checks, clock_check
from evenstance.doctor.check import Check
from evenstance.doctor.micropython import (
    OCCUPIED,
    RUNS,
    SCRIPT,
    Answer,
    ReplSeen,
    answer_checks,
    parse_repl,
)
from evenstance.health.limits import limit
from evenstance_wire import PROTOCOL, flags

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 6, 1, 12, 0)

STATUS: dict[str, Any] = {
    "device_us": 10_000_000,
    "conversions_left": 900,
    "conversions_right": 890,
    "left_faults": 0,
    "right_faults": 0,
    "left_faults_seen": 0,
    "right_faults_seen": 0,
    "first_seq": 1,
    "next_seq": 1,
    "acked_through": 0,
    "flash_free_b": 1_000_000,
    "memory_free_b": 60_000,
}
CALIBRATION = {
    "calibration_id": 3,
    "left_counts_per_kn": 2_187_000,
    "right_counts_per_kn": -2_190_000,
}


def seen(seconds_s: float = 3.0, left: int = 279, right: int = 275, **more: Any) -> BoardSeen:
    """A sound board, watched for some seconds; `more` goes into its last status."""
    after = {
        **STATUS,
        "device_us": STATUS["device_us"] + round(seconds_s * 1e6),
        "conversions_left": 900 + left,
        "conversions_right": 890 + right,
        **more,
    }
    return BoardSeen(STATUS, after, CALIBRATION, NOW - timedelta(days=40), NOW, True)


def checks(of: BoardSeen) -> dict[str, Check]:
    return {check.name: check for check in board_checks(of)}


def test_a_sound_board() -> None:
    found = checks(seen())
    assert {check.state for check in found.values()} == {"ok"}
    assert found["rate_left"].text == "93 conversions a second"
    assert "40 days" in found["calibration_age"].text


@pytest.mark.parametrize(
    ("count", "state"),
    [
        (0, "not_checked"),
        (30, "wrong"),
        (59, "wrong"),
        (60, "look"),
        (224, "look"),
        (225, "ok"),
        (300, "ok"),
        (301, "look"),
    ],
)
def test_rates(count: int, state: str) -> None:
    found = checks(seen(left=count))
    assert found["rate_left"].state == state
    assert found["rate_right"].state == "ok"
    assert found["converter_left"].state == ("ok" if count else "wrong")


def test_faults_have_their_own_place_and_a_low_rate_is_told_once() -> None:
    found = checks(seen(left_faults=flags.OPEN_BRIDGE, right_faults_seen=flags.SPIKES))
    assert (found["converter_left"].state, found["converter_left"].anchor) == (
        "wrong",
        "open_bridge",
    )
    assert (found["converter_right"].state, found["converter_right"].anchor) == ("look", "spikes")
    slow = checks(seen(left=30, left_faults=flags.WRONG_RATE, left_faults_seen=flags.WRONG_RATE))
    assert (slow["converter_left"].state, slow["rate_left"].state) == ("ok", "wrong")
    # the board scores nothing below 60 a second, whatever the cause
    slower = checks(seen(left=150, left_faults=flags.WRONG_RATE))
    assert slower["rate_left"].state == "wrong"


@pytest.mark.parametrize(
    ("side", "words"), [("left", "the left plate"), ("right", "the right plate")]
)
def test_one_plate_without_calibration(side: str, words: str) -> None:
    found = checks(replace(seen(), calibration={**CALIBRATION, f"{side}_counts_per_kn": None}))
    assert found["calibration"].state == "wrong"
    assert words in found["calibration"].text
    assert found["calibration_age"].state == "not_checked"


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "ok"), (365, "ok"), (366, "look"), (-0.5, "ok"), (-2, "look"), (None, "look")],
)
def test_age_of_the_calibration(days: float | None, state: str) -> None:
    made = None if days is None else NOW - timedelta(days=days)
    found = checks(replace(seen(), made_at=made))["calibration_age"]
    assert found.state == state
    assert not found.text.startswith("-")


@pytest.mark.parametrize(
    ("free_b", "trials", "acked", "state"),
    [
        (limit("flash_b"), 50, 0, "ok"),
        (limit("flash_b") - 1, 50, 0, "look"),
        (12_287, 50, 49, "wrong"),
        (0, 50, 50, "ok"),
        (12_288, 0, 0, "look"),
        (12_287, 0, 0, "wrong"),
    ],
)
def test_room_in_the_flash(free_b: int, trials: int, acked: int, state: str) -> None:
    status = {"flash_free_b": free_b, "next_seq": trials + 1, "acked_through": acked}
    found = checks(seen(**status))["flash"]
    assert found.state == state
    if state in ("look", "wrong"):
        assert ("evenstance pull" in str(found.advice)) == (trials > 0)


def test_little_memory() -> None:
    assert checks(seen(memory_free_b=16_384))["memory"].state == "ok"
    assert checks(seen(memory_free_b=16_383))["memory"].state == "look"


def test_the_clock() -> None:
    assert clock_check(datetime(1970, 1, 1)).state == "wrong"
    assert "not set, and is now" in clock_check(NOW, clock_was_set=False).text
    assert "board" not in clock_check(NOW).text


# -- who answers

PICO = ReplSeen("micropython", (1, 24, 0), "rp2", ())
SILENT = Answer("/dev/x", None, None, None, None, None, heard=False, bootsel=False)
RUNNING = replace(SILENT, firmware="0.1.0", protocol=PROTOCOL, heard=True, not_asked=RUNS)


def told(answer: Answer) -> dict[str, Check]:
    return {check.name: check for check in answer_checks(answer, "0.1.0")}


def states(found: Iterable[Check]) -> str:
    """First letters, in order: micropython, its version, firmware, its version, protocol."""
    return "".join(check.state[0] for check in found)


@pytest.mark.parametrize(
    ("answer", "letters", "name", "anchor"),
    [
        (RUNNING, "onooo", "micropython_version", "micropython-is-too-old"),
        (replace(RUNNING, not_asked=None, repl=PICO), "ooooo", "firmware", ""),
        (replace(RUNNING, not_asked=OCCUPIED), "onooo", "micropython_version", ""),
        (replace(RUNNING, firmware="0.0.9"), "onowo", "firmware_version", ""),
        (replace(RUNNING, protocol=PROTOCOL + 1), "onoow", "protocol", ""),
        (replace(RUNNING, fault="gone"), "onwoo", "firmware", "the-board-went-away"),
        (replace(RUNNING, came_back=False), "onwoo", "firmware", ""),
        (SILENT, "wnnnn", "micropython", "nothing-answers"),
        (replace(SILENT, bootsel=True), "wnnnn", "micropython", "micropython-is-not-on-this-pico"),
        (replace(SILENT, heard=True), "wnnnn", "micropython", "something-else-answers"),
        (replace(SILENT, fault="gone"), "wnnnn", "micropython", "the-board-went-away"),
        (replace(SILENT, repl=PICO), "oownn", "firmware", "the-firmware-is-not-running"),
        (
            replace(SILENT, repl=replace(PICO, version=(1, 23, 9))),
            "owwnn",
            "micropython_version",
            "micropython-is-too-old",
        ),
        (
            replace(SILENT, repl=replace(PICO, implementation="circuitpython")),
            "wnwnn",
            "micropython",
            "",
        ),
    ],
)
def test_who_answers(answer: Answer, letters: str, name: str, anchor: str) -> None:
    found = told(answer)
    assert states(found.values()) == letters
    if anchor:
        assert found[name].anchor == anchor


def test_a_pico_that_may_have_no_micropython_is_told_how_to_get_it() -> None:
    for answer in (SILENT, replace(SILENT, heard=True)):
        advice = str(told(answer)["micropython"].advice)
        assert "MicroPython is not on this Pico: hold BOOTSEL while plugging it in" in advice


def test_firmware_that_is_there_and_does_not_run() -> None:
    there = replace(PICO, files=("main.py", "evenstance_board"))
    found = told(replace(SILENT, repl=there))["firmware"]
    assert "does not run" in found.text
    assert "Press reset" in str(found.advice)
    for files in ((), ("main.py",), ("evenstance_board",)):
        found = told(replace(SILENT, repl=replace(PICO, files=files)))["firmware"]
        assert "not on this board" in found.text


@pytest.mark.parametrize(
    "answer",
    [None, "", "DOCTOR", "DOCTOR[]", 'DOCTOR["micropython",null,"rp2",[]]', "DOCTOR{}", "DOCTOR7"],
)
def test_answers_that_are_none(answer: str | None) -> None:
    assert parse_repl(answer) is None


def test_text_of_a_board_reaches_no_terminal_raw() -> None:
    line = "DOCTOR" + json.dumps(["\x1b[2Jx" * 50, [9, 9, 9], "\x07", []])
    found = parse_repl("noise\r\n" + line + "\r\n")
    assert found is not None
    assert found.implementation.isprintable()
    assert len(found.implementation) == 40
    assert found.platform == "?"


# -- the raw REPL


class Talk:
    """A port whose other side answers by `answers`: what was written -> what comes back."""

    name = "talk"

    def __init__(self, *answers: tuple[bytes, bytes]) -> None:
        self._answers = answers
        self.written = b""
        self._waiting = b""
        self.time_s = 0.0

    def write(self, data: bytes) -> None:
        self.written += data
        for asked, answer in self._answers:
            if data.endswith(asked):
                self._waiting += answer

    def read(self) -> bytes:
        self.time_s += 0.05
        data, self._waiting = self._waiting[:7], self._waiting[7:]
        return data

    def close(self) -> None: ...


def ask(talk: Talk) -> str | None:
    return Repl(talk, clock=lambda: talk.time_s).ask("print(1)", wait_s=2.0)


def test_an_answer_in_pieces() -> None:
    talk = Talk((b"\x01", b"noise\r\n" + BANNER), (b"print(1)\x04", b"OK1\r\n\x04\x04>"))
    assert ask(talk) == "1\r\n"
    assert talk.written.endswith(b"\x02")


@pytest.mark.parametrize(
    "answers",
    [
        (),
        ((b"\x01", b"who are you?\r\n"),),
        ((b"\x01", BANNER),),
        ((b"\x01", BANNER), (b"print(1)\x04", b"OK1")),
    ],
)
def test_a_port_that_does_not_answer_in_full_takes_a_known_time(
    answers: tuple[tuple[bytes, bytes], ...],
) -> None:
    talk = Talk(*answers)
    assert ask(talk) is None
    assert talk.time_s < 5.0


def test_a_port_that_never_stops_talking_is_left() -> None:
    talk = Talk()
    talk.read = lambda: b"x" * 4096  # type: ignore[method-assign]
    assert ask(talk) is None


def test_the_script_is_python_and_goes_in_one_piece() -> None:
    ast.parse(SCRIPT)
    assert len(SCRIPT) <= 256  # what MicroPython takes from the USB at once


# -- looking and judging are apart


def test_only_files_that_look_touch_the_outside() -> None:
    folder = ROOT / "host" / "evenstance" / "doctor"
    outside = {*IMPURE, "os", "sys", "pathlib", "tempfile", "importlib", "platform"}
    device = ("evenstance.device", "evenstance.store")
    judging = [f for f in folder.glob("*.py") if not f.name.startswith(("look_", "examine"))]
    assert {"computer.py", "history.py", "port.py", "micropython.py", "board.py"} <= {
        file.name for file in judging
    }
    for file in judging:
        typing_only = "TYPE_CHECKING" in file.read_text("utf-8")
        for found in imports(file, file.relative_to(ROOT)):
            if file.name != "text.py":
                assert found.top not in outside, f"{file.name}: {found.module}"
            if not typing_only:
                assert not found.module.startswith(device), f"{file.name}: {found.module}"

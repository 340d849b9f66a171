"""`evenstance diagnose` on virtual boards: sound ones, broken ones, and ones that go away."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from boards import SEED, UNHURRIED, Images, SwitchOn
from cable import Cable, Cut, Direction
from people import Scripted
from programs import Run

from evenstance import cli
from evenstance.errors import CheckFailedError, LinkLostError
from evenstance.flows.diagnose import START_UP_US
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.converter import Converter, Fault
from evenstance.virtual.loads import Masses
from evenstance_wire import frames, messages

SECONDS = "4"
FAST = 10.0  # what the board says while nobody reads for a second still finds room


def diagnosed(
    board: VirtualBoard, capsys: pytest.CaptureFixture[str], code: int, *more: str
) -> dict[str, Any]:
    """The JSON of a short test in this process, which ends with `code`."""
    arguments = ["diagnose", "--port", board.port, "--seconds", SECONDS, "--json", *more]
    ended = cli.run(arguments)
    captured = capsys.readouterr()
    assert ended == code, captured.err
    assert "Traceback" not in captured.err
    return json.loads(captured.out)


def after_start_up(line: bytes) -> bool:
    """Whether a line of the board carries conversions from after its start-up."""
    decoded = frames.decode_line(line[1:-1])
    assert decoded is not None
    kind, _, body = decoded
    if kind != messages.SAMPLES_FRAME.kind:
        return False
    first_us = messages.SAMPLES_FRAME.unpack(body)["first_device_us"]
    assert isinstance(first_us, int)
    return first_us >= START_UP_US


def states(found: dict[str, Any], part: str) -> dict[str, str]:
    """State of each line of a part."""
    return {line["name"]: line["state"] for line in found["lines"] if line["part"] == part}


def test_a_sound_board_is_ok_in_every_line_and_its_numbers_are_true(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.calibrated, speed=FAST)
    found = diagnosed(board, capsys, 0)
    assert [line for line in found["lines"] if line["state"] != "ok"] == []
    assert found["passed"] is True
    wiring = Wiring.drawn(SEED)
    for n, side in enumerate(("left", "right")):
        channel = found[side]
        assert channel["rate_sps"] == pytest.approx(wiring.rate_sps[n], rel=1e-3)
        assert channel["noise_counts"] == pytest.approx(wiring.noise_counts_rms[n], rel=0.15)
        per_n = abs(wiring.counts_per_n[n])
        assert channel["noise_n"] == pytest.approx(channel["noise_counts"] / per_n, rel=1e-3)
        full = 100 / (1 << 23)
        assert channel["mean_pct"] == pytest.approx(wiring.zero_counts[n] * full, abs=0.001)
        assert channel["zero_shift_n"] == pytest.approx(0.0, abs=0.05)
        assert channel["zero_shift_since_calibration_n"] == pytest.approx(0.0, abs=0.05)
        assert channel["zero_shift_why_not"] is channel["reason"] is None
        assert channel["conversions"] == pytest.approx(4 * wiring.rate_sps[n], abs=20)
        assert channel["lost"] == channel["missing"] == 0


def test_a_board_without_calibration_is_judged_in_counts(
    switch_on_copy: SwitchOn, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = diagnosed(switch_on_copy(None, speed=FAST), capsys, 0)
    for side in ("left", "right"):
        assert found[side]["noise_n"] is None
        assert found[side]["noise_counts"] > 10
        assert states(found, side)["zero"] == "look"
        assert "not calibrated" in found[side]["zero_shift_why_not"]
    assert {state for state in states(found, "left").values()} == {"ok", "look"}


def test_somebody_on_the_board_is_no_noise_of_it(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=FAST)
    person.plan(board.broker.now_us + 1, ((0.0, "both"),))
    found = diagnosed(board, capsys, 0)
    for side in ("left", "right"):
        assert states(found, side)["noise"] == states(found, side)["zero"] == "look"
        assert "N on the plate" in found[side]["zero_shift_why_not"]


# -- broken converters


def broken(board: VirtualBoard, side: int, fault: Fault) -> Converter:
    """Break the chip of one side from now on."""
    chip = board.converters[side]
    chip.fault_from_us = board.broker.now_us
    chip.fault = fault
    return chip


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("dead", {"conversions": "fault", "zero": "look"}),
        ("rail", {"values": "look", "saturated": "fault", "range": "look", "zero": "look"}),
        ("stuck", {"values": "fault"}),
    ],
)
def test_a_broken_converter_is_found_on_its_side_only(
    fault: Fault,
    wrong: dict[str, str],
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = switch_on_copy(images.calibrated, speed=FAST)
    broken(board, 1, fault)
    # What was on its way before is past when the test begins.
    assert cli.run(["zero", "--port", board.port]) in (0, 8)
    capsys.readouterr()
    found = diagnosed(board, capsys, CheckFailedError.exit_code)
    right = states(found, "right")
    assert {name: right[name] for name in wrong} == wrong
    right.pop("errors")  # a driver that hears nothing tries again, which is counted
    right.pop("faults")
    assert {n for n, state in right.items() if state == "fault"} == {
        n for n, state in wrong.items() if state == "fault"
    }
    left = states(found, "left")
    left.pop("faults")
    assert set(left.values()) == {"ok"}
    if fault == "dead":
        assert found["right"]["reason"].startswith("no conversion in")
        assert found["right"]["rate_sps"] is None


def test_a_converter_that_dies_in_the_middle_has_no_numbers(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.calibrated)
    streamed = 0

    def cut_off(direction: Direction, line: bytes) -> bytes:
        nonlocal streamed
        streamed += direction == "to_host" and after_start_up(line)
        if streamed == 8 and board.converters[0].fault is None:
            broken(board, 0, "dead")
        return line

    with Cable(board.port, cut_off) as cable:
        arguments = ["diagnose", "--port", cable.port, "--seconds", "20", "--json"]
        assert cli.run(arguments) == CheckFailedError.exit_code
    found = json.loads(capsys.readouterr().out)
    told = re.match(r"fell silent (\d+\.\d) s after the beginning$", found["left"]["reason"])
    assert told is not None and 0.0 < float(told[1]) < 20.0
    assert found["left"]["noise_counts"] is None
    assert found["right"]["noise_counts"] is not None


@pytest.mark.parametrize("both", [False, True])
def test_ten_conversions_a_second_are_named(
    both: bool, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring = Wiring(rate_sps=(11.7, 11.4 if both else 91.8))
    with VirtualBoard(Masses(), wiring, speed=FAST) as board:
        arguments = ["diagnose", "--port", board.port, "--seconds", "10", "--json"]
        assert cli.run(arguments) == CheckFailedError.exit_code
        found = json.loads(capsys.readouterr().out)
    (rate,) = [x for x in found["lines"] if (x["part"], x["name"]) == ("left", "rate")]
    assert rate["state"] == "fault"
    assert "RATE is low" in rate["advice"]
    assert found["left"]["rate_sps"] == pytest.approx(11.7, rel=0.02)
    assert states(found, "right")["rate"] == ("fault" if both else "ok")


def test_noise_of_an_open_wire_is_a_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wiring = Wiring(noise_counts_rms=(100.0, 40_000.0))
    with VirtualBoard(Masses(), wiring, speed=FAST) as board:
        found = diagnosed(board, capsys, CheckFailedError.exit_code)
    assert states(found, "left")["noise"] == "ok"
    assert states(found, "right")["noise"] == "fault"
    assert found["right"]["noise_counts"] == pytest.approx(40_000, rel=0.15)


# -- outputs


def test_text_report_and_exit_code_of_the_program(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, speed=UNHURRIED)
    port = ("--port", board.port, "--seconds", SECONDS)
    said = evenstance("diagnose", *port)
    assert said.code == 0
    assert re.search(r"^ok    left  rate        93\.\d\d conversions per second$", said.out, re.M)
    assert said.out.endswith("lines are ok.\n")
    assert "leave the plates empty" in said.err
    block = evenstance("diagnose", *port, "--report").out
    assert block.startswith("### evenstance diagnose\n\n```text\n")
    assert block.endswith("\n```\n")
    assert block.count("```") == 2
    uid = evenstance("info", *port[:2], "--json").json()["info"]["board_uid"]
    for secret in (board.port, uid, str(home), "body_weight", "journal_id", "/dev", "/home"):
        assert secret not in block
    for name in ("Evenstance: ", "protocol: ", "firmware: ", "Python: ", "dropped_left: 0"):
        assert name in block
    refused = evenstance("diagnose", "--report", "--json")
    assert refused.code == 2
    assert evenstance("diagnose", "--seconds", "61").code == 2


# -- boards that go away


def test_a_cable_that_is_cut_in_the_middle_is_told(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.calibrated)
    passed = 0

    def cut(direction: Direction, line: bytes) -> bytes | Cut:
        nonlocal passed
        passed += direction == "to_host"
        return Cut(5) if passed >= 14 else line

    with Cable(board.port, cut) as cable:
        assert cli.run(["diagnose", "--port", cable.port]) == LinkLostError.exit_code
        assert cable.cut.is_set()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "went away" in captured.err
    assert "Next:" in captured.err


def test_frames_that_are_lost_on_the_way_are_counted(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.calibrated)
    streamed = 0

    def spoil(direction: Direction, line: bytes) -> bytes:
        nonlocal streamed
        if direction == "to_board" or not after_start_up(line):
            return line
        streamed += 1
        return b"" if streamed in (10, 11, 20) else line

    with Cable(board.port, spoil) as cable:
        assert cli.run(["diagnose", "--port", cable.port, "--seconds", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["left"]["lost"] + found["right"]["lost"] == 3 * 16
    assert found["left"]["missing"] + found["right"]["missing"] == 3 * 16
    assert states(found, "board")["link"] == "look"
    assert found["left"]["rate_sps"] == pytest.approx(93.1, rel=1e-3)


def test_a_board_that_says_nothing_more_is_told(
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It swallows everything after the first frames of the stream; the answers as well."""
    board = switch_on_copy(images.calibrated)
    streamed = 0

    def swallow(direction: Direction, line: bytes) -> bytes:
        nonlocal streamed
        streamed += direction == "to_host" and after_start_up(line)
        return line if direction == "to_board" or streamed < 6 else b""

    with Cable(board.port, swallow) as cable:
        assert cli.run(["diagnose", "--port", cable.port]) == LinkLostError.exit_code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "stopped answering" in captured.err

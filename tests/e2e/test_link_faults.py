"""The program over a bad serial line, one fault at a time: no wrong value, nothing lost."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from boards import SHORT_TRIALS, UNHURRIED, Images, SwitchOn, client_on, wait_for
from cable import Cable, Cut, Direction
from programs import Program, until
from pulled import assert_all_pulled_once

from evenstance import cli
from evenstance.device.client import REPLY_S, TRIES
from evenstance.errors import LinkLostError
from evenstance.flows.live import SILENCE_S
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses
from evenstance_wire import units
from faulty_link import SEEDS, note, some
from faulty_link.hands import FAULTS, pass_on, spoiling

FRAMES_OF_A_PULL = 140
FRAMES_OF_A_LOOK = 30
KG = (20.0, 30.0)
MOST_BOARD_B = 8192  # that a board may have less free afterwards: its first replies take buffers
MOST_HOST_B = 8 << 20
SLACK_S = 2.0 if SEEDS else 60.0  # who measures has the computer alone
# Command -> the first frame that the host does not get, options, how the name of the last request
# begins, and by when it is given up: three times REPLY_S, after the silence of a stream.
DEAD_LINES = {
    "pull": (40, (), "get_", TRIES * REPLY_S + SLACK_S),
    "watch": (30, ("--wait", "0", "--json"), "hello", SILENCE_S + TRIES * REPLY_S + SLACK_S),
}
GRAVITY = units.STANDARD_GRAVITY_UM_S2 / 1e6


def memory_free_b(board: VirtualBoard) -> int:
    """What the firmware has free, when it has last looked at rest."""
    with client_on(board.port) as client:
        return int(client.status()["memory_free_b"])


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints that succeeds."""
    code = cli.run(list(arguments))
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


@pytest.mark.parametrize("seed", range(1, 1 + max(SEEDS, 1)))
@pytest.mark.parametrize("fault", some([*FAULTS], "flip"))
def test_a_pull_brings_everything_over_a_bad_line(
    fault: str,
    seed: int,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = switch_on_copy(images.with_trials)
    before_b = memory_free_b(board)
    hand = spoiling(fault, seed, FRAMES_OF_A_PULL)
    with Cable(board.port, hand) as cable:
        found = json.loads(asked(capsys, "pull", "--port", cable.port, "--json"))
    assert hand.spoilt > 0
    assert (found["new"], found["lost"], found["without_trace"]) == (SHORT_TRIALS, [], [])
    assert_all_pulled_once(board, home, SHORT_TRIALS)
    after_b = memory_free_b(board)
    note(f"pull, {fault} {seed}: {before_b} B free on the board before, {after_b} B after")
    assert after_b > before_b - MOST_BOARD_B


@pytest.mark.parametrize("fault", some([*FAULTS], "garbage"))
def test_a_look_at_the_plates_shows_no_wrong_value_over_a_bad_line(
    fault: str,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses, speed=5.0)
    for plate, mass_kg in enumerate(KG):
        masses.place(plate, mass_kg)
    hand = spoiling(fault, 3, FRAMES_OF_A_LOOK)
    with Cable(board.port, hand) as cable:
        arguments = ("watch", "--port", cable.port, "--seconds", "8", "--wait", "0", "--json")
        lines = [json.loads(line) for line in asked(capsys, *arguments).splitlines()]
        info = json.loads(asked(capsys, "info", "--port", cable.port, "--json"))
    assert hand.spoilt > 0
    assert info["info"]["board_uid"] == b"VIRTUAL1".hex()
    times_s = [line["device_s"] for line in lines]
    assert times_s == sorted(times_s)
    assert times_s[-1] - times_s[0] >= 8.0
    for line in lines[10:]:
        for side, mass_kg in zip(units.PLATES, KG, strict=True):
            assert line[f"{side}_n"] == pytest.approx(mass_kg * GRAVITY, abs=2.0)


@pytest.mark.parametrize("piece_bytes", [1, 7] if SEEDS else [7])
def test_a_line_that_passes_in_pieces_changes_nothing(
    piece_bytes: int,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = switch_on_copy(images.with_trials)
    with Cable(board.port, piece_bytes=piece_bytes) as cable:
        asked(capsys, "pull", "--port", cable.port)
    assert_all_pulled_once(board, home, SHORT_TRIALS)


@pytest.mark.parametrize("at_reply", [3, 40, 90] if SEEDS else [40])
def test_a_board_that_is_reset_in_mid_transfer_is_pulled_to_the_end(
    at_reply: int,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its port stays, as that of a board behind an adapter does: the requests are asked again."""
    board = switch_on_copy(images.with_trials)
    replies = 0

    def reset(direction: Direction, line: bytes) -> bytes | Cut:
        nonlocal replies
        replies += direction == "to_host"
        if direction == "to_host" and replies == at_reply:
            board.broker.power_cycle()
        return line

    with Cable(board.port, reset) as cable:
        code = cli.run(["pull", "--port", cable.port])
        said = capsys.readouterr().err
        assert code in (0, LinkLostError.exit_code), said
        assert "Traceback" not in said
    with Cable(board.port, pass_on) as cable:
        found = json.loads(asked(capsys, "pull", "--port", cable.port, "--json"))
    assert found["lost"] == found["without_trace"] == []
    assert_all_pulled_once(board, home, SHORT_TRIALS)


@pytest.mark.parametrize("command", some([*DEAD_LINES], "pull"))
def test_a_line_that_carries_nothing_any_more_ends_a_command_in_time(
    command: str,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_frame, options, asked_last, limit_s = DEAD_LINES[command]
    board = switch_on_copy(images.with_trials)
    frames = asked_more = 0
    silent_from_s = 0.0

    def dies(direction: Direction, line: bytes) -> bytes:
        nonlocal frames, asked_more, silent_from_s
        frames += direction == "to_host"
        if frames < at_frame:
            return line
        asked_more += direction == "to_board"
        silent_from_s = silent_from_s or time.monotonic()
        return b""

    with Cable(board.port, dies) as cable:
        code = cli.run([command, "--port", cable.port, *options])
        took_s = time.monotonic() - silent_from_s
    assert code == LinkLostError.exit_code
    assert f"stopped answering ({asked_last}" in capsys.readouterr().err
    note(f"{command}, nothing passes any more: an error after {took_s:.1f} s")
    assert asked_more <= TRIES
    assert took_s < limit_s
    with Cable(board.port) as cable:
        asked(capsys, "pull", "--port", cable.port)
    assert_all_pulled_once(board, home, SHORT_TRIALS)


def test_a_computer_that_sleeps_disturbs_no_conversion(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """The program is stopped with its port open; awake again it goes on with what is then."""
    asleep_s = 3600 if SEEDS else 10
    board = switch_on_copy(images.calibrated)
    with client_on(board.port) as client:
        before = wait_for(client, lambda status: status["armed"] == 1)
    arguments = ("watch", "--port", board.port, "--seconds", str(asleep_s + 12), "--json")
    with Program(*arguments, home=home) as program:
        program.line(stream="out", times=10)
        before_b = program.memory_b
        program.signal(signal.SIGSTOP)
        board.broker.set_speed(0.0)
        end_us = board.broker.now_us + asleep_s * 1_000_000
        until(lambda: board.broker.now_us >= end_us, f"{asleep_s} s of sleep", 1800.0)
        board.broker.set_speed(UNHURRIED)
        program.signal(signal.SIGCONT)
        program.line(stream="out", times=80)
        after_b = program.memory_b
        assert program.ended().code == 0
    with client_on(board.port) as client:
        after = client.status()
    for side in ("left", "right"):
        for name in (f"dropped_{side}", f"desynced_{side}", f"restarts_{side}"):
            assert after[name] == before[name], name
    board_b = before["memory_free_b"], after["memory_free_b"]
    note(f"{asleep_s} s asleep: the program has {before_b} B before, {after_b} B after")
    note(f"{asleep_s} s asleep: {board_b[0]} B free on the board before, {board_b[1]} B after")
    assert after_b < before_b + MOST_HOST_B
    assert board_b[1] > board_b[0] - MOST_BOARD_B

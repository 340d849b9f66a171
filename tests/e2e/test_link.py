"""The serial link under noise, neglect and interruption, through a real pseudo-terminal."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import (
    SHORT_TRIALS,
    UNHURRIED,
    Images,
    SwitchOn,
    begin,
    client_on,
    trial_bytes,
    wait_for,
    wait_for_prompt,
)
from cable import Cable, Direction
from people import Scripted
from programs import Run, until

from evenstance import cli
from evenstance.device.client import BoardClient
from evenstance.device.flasher import Mpremote
from evenstance.device.transport import SerialPort
from evenstance.errors import LinkLostError
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance.store.database import open_store
from evenstance.virtual.board import VirtualBoard
from evenstance_wire import flags, frames, messages

TRACEBACK = (
    b"Traceback (most recent call last):\r\n"
    b'  File "main.py", line 33, in <module>\r\n'
    b'  File "evenstance_board/loop.py", line 31, in run\r\nKeyboardInterrupt: \r\n'
)
BANNER = (
    b"MicroPython v1.24.1 on 2024-11-29; Raspberry Pi Pico with RP2040\r\n"
    b'Type "help()" for more information.\r\n>>> raw REPL; CTRL-B to exit\r\n>'
)
STAND = ((0.5, "both"), (7.5, "left"), (34.0, "both"))  # until the record is full
BOOTED_US = 2_000_000
IN_HOLD_S = 14.0  # of these steps


def noise(rng: random.Random) -> bytes:
    """Something that is no request: bytes, a spoilt frame, text of the REPL; never Ctrl-C."""
    kind = rng.randrange(5)
    if kind == 0:
        data = rng.randbytes(rng.randrange(1, 200))
    elif kind == 1:
        data = TRACEBACK
    elif kind == 2:
        data = BANNER
    else:
        request, _ = rng.choice(messages.REQUESTS)
        line = bytearray(frames.encode(request.kind, rng.randrange(256), rng.randbytes(24)))
        if kind == 3:
            line[rng.randrange(len(line))] ^= 1 << rng.randrange(8)
        else:
            del line[rng.randrange(len(line)) :]
        data = bytes(line)
    return data.replace(b"\x03", b"\x04")


def begin_hold(client: BoardClient, person: Scripted, board: VirtualBoard) -> None:
    """Have somebody stand on the left leg until the hold is scored; then time goes slowly."""
    begin(board, person, STAND, seconds=IN_HOLD_S, speed=1.0)
    assert client.status()["state"] == flags.HOLD


def trial(client: BoardClient, seq: int) -> Trial:
    summary = client.summary(seq)
    assert summary is not None
    return trial_from_summary(summary)


# -- noise


def test_a_board_answers_between_six_hundred_pieces_of_noise(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    board = switch_on_copy(images.with_trials)
    rng = random.Random(3)
    expected = frames.Parser()
    port = SerialPort(board.port)
    client = BoardClient(port)
    client.hello(patience_s=20.0)
    summaries = {seq: client.summary(seq) for seq in range(1, SHORT_TRIALS + 1)}
    before = client.status()
    for n in range(600):
        data = noise(rng)
        assert expected.feed(data) == []
        port.write(data)
        if n % 20 == 19:
            expected.feed(b"~")  # the next request begins a frame, and ends a half one
            expected = continued(expected)
            seq = rng.randrange(1, SHORT_TRIALS + 1)
            assert client.summary(seq) == summaries[seq]
    after = client.status()
    client.close()
    assert after["frames_damaged"] - before["frames_damaged"] == expected.damaged > 100
    assert after["frames_dropped"] == before["frames_dropped"]
    for name in ("dropped_left", "dropped_right", "quarantined", "holds_lost", "next_seq"):
        assert after[name] == before[name], name
    assert after["device_us"] > before["device_us"]


def continued(parser: frames.Parser) -> frames.Parser:
    """A parser in its first state that goes on counting."""
    fresh = frames.Parser()
    fresh.damaged = parser.damaged
    return fresh


def test_a_client_takes_no_wrong_answer_from_a_noisy_board(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    """Before every frame of the board come noise, a stale answer and a forged one."""
    board = switch_on_copy(images.with_trials)
    rng = random.Random(4)
    seen: list[bytes] = []

    def spoil(direction: Direction, line: bytes) -> bytes:
        if direction == "to_board":
            return line
        forged = bytearray(line)
        forged[rng.randrange(1, len(line) - 1)] ^= 1
        stale = rng.choice(seen[-50:-1]) if len(seen) > 1 else b""
        seen.append(line)
        return stale + bytes(forged) + noise(rng) + b"\n" + line

    with Cable(board.port, spoil) as cable:
        said = evenstance("pull", "--port", cable.port, "--json")
        assert said.json()["new"] == SHORT_TRIALS
        info = evenstance("info", "--port", cable.port, "--json").json()
    assert info["journal"]["acked_through"] == SHORT_TRIALS
    with client_on(board.port) as client, open_store() as store:
        on_board = trial_bytes(client)
        for stored in store.trials():
            found = store.trace(stored.id)
            assert found is not None
            assert on_board.pop(stored.seq) == (stored.summary, found.data)
    assert on_board == {}


# -- neglect


def test_a_host_that_never_reads_stops_no_conversion(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    board = switch_on_copy(images.calibrated, speed=0.0)
    with client_on(board.port) as client:
        before = wait_for(client, lambda status: status["armed"] == 1)
        client.request(messages.LIVE, interval_ms=10, lease_ms=60_000)
        end_us = board.broker.now_us + 60_200_000  # it is told once a slice
        until(lambda: board.broker.now_us >= end_us, "60 s of the board's time")
        after = client.status()
    assert after["frames_dropped"] - before["frames_dropped"] > 4000
    assert after["device_us"] - before["device_us"] > 60_000_000
    for side in ("left", "right"):
        assert after[f"conversions_{side}"] - before[f"conversions_{side}"] > 5400
        assert after[f"dropped_{side}"] == before[f"dropped_{side}"]
        assert after[f"desynced_{side}"] == 0


def test_a_pull_during_a_hold_leaves_the_hold_as_it_is(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seq = SHORT_TRIALS + 1
    holds: list[Trial] = []
    for with_pull in (False, True):
        person = Scripted()
        board = switch_on_copy(images.with_trials, person, limit_us=BOOTED_US)
        board.broker.advance_to(BOOTED_US)
        begin(board, person, STAND, seconds=IN_HOLD_S, speed=0.5 if with_pull else 0.0)
        if with_pull:
            assert cli.run(["pull", "--port", board.port, "--json"]) == 0
            assert json.loads(capsys.readouterr().out)["new"] == seq - 1
            with client_on(board.port) as client:
                assert client.status()["state"] == flags.HOLD, "over before the pull"
            board.broker.set_speed(0.0)
        with client_on(board.port) as client:
            wait_for(client, lambda status: status["next_seq"] == seq + 1)
            holds.append(trial(client, seq))
        board.close()
    quiet, pulled = holds
    for hold in holds:
        assert hold.valid
        assert hold.end_reason == "time_limit"
        assert hold.dropped == hold.desynced == hold.late == 0
    assert (quiet.samples_left, quiet.samples_right) == (pulled.samples_left, pulled.samples_right)
    assert pulled.max_gap_s < 0.012
    for name in ("force_mean_n", "force_sd_n", "body_weight_n", "lift_off_device_s"):
        assert getattr(pulled, name) == pytest.approx(getattr(quiet, name), rel=1e-3), name


# -- interruption


def keys(port: str) -> None:
    """Ctrl-C as from a terminal, until the prompt is there."""
    wait_for_prompt(port, b"\x03")


def soft_reset(port: str) -> None:
    """Ctrl-D at the prompt."""
    serial = SerialPort(port)
    serial.write(b"\x04")
    serial.close()


def mpremote(port: str) -> None:
    """Something run by mpremote."""
    assert "42" in Mpremote(port).run("exec", "print(6*7)")


def reset(port: str) -> None:
    """A reset by mpremote."""
    Mpremote(port).run("reset")


@pytest.mark.parametrize(("interrupt", "start"), [(keys, soft_reset), (mpremote, reset)])
def test_an_interrupted_hold_is_stored_as_stopped(
    interrupt: Callable[[str], None],
    start: Callable[[str], None],
    switch_on_copy: SwitchOn,
    images: Images,
    evenstance: Run,
) -> None:
    person = Scripted()
    board = switch_on_copy(images.with_trials, person)
    with client_on(board.port) as client:
        earlier = trial_bytes(client)
        begin_hold(client, person, board)
    interrupt(board.port)
    person.plan(board.broker.now_us + 500_000, ((0.0, "off"),))
    board.broker.set_speed(UNHURRIED)
    start(board.port)
    with client_on(board.port) as client:
        status = wait_for(client, lambda status: status["armed"] == 1)
        now = trial_bytes(client)
    assert status["next_seq"] == SHORT_TRIALS + 2
    assert status["quarantined"] == status["acked_through"] == 0
    assert {seq: now[seq] for seq in earlier} == earlier
    assert evenstance("pull", "--port", board.port, "--json").json()["new"] == SHORT_TRIALS + 1
    with open_store() as store:
        stopped = store.trials(unassigned=True)[-1].hold
    assert (stopped.seq, stopped.end_reason, stopped.valid) == (SHORT_TRIALS + 1, "stopped", False)
    assert "stopped" in stopped.reasons
    assert stopped.hold_time_s > 5.0


def test_a_power_cut_in_a_hold_costs_that_hold_and_nothing_else(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    person = Scripted()
    board = switch_on_copy(images.with_trials, person)
    with client_on(board.port) as client:
        earlier = trial_bytes(client)
        before = client.status()
        boot_id = client.hello().boot_id
        begin_hold(client, person, board)
        board.broker.advance_to(board.broker.now_us)  # it is not back before it was missed
        board.broker.power_cycle()
        with pytest.raises(LinkLostError):
            client.request(messages.GET_HOLD, seq=1, tries=1, wait_s=0.2)
        board.broker.set_speed(0.0)
        board.broker.release()
    with client_on(board.port) as client:
        assert client.hello().boot_id != boot_id
        after = client.status()
        assert trial_bytes(client) == earlier
        for name in ("next_seq", "acked_through", "calibration_id", "left_counts_per_kn"):
            assert after[name] == before[name], name
        assert after["quarantined"] == 0
        person.plan(board.broker.now_us + 2_000_000, ((0, "both"), (7, "left"), (10, "both")))
        wait_for(client, lambda status: status["next_seq"] == SHORT_TRIALS + 2)
        assert trial(client, SHORT_TRIALS + 1).stance_leg == "left"
        assert {**trial_bytes(client), **earlier} == trial_bytes(client)


def test_mpremote_gets_in_ten_times_of_ten_while_the_firmware_runs(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    board = switch_on_copy(images.calibrated)
    for n in range(10):
        with client_on(board.port) as client:
            client.request(messages.LIVE, interval_ms=20, lease_ms=60_000)
            assert client.status()["device_us"] > 0  # it runs and streams
        assert f"{n * n + 1}" in Mpremote(board.port).run("exec", f"print({n}*{n}+1)", "reset")

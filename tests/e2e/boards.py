"""Virtual boards for tests: switched on with a known flash image, and brought to a known state."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from people import Scripted, Steps
from programs import until

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Loads, Masses, Timeline
from evenstance_wire import messages

SEED = 11
KEPT = (
    "calibration_id",
    "left_counts_per_kn",
    "right_counts_per_kn",
    "zero_left_counts",
    "zero_right_counts",
    "first_seq",
    "next_seq",
)
"""What of a board's status stays as it is when the firmware is put on anew."""
SHORT_TRIALS = 18
UNHURRIED = 5.0  # for boards that nobody stands on: full speed would only keep a core busy
SwitchOn = Callable[..., VirtualBoard]


@contextmanager
def client_on(port: str) -> Generator[BoardClient, None, None]:
    """A client that has shaken hands; the port is closed afterwards."""
    client = BoardClient(SerialPort(port))
    try:
        client.hello(patience_s=60.0)
        yield client
    finally:
        client.close()


@dataclass(frozen=True)
class Images:
    """Flash images in a folder, for tests to copy."""

    folder: Path

    @property
    def calibrated(self) -> Path:
        """With the firmware and a calibration, without trials."""
        return self.folder / "calibrated.img"

    @property
    def with_trials(self) -> Path:
        """The same with SHORT_TRIALS trials that were never pulled."""
        return self.folder / "with-trials.img"


def make_images(folder: Path) -> None:
    """Calibrate a board with masses, copy its flash, then let somebody do short trials on it."""
    images = Images(folder)
    masses = Masses()
    timeline = Timeline(masses)
    with (
        switch_on(images.with_trials, timeline) as board,
        client_on(board.port) as client,
    ):
        calibrate_with_masses(client, masses, board.broker)
        shutil.copy(images.with_trials, images.calibrated)
        person = Scripted()
        begin_us = timeline.append(person)
        person.plan(begin_us, short_trials(SHORT_TRIALS))
        wait_for(client, lambda status: status["next_seq"] == SHORT_TRIALS + 1)
        wait_for(client, lambda status: status["armed"] == 1)


def begin(
    board: VirtualBoard, person: Scripted, steps: Steps, *, seconds: float, speed: float
) -> None:
    """Have somebody do these steps; behind so many seconds of them time goes on at this speed.

    Until then it goes flat out, and is not over however late this computer looks at it."""
    broker = board.broker
    broker.advance_to(broker.now_us)
    from_us = person.plan(broker.now_us, steps)
    broker.set_speed(0.0)
    broker.advance_to(from_us + round(seconds * 1e6))
    broker.set_speed(speed)
    broker.release()


def short_trials(count: int) -> list[tuple[float, str]]:
    """Both feet long enough for a body weight, then `count` stances just long enough."""
    steps = [(0.5, "both")]
    at_s = 7.0
    for n in range(count):
        steps += [(at_s, ("left", "right")[n % 2]), (at_s + 2.5, "both")]
        at_s += 4.0
    return [*steps, (at_s, "off")]


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder filled by `make`, once in a run, however many processes run the tests."""
    over = folder / "over"
    try:
        folder.mkdir()
    except FileExistsError:
        until(over.exists, f"{folder} made by another process", 100.0)
    else:
        try:
            make(folder)
        finally:
            over.touch()
    return folder


def wait_for(
    client: BoardClient, reached: Callable[[dict[str, Any]], bool], *, board_s: float = 300.0
) -> dict[str, Any]:
    """Ask for the status until it is as wanted; fail after `board_s` of the board's time."""
    status = client.status()
    end_us = status["device_us"] + board_s * 1e6
    while not reached(status):
        assert status["device_us"] < end_us, f"not reached in {board_s:.0f} s: {status}"
        status = client.status()
    return status


def wait_board_s(client: BoardClient, seconds: float) -> dict[str, Any]:
    """The status when so much of the board's time has passed."""
    end_us = client.status()["device_us"] + seconds * 1e6
    return wait_for(client, lambda status: status["device_us"] > end_us)


def switch_on(
    image: Path | None, loads: Loads, *, speed: float = 0.0, **options: Any
) -> VirtualBoard:
    """The board that the images were made with; by default at full speed."""
    return VirtualBoard(loads, Wiring.drawn(SEED), speed=speed, flash_image=image, **options)


def wait_for_prompt(port: str, typed: bytes = b"") -> None:
    """Wait until MicroPython asks for input, after typing this."""
    serial = SerialPort(port)
    heard = bytearray()

    def asks() -> bool:
        heard.extend(serial.read())
        return b">>> " in heard

    try:
        serial.write(typed)
        until(asks, "the prompt of MicroPython")
    finally:
        serial.close()


def trial_bytes(client: BoardClient) -> dict[int, tuple[bytes, bytes | None]]:
    """Every trial of a board's journal: its summary and trace as the board holds them."""
    status = client.status()
    found: dict[int, tuple[bytes, bytes | None]] = {}
    for seq in range(status["first_seq"], status["next_seq"]):
        summary = client.summary(seq)
        assert summary is not None, f"trial {seq} cannot be read"
        has_trace = messages.SUMMARY.unpack(summary)["trace_bytes"] > 0
        found[seq] = (summary, client.trace(seq) if has_trace else None)
    return found

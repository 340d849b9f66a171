"""Virtual boards for people to use: built, calibrated with masses, then stood upon."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.calibrate import calibrate
from evenstance.metrics.hold import Leg
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.broker import Broker
from evenstance.virtual.loads import Loads, Masses, Timeline
from evenstance.virtual.person import SyntheticPerson
from evenstance.virtual.recording import Recording, RecordingLoads, read_recording

MASSES_KG = (20.0, 40.0, 60.0)
SETTLE_US = 500_000
PLAY_AFTER_US = 5_000_000
_WORKSHOP_SPEED = 0.0


@dataclass(frozen=True)
class SimOptions:
    """What stands behind the port of `evenstance sim`."""

    speed: float = 1.0
    seed: int = 1
    mass_kg: float = 70.0
    difference_pct: float = 25.0
    less_steady: Leg = "left"
    recording: Path | None = None
    empty: bool = False
    blank: bool = False
    flash_image: Path | None = None
    calibrated: bool = True


def calibrate_with_masses(client: BoardClient, masses: Masses, broker: Broker) -> None:
    """The product's own calibration, with somebody who puts masses on the plates."""

    def place(plate: int, mass_kg: float) -> None:
        settled_us = masses.place(plate, mass_kg) + SETTLE_US
        while broker.now_us < settled_us:
            client.status()

    calibrate(client, MASSES_KG, place)


def serve(options: SimOptions, ready: Callable[[str], None]) -> None:
    """Run a virtual board until SIGINT or SIGTERM."""
    recording = None if options.recording is None else read_recording(options.recording)
    masses = Masses()
    timeline = Timeline(masses)
    with VirtualBoard(
        timeline,
        Wiring.drawn(options.seed),
        speed=_WORKSHOP_SPEED,
        flash_image=options.flash_image,
        blank=options.blank,
    ) as board:
        if options.calibrated:
            client = BoardClient(SerialPort(board.port))
            try:
                client.hello(patience_s=20.0)
                if client.status()["left_counts_per_kn"] is None:
                    calibrate_with_masses(client, masses, board.broker)
            finally:
                client.close()
        timeline.append(_loads(options, board, recording))
        board.broker.set_speed(options.speed)
        ready(board.port)
        _until_signal()


def _loads(options: SimOptions, board: VirtualBoard, recording: Recording | None) -> Loads:
    if recording is not None:
        return RecordingLoads(recording, board.broker.now_us + PLAY_AFTER_US)
    if options.empty:
        return Masses()
    return SyntheticPerson(
        options.seed,
        options.mass_kg,
        true_difference_pct=options.difference_pct,
        less_steady=options.less_steady,
    )


def _until_signal() -> None:
    stop = threading.Event()

    def on_signal(number: int, frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    stop.wait()

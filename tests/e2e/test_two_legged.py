"""Quiet two-legged stance of real people through the board: the split of the load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.calibrate import calibrate
from evenstance.flows.plates import measure
from evenstance.flows.replay import BOOT_US, SETTLE_US
from evenstance.flows.stepped import SteppedPort
from evenstance.metrics.asymmetry import norm_sum
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.recording import Recording, RecordingLoads, read_recording

NAMES = ("pds13_quiet_cf1", "pds13_quiet_or1", "pds13_quiet_or2")
FROM_S = 5.0
MOST_S = 40.0
PIECE_MS = 2000
PIECES = 10
LEAD_US = 2_000_000


def beginning(recording: Recording) -> Recording:
    """As much of it as is measured, and a little more."""
    part = recording.t_s < recording.t_s[0] + FROM_S + MOST_S
    return Recording(recording.t_s[part], recording.left_n[part], recording.right_n[part])


@pytest.fixture(scope="module")
def splits(recordings: Path) -> dict[str, tuple[float, float]]:
    """The split (%) of each recording as the board measures it, and straight from its file."""
    found: dict[str, tuple[float, float]] = {}
    masses = Masses()
    timeline = Timeline(masses)
    with VirtualBoard(timeline, Wiring.drawn(9), speed=0.0, limit_us=BOOT_US) as board:
        stepped = SteppedPort(SerialPort(board.port), board.broker)
        client = BoardClient(stepped, clock=stepped.clock)
        stepped.advance_to(BOOT_US)
        client.hello(patience_s=60.0)

        def place(plate: int, mass_kg: float) -> None:
            stepped.advance_to(stepped.now_us)
            masses.place(plate, mass_kg)
            stepped.advance_to(stepped.now_us + SETTLE_US)

        calibrate(client, (20.0, 40.0, 60.0), place)
        for name in NAMES:
            part = beginning(read_recording(recordings / f"{name}.csv"))
            loads = RecordingLoads(part, stepped.now_us + LEAD_US)
            timeline.append(loads)
            start_us = loads.t0_us + round((float(part.t_s[0]) + FROM_S) * 1e6)
            stepped.advance_to(start_us)
            inside = np.zeros(part.t_s.size, dtype=bool)
            replies: list[dict[str, Any]] = []
            for _ in range(PIECES):
                from_s = (stepped.now_us - loads.t0_us) / 1e6  # on the recording's clock
                inside |= (part.t_s >= from_s) & (part.t_s < from_s + PIECE_MS / 1e3)
                replies.append(measure(client, PIECE_MS))
            status = client.status()
            forces_n: list[float] = []
            for side in ("left", "right"):
                counts = sum(one[f"mean_{side}_mcounts"] for one in replies) / PIECES / 1e3
                above = counts - status[f"zero_{side}_counts"]
                forces_n.append(above / status[f"{side}_counts_per_kn"] * 1e3)
            truth_n = [float(np.mean(one[inside])) for one in (part.left_n, part.right_n)]
            found[name] = norm_sum(*forces_n), norm_sum(*truth_n)
            stepped.advance_to(max(stepped.now_us, loads.end_us) + LEAD_US)
        stepped.close()
    return found


@pytest.mark.recordings
@pytest.mark.parametrize("name", NAMES)
def test_the_split_is_that_of_the_recording(
    splits: dict[str, tuple[float, float]], name: str
) -> None:
    board_pct, file_pct = splits[name]
    assert abs(file_pct) > 0.05, "a split of nothing would say nothing"
    assert board_pct == pytest.approx(file_pct, abs=0.1)

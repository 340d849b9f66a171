"""Faults of converters and plates: each gets its name and no other, and sound data gets none."""

from __future__ import annotations

import json
import math
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpy_runner import CHECKS, HEAP, LONGEST_S, environment

from evenstance.virtual.board import Wiring
from evenstance.virtual.converter import Fault
from evenstance.virtual.loads import FloatArray, IntArray, Loads
from evenstance.virtual.person import SyntheticPerson
from evenstance.virtual.recording import RecordingLoads, read_recording
from evenstance_wire import flags

S = 1_000_000
APPEARS_S = 2.0
GONE_S = 2.0
SHOWN_S = 10.0  # spikes are over in a moment and are shown for so long
SIDES = ("left", "right")


class Acting:
    """Forces (N) as functions of the time (s)."""

    def __init__(self, both: Callable[[FloatArray], tuple[FloatArray, FloatArray]]) -> None:
        self._both = both

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        return self._both(t_us / 1e6)

    def hear(self, t_us: int, level: int) -> None:
        """Nobody listens."""


def swaying(seconds: FloatArray) -> FloatArray:
    sizes = ((6.0, 0.7), (4.0, 2.3), (2.5, 4.9), (1.2, 8.7))
    return sum((a * np.sin(2 * math.pi * hz * seconds + hz) for a, hz in sizes), np.zeros(1))


def standing(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Somebody steps on at 1 s and sways from foot to foot."""
    on = np.clip((seconds - 1.0) / 0.3, 0.0, 1.0)
    return on * (360 + swaying(seconds)), on * (340 - swaying(seconds + 3))


def holding(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same, on the left leg from 8 s to 35 s."""
    left, right = standing(seconds)
    lifted = np.clip((seconds - 8.0) / 0.2, 0.0, 1.0) - np.clip((seconds - 35.0) / 0.2, 0.0, 1.0)
    return left + lifted * right, right * (1 - lifted)


@dataclass(frozen=True)
class Found:
    """Events as (s, what, side, name), what was seen at any time and at the end, and trials."""

    events: list[tuple[float, str, str, str]]
    seen: dict[str, list[str]]
    now: dict[str, list[str]]
    trials: list[dict[str, Any]]

    def names(self) -> set[tuple[str, str]]:
        """Every (side, name) that was ever present."""
        return {(side, name) for side, names in self.seen.items() for name in names}


Conversions = tuple[IntArray, Any]


class Table:
    """Plays what two converters made on a board under the interpreter."""

    def __init__(self, micropython: str, folder: Path) -> None:
        self._micropython = micropython
        self._folder = folder

    def play(self, wiring: Wiring, left: Conversions, right: Conversions) -> Found:
        files = [self._folder / side for side in SIDES]
        for file, (times, counts) in zip(files, (left, right), strict=True):
            pairs = zip(times.tolist(), counts.tolist(), strict=True)
            file.write_bytes(b"".join(struct.pack("<qi", *pair) for pair in pairs))
        numbers = [round(1000 * gain) for gain in wiring.counts_per_n]
        numbers += [round(zero) for zero in wiring.zero_counts]
        done = subprocess.run(
            [
                *(self._micropython, "-X", HEAP, str(CHECKS / "faults_peer.py")),
                *map(str, files),
                *map(str, numbers),
            ],
            cwd=self._folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        *events, last = map(json.loads, done.stdout.splitlines())
        return Found(
            [(at_s, what, SIDES[k], name) for at_s, what, k, name in events],
            dict(zip(SIDES, last["seen"], strict=True)),
            dict(zip(SIDES, last["now"], strict=True)),
            last["trials"],
        )

    def measure(
        self,
        loads: Loads,
        until_s: float,
        breaks: tuple[str, Fault, float, float] | None = None,
        wiring: Wiring | None = None,
    ) -> Found:
        """`breaks` is a side, its fault, and from when to when."""
        wiring = Wiring.drawn(5) if wiring is None else wiring
        made: list[Conversions] = []
        for k, converter in enumerate(wiring.converters()):
            parts = []
            if breaks is not None and breaks[0] == SIDES[k]:
                _, converter.fault, from_s, to_s = breaks
                converter.fault_from_us = round(from_s * S)
                parts.append(converter.convert(loads, k, round(to_s * S)))
                converter.fault = None
            parts.append(converter.convert(loads, k, round(until_s * S)))
            made.append(tuple(np.concatenate([p[n] for p in parts]) for n in (0, 1)))  # type: ignore[arg-type]
        return self.play(wiring, *made)


@pytest.fixture
def table(micropython: str, tmp_path: Path) -> Table:
    return Table(micropython, tmp_path)


NAMES: dict[Fault, str] = {
    "dead": "no_data",
    "rail": "open_bridge",
    "open": "open_bridge",
    "spikes": "spikes",
    "slow": "wrong_rate",
    "reversed": "reversed",
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("fault", NAMES)
def test_a_fault_has_its_name_and_no_other(table: Table, fault: Fault, side: str) -> None:
    found = table.measure(Acting(standing), 21.0, (side, fault, 4.0, 8.0))
    assert found.names() == {(side, NAMES[fault])}, found.events
    first, *_, last = found.events
    assert first[1:] == ("fault", side, NAMES[fault])
    assert 4.0 < first[0] < 4.0 + APPEARS_S
    assert last[1:] == ("gone", side, NAMES[fault])
    assert 8.0 < last[0] < 8.0 + (SHOWN_S if fault == "spikes" else 0.0) + GONE_S
    assert found.now == {"left": [], "right": []}

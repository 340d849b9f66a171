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


@pytest.mark.parametrize(
    ("fault", "side"),
    [
        *(("dead", "left"), ("rail", "left"), ("rail", "right"), ("open", "right")),
        *(("spikes", "left"), ("slow", "right"), ("reversed", "left"), ("reversed", "right")),
    ],
)
def test_a_fault_has_its_name_and_no_other(table: Table, fault: Fault, side: str) -> None:
    found = table.measure(Acting(standing), 21.0, (side, fault, 4.0, 8.0))
    assert found.names() == {(side, NAMES[fault])}, found.events
    first, *_, last = found.events
    assert first[1:] == ("fault", side, NAMES[fault])
    assert 4.0 < first[0] < 4.0 + APPEARS_S
    assert last[1:] == ("gone", side, NAMES[fault])
    assert 8.0 < last[0] < 8.0 + (SHOWN_S if fault == "spikes" else 0.0) + GONE_S
    assert found.now == {"left": [], "right": []}


@pytest.mark.parametrize(
    ("fault", "side"),
    [
        *(("dead", "left"), ("dead", "right"), ("rail", "left"), ("rail", "right")),
        *(("open", "right"), ("spikes", "left"), ("slow", "left"), ("reversed", "left")),
    ],
)
def test_no_trial_counts_that_a_fault_touched(table: Table, fault: Fault, side: str) -> None:
    """In mid-hold, for a moment or more."""
    from_s, to_s = 11.0, 11.7 if fault == "spikes" else 13.5
    found = table.measure(Acting(holding_short), 18.0, (side, fault, from_s, to_s))
    assert found.names() == {(side, NAMES[fault])}, found.events
    touched = found.trials[0]
    assert NAMES[fault] in touched["reasons"]
    if fault == "dead":
        assert touched["end_reason"] == "sensor_fault"
        assert touched["end_s"] == pytest.approx(from_s - 8.2, abs=0.2)


def holding_short(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """On the left leg from 8 s to 15 s."""
    return holding(np.where(seconds < 12.0, seconds, seconds + 20.0))


def test_after_a_fault_a_trial_counts_again(table: Table) -> None:
    """The right chip dies in the first hold and comes back; nothing is switched off."""
    found = table.measure(Acting(short_and_long), 56.0, ("right", "dead", 11.0, 13.0))
    assert found.names() == {("right", "no_data")}
    first, *_, last = found.trials
    assert first["reasons"] == ["too_short", "sensor_fault", "no_data"]
    assert last["reasons"] == []


def short_and_long(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Holds of the left leg from 8 s to 15 s and from 25 s to 52 s."""
    early, late = holding_short(seconds), holding(seconds - 17.0)
    return tuple(np.where(seconds < 19.0, a, b) for a, b in zip(early, late, strict=True))  # type: ignore[return-value]


def test_only_what_falls_into_the_hold_spoils_it(table: Table) -> None:
    """The hold ends by its time limit at 33.1 s; what comes within the trace does not touch it."""
    found = table.measure(Acting(holding), 38.0, ("right", "spikes", 33.5, 34.5))
    assert found.names() == {("right", "spikes")}
    assert [trial["reasons"] for trial in found.trials] == [[]]


def test_a_fault_in_the_last_moment_of_a_hold_spoils_it(table: Table) -> None:
    found = table.measure(Acting(holding), 38.0, ("left", "spikes", 32.4, 33.0))
    assert found.names() == {("left", "spikes")}
    assert [trial["reasons"] for trial in found.trials] == [["spikes"]]


def pressing(peak_n: float, rise_s: float, long_s: float) -> Acting:
    """More and more on the left plate, for a while, from 4 s on."""

    def both(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        up = np.clip((seconds - 4.0) / rise_s, 0.0, 1.0)
        down = np.clip((seconds - 4.0 - rise_s - long_s) / rise_s, 0.0, 1.0)
        return peak_n * (up - down), np.zeros(seconds.shape)

    return Acting(both)


SENSITIVE = Wiring(counts_per_n=(9000.0, -9000.0))  # its rails are at about 930 N


@pytest.mark.parametrize("rise_s", [0.05, 0.3])
@pytest.mark.parametrize("long_s", [0.2, 0.8])
def test_a_load_beyond_the_converter_is_saturated(
    table: Table, rise_s: float, long_s: float
) -> None:
    found = table.measure(pressing(1200.0, rise_s, long_s), 12.0, wiring=SENSITIVE)
    assert found.names() == {("left", "saturated")}, found.events
    assert 4.0 < found.events[0][0] < 4.0 + rise_s + long_s + APPEARS_S
    assert found.now["left"] == []


def test_a_load_that_stays_beyond_the_converter_is_saturated(table: Table) -> None:
    found = table.measure(pressing(1200.0, 0.3, 60.0), 25.0, wiring=SENSITIVE)
    assert found.names() == {("left", "saturated")}, found.events
    assert found.events[0][0] < 4.3 + APPEARS_S
    assert found.now["left"] == ["saturated"]


@pytest.mark.parametrize(
    ("peak_n", "names"),
    [
        (1900.0, set[str]()),
        (2050.0, {"overload"}),
        (5000.0, {"overload", "saturated"}),
    ],
)
def test_above_the_rating_is_an_overload(table: Table, peak_n: float, names: set[str]) -> None:
    for long_s in (0.3, 4.0):
        found = table.measure(pressing(peak_n, 0.3, long_s), 12.0)
        assert found.names() == {("left", name) for name in names}, found.events
        assert found.now["left"] == []


def test_a_wire_open_from_power_up_is_an_open_bridge(table: Table) -> None:
    for side in SIDES:
        found = table.measure(Acting(standing), 6.0, (side, "rail", 0.0, 6.0))
        assert found.names() == {(side, "open_bridge")}, found.events
        assert found.events[0][0] < APPEARS_S


def test_a_zero_taken_under_a_load_shows_as_reversed_when_it_leaves(table: Table) -> None:
    def leaving(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.where(seconds < 4.0, 0.0, -700.0), np.zeros(seconds.shape)

    found = table.measure(Acting(leaving), 8.0)
    assert found.names() == {("left", "reversed")}
    assert 4.0 < found.events[0][0] < 4.0 + APPEARS_S


def test_one_chip_on_both_channels(table: Table) -> None:
    """Both read the left one; two chips of one rate and phase have not the same values."""
    wiring = Wiring(counts_per_n=(2000.0, 2000.0), zero_counts=(5000.0, 5000.0))
    times, counts = wiring.converters()[0].convert(Acting(standing), 0, 8 * S)
    found = table.play(wiring, (times, counts), (times + 30, counts))
    assert found.names() == {("left", "same_chip"), ("right", "same_chip")}
    assert found.events[0][0] < APPEARS_S
    noise = np.random.default_rng(1).integers(-200, 200, counts.size)
    assert table.play(wiring, (times, counts), (times + 30, counts + noise)).names() == set()
    assert table.play(wiring, (times, counts), (times + 3000, counts)).names() == set()


# -- sound data has no fault


def hopping(hz: float, peak_n: float, sharp: int) -> Acting:
    """In the air half of the time."""

    def both(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        phase = seconds * hz % 1.0
        push = np.where(phase < 0.5, np.sin(2 * math.pi * phase), 0.0)
        force = np.where((phase < 0.5) & (seconds > 1.0), peak_n * (1 - (1 - push) ** sharp), 0.0)
        return force, 0.8 * force

    return Acting(both)


def hitting(hz: float, peak_n: float, long_s: float) -> Acting:
    """Somebody stands and hits the left plate."""

    def both(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        at_s = seconds * hz % 1.0 / hz
        blow = np.where(at_s < long_s, peak_n * np.sin(math.pi * at_s / long_s), 0.0)
        return 350 + blow, np.full(seconds.shape, 350.0)

    return Acting(both)


def jumping_on_and_off(seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
    on = np.where(np.floor(seconds / 1.7) % 2 == 1, 800.0, 0.0)
    return on, on[::-1]


SOUND = {
    "hops": hopping(3.0, 1700.0, 1),
    "sharp hops": hopping(4.0, 1500.0, 3),
    "blows of 10 ms": hitting(2.0, 300.0, 0.01),
    "blows of 3 ms": hitting(1.0, 800.0, 0.003),
    "drumming": hitting(10.0, 100.0, 0.03),
    "on and off at once": Acting(jumping_on_and_off),
}


@pytest.mark.parametrize(
    ("name", "stages"),
    [*((name, 4) for name in SOUND), ("blows of 10 ms", 3), ("blows of 3 ms", 3)],
)
def test_lively_people_are_no_fault(table: Table, name: str, stages: int) -> None:
    found = table.measure(SOUND[name], 15.0, wiring=Wiring.drawn(3, stages=stages))
    assert found.names() == set(), found.events


@pytest.mark.parametrize("stages", [2, 4])
def test_a_synthetic_person_is_no_fault(table: Table, stages: int) -> None:
    found = table.measure(SyntheticPerson(3), 30.0, wiring=Wiring.drawn(4, stages=stages))
    assert found.names() == set(), found.events


RECORDED = (
    *("kinvent_single_leg_left_eyes_open", "pds13_quiet_or1", "opensim_gait10dof_walk"),
    *("gidiel_dual_cmj", "biomdp_dropjump_2plates", "stitched_session"),
)


@pytest.mark.parametrize("name", RECORDED)
def test_recordings_have_no_fault_but_what_is_true(
    table: Table, recordings: Path, name: str
) -> None:
    recording = read_recording(recordings / f"{name}.csv")
    found = table.measure(RecordingLoads(recording, 2 * S), min(recording.duration_s + 4, 35.0))
    heavy = {("left", "overload")} if name.startswith("biomdp") else set[tuple[str, str]]()
    assert found.names() == heavy, found.events


def test_every_fault_of_the_board_has_its_test() -> None:
    """The others are tested at the pins: check_faults.py; a board cannot know the last one."""
    here = {*NAMES.values(), "saturated", "overload", "same_chip"}
    pins = {"stuck_low", "powered_down", "out_of_step"}
    assert here | pins | {"swapped"} == {name for _, name in flags.FAULTS}

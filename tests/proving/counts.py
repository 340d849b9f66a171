"""Counts for an emulated board: a recording of forces as two converters would turn it out.

One number a line, one per conversion. Each chip has its own rate, zero, sensitivity and noise, and
the filter that the virtual board assumes; the right bridge is wired the other way round. A file
holds whole conversions of the recording's length, so that both chips repeat it in step.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evenstance.virtual.converter import Converter
from evenstance.virtual.loads import IntArray
from evenstance.virtual.recording import Recording, RecordingLoads

SIDES = ("left", "right")
NOMINAL_SPS = 80.0
PPM = (163_750, 147_500)  # what makes such chips run at the rates that were measured
RATES_SPS = (93.1, 91.8)
COUNTS_PER_KN = (2_187_000, -2_190_000)
ZERO_COUNTS = (50_000.0, -30_000.0)
NOISE_COUNTS = 60.0
SEEDS = (11, 12)


def conversions(recording: Recording) -> tuple[list[int], list[int]]:
    """The counts of both chips, as many as they make in the time of the recording."""
    left, right = (_of_chip(recording, plate) for plate in (0, 1))
    return left, right


def _of_chip(recording: Recording, plate: int) -> list[int]:
    n = round(recording.duration_s * RATES_SPS[plate])
    chip = Converter(
        RATES_SPS[plate],
        COUNTS_PER_KN[plate] / 1e3,
        ZERO_COUNTS[plate],
        NOISE_COUNTS,
        SEEDS[plate],
        first_us=0,
    )
    until_us = round((n - 0.5) / RATES_SPS[plate] * 1e6)
    found: list[int] = chip.convert(RecordingLoads(recording, 0), plate, until_us)[1].tolist()
    assert len(found) == n
    return found


def empty(seconds: float) -> Recording:
    """Nobody on the plates."""
    t_s = np.arange(0.0, seconds + 0.005, 0.01)
    return Recording(t_s, np.zeros_like(t_s), np.zeros_like(t_s))


def cut(recording: Recording, from_s: float, seconds: float) -> Recording:
    """A piece of a recording; its time begins anew."""
    t_s = recording.t_s - recording.t_s[0]
    inside: IntArray = np.flatnonzero((t_s >= from_s) & (t_s <= from_s + seconds))
    return Recording(t_s[inside], recording.left_n[inside], recording.right_n[inside])


def write(recording: Recording, folder: Path, name: str) -> tuple[Path, Path]:
    """Write the files of both chips."""
    paths: list[Path] = []
    for side, counts in zip(SIDES, conversions(recording), strict=True):
        path = folder / f"{name}_{side}.csv"
        path.write_text("".join(f"{value}\n" for value in counts), encoding="ascii")
        paths.append(path)
    return paths[0], paths[1]

"""Files of other plates: two holds on each leg's own plate, made and not recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from test_formats import KINVENT_HEAD, WII_HEAD

from evenstance.formats.block import STANDARD_GRAVITY_M_S2

RATE_HZ = 200.0
WEIGHT_N = 700.0


def sway(t_s: np.ndarray, amplitude_n: float) -> np.ndarray:
    """Whole turns in each 5 s window, so that its SD is known."""
    return amplitude_n * np.sin(2 * np.pi * 0.8 * t_s)


def two_holds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both feet, 27 s on the left, both feet, 27 s on the right, both feet; one touch of 0.2 s."""
    t = np.arange(0.0, 80.0, 1.0 / RATE_HZ)
    right = np.interp(
        t,
        [0, 8, 8.2, 35, 35.2, 44, 44.2, 71, 71.2, 80],
        [350, 350, 0, 0, 350, 350, 700, 700, 350, 350],
    )
    left = WEIGHT_N - right
    on_left = (t > 8.2) & (t < 35.0)
    on_right = (t > 44.2) & (t < 71.0)
    left = left + np.where(on_left, sway(t, 6.0), 0.0)
    right = right + np.where(on_right, sway(t, 4.0), 0.0)
    right = right + np.where((t >= 20.0) & (t < 20.2), 60.0, 0.0)
    return t, left, right


def kinvent_file(path: Path) -> Path:
    """30 s on the left leg: a sine of 0.5 kg on one of four cells."""
    t = np.arange(0.0, 30.0, 0.005)
    cells = 20.0 + 0.5 * np.sin(2 * np.pi * 0.8 * t)
    head = "Time (sec),CHANNEL_1,CHANNEL_2,CHANNEL_3,CHANNEL_4,,AP COP (y),ML COP (x)"
    rows = [f"{a:.4f},{b:.6f},20,20,10,,0.5,0.5" for a, b in zip(t, cells, strict=True)]
    text = KINVENT_HEAD + "Side: ,Left,,,,,,\nRepetition:,3,,,,,,\n"
    path.write_text(text + "\n".join([head, *rows]) + "\n")
    return path


def wii_files(left: Path, right: Path) -> None:
    """The two holds on two boards, each with irregular times of its own."""
    rng = np.random.default_rng(3)
    t, left_n, right_n = two_holds()
    for path, force_n in ((left, left_n), (right, right_n)):
        own_s = np.arange(0.0, 79.0, 0.01) + rng.uniform(0.0, 0.004, 7900)
        kg = np.interp(own_s, t, force_n) / STANDARD_GRAVITY_M_S2 / 4.0
        rows = [f"{a:.4f},{b:.5f},{b:.5f},{b:.5f},{b:.5f}" for a, b in zip(own_s, kg, strict=True)]
        path.write_text(WII_HEAD + "\n".join(rows) + "\n")

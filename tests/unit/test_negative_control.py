"""One leg's real hold, cut into windows that are called left and right at will: no difference."""

from __future__ import annotations

import csv
import datetime
import itertools
import random
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evenstance.decision.ladder import decide
from evenstance.decision.types import SessionHolds

SPLITS = 400
LEGS = ("left", "right")
RECORDING = "kinvent_single_leg_{}_eyes_open.csv"
DAY = datetime.date(2026, 1, 1)


@cache
def forces(path: Path, leg: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time (s) and force (N) of the leg's plate."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(float(row["t_s"]), float(row[f"{leg}_n"])) for row in csv.DictReader(file)]
    t_s, force_n = np.array(rows).T
    return t_s, force_n


def window_sds(path: Path, leg: str, window_s: float) -> list[float]:
    """Force SD (N) of windows one after the other, the first and the last second left out."""
    t, force = forces(path, leg)
    starts = np.arange(t[0] + 1.0, t[-1] - 1.0 - window_s, window_s)
    return [float(force[(t >= s) & (t < s + window_s)].std(ddof=1)) for s in starts]


def session(values: list[float], on: int) -> SessionHolds:
    half = len(values) // 2
    return SessionHolds(
        session_id=str(on),
        day=DAY + datetime.timedelta(days=on),
        familiarisation=False,
        conditions="same leg",
        left_n=tuple(values[:half]),
        right_n=tuple(values[half:]),
        invalid=0,
    )


def split(values: list[float], sessions: int) -> list[SessionHolds]:
    """As many windows as fit, the first half of each session's called left."""
    each = len(values) // (2 * sessions) * 2
    assert each >= 6
    return [session(values[k * each : (k + 1) * each], k) for k in range(sessions)]


def test_every_other_window_of_a_hold_shows_no_difference(recordings: Path) -> None:
    for leg, window_s, sessions in itertools.product(LEGS, (1.0, 1.25, 1.5), (1, 2, 3)):
        values = window_sds(recordings / RECORDING.format(leg), leg, window_s)
        each = len(values) // (2 * sessions) * 2
        parts = [values[k * each : (k + 1) * each] for k in range(sessions)]
        verdict = decide([session([*v[::2], *v[1::2]], k) for k, v in enumerate(parts)])
        assert verdict.step < 2, (leg, window_s, verdict.text)


@pytest.mark.parametrize(
    ("windows_s", "sessions", "step", "most_pct"),
    [((2.0, 3.0), 1, 2, 5.0), ((1.0, 1.5), 3, 3, 2.0)],
)
def test_windows_called_left_and_right_at_will_differ_no_more_often_than_by_chance(
    recordings: Path, windows_s: tuple[float, ...], sessions: int, step: int, most_pct: float
) -> None:
    """These windows scatter by 25 to 36 %, above the limit of 15 %: simulated people of such a CV
    get 2 % blocks at most (docs/evidence/decision.md), not the 1 % promised up to 15 %."""
    rng = random.Random(3)
    found: list[int] = []
    for leg, window_s in itertools.product(LEGS, windows_s):
        values = window_sds(recordings / RECORDING.format(leg), leg, window_s)
        for _ in range(SPLITS):
            rng.shuffle(values)
            found.append(decide(split(values, sessions)).step)
    assert found.count(step) <= most_pct / 100.0 * len(found), Counter(found)
    assert found.count(0) > 0.75 * len(found), Counter(found)


def test_the_control_can_fail(recordings: Path) -> None:
    """The same windows, one half of them made 1.7 times larger: that is seen."""
    path = recordings / RECORDING.format("left")
    values = window_sds(path, "left", 1.5)[:18]
    sessions = [values[k * 6 : k * 6 + 6] for k in range(3)]
    found = decide(
        [session([*v[::2], *(1.7 * x for x in v[1::2])], k) for k, v in enumerate(sessions)]
    )
    assert found.comparison is not None
    assert found.comparison.less_steady == "right"

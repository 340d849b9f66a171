"""How long all metrics of a 25 s trace take, as a multiple of one zero-phase filter over it.

    .venv/bin/python tests/bench/metrics_speed.py

Both are timed in turns in one run, on the same two arrays, by the processor's time. openbalance, a
library for plates with several cells, is timed beside it where it is installed (it is no
dependency: `pip install --no-deps openbalance`): its own steps from filter to areas on the same
trace. It needs four corners, so each plate's force is split between front and back in a made-up
way; only its time means something here.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import butter, sosfiltfilt

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from made_holds import facts, packed, standing, times

from evenstance.metrics.evaluate import evaluate_hold
from evenstance.metrics.measured import Missing
from evenstance.signal.trace_force import hold_signal

MOST_TIMES = 20.0
ROUNDS = 200
CUT_OFF_HZ = 6.0


def in_turns(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median processor time of each (ms), one after the other in each round."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            begin = time.process_time()
            call()
            taken[name].append(1e3 * (time.process_time() - begin))
    return {name: float(np.median(found)) for name, found in taken.items()}


def openbalance_steps(left_n: Any, right_n: Any, rate_sps: float) -> Callable[[], object] | None:
    """Its filter, centre of pressure, weight distribution, path and areas of one trial."""
    if importlib.util.find_spec("openbalance") is None:
        return None
    # its __init__ files are not needed, and neither are the packages of its reports
    trial = importlib.import_module("openbalance.core.trial")
    filters = importlib.import_module("openbalance.processing.filters")
    kinematics = importlib.import_module("openbalance.processing.kinematics")
    n = min(left_n.size, right_n.size)
    front = 0.5 + 0.05 * np.sin(np.arange(n) / 40.0)
    plates = (left_n[:n], right_n[:n])
    corners = [p * share for share in (front, 1.0 - front) for p in plates]
    places = [(-0.1, 0.1), (0.1, 0.1), (-0.1, -0.1), (0.1, -0.1)]
    rows = np.column_stack(corners)

    def steps() -> object:
        one = trial.Trial(rows, rate_sps, ["LF", "RF", "LH", "RH"])
        filters.apply_lowpass_filter(one)
        kinematics.calculate_cop(one, places)
        kinematics.calculate_wdi(one, *one.filtered_data.T)
        kinematics.calculate_path_length(one)
        return kinematics.calculate_sway_areas(one)

    return steps


def main() -> int:
    """Print the times; 1 when the limit is not met."""
    t = (times(93.1), times(91.8))
    stance, swing = standing(t[0])[0], standing(t[1])[1]
    data = packed((stance, swing), t, (10_741, 10_893))
    signal = hold_signal(data)
    known = facts()
    missing = [m for m in evaluate_hold(signal, known).values() if isinstance(m, Missing)]
    assert not missing, missing
    sos = butter(2, CUT_OFF_HZ, fs=93.1, output="sos")
    left_n, right_n = signal.left.force_n, signal.right.force_n
    work: dict[str, Callable[[], object]] = {
        "sosfiltfilt, both plates": lambda: (sosfiltfilt(sos, left_n), sosfiltfilt(sos, right_n)),
        "all metrics": lambda: evaluate_hold(signal, known),
    }
    other = openbalance_steps(left_n, right_n, 93.1)
    if other is not None:
        work["openbalance"] = other
    for call in work.values():
        call()
    taken = in_turns(work, ROUNDS)
    unpacked = in_turns({"unpacking": lambda: hold_signal(data)}, 20)
    print(f"a trace of {len(data)} bytes, {left_n.size} + {right_n.size} samples")
    one = taken["sosfiltfilt, both plates"]
    for name, ms in {**taken, **unpacked}.items():
        print(f"  {name:<26}{ms:8.3f} ms  {ms / one:6.1f} times the filter")
    if other is None:
        print("  openbalance               not installed")
    met = taken["all metrics"] <= MOST_TIMES * one
    print(f"{'met' if met else 'NOT met'}: all metrics in at most {MOST_TIMES:g} times the filter")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

"""How much faster `evenstance recompute` is on two cores than on one.

    .venv/bin/python tests/bench/recompute_speed.py --holds 10000

Makes a history of so many holds with traces and results, then runs the command over all of it in
turns with one process and with two; the ratio of the wall times counts, start-up included.
Everything must come out again.
Beside it, where openbalance is installed (`metrics_speed.py`): its steps on the same traces, which
neither reads a history nor compares anything, timed on some and reckoned up to so many.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from metrics_speed import openbalance_steps

from evenstance.flows.import_force import ImportedHold, holds_of
from evenstance.flows.trial_results import results_of
from evenstance.formats.block import Channel, ForceBlock
from evenstance.signal.trace_force import hold_signal
from evenstance.store.database import open_store
from evenstance.store.records import NewTrial
from evenstance.store.repository import Store
from evenstance_wire import messages
from proving.processor import as_installed

LEAST_RATIO = 1.7
DIFFERENT = 20
AT_ONCE = 500
RATE_HZ = 93.0
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def some_holds() -> list[ImportedHold]:
    """Holds of 25 s of which each has its own sway, at the rate of a board."""
    rng = np.random.default_rng(1)
    t_s = np.arange(0.0, 40.0, 1.0 / RATE_HZ)
    blocks: list[ForceBlock] = []
    for n in range(DIFFERENT):
        right = np.interp(t_s, [0.0, 8.0, 8.2], [350.0, 350.0, 0.0])
        sway = np.cumsum(rng.normal(0.0, 0.6, t_s.size))
        sway -= np.linspace(sway[0], sway[-1], t_s.size)
        left = 700.0 - right + np.where(t_s > 9.0, sway, 0.0)
        noise = rng.normal(0.0, 0.04, (2, t_s.size))
        blocks.append(
            ForceBlock(f"{n}", Channel(t_s, left + noise[0]), Channel(t_s, right + noise[1]))
        )
    return holds_of(blocks)


def fill(store: Store, holds: int) -> None:
    """Store so many trials, each one of a few under a number of its own."""
    made = [(messages.SUMMARY.unpack(h.summary), h) for h in some_holds()]
    results = [tuple(results_of(hold.trial, hold.trace)) for _, hold in made]
    for start in range(0, holds, AT_ONCE):
        rows: list[NewTrial] = []
        for seq in range(start + 1, min(start + AT_ONCE, holds) + 1):
            values, hold = made[seq % len(made)]
            rows.append(
                NewTrial(
                    seq=seq,
                    summary=messages.SUMMARY.pack({**values, "seq": seq}),
                    trace=hold.trace,
                    trace_complete=True,
                    lift_off_at=NOW + timedelta(minutes=seq),
                    pulled_at=NOW,
                    results=results[seq % len(made)],
                )
            )
        store.save_trials("bench", "0011223344556677", [replace(row) for row in rows])


def took_s(home: Path, workers: int, holds: int) -> float:
    """Wall time of one recomputation, which must find everything as it was."""
    began = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "evenstance", "recompute", "--workers", str(workers), "--json"],
        check=True,
        capture_output=True,
        env={**as_installed(home / "compiled"), "EVENSTANCE_HOME": str(home)},
    )
    took = time.perf_counter() - began
    done = json.loads(ended.stdout)
    if (done["trials"], done["new"], done["differing"], done["unreadable"]) != (holds, 0, [], {}):
        sys.exit(f"not reproduced: {done['new']} new, {len(done['differing'])} differing")
    return took


def openbalance_ms(rounds: int = 10) -> tuple[float, float] | None:
    """Median processor time (ms) of unpacking one of these traces and of openbalance's steps."""
    taken: list[tuple[float, float]] = []
    for hold in some_holds() * rounds:
        began = time.process_time()
        signal = hold_signal(hold.trace)
        unpacked = time.process_time()
        steps = openbalance_steps(signal.left.force_n, signal.right.force_n, RATE_HZ)
        if steps is None:
            return None
        steps()
        taken.append((unpacked - began, time.process_time() - unpacked))
    unpacking, other = np.median(taken, axis=0)
    return 1e3 * float(unpacking), 1e3 * float(other)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=1)
    args, _ = parser.parse_known_args()  # other scripts of this folder have options of their own
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_store(home / "history.sqlite3") as store:
            fill(store, args.holds)
        pairs = [
            (took_s(home, 1, args.holds), took_s(home, 2, args.holds)) for _ in range(args.turns)
        ]
    ratio = float(np.median([one / two for one, two in pairs]))
    shown = ", ".join(f"{one:.1f} s and {two:.1f} s" for one, two in pairs)
    print(f"{args.holds} holds on one and two cores: {shown}; {ratio:.2f} times as fast")
    other = openbalance_ms()
    if other is None:
        print("openbalance: not installed")
    else:
        unpacking, steps = (ms * args.holds / 1e3 for ms in other)
        print(
            f"openbalance on one core: {steps:.1f} s, and {unpacking:.1f} s for unpacking before"
        )
    if ratio < LEAST_RATIO:
        sys.exit(f"less than {LEAST_RATIO} times")


if __name__ == "__main__":
    main()

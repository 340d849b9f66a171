"""What the firmware costs on a board: start, memory, flash, processor; and a host that is silent.

    make bench-board PORT=/dev/ttyACM0 BENCH=cost
    python tests/bench/board/cost.py --port socket://127.0.0.1:3333 --control 127.0.0.1:3334

The processor's share can be had from an emulated board only (`--control`, see
tests/proving/control.py): it is what the processor does not sleep, first with nobody listening, in
holds and between them, then with the live stream. A host that opens the port and reads nothing
is played last; on an emulated board that takes an emulator that can stop taking packets. The board
is reset. Nothing is acknowledged. Exit code 1: a limit is not met.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from evenstance.device.flasher import Mpremote
from evenstance.metrics.hold import trial_from_summary
from evenstance_wire import flags, messages

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from proving.control import Control, busy_pct, spent
from proving.counts import SIDES
from proving.figures import Figures
from proving.link import PATIENCE_S, greeted

BOARD_SIDE = Path(__file__).resolve().parents[1] / "board_side" / "allocation.py"
ARMED_BELOW_S = 3.0
FREE_AT_LEAST_B = 100_000
FOOTPRINT_BELOW_B = 80_000
QUIET_BELOW_PCT = 10.0
LIVE_BELOW_PCT = 30.0
LIVE_MS = 100
LEASE_MS = 60_000
SILENT_S = 60.0
LOOK_S = 0.25
COLLECTED_AFTER = 130  # messages
ALLOCATION_S = 90
SIZES = """
import os
for folder in ('/evenstance_wire', '/evenstance_board'):
    for row in os.ilistdir(folder):
        print('SIZE', row[0], row[3])
"""


# -- start and memory -----------------------------------------------------------------------------


def start(figures: Figures, port: str, control: Control | None) -> None:
    """From reset to armed, by the board's own clock, which begins with the reset."""
    if control is not None:
        control.reset()
    else:
        Mpremote(port).run("reset")
    client = greeted(port)
    try:
        status = client.status()
        while not status["armed"]:
            if status["device_us"] > 1e6 * PATIENCE_S:
                sys.exit("the board is not armed: is it calibrated?")
            status = client.status()
        armed_s = status["device_us"] / 1e6
        figures.add("reset to armed, at most", armed_s, "s", "below", ARMED_BELOW_S)
        first_b = status["memory_free_b"]
        for _ in range(COLLECTED_AFTER):
            status = client.status()
    finally:
        client.close()
    free_b = min(first_b, status["memory_free_b"])
    figures.add("free memory after the start", free_b, "bytes", "at least", FREE_AT_LEAST_B)


def footprint(figures: Figures, port: str) -> None:
    """The firmware's files as they are in flash, and what a second of sampling allocates."""
    mpremote = Mpremote(port)
    rows = [line.split() for line in mpremote.run("exec", SIZES).splitlines() if "SIZE" in line]
    compiled_b = sum(int(size) for _, name, size in rows if name.endswith(".mpy"))
    sources = sum(not name.endswith(".mpy") for _, name, _ in rows)
    figures.add("files of the firmware that are not compiled", sources)
    if not sources:
        what = "compiled files in flash"
        figures.add(what, compiled_b, "bytes", "below", FOOTPRINT_BELOW_B)


def allocation(figures: Figures, port: str) -> None:
    """Bytes per conversion of sampling, detection and accumulation on the board itself."""
    source = BOARD_SIDE.read_text(encoding="utf-8")
    call = f"allocated({ALLOCATION_S})\n"
    mpremote = Mpremote(port)
    rows = [
        [int(word) for word in line.split()[1:]]
        for line in mpremote.run("exec", source + call).splitlines()
        if line.startswith("SECOND")
    ]
    mpremote.run("reset")
    even = [row for row, eventful in told_apart(rows) if not eventful]
    held = [row for row in even if flags.STATES[row[2]] in ("settling", "hold")]
    n = sum(row[1] for row in even)
    figures.add("allocation: conversions looked at", n)
    figures.add("allocation: of these in a hold", sum(row[1] for row in held))
    share_b = sum(row[0] for row in even) / n if n else None
    figures.add("allocated per conversion", share_b, "bytes", "equal to", 0.0)
    once_b = sum(row[0] for row, eventful in told_apart(rows) if eventful)
    figures.add("allocated in seconds with an event (lift-off, touch, end)", once_b, "bytes")


def told_apart(rows: Sequence[Sequence[int]]) -> list[tuple[Sequence[int], bool]]:
    """Each second (bytes, conversions, state, events), and whether something happened in it.

    The first one counts as such: the drivers start in it.
    """
    before: Sequence[int] | None = None
    found: list[tuple[Sequence[int], bool]] = []
    for row in rows:
        found.append((row, before is None or row[2] != before[2] or row[3] > 0))
        before = row
    return found


# -- the processor --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """Device times (us) of a stored trial: its hold, and what follows until it is written."""

    lift_off_us: float
    end_us: float


def watch(control: Control, seconds: float) -> list[dict[str, Any]]:
    """Statistics, a few times a second, for so long."""
    rows = [control.stats()]
    while rows[-1]["emu_s"] < rows[0]["emu_s"] + seconds:
        time.sleep(LOOK_S)
        rows.append(control.stats())
    return rows


def spans(port: str, control: Control) -> tuple[list[Span], float]:
    """The trials on the board, and its device time (us) at emulated time zero."""
    client = greeted(port)
    try:
        boot_id = client.hello().boot_id
        status = client.status()
        before = control.stats()["emu_s"]
        at_us = client.status()["device_us"]
        after = control.stats()["emu_s"]
        found: list[Span] = []
        for seq in range(status["first_seq"], status["next_seq"]):
            summary = client.summary(seq)
            if summary is not None:
                trial = trial_from_summary(summary)
                if trial.boot_id != boot_id:
                    continue
                lift_off_us = 1e6 * trial.lift_off_device_s
                found.append(Span(lift_off_us, lift_off_us + 1e6 * trial.hold_time_s))
    finally:
        client.close()
    return found, at_us - 1e6 * (before + after) / 2


def shares(
    rows: Sequence[dict[str, Any]], holds: Sequence[Span], zero_us: float
) -> dict[str, float | None]:
    """The processor's share (%) in holds, between them, and without what flash took."""
    sums = {"in holds": [0.0, 0.0], "between holds": [0.0, 0.0]}
    for a, b in pairwise(rows):
        from_us, to_us = (1e6 * one["emu_s"] + zero_us for one in (a, b))
        if any(one.lift_off_us + 3e5 <= from_us and to_us <= one.end_us - 3e5 for one in holds):
            name = "in holds"
        elif any(from_us <= one.end_us + 4e6 and to_us >= one.lift_off_us - 3e5 for one in holds):
            continue  # partly, or its trace is written
        else:
            name = "between holds"
        passed_s = b["emu_s"] - a["emu_s"]
        sums[name][0] += passed_s - (b["wfe_s"] - a["wfe_s"])
        sums[name][1] += passed_s
    return {
        name: 100.0 * busy / passed if passed else None for name, (busy, passed) in sums.items()
    }


def quiet(figures: Figures, port: str, control: Control, seconds: float) -> None:
    """Nobody listens; people stand on the board as the recording has it."""
    rows = watch(control, seconds)
    holds, zero_us = spans(port, control)
    inside = [one for one in holds if one.end_us > 1e6 * rows[0]["emu_s"] + zero_us]
    figures.add("quiet link: watched for", rows[-1]["emu_s"] - rows[0]["emu_s"], "s")
    figures.add("quiet link: trials in it", len(inside))
    for name, share in shares(rows, inside, zero_us).items():
        figures.add(f"quiet link: processor busy {name}", share, "%", "below", QUIET_BELOW_PCT)
    erases = rows[-1]["flashErases"] - rows[0]["flashErases"]
    figures.add("quiet link: flash erases in it", erases)
    figures.add(
        "quiet link: processor busy, flash writes included", busy_pct(rows[0], rows[-1]), "%"
    )


def live(figures: Figures, port: str, control: Control, seconds: float) -> None:
    """Every conversion streamed, and state and forces ten times a second."""
    client = greeted(port)
    try:
        rows: list[dict[str, Any]] = []
        renew_s = look_s = 0.0
        while not rows or rows[-1]["emu_s"] < rows[0]["emu_s"] + seconds:
            if time.monotonic() >= renew_s:
                renew_s = time.monotonic() + 20.0
                client.request(messages.SAMPLES, lease_ms=LEASE_MS)
                client.request(messages.LIVE, interval_ms=LIVE_MS, lease_ms=LEASE_MS)
            if time.monotonic() >= look_s:
                look_s = time.monotonic() + LOOK_S
                rows.append(control.stats())
            client.notices()
    finally:
        client.close()
    holds, zero_us = spans(port, control)
    for name, share in shares(rows, holds, zero_us).items():
        figures.add(f"live stream: processor busy {name}", share, "%", "below", LIVE_BELOW_PCT)
    whole = busy_pct(rows[0], rows[-1])
    what = "live stream: processor busy, flash writes included"
    figures.add(what, whole, "%", "below", LIVE_BELOW_PCT)


# -- a host that does not read --------------------------------------------------------------------


def silent_host(figures: Figures, port: str, control: Control | None) -> None:
    """Ask for everything, then hold the port open and read nothing."""
    client = greeted(port)
    first = client.status()
    before = control.stats() if control else None
    client.request(messages.SAMPLES, lease_ms=LEASE_MS)
    client.request(messages.LIVE, interval_ms=LIVE_MS, lease_ms=LEASE_MS)
    refuses = True
    if control is not None and before is not None:
        refuses = control.deaf(True)
        control.wait_until(before["emu_s"] + SILENT_S)
        control.deaf(False)
    else:
        time.sleep(SILENT_S)
    client.close()
    client = greeted(port)
    try:
        last = client.status()
    finally:
        client.close()
    after = control.stats() if control else None
    if not refuses:
        print("this emulator takes every packet: a host that blocks the port was not played")
    what = "silent host"
    figures.add(f"{what}: watched for", (last["device_us"] - first["device_us"]) / 1e6, "s")
    figures.add(f"{what}: frames given up", last["frames_dropped"] - first["frames_dropped"])
    for side in SIDES:
        for name in ("dropped", "desynced", "overruns"):
            value = last[f"{name}_{side}"] - first[f"{name}_{side}"]
            figures.add(f"{what}: {side} {name}", value, "", "equal to", 0)
        if before and after:
            counted = spent(before, after, side)
            unread = max(0, counted["conversions"] - counted["reads"] - 1)  # one is under way
            figures.add(f"{what}: {side} conversions not read", unread, "", "equal to", 0)


def main() -> int:
    """Everything, in an order in which nothing disturbs what follows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True)
    parser.add_argument("--control", help="HOST:PORT of an emulator's control port")
    parser.add_argument("--seconds", type=float, default=220.0, help="of each watch")
    parser.add_argument("--figures", type=Path, help="write the figures here, as JSON")
    options, _ = parser.parse_known_args()
    figures = Figures("2")
    control = Control(options.control) if options.control else None
    start(figures, options.port, control)
    if control is not None:
        quiet(figures, options.port, control, options.seconds)
        live(figures, options.port, control, options.seconds)
    else:
        print("the processor's share: unknown without an emulator's control port (--control)")
    silent_host(figures, options.port, control)
    footprint(figures, options.port)
    allocation(figures, options.port)
    return figures.finish(options.figures)


if __name__ == "__main__":
    sys.exit(main())

"""Everything at once on a board: detection, every conversion streamed, trials stored and pulled.

    python tests/proof/board_stream.py --port PORT --minutes 10 [--truth LOG --control PORT]

Any board will do. An emulated one can also say what its converters did: `--truth` is its log of
all conversions (chip,t_us,index,counts; times in emulated us) and `--control` its TCP port that
answers "stats" with JSON. Then each conversion that was streamed is compared with the truth.
"""

from __future__ import annotations

import argparse
import csv
import json
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.device.samples import Channel, Samples
from evenstance.flows.connect import connected
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance_wire import messages

LEASE_MS = 60_000
EVERY_S = 15.0  # of this computer's time: renew, ask, pull
SIDES = ("left", "right")
KEY = 24  # conversions that find the place in the truth


def stats(control: int | None) -> dict[str, Any]:
    """What the emulator counted, empty without one."""
    if control is None:
        return {}
    with socket.create_connection(("127.0.0.1", control)) as link:
        link.sendall(b"stats\n")
        text = b""
        while not text.endswith(b"\n"):
            text += link.recv(65536)
    return json.loads(text)


def record(port: str, minutes: float) -> tuple[Samples, dict[str, Any], list[dict[str, Any]]]:
    """Stream for so many minutes of the board's time; what came, first and last status."""
    samples = Samples()
    pulled = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "history.sqlite") as store,
        connected(port) as (client, info),
    ):
        first = client.status()
        last = first
        until_us = first["device_us"] + minutes * 60e6
        next_s = 0.0
        lives = 0
        while last["device_us"] < until_us:
            if time.monotonic() >= next_s:
                next_s = time.monotonic() + EVERY_S
                client.request(messages.SAMPLES, lease_ms=LEASE_MS)
                client.request(messages.LIVE, interval_ms=100, lease_ms=LEASE_MS)
                last = client.status()
                pulled += pull(client, info, store).new
            lives += take(client, samples)
    print(f"{pulled} trials pulled, {lives} live messages")
    return samples, first, last


def take(client: BoardClient, samples: Samples) -> int:
    """What the board has sent unasked."""
    lives = 0
    for notice in client.notices():
        if notice.table is messages.SAMPLES_FRAME:
            samples.add(notice.values)
        elif notice.table is messages.LIVE_FRAME:
            lives += 1
    return lives


def truth(log: Path) -> dict[str, tuple[list[float], list[int]]]:
    """Times (us) and counts of all conversions of each chip."""
    found: dict[str, tuple[list[float], list[int]]] = {side: ([], []) for side in SIDES}
    with log.open() as file:
        for row in csv.reader(file):
            if len(row) == 4 and row[0] in found and row[3]:
                found[row[0]][0].append(float(row[1]))
                found[row[0]][1].append(int(row[3]))
    return found


def compare(channel: Channel, times_us: list[float], counts: list[int]) -> dict[str, Any]:
    """Where the stream lies in the truth, and how far it differs."""
    key = channel.counts[:KEY]
    starts = [at for at in range(len(counts) - KEY) if counts[at : at + KEY] == key]
    n = len(channel.counts)
    right = [at for at in starts if counts[at : at + n] == channel.counts]
    if not right:
        return {"n": n, "equal": False, "starts": len(starts)}
    offsets = [
        true - found for true, found in zip(times_us[right[-1] :], channel.device_us, strict=False)
    ]
    middle = statistics.median(offsets)
    return {
        "n": n,
        "equal": True,
        "time_error_us": round(max(abs(one - middle) for one in offsets), 1),
    }


def main() -> None:
    """Record, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--control", type=int)
    options, _ = parser.parse_known_args()
    if options.port is None:
        print("board_stream: needs a board (--port); left out")
        return
    before = stats(options.control)
    samples, first, last = record(options.port, options.minutes)
    after = stats(options.control)
    for side, channel in zip(SIDES, samples.channels, strict=True):
        span_s = (channel.device_us[-1] - channel.device_us[0]) / 1e6
        print(f"{side}: {len(channel.counts)} conversions in {span_s:.1f} s, {channel.lost} lost")
        names = ("conversions", "dropped", "late", "desynced", "restarts", "overruns")
        print("  board:", {n: last[f"{n}_{side}"] - first[f"{n}_{side}"] for n in names})
        if after:
            names = ("conversions", "reads", "overruns", "collisions", "powerdowns")
            a, b = before["chips"][side], after["chips"][side]
            print("  chip: ", {n: b[n] - a[n] for n in names})
    print("frames dropped", last["frames_dropped"] - first["frames_dropped"])
    if after:
        span_s = after["emu_s"] - before["emu_s"]
        busy = 1 - (after["wfe_s"] - before["wfe_s"]) / span_s
        erased = after["flashErases"] - before["flashErases"]
        print(f"processor busy {100 * busy:.1f} % of {span_s:.0f} s, {erased} erases")
    if options.truth is not None:
        true = truth(options.truth)
        for side, channel in zip(SIDES, samples.channels, strict=True):
            print(side, compare(channel, *true[side]))


if __name__ == "__main__":
    main()

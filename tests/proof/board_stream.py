"""Everything at once on a board: detection, every conversion streamed, trials stored and pulled.

    python tests/proof/board_stream.py --port PORT --minutes 10 [--log LOG --control HOST:PORT]

Any board will do; without a person on it nothing is stored. An emulated one can also say what its
converters did: `--log` is its record of all conversions (chip,t_us,index,counts; emulated us), and
`--control` its control port (tests/proving/control.py). Then every conversion that was streamed is
compared with the truth, and the counters of the chips are judged. Exit code 1: a limit is not met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.samples import Channel, Samples
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance.store.repository import Store
from evenstance_wire import messages

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proving.compare import LATE_US, Compared, Truth, compare, read_log
from proving.control import Control, busy_pct, spent
from proving.counts import RATES_SPS, SIDES
from proving.figures import Figures
from proving.link import greeted

LEASE_MS = 60_000
LIVE_MS = 100
EVERY_S = 15.0  # of this computer's time: renew, ask, pull what is new
ALL_AGAIN = 4  # every so often, pull everything anew
LEAST_SHARE = 0.999  # of rate times time
LOG_S = 60.0
ARMED_S = 120.0
STORING_US = (900_000, 8_000_000)  # after the end of a hold: its trace ends and is written


@dataclass
class Recorded:
    """What came, the first and the last status, and what was pulled."""

    samples: Samples
    first: dict[str, Any]
    last: dict[str, Any]
    before: dict[str, Any] | None  # statistics of an emulator
    after: dict[str, Any] | None = None
    ends_us: list[int] = field(default_factory=list[int])  # of the holds
    pulled: int = 0
    again: int = 0
    lives: int = 0
    differing: list[str] = field(default_factory=list[str])


def record(port: str, minutes: float, control: Control | None) -> Recorded:
    """Stream for so many minutes of the board's time, from the moment that it is armed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "history.sqlite") as store,
        closing(greeted(port)) as client,
    ):
        info = client.hello()
        first = armed(client)
        found = Recorded(Samples(), first, first, control.stats() if control else None)
        until_us = first["device_us"] + minutes * 60e6
        next_s = 0.0
        rounds = 0
        while found.last["device_us"] < until_us:
            if time.monotonic() >= next_s:
                next_s = time.monotonic() + EVERY_S
                rounds += 1
                client.request(messages.SAMPLES, lease_ms=LEASE_MS)
                client.request(messages.LIVE, interval_ms=LIVE_MS, lease_ms=LEASE_MS)
                found.last = client.status()
                found.pulled += pull(client, info, store).new
                if rounds % ALL_AGAIN == 0:
                    pull_again(client, info, store, found)
            take(client, found)
        found.after = control.stats() if control else None
        found.ends_us = [
            round(1e6 * (trial.hold.lift_off_device_s + trial.hold.hold_time_s))
            for trial in store.trials()
            if trial.hold.boot_id == info.boot_id
        ]
    return found


def armed(client: BoardClient) -> dict[str, Any]:
    """The status of a board that samples and would see a lift-off."""
    deadline = time.monotonic() + ARMED_S
    while True:
        status = client.status()
        if status["armed"] and status["rate_left_mhz"]:
            return status
        if time.monotonic() > deadline:
            sys.exit("the board is not armed: is it calibrated, and are its plates empty?")


def pull_again(client: BoardClient, info: BoardInfo, store: Store, found: Recorded) -> None:
    """Pull everything that the board has into another history: every byte must be the same.

    One that was stored only now is compared the next time.
    """
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "h.sqlite") as other:
        pull(client, info, other)
        known = contents(store)
        for seq, (summary, trace) in contents(other).items():
            if seq not in known:
                continue
            found.again += 1
            if known[seq] != (summary, trace):
                sizes = [None if t is None else len(t) for t in (known[seq][1], trace)]
                what = "trace" if known[seq][0] == summary else "summary"
                found.differing.append(f"trial {seq}: {what}; traces of {sizes} bytes")


def contents(store: Store) -> dict[int, tuple[bytes, bytes | None]]:
    """Summary and trace of every trial."""
    traces = {trial.hold.seq: store.trace(trial.id) for trial in store.trials()}
    return {
        trial.hold.seq: (trial.summary, one.data if (one := traces[trial.hold.seq]) else None)
        for trial in store.trials()
    }


def take(client: BoardClient, found: Recorded) -> None:
    """What the board has sent unasked."""
    for notice in client.notices():
        if notice.table is messages.SAMPLES_FRAME:
            found.samples.add(notice.values)
        elif notice.table is messages.LIVE_FRAME:
            found.lives += 1


def truth(log: Path, until_us: float) -> tuple[Truth, Truth]:
    """The log, once it has come to this moment."""
    deadline = time.monotonic() + LOG_S
    while True:
        found = read_log(log)
        if all(one.t_us and one.t_us[-1] > until_us for one in found):
            return found
        if time.monotonic() > deadline:
            sys.exit(f"{log} does not reach {until_us / 1e6:.1f} s: is it this emulator's log?")
        time.sleep(0.5)


def judge_board(figures: Figures, found: Recorded) -> None:
    """What the board itself says, and whether the stream has gaps."""
    for side, channel in zip(SIDES, found.samples.channels, strict=True):
        span_s = (channel.device_us[-1] - channel.device_us[0]) / 1e6
        figures.add(f"{side}: conversions streamed", len(channel.counts))
        figures.add(f"{side}: streamed over", span_s, "s")
        figures.add(f"{side}: numbers missing in the stream", channel.lost, "", "equal to", 0)
        for name in ("dropped", "late", "desynced", "restarts", "overruns"):
            key = f"{name}_{side}"
            value = found.last[key] - found.first[key]
            figures.add(f"{side}: {name}, as the board counts", value, "", "equal to", 0)
    dropped = found.last["frames_dropped"] - found.first["frames_dropped"]
    figures.add("live messages that found no room", dropped)  # they give way first
    stored = found.last["next_seq"] - found.first["next_seq"]
    figures.add("trials stored meanwhile", stored)
    figures.add("trials lost", found.last["holds_lost"] - found.first["holds_lost"])
    figures.add("trials pulled", found.pulled)
    figures.add("trials pulled again", found.again)
    figures.add("of these, other bytes than before", len(found.differing), "", "equal to", 0)
    for text in found.differing:
        print(text, flush=True)
    figures.add("live messages", found.lives)


def judge_chips(figures: Figures, before: dict[str, Any], after: dict[str, Any]) -> None:
    """What the chips of an emulated board counted."""
    span_s = after["emu_s"] - before["emu_s"]
    figures.add("emulated time", span_s, "s")
    for side, rate_sps in zip(SIDES, RATES_SPS, strict=True):
        counted = spent(before, after, side)
        for name in ("overruns", "collisions", "powerdowns"):
            figures.add(f"{side} chip: {name}", counted[name], "", "equal to", 0)
        share = counted["conversions"] / (rate_sps * span_s)
        what = f"{side} chip: conversions of rate x time"
        figures.add(what, share, "", "at least", LEAST_SHARE)
        unread = counted["conversions"] - counted["reads"]
        figures.add(f"{side} chip: conversions not read (one may be under way)", unread)
    figures.add("flash erases", after["flashErases"] - before["flashErases"])
    figures.add("flash pages written", after["flashWrites"] - before["flashWrites"])
    figures.add("processor busy, flash writes included", busy_pct(before, after), "%")


def judge_stream(
    figures: Figures, side: str, channel: Channel, found: Compared | None, ends_us: list[int]
) -> None:
    """One channel against the truth."""
    figures.add(f"{side}: found in the log", int(found is not None), "", "equal to", 1)
    if found is None:
        return
    for name in ("missing", "doubled", "wrong"):
        figures.add(f"{side}: {name} against the log", getattr(found, name), "", "equal to", 0)
    figures.add(f"{side}: largest error of a time", found.worst_us, "us", "below", LATE_US)
    writing = [
        abs(error)
        for t_us, error in zip(channel.device_us, found.errors_us, strict=True)
        if any(STORING_US[0] <= t_us - end_us <= STORING_US[1] for end_us in ends_us)
    ]
    if writing:
        figures.add(f"{side}: samples while trials were written", len(writing))
        figures.add(f"{side}: largest error among them", max(writing), "us", "below", LATE_US)


def main() -> int:
    """Record, compare, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--control", help="HOST:PORT of an emulator's control port")
    parser.add_argument("--figures", type=Path, help="write the figures here, as JSON")
    options, _ = parser.parse_known_args()
    if options.port is None:
        print("board_stream: no board given (--port); left out")
        return 0
    figures = Figures("1")
    control = Control(options.control) if options.control else None
    found = record(options.port, options.minutes, control)
    judge_board(figures, found)
    if found.before and found.after:
        judge_chips(figures, found.before, found.after)
    if options.log:
        # Not reset since the emulator began: both clocks are the same.
        offset_us = 0.0 if found.after and not found.after["resets"] else None
        last_us = max(channel.device_us[-1] for channel in found.samples.channels)
        log = truth(options.log, last_us if offset_us is not None else 0.0)
        for side, channel, one in zip(SIDES, found.samples.channels, log, strict=True):
            compared = compare(channel.device_us, channel.counts, one, offset_us)
            judge_stream(figures, side, channel, compared, found.ends_us)
    return figures.finish(options.figures)


if __name__ == "__main__":
    sys.exit(main())

"""Both plates as streams of the Lab Streaming Layer: newtons, at the times of this computer.

Each conversion has the time at which it ended. What the chip's filter delays is not taken off; the
stream says how much it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.samples import Samples
from evenstance.errors import LinkLostError, MeasurementError
from evenstance.flows.board_time import BoardTime
from evenstance_wire import messages, rules

LEASE_MS = 60_000
ASK_S = 2.0  # from one question for the board's time to the next
FIRST_ASKED = 8
DEAD_S = 8.0


class Outlet(Protocol):
    """A stream that takes samples in newtons with their times (s)."""

    def push(self, forces_n: Sequence[float], times_s: Sequence[float]) -> None:
        """Send the samples to whoever listens."""
        ...


@dataclass
class Plate:
    """What turns the counts of one plate into newtons."""

    side: str
    per_kn: int
    zero_counts: int
    rate_sps: float | None
    sent: int = 0
    lost: int = 0
    first_s: float | None = None
    last_s: float | None = None

    def newtons(self, counts: int) -> float:
        """The force."""
        return 1000.0 * (counts - self.zero_counts) / self.per_kn


@dataclass
class Streamed:
    """What was sent in all; `clock_error_s` is how far off the times may be."""

    plates: tuple[Plate, Plate]
    clock_error_s: float
    zero_changes: int = 0


def stream(
    client: BoardClient,
    info: BoardInfo,
    open_outlet: Callable[[dict[str, Any]], Outlet],
    lab_clock: Callable[[], float],
    *,
    seconds: float | None = None,
    tell: Callable[[str], None] = lambda text: None,
    clock: Callable[[], float] = time.monotonic,
    read_key: Callable[[], str | None] = lambda: None,
) -> Streamed:
    """Send until `seconds` of the board's time are over, or for ever, or until Ctrl-C or `q`.

    `read_key` also raises KeyboardInterrupt again that went lost in a callback of the library.

    MeasurementError when the board is not calibrated; LinkLostError when it goes away.
    """
    board_time = BoardTime()
    status = _asked(client, board_time, lab_clock)
    for _ in range(FIRST_ASKED - 1):
        status = _asked(client, board_time, lab_clock)
    plates = (_plate(status, "left"), _plate(status, "right"))
    outlets = tuple(open_outlet(described(info, status, plate)) for plate in plates)
    tell("Two streams are open: " + ", ".join(name_of(one.side) for one in plates) + ".")
    done = Streamed(plates, board_time.error_s)
    try:
        client.request(messages.SAMPLES, lease_ms=LEASE_MS)
        _send(client, done, outlets, board_time, status, lab_clock, seconds, tell, clock, read_key)
    except KeyboardInterrupt:  # the way to end it
        tell("Stopped.")
    finally:
        with suppress(LinkLostError):  # then its lease ends by itself
            client.request(messages.SAMPLES, tries=1, lease_ms=0)
    done.clock_error_s = board_time.error_s
    return done


def name_of(side: str) -> str:
    """The name of a plate's stream."""
    return f"Evenstance {side}"


def described(info: BoardInfo, status: dict[str, Any], plate: Plate) -> dict[str, Any]:
    """What a stream says of itself."""
    period_s = None if plate.rate_sps is None else 1.0 / plate.rate_sps
    half_periods = rules.value("filter_delay_half_periods")
    return {
        "name": name_of(plate.side),
        "source_id": f"evenstance-{info.board_uid}-{plate.side}",
        "label": f"{plate.side} plate",
        "unit": "N",
        "board_uid": info.board_uid,
        "firmware": info.firmware,
        "calibration_id": status["calibration_id"],
        "measured_rate_sps": plate.rate_sps,
        "filter_delay_s": None if period_s is None else period_s * half_periods / 2,
    }


def _plate(status: dict[str, Any], side: str) -> Plate:
    per_kn, zero = status[f"{side}_counts_per_kn"], status[f"zero_{side}_counts"]
    if not per_kn or zero is None:
        raise MeasurementError(
            "The board is not calibrated, so there are no newtons to send.",
            cause="it has no sensitivity or no zero",
            next_step="Run `evenstance calibrate`, then this command again.",
        )
    rate_mhz = status[f"rate_{side}_mhz"]
    return Plate(side, per_kn, zero, None if rate_mhz is None else rate_mhz / 1e3)


def _asked(
    client: BoardClient, board_time: BoardTime, lab_clock: Callable[[], float]
) -> dict[str, Any]:
    asked_s = lab_clock()
    # a second try would answer a question that was asked at another time
    status = client.request(messages.STATUS, tries=1)
    board_time.heard(asked_s, status["device_us"] / 1e6, lab_clock())
    return status


def _send(
    client: BoardClient,
    done: Streamed,
    outlets: Sequence[Outlet],
    board_time: BoardTime,
    status: dict[str, Any],
    lab_clock: Callable[[], float],
    seconds: float | None,
    tell: Callable[[str], None],
    clock: Callable[[], float],
    read_key: Callable[[], str | None],
) -> None:
    until_us = None if seconds is None else status["device_us"] + round(seconds * 1e6)
    reached_us: int = status["device_us"]
    heard_s = asked_s = clock()
    samples = Samples()
    while until_us is None or reached_us < until_us:
        if read_key() == "q":
            raise KeyboardInterrupt
        for notice in client.notices():
            if notice.table is messages.SAMPLES_FRAME:
                samples.add(notice.values)
        newest_us = _push(samples, done, outlets, board_time)
        now_s = clock()
        if now_s - asked_s > ASK_S:
            asked_s = now_s
            status = _asked(client, board_time, lab_clock)
            _renewed(client, done, status, reached_us, tell)
            newest_us = max(newest_us, status["device_us"])
        if newest_us > reached_us:
            reached_us, heard_s = newest_us, now_s
        elif now_s - heard_s > DEAD_S:
            raise LinkLostError(
                "The board answers, but its time stands still.",
                cause="its firmware hangs",
                next_step="Unplug it, plug it in, and run the command again.",
            )


def _push(
    samples: Samples, done: Streamed, outlets: Sequence[Outlet], board_time: BoardTime
) -> int:
    """Send what has come; the board's time of the newest conversion (us), 0 without any."""
    newest_us = 0
    for plate, channel, outlet in zip(done.plates, samples.channels, outlets, strict=True):
        plate.lost = channel.lost
        if not channel.device_us:
            continue
        newest_us = max(newest_us, channel.device_us[-1])
        times_s = [board_time.at(at_us / 1e6) for at_us in channel.device_us]
        outlet.push([plate.newtons(counts) for counts in channel.counts], times_s)
        plate.sent += len(times_s)
        plate.first_s = times_s[0] if plate.first_s is None else plate.first_s
        plate.last_s = times_s[-1]
        channel.device_us.clear()
        channel.counts.clear()
    return newest_us


def _renewed(
    client: BoardClient,
    done: Streamed,
    status: dict[str, Any],
    reached_us: int,
    tell: Callable[[str], None],
) -> None:
    """Keep the stream alive, and take over a new zero or calibration."""
    if status["device_us"] < reached_us - 1_000_000:
        raise LinkLostError(
            "The board restarted.",
            cause="its power failed for a moment, or somebody reset it",
            next_step="Use another USB cable or port without a hub, and run the command again.",
        )
    client.request(messages.SAMPLES, lease_ms=LEASE_MS)
    for plate in done.plates:
        now = _plate(status, plate.side)
        if (now.per_kn, now.zero_counts) != (plate.per_kn, plate.zero_counts):
            plate.per_kn, plate.zero_counts = now.per_kn, now.zero_counts
            done.zero_changes += 1
            tell(f"The {plate.side} plate has a new zero or calibration; it counts from now on.")

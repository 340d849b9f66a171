"""Some seconds of every conversion of both channels, and what the board says before and after.

Time is the board's: it comes with the conversions, and with the status when there are none. This
computer's clock only judges a board that says nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from evenstance.device.client import BoardClient, NotFoundError
from evenstance.device.samples import Samples
from evenstance.errors import LinkLostError
from evenstance.health.conversions import examine
from evenstance.health.lines import Examined, Plate
from evenstance_wire import messages, units

LEASE_MS = 60_000
RENEW_S = 5.0  # of this computer's time
QUIET_S = 0.5  # without a conversion; then the board is asked for its time
DEAD_S = 8.0
START_UP_US = 2_000_000  # until then the converters settle and the firmware finds their rhythm


def diagnose(
    client: BoardClient, seconds: float, *, clock: Callable[[], float] = time.monotonic
) -> Examined:
    """Listen for `seconds` of the board's time; changes nothing on the board.

    LinkLostError when the board goes away, falls silent or restarts meanwhile.
    """
    plates = _plates(client)
    samples = Samples()
    try:
        client.request(messages.SAMPLES, lease_ms=LEASE_MS)
        before = client.status()
        if before["device_us"] < START_UP_US:
            _follow(client, samples, before, START_UP_US, clock)
            samples, before = Samples(), client.status()
        from_us = int(before["device_us"])
        until_us = from_us + round(seconds * 1e6)
        _follow(client, samples, before, until_us, clock)
        client.request(messages.SAMPLES, lease_ms=0)
        after = client.status()
    except BaseException:
        with suppress(LinkLostError):  # then its lease ends by itself
            client.request(messages.SAMPLES, tries=1, lease_ms=0)
        raise
    _refuse_restart(before, after)
    channels = {
        side: examine(
            channel.device_us,
            channel.counts,
            from_us=from_us,
            until_us=until_us,
            lost=channel.lost,
        )
        for side, channel in zip(units.PLATES, samples.channels, strict=True)
    }
    return Examined(seconds, channels, plates, before, after)


def _follow(
    client: BoardClient,
    samples: Samples,
    before: dict[str, Any],
    until_us: int,
    clock: Callable[[], float],
) -> None:
    """Fill `samples` from the time of `before` until that of the board reaches `until_us`."""
    reached_us = int(before["device_us"])
    heard_s = asked_s = clock()
    while reached_us < until_us:
        found_us = _take(client, samples)
        now_s = clock()
        if now_s - heard_s > QUIET_S or now_s - asked_s > RENEW_S:
            asked_s = now_s
            status = client.status()
            _refuse_restart(before, status)
            client.request(messages.SAMPLES, lease_ms=LEASE_MS)
            found_us = max(found_us, int(status["device_us"]))
        if found_us > reached_us:
            reached_us, heard_s = found_us, now_s
        elif now_s - heard_s > DEAD_S:
            raise LinkLostError(
                "The board answers, but its time stands still.",
                cause="its firmware hangs",
                next_step="Unplug it, plug it in, and run the command again.",
            )
    _take(client, samples)


def _take(client: BoardClient, samples: Samples) -> int:
    """Take what has arrived; the board's time (us) of the newest conversion, 0 without any."""
    newest_us = 0
    for notice in client.notices():
        if notice.table is messages.SAMPLES_FRAME:
            samples.add(notice.values)
            for channel in samples.channels:
                newest_us = max([newest_us, *channel.device_us[-1:]])
    return newest_us


def _refuse_restart(before: dict[str, Any], status: dict[str, Any]) -> None:
    if status["device_us"] < before["device_us"]:
        raise LinkLostError(
            "The board restarted during the test.",
            cause="its power failed for a moment, or somebody reset it",
            next_step="Use another USB cable or port without a hub, and run the command again.",
        )


def _plates(client: BoardClient) -> dict[str, Plate]:
    """What the board knows of its plates: with the latest zero, and with the calibration's own."""
    used = client.request(messages.GET_CALIBRATION, calibration_id=0)
    try:
        made = client.request(messages.GET_CALIBRATION, calibration_id=used["calibration_id"])
    except NotFoundError:  # its file is damaged
        made = {f"zero_{side}_counts": None for side in units.PLATES}
    return {side: _plate(used, made, side) for side in units.PLATES}


def _plate(used: dict[str, Any], made: dict[str, Any], side: str) -> Plate:
    per_kn = used[f"{side}_counts_per_kn"]
    return Plate(
        counts_per_n=None if per_kn is None else per_kn / 1e3,
        zero_counts=used[f"zero_{side}_counts"],
        calibration_zero_counts=made[f"zero_{side}_counts"],
        rating_n=used[f"rating_{side}_mn"] / 1e3,
    )

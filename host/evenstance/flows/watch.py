"""The live view alone: what both plates feel, without a session and without a trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from evenstance.device.client import BoardClient
from evenstance.errors import BoardRefusedError, LinkLostError, MeasurementError
from evenstance.flows.live import RUNNING, Live, LiveStream, SessionStopped
from evenstance.flows.session_faults import SessionFaults
from evenstance.flows.stand import Screenplay
from evenstance_wire import messages

PHASE = "watch"
FULL_N = 800.0  # what fills a bar while the body weight is not known [D]
SHARE_FROM_N = 50.0  # below it a share is a share of next to nothing [D]


def watch(
    client: BoardClient,
    show: Screenplay,
    *,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Show every live message for `seconds` of the board's time, or until key `q`.

    A hold that the board finds is stopped at once: shorter than two seconds it is walking to the
    board, and nothing of it is stored.
    """
    if client.status()["left_counts_per_kn"] is None:
        raise MeasurementError(
            "The board is not calibrated: there are counts, and no loads to show.",
            next_step="Run `evenstance calibrate` with known masses first.",
        )
    faults = SessionFaults(show.say)
    stream = LiveStream(client, show.key, clock, faults.tell)
    with suppress(SessionStopped):
        for live, elapsed_s in stream.follow():
            left_s = None if seconds is None else seconds - elapsed_s
            show.live(live, PHASE, left_s, scored=False)
            if left_s is not None and left_s <= 0:
                break
            if live.state in RUNNING:
                with suppress(BoardRefusedError):
                    client.request(messages.STOP_HOLD)
    with suppress(LinkLostError, BoardRefusedError):
        client.request(messages.LIVE, interval_ms=0, lease_ms=0)


def left_share_pct(live: Live) -> float | None:
    """The left plate's part of the load (%); None while next to nothing stands on the plates."""
    if live.left_n is None or live.right_n is None:
        return None
    whole_n = live.left_n + live.right_n
    return round(100.0 * live.left_n / whole_n, 1) if whole_n >= SHARE_FROM_N else None

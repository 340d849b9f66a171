"""The board's live stream for somebody who follows it: kept alive, in newtons and seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.errors import LinkLostError
from evenstance.metrics.hold import Leg
from evenstance_wire import flags, messages, units

LIVE_MS = 100
LEASE_MS = 60_000
RENEW_S = 20.0
SILENCE_S = 1.5  # of this computer's time; then the stream is asked for again
DEAD_S = 8.0
LISTEN_S = 1.0  # more than one look for messages ever takes
RUNNING = (flags.SETTLING, flags.HOLD)


@dataclass(frozen=True)
class Live:
    """One live message in newtons and seconds; None while the board is not calibrated."""

    device_s: float
    state: int
    left_n: float | None
    right_n: float | None
    body_weight_n: float | None


class SessionStopped(Exception):
    """The person at the keyboard ended the session."""


class LiveStream:
    """Live messages of one board; `key` is what was pressed since the message before, and
    `lift_off_leg` the stance leg of the latest lift-off that was told, or of the hold that runs.
    `on_fault(side, name, present)` is told of the board's faults.

    The board's seconds go on from where they were when it has restarted and come back."""

    def __init__(
        self,
        client: BoardClient,
        read_key: Callable[[], str | None],
        clock: Callable[[], float] = time.monotonic,
        on_fault: Callable[[str, str, bool], None] | None = None,
    ) -> None:
        self._client = client
        self._on_fault = on_fault
        self._read_key = read_key
        self._clock = clock
        self._renewed_s = -1e9
        self._returned = client.returned
        self._boot_id = _boot_id(client)
        self._device_us = 0  # of the latest message, since the board's power-up
        self._before_us = 0  # what all power-ups before this one had come to
        self.key: str | None = None
        self.lift_off_leg: Leg | None = None

    def forget_lift_off(self) -> None:
        """A new hold is about to begin: what was told before is not about it."""
        self.lift_off_leg = None

    def follow(self) -> Generator[tuple[Live, float], None, None]:
        """Messages for ever, each with the board's seconds since the first one of this call.

        Asks for the stream anew when it runs out. Key `q` raises SessionStopped; a board that
        sends nothing for DEAD_S, or restarts, raises LinkLostError unless it comes back.
        """
        first_s: float | None = None
        silent_s = 0.0
        ask_at_s = SILENCE_S
        while True:
            began_s = self._clock()
            notices = self._client.notices()
            # A computer that slept has not listened meanwhile.
            silent_s += min(self._clock() - began_s, LISTEN_S)
            for notice in notices:
                if notice.table is messages.EVENT:
                    self._event(notice.values["event"], notice.values["value"])
                    continue
                silent_s, ask_at_s = 0.0, SILENCE_S
                live = self._next(notice.values)
                self.key = self._read_key()
                if self.key == "q":
                    raise SessionStopped
                if live.device_s - self._renewed_s > RENEW_S:
                    self._renewed_s = live.device_s
                    self._ask()
                if first_s is None:
                    first_s = live.device_s
                yield live, live.device_s - first_s
            if self._client.returned != self._returned:
                self._came_back()
                silent_s, ask_at_s = 0.0, SILENCE_S
            if silent_s > DEAD_S:
                raise LinkLostError(
                    "The board stopped sending.",
                    cause="it hangs or was reset",
                    next_step="Unplug it, plug it in, and run `evenstance pull`.",
                )
            if silent_s > ask_at_s:
                ask_at_s += SILENCE_S
                self._client.look_for_restart()
                self._ask()

    def _next(self, values: dict[str, Any]) -> Live:
        """A message, its time put behind that of the one before."""
        if values["device_us"] < self._device_us:
            self._client.restarted()  # and its port stayed
            self._came_back()
        self._device_us = values["device_us"]
        live = _live(values, self._before_us)
        if live.state not in RUNNING or live.left_n is None or live.right_n is None:
            return live
        if self.lift_off_leg is None:  # the event got lost
            self.lift_off_leg = "left" if live.left_n > live.right_n else "right"
        return live

    def _came_back(self) -> None:
        """The board was away; time goes on from where it was if it has restarted."""
        self._returned = self._client.returned
        if self._boot_id != _boot_id(self._client):
            self._boot_id = _boot_id(self._client)
            self._before_us += self._device_us
            self._device_us = 0
        self._ask()

    def _event(self, event: int, value: int) -> None:
        if event == flags.EV_LIFT_OFF:
            self.lift_off_leg = "left" if value == 0 else "right"
        elif event in (flags.EV_FAULT, flags.EV_FAULT_GONE) and self._on_fault is not None:
            side = units.PLATES[value >> flags.CHANNEL_SHIFT & 1]
            bits = value & (1 << flags.CHANNEL_SHIFT) - 1
            for name in flags.names(bits, flags.FAULTS):
                self._on_fault(side, name, event == flags.EV_FAULT)

    def _ask(self) -> None:
        self._client.request(messages.LIVE, interval_ms=LIVE_MS, lease_ms=LEASE_MS)


def _boot_id(client: BoardClient) -> int | None:
    return None if client.info is None else client.info.boot_id


def _live(values: dict[str, Any], before_us: int) -> Live:
    return Live(
        device_s=(before_us + values["device_us"]) / 1e6,
        state=values["state"],
        left_n=_newtons(values["left_mn"], 1e3),
        right_n=_newtons(values["right_mn"], 1e3),
        body_weight_n=_newtons(values["body_weight_un"], 1e6),
    )


def _newtons(value: int | None, per_newton: float) -> float | None:
    return None if value is None else value / per_newton

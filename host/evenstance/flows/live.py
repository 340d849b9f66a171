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
    `lift_off_leg` the stance leg of the latest lift-off that was told. `on_fault(side, name,
    present)` is told of the board's faults."""

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
        self._latest_s = 0.0
        self.key: str | None = None
        self.lift_off_leg: Leg | None = None

    def forget_lift_off(self) -> None:
        """A new hold is about to begin: what was told before is not about it."""
        self.lift_off_leg = None

    def follow(self) -> Generator[tuple[Live, float], None, None]:
        """Messages for ever, each with the board's seconds since the first one of this call.

        Asks for the stream anew when it runs out. Key `q` raises SessionStopped; a board that
        sends nothing for DEAD_S, or whose time begins again, raises LinkLostError.
        """
        first_s: float | None = None
        heard = self._clock()
        while True:
            for notice in self._client.notices():
                if notice.table is messages.EVENT:
                    self._event(notice.values["event"], notice.values["value"])
                    continue
                heard = self._clock()
                live = _live(notice.values)
                self._refuse_restart(live.device_s)
                self.key = self._read_key()
                if self.key == "q":
                    raise SessionStopped
                if live.device_s - self._renewed_s > RENEW_S:
                    self._renewed_s = live.device_s
                    self._ask()
                if first_s is None:
                    first_s = live.device_s
                yield live, live.device_s - first_s
            silent_s = self._clock() - heard
            if silent_s > DEAD_S:
                raise LinkLostError(
                    "The board stopped sending.",
                    cause="it hangs or was reset",
                    next_step="Unplug it, plug it in, and run `evenstance pull`.",
                )
            if silent_s > SILENCE_S:
                self._ask()

    def _event(self, event: int, value: int) -> None:
        if event == flags.EV_LIFT_OFF:
            self.lift_off_leg = "left" if value == 0 else "right"
        elif event in (flags.EV_FAULT, flags.EV_FAULT_GONE) and self._on_fault is not None:
            side = units.PLATES[value >> flags.CHANNEL_SHIFT & 1]
            bits = value & (1 << flags.CHANNEL_SHIFT) - 1
            for name in flags.names(bits, flags.FAULTS):
                self._on_fault(side, name, event == flags.EV_FAULT)

    def _refuse_restart(self, device_s: float) -> None:
        """Whoever waits counts on the board's time: begun again, it would make a rest endless."""
        if device_s < self._latest_s:
            raise LinkLostError(
                "The board restarted.",
                cause="its power failed for a moment, or somebody reset it",
                next_step="Check its supply, then run the command again; every completed hold is "
                "still on the board, and `evenstance pull` brings what is missing.",
                anchor="the-board-went-away",
            )
        self._latest_s = device_s

    def _ask(self) -> None:
        self._client.request(messages.LIVE, interval_ms=LIVE_MS, lease_ms=LEASE_MS)


def _live(values: dict[str, Any]) -> Live:
    return Live(
        device_s=values["device_us"] / 1e6,
        state=values["state"],
        left_n=_newtons(values["left_mn"], 1e3),
        right_n=_newtons(values["right_mn"], 1e3),
        body_weight_n=_newtons(values["body_weight_un"], 1e6),
    )


def _newtons(value: int | None, per_newton: float) -> float | None:
    return None if value is None else value / per_newton

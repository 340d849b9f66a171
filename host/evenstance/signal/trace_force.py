"""From the packed trace of a hold to forces in newtons at the times at which they acted.

Force (N) = 1000 (counts - zero) / counts per kilonewton, in 64-bit floats. Times are seconds from
lift-off, each channel's with the delay of its own chip's filter taken off: half periods of the
header times the period of that channel, as the board does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from evenstance.signal.decode_traces import decode_traces
from evenstance.signal.force_signal import ForceSignal
from evenstance_wire import trace, units

Side = Literal["left", "right"]
Numbers = Sequence[int] | NDArray[np.int64]
Channel = tuple[Numbers, Numbers]  # times (us), counts


@dataclass(frozen=True, eq=False)
class HoldSignal:
    """Both plates' own samples from before lift-off to after the end; times (s) from lift-off.

    `period_s` and `delay_s` are (left, right): one conversion, and what was taken off the times.
    `complete` says whether the board could keep all of it.
    """

    seq: int
    stance_leg: Side
    end_s: float
    left: ForceSignal
    right: ForceSignal
    period_s: tuple[float, float]
    delay_s: tuple[float, float]
    complete: bool

    @property
    def stance(self) -> ForceSignal:
        """The plate that is stood on."""
        return self.left if self.stance_leg == "left" else self.right

    @property
    def swing(self) -> ForceSignal:
        """The other plate."""
        return self.right if self.stance_leg == "left" else self.left

    @property
    def stance_rate_sps(self) -> float:
        """Conversions per second of the stance plate's chip."""
        return 1.0 / self.period_s[0 if self.stance_leg == "left" else 1]


def hold_signal(data: bytes) -> HoldSignal:
    """Read a packed trace; ValueError when it is damaged or has no sensitivity."""
    return _signal(*trace.unpack(data))


def hold_signals(traces: Sequence[bytes]) -> list[HoldSignal | str]:
    """The same of many traces at once, several times as fast; or what is wrong with one."""
    found: list[HoldSignal | str] = []
    for one in decode_traces(traces):
        try:
            found.append(one if isinstance(one, str) else _signal(*one))
        except ValueError as error:
            found.append(str(error))
    return found


def _signal(header: Mapping[str, object], left: Channel, right: Channel) -> HoldSignal:
    h = cast("dict[str, Any]", header)
    half_periods: int = h["filter_delay_half_periods"]
    signals: list[ForceSignal] = []
    periods: list[float] = []
    delays: list[float] = []
    for side, (times_us, counts) in (("left", left), ("right", right)):
        per_kn: int = h[f"{side}_counts_per_kn"]
        if per_kn == 0:
            raise ValueError(f"trace without a sensitivity of the {side} plate")
        # as the board: half periods times period, halved and rounded down
        delay_us = (h[f"{side}_period_us"] * half_periods) >> 1
        times_s = (np.array(times_us, dtype=np.float64) - delay_us) / 1e6
        away = np.array(counts, dtype=np.float64) - h[f"zero_{side}_counts"]
        signals.append(ForceSignal(times_s, 1000.0 * away / per_kn))
        periods.append(h[f"{side}_period_us"] / 1e6)
        delays.append(delay_us / 1e6)
    return HoldSignal(
        seq=h["seq"],
        stance_leg="left" if h["stance_leg"] == units.LEFT else "right",
        end_s=h["end_us"] / 1e6,
        left=signals[0],
        right=signals[1],
        period_s=(periods[0], periods[1]),
        delay_s=(delays[0], delays[1]),
        complete=bool(h["complete"]),
    )

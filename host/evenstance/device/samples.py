"""Every conversion of both channels as the board streams it: times, raw counts, what was lost."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from evenstance.device.nonsense import cannot_be
from evenstance_wire import messages

_SAMPLE = struct.Struct("<iI")
_NUMBERS = 1 << 30  # the board counts conversions modulo this


@dataclass
class Channel:
    """One channel: device times (us) and raw counts, in order; `lost` conversions between them
    came in frames that never arrived."""

    device_us: list[int] = field(default_factory=list[int])
    counts: list[int] = field(default_factory=list[int])
    lost: int = 0
    _next: int | None = None

    def add(self, values: dict[str, Any]) -> None:
        """Take the conversions of one frame."""
        first_n: int = values["first_n"]
        if self._next is not None:
            self.lost += (first_n - self._next) % _NUMBERS
        rows = list(_SAMPLE.iter_unpack(values["samples"]))
        self._next = (first_n + len(rows)) % _NUMBERS
        self.device_us += [values["first_device_us"] + after_us for _, after_us in rows]
        self.counts += [counts for counts, _ in rows]


class Samples:
    """Both channels; `add` takes the values of each `samples_frame`."""

    def __init__(self) -> None:
        self.channels: tuple[Channel, Channel] = (Channel(), Channel())

    def add(self, values: dict[str, Any]) -> None:
        """Take one frame; ProtocolMismatchError when it is not one of a channel."""
        if values["channel"] > 1 or len(values["samples"]) % messages.SAMPLE.size:
            raise cannot_be(
                "The board sends conversions that cannot be read.",
                f"{len(values['samples'])} bytes of channel {values['channel']}",
            )
        self.channels[int(values["channel"])].add(values)

"""Requests as a hostile or broken host makes them: each field at its extremes."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator

from evenstance.device.transport import SerialPort
from evenstance_wire import frames, messages
from evenstance_wire.messages import Table

EXTREMES: dict[str, tuple[object, ...]] = {
    "B": (0, 1, 2, 127, 128, 254, 255),
    "H": (0, 1, 32767, 32768, 65534, 65535),
    "I": (0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1),
    "i": (-(2**31), -(2**31) + 1, -1, 0, 1, 2**31 - 1),
    "q": (-(2**63), -(2**63) + 1, -1, 0, 1, 2**62, 2**63 - 1),
    "8s": (bytes(8), b"\xff" * 8, b"\x03\n~\r\x00\x01\x04\x02"),
}
# Understood and done, these would last, or change what the next test finds.
_LASTING = (messages.ZERO, messages.STOP_HOLD)


def bodies(table: Table) -> Iterator[bytes]:
    """Bodies of the right size: all fields at one extreme, then each field at each extreme."""
    codes = [code.rstrip("?") for _, code in table.fields]
    form = "<" + "".join(codes)
    for n in (0, -1):
        yield struct.pack(form, *(EXTREMES[code][n] for code in codes))
    for place, code in enumerate(codes):
        for value in EXTREMES[code]:
            row = [EXTREMES[other][len(EXTREMES[other]) // 2] for other in codes]
            row[place] = value
            yield struct.pack(form, *row)


def requests() -> Iterator[tuple[Table, bytes]]:
    """Every request; but none that changes the calibration or takes long."""
    for table, _ in messages.REQUESTS:
        if table in _LASTING:
            continue
        for body in bodies(table):
            number = struct.unpack_from("<I", body.ljust(4, b"\0"))[0]
            if table is not messages.RESTORE_CALIBRATION or number > 1_000_000:
                yield table, body
        for size in {0, 1, max(table.size - 1, 0), table.size + 1, frames.MAX_BODY}:
            if size != table.size:
                yield table, b"\xff" * size
    for size in (0, 2, 3, frames.MAX_BODY):
        yield messages.ZERO, b"\xff" * size
    yield messages.ZERO, b"\x02"
    yield messages.ZERO, b"\xff"


class Answers:
    """The port itself: sends requests, and knows which frames came back."""

    def __init__(self, port: str) -> None:
        self.port = SerialPort(port)
        self._parser = frames.Parser()
        self.heard: list[tuple[int, int, bytes]] = []

    def send(self, table: Table, tag: int, body: bytes) -> None:
        """One request."""
        self.port.write(frames.encode(table.kind, tag, body))

    def of(self, tag: int, limit_s: float) -> list[tuple[int, int, bytes]]:
        """All frames with this tag so far, as soon as there is one."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            self.heard += self._parser.feed(self.port.read())
            found = [frame for frame in self.heard if frame[1] == tag]
            if found:
                return found
        return []

"""Framing of messages as printable lines that survive a noisy serial port.

A frame is one line: ``~`` + base64(kind u8, tag u8, body, CRC-32 of all before it, little
endian) + newline. Base64 has no ``~`` and no 0x03, so a frame is found again after any garbage
and never interrupts the board. A line that is not exactly what an encoder writes is dropped and
counted, never repaired.
"""

import binascii
import struct

START = 0x7E
END = 0x0A
MAX_BODY = 1024
OVERHEAD = 6  # kind, tag, CRC-32
MAX_LINE = 2 + (MAX_BODY + OVERHEAD + 2) // 3 * 4


def encode(kind: int, tag: int, body: bytes = b"") -> bytes:
    """Return the line (bytes) of one message; kind and tag are 0-255, body at most MAX_BODY."""
    size = len(body)
    if size > MAX_BODY:
        raise ValueError("body of %d bytes is over %d" % (size, MAX_BODY))
    return seal(bytearray(bytes((kind, tag)) + body + b"\0\0\0\0"))


def seal(raw: bytearray) -> bytes:
    """Return the line of kind, tag, body and four bytes, into which this puts the CRC-32."""
    size = len(raw) - 4
    struct.pack_into("<I", raw, size, binascii.crc32(memoryview(raw)[:size]) & 0xFFFFFFFF)
    return b"~" + binascii.b2a_base64(raw)


def decode_line(text: bytes | bytearray) -> tuple[int, int, bytes] | None:
    """Return (kind, tag, body) of the base64 text of a line, or None if it is not exact."""
    if len(text) < 8 or len(text) & 3 or len(text) > MAX_LINE:
        return None
    try:
        raw = binascii.a2b_base64(text)
    except ValueError:
        return None
    if not OVERHEAD <= len(raw) <= MAX_BODY + OVERHEAD:
        return None
    if binascii.b2a_base64(raw)[:-1] != bytes(text):
        return None
    if struct.unpack("<I", raw[-4:])[0] != (binascii.crc32(raw[:-4]) & 0xFFFFFFFF):
        return None
    return raw[0], raw[1], raw[2:-4]


class Parser:
    """Finds frames in a stream of bytes; never raises, whatever the bytes are.

    Counters are cumulative since creation and unbounded: `damaged` lines that began as a frame
    and were not one, `noise_bytes` bytes outside any frame.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._inside = False
        self.damaged = 0
        self.noise_bytes = 0

    def feed(self, data: bytes | bytearray) -> list[tuple[int, int, bytes]]:
        """Take bytes, return the list of (kind, tag, body) that became whole."""
        found: list[tuple[int, int, bytes]] = []
        for byte in data:
            if byte == START:
                if self._inside:
                    self.damaged += 1
                self._inside = True
                self._line = bytearray()
            elif not self._inside:
                self.noise_bytes += 1
            elif byte == END:
                self._inside = False
                frame = decode_line(self._line)
                if frame is None:
                    self.damaged += 1
                else:
                    found.append(frame)
            elif len(self._line) >= MAX_LINE:
                self._inside = False
                self.damaged += 1
            else:
                self._line.append(byte)
        return found

"""The trace of a hold: raw counts and conversion times of both channels, packed in bits.

Counts are coded as their second difference, times as the difference from the expected period in
units of 32 us, both as adaptive Golomb-Rice numbers (the parameter follows the running mean, as
in JPEG-LS). One bit before each sample names its channel. The encoder allocates nothing and
stays within 31-bit small ints; when its buffer is full it says so and stops.
"""

import binascii
import struct

from evenstance_wire.messages import Table

TIME_UNIT_US = 32
_ESCAPE = 20
_RAW_BITS = 28
_WINDOW = 32
_WRITE_BITS = 22  # at most so many in one write, or a 31-bit small int would not hold them

HEADER = Table(
    0,
    "trace_header",
    (
        ("version", "B"),
        ("complete", "B"),
        ("seq", "I"),
        ("stance_leg", "B"),
        ("filter_delay_half_periods", "B"),
        ("left_counts_per_kn", "i"),
        ("right_counts_per_kn", "i"),
        ("zero_left_counts", "i"),
        ("zero_right_counts", "i"),
        ("left_period_us", "H"),
        ("right_period_us", "H"),
        ("end_us", "I"),  # from lift-off
        ("left_first_us", "i"),  # time of the first conversion from lift-off
        ("right_first_us", "i"),
        ("samples_left", "H"),
        ("samples_right", "H"),
        ("stream_bytes", "H"),
    ),
)
VERSION = 1


class Encoder:
    """Packs samples into `buffer` (a bytearray); `full` once something did not fit."""

    def __init__(self, buffer: bytearray) -> None:
        self.buffer = buffer
        self.samples = [0, 0]
        self.first = [0, 0]
        self.periods = [0, 0]
        self._t = [0, 0]
        self._c1 = [0, 0]
        self._c2 = [0, 0]
        self._sum = [0] * 4
        self._n = [0] * 4
        self._k = [0] * 4
        self.start(10741, 10741)

    def start(self, left_period_us: int, right_period_us: int) -> None:
        """Begin a new trace with the expected period of each channel."""
        self.periods[0] = left_period_us
        self.periods[1] = right_period_us
        for k in (0, 1):
            self.samples[k] = 0
            self._c1[k] = 0
            self._c2[k] = 0
        for k in range(4):
            self._sum[k] = 1024 if k & 1 else 4
            self._n[k] = 1
            self._k[k] = 0
        self._at = 0
        self._word = 0
        self._bits = 0
        self.full = False

    def put(self, channel: int, t_us: int, counts: int) -> None:
        """Add one conversion; `t_us` is a small int that grows by less than 2^28 a sample."""
        if self.full or self._at + 16 > len(self.buffer) or self.samples[channel] == 65535:
            self.full = True
            return
        if self.samples[channel] == 0:
            self._write(channel, 1)
            self.first[channel] = t_us
            self._t[channel] = t_us
            self._c1[channel] = counts
            self._c2[channel] = counts
            self._write_raw(counts + (1 << 24))
        else:
            units = t_us - self._t[channel] - self.periods[channel]
            units = (units + TIME_UNIT_US // 2) // TIME_UNIT_US
            # follow what the decoder will see, so that rounding never adds up
            self._t[channel] += self.periods[channel] + units * TIME_UNIT_US
            self._rice(2 * channel, units, channel, 1)
            c1 = self._c1[channel]
            self._rice(2 * channel + 1, counts - 2 * c1 + self._c2[channel], 0, 0)
            self._c2[channel] = c1
            self._c1[channel] = counts
        self.samples[channel] += 1

    def finish(self) -> int:
        """Flush the last bits; returns the number of bytes used."""
        if self._bits:
            self.buffer[self._at] = (self._word << (8 - self._bits)) & 0xFF
            self._at += 1
            self._bits = 0
            self._word = 0
        return self._at

    def _rice(self, k: int, value: int, code: int, length: int) -> None:
        """Write `length` bits of `code`, then a value of context k."""
        z = value << 1 if value >= 0 else ((-value) << 1) - 1
        n = self._n[k]
        total = self._sum[k]
        bits = self._k[k]  # the smallest with n * 2^bits >= total
        while (n << bits) < total:
            bits += 1
        while bits and (n << (bits - 1)) >= total:
            bits -= 1
        self._k[k] = bits
        high = z >> bits
        if high < _ESCAPE:
            length += high + 1
            code = (code << (high + 1)) | ((1 << (high + 1)) - 2)
            if length + bits <= _WRITE_BITS:
                self._write((code << bits) | (z & ((1 << bits) - 1)), length + bits)
            else:
                self._write(code, length)
                if bits > 14:
                    self._write((z >> 14) & ((1 << (bits - 14)) - 1), bits - 14)
                    self._write(z & 0x3FFF, 14)
                else:
                    self._write(z & ((1 << bits) - 1), bits)
        else:
            self._write((code << _ESCAPE) | ((1 << _ESCAPE) - 1), length + _ESCAPE)
            self._write_raw(z)
        if z > 0xFFFFF:
            z = 0xFFFFF
        total += z
        n += 1
        if n >= _WINDOW:
            n >>= 1
            total = (total + 1) >> 1
        self._sum[k] = total
        self._n[k] = n

    def _write_raw(self, value: int) -> None:
        self._write(value >> 14, _RAW_BITS - 14)
        self._write(value & 0x3FFF, 14)

    def _write(self, value: int, bits: int) -> None:
        word = (self._word << bits) | value
        used = self._bits + bits
        while used >= 8:
            used -= 8
            self.buffer[self._at] = (word >> used) & 0xFF
            self._at += 1
        self._word = word & ((1 << used) - 1)
        self._bits = used


def parts(
    header: dict[str, object], stream: bytes | bytearray | memoryview
) -> tuple[bytes, bytes | bytearray | memoryview, bytes]:
    """The trace file as what to write one after another: header, stream (not copied), CRC-32."""
    head = HEADER.pack(header)
    crc = binascii.crc32(stream, binascii.crc32(head)) & 0xFFFFFFFF
    return head, stream, struct.pack("<I", crc)


def pack(header: dict[str, object], stream: bytes | bytearray | memoryview) -> bytes:
    """The whole trace file as bytes."""
    return b"".join(parts(header, stream))


class _Reader:
    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._at = 0
        self._word = 0
        self._bits = 0

    def read(self, bits: int) -> int:
        while self._bits < bits:
            if self._at == len(self._stream):
                raise ValueError("trace ends in the middle of a sample")
            self._word = (self._word << 8) | self._stream[self._at]
            self._at += 1
            self._bits += 8
        self._bits -= bits
        value = self._word >> self._bits
        self._word &= (1 << self._bits) - 1
        return value


def _unrice(reader: _Reader, sums: list[int], counts: list[int], k: int) -> int:
    bits = 0
    while (counts[k] << bits) < sums[k]:
        bits += 1
    high = 0
    while high < _ESCAPE and reader.read(1):
        high += 1
    z = reader.read(_RAW_BITS) if high == _ESCAPE else (high << bits) | reader.read(bits)
    sums[k] += min(z, 0xFFFFF)
    counts[k] += 1
    if counts[k] >= _WINDOW:
        counts[k] >>= 1
        sums[k] = (sums[k] + 1) >> 1
    return (z >> 1) if not z & 1 else -((z + 1) >> 1)


def _number(header: dict[str, object], name: str) -> int:
    value = header[name]
    if not isinstance(value, int):
        raise ValueError("trace header without %s" % name)
    return value


def unpack(
    data: bytes,
) -> tuple[dict[str, object], tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Return (header, (left times, left counts), (right times, right counts)).

    Times are microseconds from lift-off as the driver gave them (the filter's delay is not taken
    off). Raises ValueError when the data is not a whole, undamaged trace.
    """
    if len(data) < HEADER.size + 4:
        raise ValueError("trace of %d bytes" % len(data))
    body = data[:-4]
    if struct.unpack("<I", data[-4:])[0] != (binascii.crc32(body) & 0xFFFFFFFF):
        raise ValueError("trace fails its checksum")
    header = HEADER.unpack(body[: HEADER.size])
    if header["version"] != VERSION:
        raise ValueError("trace version %d" % header["version"])
    stream = body[HEADER.size :]
    if len(stream) != header["stream_bytes"]:
        raise ValueError("trace stream of %d bytes" % len(stream))
    period = (_number(header, "left_period_us"), _number(header, "right_period_us"))
    first = (_number(header, "left_first_us"), _number(header, "right_first_us"))
    wanted = (_number(header, "samples_left"), _number(header, "samples_right"))
    sums = [4, 1024, 4, 1024]
    counts = [1] * 4
    times: tuple[list[int], list[int]] = ([], [])
    values: tuple[list[int], list[int]] = ([], [])
    total = wanted[0] + wanted[1]
    reader = _Reader(stream)
    for _ in range(total):
        channel = reader.read(1)
        t, c = times[channel], values[channel]
        if not t:
            t.append(first[channel])
            c.append(reader.read(_RAW_BITS) - (1 << 24))
            continue
        units = _unrice(reader, sums, counts, 2 * channel)
        t.append(t[-1] + period[channel] + units * TIME_UNIT_US)
        before = c[-2] if len(c) > 1 else c[-1]
        c.append(_unrice(reader, sums, counts, 2 * channel + 1) + 2 * c[-1] - before)
    if (len(times[0]), len(times[1])) != wanted:
        raise ValueError("trace holds %d and %d samples" % (len(times[0]), len(times[1])))
    return header, (times[0], values[0]), (times[1], values[1])

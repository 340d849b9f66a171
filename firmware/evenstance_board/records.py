"""Records of summaries in one file: [length u16][summary][CRC-32], found again behind damage."""

import binascii
import struct

from micropython import const

from evenstance_wire.messages import SUMMARY

OVERHEAD = const(6)
LONGEST = const(256)  # bytes of a summary
_SEQ_BYTES = const(4)  # a summary begins with its number


def pack(summary):
    """The record of a summary. ValueError when it is too long: a length never wraps."""
    size = len(summary)
    if not SUMMARY.size <= size <= LONGEST:
        raise ValueError("summary of %d bytes" % size)
    record = bytes((size & 0xFF, size >> 8)) + summary
    return record + struct.pack("<I", binascii.crc32(record) & 0xFFFFFFFF)


def sound(data, size):
    """Yield (seq, start, end) of each undamaged summary in the first `size` bytes of `data`.

    Behind damage, whatever it hit, the next place where length and CRC-32 fit is a record.
    """
    view = memoryview(data)
    at = 0
    while at + OVERHEAD + _SEQ_BYTES <= size:
        length = view[at] | view[at + 1] << 8
        end = at + 2 + length
        if (
            _SEQ_BYTES <= length <= LONGEST
            and end + 4 <= size
            and struct.unpack_from("<I", view, end)[0] == binascii.crc32(view[at:end]) & 0xFFFFFFFF
        ):
            yield struct.unpack_from("<I", view, at + 2)[0], at + 2, end
            at = end + 4
        else:
            at += 1


def most_in(size):
    """How many records `size` damaged bytes may have been."""
    least = SUMMARY.size + OVERHEAD
    return (size + least - 1) // least

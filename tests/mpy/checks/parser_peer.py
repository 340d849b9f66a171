"""The parser under MicroPython, for tests/fuzzing/interpreters.py.

On standard input: a size (u32, little endian), so many bytes, and so on. For each one line:
how many frames were found, the CRC-32 of them all, damaged lines, noise bytes, bytes of the heap
in use after a collection. The counters of the parser are cumulative, those of frames are not.
"""

import binascii
import gc
import struct
import sys

from evenstance_wire import frames

_PART_BYTES = 4096


def main():
    parser = frames.Parser()
    while True:
        head = sys.stdin.buffer.read(4)
        if len(head) < 4:
            return
        data = memoryview(sys.stdin.buffer.read(struct.unpack("<I", head)[0]))
        count = crc = 0
        for at in range(0, len(data), _PART_BYTES):
            for kind, tag, body in parser.feed(data[at : at + _PART_BYTES]):
                count += 1
                crc = binascii.crc32(body, binascii.crc32(bytes((kind, tag)), crc))
        data = None
        gc.collect()
        print(count, crc & 0xFFFFFFFF, parser.damaged, parser.noise_bytes, gc.mem_alloc())


main()

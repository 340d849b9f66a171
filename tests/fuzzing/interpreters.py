"""Damaged streams through the parser of frames, on CPython and on MicroPython at once.

CPython's is held against the reference and against what was sealed; MicroPython's must find the
same frames, byte for byte (by their CRC-32), and count the same.
"""

from __future__ import annotations

import binascii
import gc
import random
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from evenstance_wire import frames
from fuzzing.memory import Memory
from fuzzing.reference import Frame, reference
from fuzzing.streams import damaged_stream
from fuzzing.tally import Tally

CHUNK = 1000  # frames in one stream
HEAP = "heapsize=1m"  # a chunk is read as a whole
_CHECKS = Path(__file__).resolve().parents[1] / "mpy" / "checks"


class Peer:
    """The parser in a MicroPython process of its own."""

    def __init__(self, micropython: str) -> None:
        self._process = subprocess.Popen(
            [micropython, "-X", HEAP, str(_CHECKS / "parser_peer.py")],
            env={"MICROPYPATH": f"{_CHECKS.parents[2] / 'shared'}:.frozen"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def feed(self, data: bytes) -> None:
        """Give it a stream; `answer` tells what it found."""
        assert self._process.stdin is not None
        self._process.stdin.write(struct.pack("<I", len(data)) + data)
        self._process.stdin.flush()

    def answer(self) -> tuple[int, ...]:
        """Frames, their CRC-32, damaged, noise bytes, bytes in use; empty when it has ended."""
        assert self._process.stdout is not None
        return tuple(int(word) for word in self._process.stdout.readline().split())

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


def crc_of(found: Iterable[Frame]) -> int:
    """One number for a row of frames."""
    crc = 0
    for kind, tag, body in found:
        crc = binascii.crc32(body, binascii.crc32(bytes((kind, tag)), crc))
    return crc


def fuzz(micropython: str, seed: int, count: int) -> Tally:
    """At least `count` mutated frames, in streams each ended so that the next begins afresh."""
    tally = Tally()
    parser = frames.Parser()
    here: list[int] = []
    there: list[int] = []
    n = noise = 0
    tracemalloc.start()
    try:
        with Peer(micropython) as peer:
            while tally.frames < count:
                rng = random.Random(f"{seed} {n}")
                stream = damaged_stream(rng, CHUNK, harmed=0.9)
                data = stream.data + b"\n"
                peer.feed(data)
                found = parser.feed(data)
                wanted, damaged, more_noise = reference(data)
                tally.damaged += damaged
                noise += more_noise
                if found != wanted or (parser.damaged, parser.noise_bytes) != (
                    tally.damaged,
                    noise,
                ):
                    tally.wrong.append(f"stream {n}: the parser and the reference differ")
                if not stream.sealed >= set(found):
                    tally.wrong.append(f"stream {n}: a frame nobody sealed")
                *said, used_b = peer.answer() or (0, 0)
                if said != [len(found), crc_of(found), tally.damaged, noise]:
                    tally.wrong.append(f"stream {n}: MicroPython says {said}")
                tally.frames += stream.mutated
                tally.bytes += len(data)
                tally.accepted += len(found)
                tally.harms += stream.harms
                del stream, data, found, wanted
                there.append(used_b)
                if n % 10 == 0:
                    gc.collect()
                    here.append(tracemalloc.get_traced_memory()[0] - _own(here, there))
                n += 1
                if n % 100 == 0:
                    print(f"{tally.frames} mutated frames", file=sys.stderr, flush=True)
    finally:
        tracemalloc.stop()
    tally.memory = {"CPython": Memory(tuple(here)), "MicroPython": Memory(tuple(there))}
    return tally


def _own(*readings: list[int]) -> int:
    """Bytes of the readings themselves: lists, and an object for each number."""
    return sum(sys.getsizeof(row) + sum(map(sys.getsizeof, row)) for row in readings)

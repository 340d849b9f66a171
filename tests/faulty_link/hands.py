"""Hands that spoil what passes: each takes a whole frame as its line and gives what to pass on."""

from __future__ import annotations

import random
from collections.abc import Callable

from cable import Direction, Hand, Late

Lines = Callable[[random.Random, bytes], "bytes | Late"]
GARBAGE = (
    b'\r\nTraceback (most recent call last):\r\n  File "main.py", line 33\r\n>>> ',
    b"~" * 40,
    b"\n\n\r\n",
    b"MPY: soft reboot\r\n",
)


def drop(_rng: random.Random, _line: bytes) -> bytes:
    """The frame is gone."""
    return b""


def duplicate(_rng: random.Random, line: bytes) -> bytes:
    """The frame comes twice."""
    return line + line


def flip(rng: random.Random, line: bytes) -> bytes:
    """One bit of the frame is another one; never into Ctrl-C, which a person may press only."""
    spoilt = bytearray(line)
    spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt).replace(b"\x03", b"\x04")


def truncate(rng: random.Random, line: bytes) -> bytes:
    """The frame ends in its middle, and the next one follows at once."""
    return line[: rng.randrange(len(line))]


def garbage(rng: random.Random, line: bytes) -> bytes:
    """Something that is no frame comes before it, without Ctrl-C."""
    noise = rng.randbytes(rng.randrange(1, 300)).replace(b"\x03", b"\x04")
    return rng.choice((*GARBAGE, noise)) + line


def delay(rng: random.Random, line: bytes) -> Late:
    """The frame, and all behind it, comes a little later."""
    return Late(line, rng.uniform(0.05, 0.25))


def stall(_rng: random.Random, line: bytes) -> Late:
    """Nothing passes for longer than the host waits for a reply, then all at once."""
    return Late(line, 2.5)


FAULTS: dict[str, Lines] = {
    fault.__name__: fault for fault in (drop, duplicate, flip, truncate, garbage, delay, stall)
}


class Spoiler:
    """A hand with one fault: on the frames whose numbers are in `at`, counted over both ways."""

    def __init__(self, fault: Lines, seed: int, at: range | frozenset[int]) -> None:
        self._fault = fault
        self._rng = random.Random(seed)
        self._at = at
        self._number = 0
        self.spoilt = 0

    def __call__(self, _direction: Direction, line: bytes) -> bytes | Late:
        self._number += 1
        if self._number not in self._at:
            return line
        self.spoilt += 1
        return self._fault(self._rng, line)


def spoiling(fault: str, seed: int, among: int) -> Spoiler:
    """A hand that does this now and then among so many frames, as often as costs little time."""
    times = {"drop": 3, "flip": 3, "truncate": 3, "stall": 1}.get(fault, among // 5)
    return Spoiler(
        FAULTS[fault], seed, frozenset(random.Random(seed).sample(range(1, among), times))
    )


def pass_on(_direction: Direction, line: bytes) -> bytes:
    """Nothing is wrong."""
    return line


CLEAN: Hand = pass_on

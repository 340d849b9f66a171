"""Mutated requests through a pseudo-terminal into the virtual board: does it live, and go on?

The firmware is the shipped one. After every burst it is asked for its status. What it answers
must belong to a request that an encoder sealed lately; at the end it must have counted as many
damaged lines as the reference finds in the same bytes. Ctrl-C is left out of them: that it stops
the firmware is wanted.
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from collections import deque
from collections.abc import Callable

from evenstance.virtual.board import HEAP_KB, VirtualBoard, Wiring
from evenstance.virtual.loads import Masses
from evenstance_wire import PROTOCOL, frames, messages
from fuzzing.memory import Memory
from fuzzing.reference import Frame, reference
from fuzzing.streams import damaged_stream, random_frame, random_request
from fuzzing.tally import Tally

BURST = 100  # frames
ANSWER_S = 60.0
FLOOD_BYTES = 20_000
_PART_BYTES = 1024
RECENT = 12  # bursts and questions; more than are under way at any time
_SLOW = {messages.MEASURE.kind, messages.ZERO.kind}
_UNASKED = {table.kind for table in messages.UNASKED}
_KEPT = ("holds_lost", "quarantined", "hung_restarts", "next_seq")
_COUNTED = ("frames_damaged", "frames_dropped", "device_us")
_TAG = 77
_NO_INTERRUPT = bytes.maketrans(b"\x03", b"\x04")


class Wire:
    """The host's end of the cable, read while it is written to."""

    def __init__(self, port: str) -> None:
        self._fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._parser = frames.Parser()

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def send(self, data: bytes, over: Callable[[Frame], bool]) -> list[Frame]:
        """Write all of `data`, then read until a frame for which `over` is true has come."""
        found: list[Frame] = []
        out = memoryview(data)
        end = time.monotonic() + ANSWER_S
        while out or not any(map(over, found)):
            left_s = end - time.monotonic()
            readable, writable, _ = select.select(
                [self._fd], [self._fd] if out else [], [], max(left_s, 0.0)
            )
            if readable:
                found += self._parser.feed(os.read(self._fd, 65536))
                end = time.monotonic() + ANSWER_S if out else end
            if writable:
                out = out[os.write(self._fd, out[:_PART_BYTES]) :]
                end = time.monotonic() + ANSWER_S
            if left_s <= 0:
                raise AssertionError(f"the board does not answer; {len(out)} bytes are left")
        return found


def some(rng: random.Random) -> Frame:
    """Mostly what a host could ask, with any values."""
    return random_request(rng) if rng.random() < 0.8 else random_frame(rng)


class Asked:
    """(kind, tag) of what the board was asked: lately, or where its answer takes time, ever."""

    def __init__(self) -> None:
        self._slow: set[tuple[int, int]] = set()
        self._lately: deque[set[tuple[int, int]]] = deque(maxlen=RECENT)

    def add(self, found: list[Frame]) -> None:
        """The requests of a burst."""
        pairs = {(kind, tag) for kind, tag, _ in found}
        self._slow |= {pair for pair in pairs if pair[0] in _SLOW}
        self._lately.append(pairs)

    def fits(self, frame: Frame) -> bool:
        """Whether a frame of the board answers one of them, or is one that nobody asks for."""
        kind, tag, body = frame
        if kind in _UNASKED:
            return tag == 0
        if kind == messages.ERROR.kind:
            kind = int(messages.ERROR.unpack(body)["request"])  # type: ignore[call-overload]
        elif kind & messages.REPLY:
            kind &= ~messages.REPLY
        pair = (kind, tag)
        return pair in self._slow or any(pair in burst for burst in self._lately)


class Host:
    """Sends and listens; every frame that comes is judged."""

    def __init__(self, wire: Wire, tally: Tally) -> None:
        self._wire = wire
        self._tally = tally
        self.asked = Asked()

    def hello(self) -> bytes:
        """The body of the board's answer: its id, its journal, which boot this is."""
        hello = messages.HELLO.pack({"protocol": PROTOCOL})
        return self._ask((messages.HELLO.kind, _TAG, hello), messages.HELLO_REPLY)

    def status(self, before: bytes = b"") -> dict[str, int]:
        """Send `before`, then ask for the status.

        Asked twice: the first answer may be to an older request that happens to have this tag.
        """
        ask = (messages.STATUS.kind, _TAG, b"")
        self._ask(ask, messages.STATUS_REPLY, before)
        body = self._ask(ask, messages.STATUS_REPLY)
        return messages.STATUS_REPLY.unpack(body)  # type: ignore[return-value]

    def _ask(self, request: Frame, reply: messages.Table, before: bytes = b"") -> bytes:
        wanted = (reply.kind, _TAG)
        self.asked.add([request])
        found = self._wire.send(
            before + frames.encode(*request), lambda frame: frame[:2] == wanted
        )
        self._tally.others["frames from the board"] += len(found)
        self._tally.wrong += [
            f"an answer to nothing: kind {frame[0]}, tag {frame[1]}"
            for frame in found
            if not self.asked.fits(frame)
        ]
        return [body for kind, tag, body in found if (kind, tag) == wanted][-1]


def fuzz(seed: int, count: int) -> Tally:
    """Send until `count` mutated frames have gone."""
    tally = Tally()
    rng = random.Random(f"board {seed}")
    taken_b: list[int] = []
    with VirtualBoard(Masses(), Wiring.drawn(11), speed=0.0) as board:
        wire = Wire(board.port)
        host = Host(wire, tally)
        try:
            first = host.hello()
            before = host.status()
            while tally.frames < count:
                data = _burst(rng, tally, host.asked)
                taken_b.append(HEAP_KB * 1024 - host.status(data)["memory_free_b"])
                if len(taken_b) % 20 == 0:
                    print(f"{tally.frames} mutated frames", file=sys.stderr, flush=True)
            after = host.status()
            if host.hello() != first or board.broker.restarts:
                tally.wrong.append("the board restarted")
        finally:
            wire.close()
    changed = {name: after[name] - before[name] for name in (*_KEPT, *_COUNTED)}
    tally.wrong += [f"{name} changed by {changed[name]}" for name in _KEPT if changed[name]]
    if changed["frames_damaged"] != tally.damaged:
        tally.wrong.append(f"the board counted {changed['frames_damaged']} damaged frames")
    tally.others["replies that found no room"] = changed["frames_dropped"]
    tally.others["seconds of the board"] = changed["device_us"] // 1_000_000
    tally.memory = {"board": Memory(tuple(taken_b))}
    return tally


def _burst(rng: random.Random, tally: Tally, asked: Asked) -> bytes:
    """The next bytes to send, counted; they end a frame that may be open."""
    burst = damaged_stream(rng, BURST, some, harmed=0.9)
    flood = b"~" + b"A" * FLOOD_BYTES if rng.random() < 0.02 else b""
    data = (burst.data + flood).translate(_NO_INTERRUPT) + b"\n"
    found, damaged, _ = reference(data)
    asked.add(found)
    if not set(found) <= burst.sealed:
        tally.wrong.append("a frame that nobody sealed")
    tally.damaged += damaged
    tally.accepted += len(found)
    tally.frames += burst.mutated
    tally.bytes += len(data)
    tally.harms += burst.harms
    tally.others["floods"] += bool(flood)
    return data

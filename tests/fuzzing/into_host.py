"""Damaged and lying answers of a hostile board, through a pseudo-terminal into the client.

Every request is answered by a burst of mutated frames, now and then by a flood without an end of
line, and at last by a whole answer. What the client takes must be an answer that an encoder
sealed, of the kind and with the tag that were asked for; all else must be a named error.
"""

from __future__ import annotations

import gc
import random
import sys
import tracemalloc
from collections import Counter, deque

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.errors import EvenstanceError
from evenstance_wire import frames, messages
from fuzzing.hostile_board import HostileBoard
from fuzzing.memory import Memory
from fuzzing.reference import Frame
from fuzzing.streams import damaged_stream, random_values, table_frame
from fuzzing.tally import Tally

BURST = 20  # frames
FLOOD_BYTES = 100_000
RECENT = 32  # bursts; more than lie in the buffers between the two
_REPLIES = {ask.kind: reply for ask, reply in messages.REQUESTS}
_OTHERS = (*_REPLIES.values(), *messages.UNASKED, messages.ERROR)


class Liar:
    """Answers requests; `recent` is what was sealed lately."""

    def __init__(self, seed: int, tally: Tally) -> None:
        self._rng = random.Random(f"liar {seed}")
        self._tally = tally
        self.recent: deque[set[Frame]] = deque(maxlen=RECENT)

    def answer(self, request: Frame) -> bytes:
        """A burst of mutated frames, then a whole one."""
        rng = self._rng
        kind, tag, _ = request
        reply = _REPLIES[kind]

        def some(rng: random.Random) -> Frame:
            table = reply if rng.random() < 0.5 else rng.choice(_OTHERS)
            return table_frame(rng, table, tag if rng.random() < 0.5 else rng.randrange(256))

        burst = damaged_stream(rng, BURST, some, harmed=0.95)
        flood = b"~" + rng.randbytes(1) * FLOOD_BYTES if rng.random() < 0.005 else b""
        last = table_frame(rng, reply if rng.random() < 0.8 else messages.ERROR, tag)
        self.recent.append(burst.sealed | {last})
        self._tally.frames += burst.mutated
        self._tally.harms += burst.harms
        self._tally.others["floods"] += bool(flood)
        data = burst.data + flood + frames.encode(*last)
        self._tally.bytes += len(data)
        return data

    def sealed(self, kind: int, tag: int) -> list[bytes]:
        """Bodies of this kind with this tag that were sealed lately."""
        return [
            body for burst in list(self.recent) for k, t, body in burst if (k, t) == (kind, tag)
        ]


def fuzz(seed: int, count: int) -> Tally:
    """Ask until `count` mutated frames have come."""
    tally = Tally()
    liar = Liar(seed, tally)
    rng = random.Random(f"host {seed}")
    used: list[int] = []
    asked = 0
    refused: Counter[str] = Counter()
    tracemalloc.start()
    try:
        with HostileBoard(liar.answer) as board:
            client = BoardClient(SerialPort(board.port))
            while tally.frames < count and board.failure is None:
                table, reply = rng.choice(messages.REQUESTS)
                asked += 1
                tag = (asked - 1) % 255 + 1
                try:
                    got = client.request(table, tries=1, **random_values(rng, table))
                except EvenstanceError as error:
                    refused[type(error).__name__] += 1
                else:
                    tally.accepted += 1
                    bodies = liar.sealed(reply.kind, tag)
                    if not any(len(b) >= reply.size and _same(reply, b, got) for b in bodies):
                        tally.wrong.append(f"request {asked}: {reply.name} that nobody sealed")
                if rng.random() < 0.1:
                    client.notices()
                if asked % 100 == 0:
                    gc.collect()
                    own = sys.getsizeof(used) + sum(map(sys.getsizeof, used))
                    used.append(tracemalloc.get_traced_memory()[0] - own)
            client.close()
    finally:
        tracemalloc.stop()
    tally.others["requests"] = asked
    tally.others.update(refused)
    tally.memory = {"host": Memory(tuple(used))}
    return tally


def _same(reply: messages.Table, body: bytes, got: dict[str, object]) -> bool:
    try:
        return reply.unpack(body) == got
    except ValueError:
        return False

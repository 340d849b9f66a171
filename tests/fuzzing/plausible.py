"""What a sound board answers, for tests that change one thing of it."""

from __future__ import annotations

import random

from evenstance_wire import PROTOCOL, flags, frames, messages
from evenstance_wire.messages import Table
from fuzzing.reference import Frame
from fuzzing.streams import LIMITS

UID = b"HOSTILE1"
JOURNAL = b"JOURNAL1"
_STATUS = {
    "device_us": 60_000_000,
    "state": flags.EMPTY,
    "armed": 1,
    "clock_set": 1,
    "calibration_id": 3,
    "left_counts_per_kn": 2_187_000,
    "right_counts_per_kn": -2_190_000,
    "zero_left_counts": 50_000,
    "zero_right_counts": -30_000,
    "first_seq": 1,
    "next_seq": 3,
    "rate_left_mhz": 93_000,
    "rate_right_mhz": 92_000,
    "memory_free_b": 60_000,
    "flash_free_b": 900_000,
}
_CALIBRATION = {
    "calibration_id": 3,
    "calibration_kind": 0,
    "left_counts_per_kn": 2_187_000,
    "right_counts_per_kn": -2_190_000,
    "zero_left_counts": 50_000,
    "zero_right_counts": -30_000,
    "rating_left_mn": 1_960_000,
    "rating_right_mn": 1_960_000,
}
_VALUES: dict[str, dict[str, object]] = {
    "hello_reply": {
        "protocol": PROTOCOL,
        "board_uid": UID,
        "journal_id": JOURNAL,
        "boot_id": 7,
        "firmware": b"1.0.0",
    },
    "status_reply": dict(_STATUS),
    "get_calibration_reply": dict(_CALIBRATION),
    "list_calibrations_reply": {"calibration_id": 3, "kept": bytes((1, 0, 0, 0, 3, 0, 0, 0))},
    "measure_reply": {"samples_left": 180, "samples_right": 180},
    "zero_reply": {"samples_left": 180, "samples_right": 180},
}


def plausible(table: Table) -> dict[str, object]:
    """Values of a sound board; what is not known of it is missing, else zero or nothing."""
    known = _VALUES.get(table.name, {})
    return {name: known.get(name, _nothing(code)) for name, code in table.fields}


def _nothing(code: str) -> object:
    if code.endswith("?"):
        return None
    if code == "*":
        return b""
    return bytes(int(code[:-1])) if code.endswith("s") else 0


def spoilt(rng: random.Random, table: Table) -> dict[str, object]:
    """The same with one to four fields at a limit or at random."""
    values = plausible(table)
    fields = [(name, code) for name, code in table.fields if name != "protocol"]
    for name, code in rng.sample(fields, min(len(fields), rng.randint(1, 4))):
        if code == "*":
            values[name] = rng.randbytes(rng.choice((0, 3, 8, 200)))
        elif not code.endswith("s"):
            low, high = LIMITS[code[0]]
            values[name] = rng.choice((low, high, 0, 1, rng.randint(low, high)))
    return values


class Sound:
    """Answers every request as a sound board with no trials does.

    `change` has other values by the name of the reply; a body in bytes is sent as it is.
    """

    def __init__(self, change: dict[str, dict[str, object] | bytes] | None = None) -> None:
        self.change = change or {}
        self.asked: list[str] = []

    def __call__(self, request: Frame) -> bytes:
        """The line that answers the request."""
        kind, tag, body = request
        for table, reply in messages.REQUESTS:
            if table.kind == kind:
                self.asked.append(table.name)
                return self.reply(reply, tag, table.unpack(body))
        return b""

    def reply(self, reply: Table, tag: int, asked: dict[str, object]) -> bytes:
        """The line of one reply; `asked` are the values of the request."""
        change = self.change.get(reply.name, {})
        if isinstance(change, bytes):
            return frames.encode(reply.kind, tag, change)
        values = {**plausible(reply), **change}
        if reply is messages.ACK_REPLY and not change:
            values["acked_through"] = asked["through_seq"]
        return frames.encode(reply.kind, tag, reply.pack(values))

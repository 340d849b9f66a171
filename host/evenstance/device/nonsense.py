"""Answers of a board that are whole, by their checksum, and still cannot be true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenstance.errors import ProtocolMismatchError
from evenstance_wire import messages

LAST_UNIX_MS = 253_402_300_799_999  # the end of the year 9999, where calendars end


def cannot_be(what: str, why: str) -> ProtocolMismatchError:
    """What the board said (`what`, a whole sentence) and why it cannot be."""
    return ProtocolMismatchError(
        what,
        cause=f"{why}; the firmware is damaged, or is not what it says it is",
        next_step="Run `evenstance flash`, which keeps holds and calibration, then the command "
        "again. Nothing of this answer was stored.",
        anchor="the-board-says-what-cannot-be",
    )


def check(values: Mapping[str, Any]) -> None:
    """ValueError for values, by the names of the wire, that nothing can be computed from."""
    for side in ("left", "right"):
        if values.get(f"{side}_counts_per_kn") == 0:
            raise ValueError(f"the sensitivity of the {side} plate is zero")
    made_unix_ms = values.get("made_unix_ms")
    if made_unix_ms is not None and not 0 <= made_unix_ms <= LAST_UNIX_MS:
        raise ValueError("the calibration was made in a year that no calendar has")
    if len(values.get("kept", b"")) % messages.KEPT_CALIBRATION.size:
        raise ValueError("the list of calibrations ends in the middle of a number")

"""The zero of a session: taken before its first block, checked after each, never taken between."""

from __future__ import annotations

from collections.abc import Callable

from evenstance.device.client import BoardClient
from evenstance.errors import MeasurementError
from evenstance.flows.plates import zero, zero_shift_n
from evenstance.store.records import ZeroCheck

ZERO_TRIES = 3
ZERO_SHIFT_N = 5.0  # beyond this in one session something is wrong with a plate [D]
FIRST = "before the first block"
NOT_CALIBRATED = "not calibrated before"


class ZeroWatch:
    """Says what it finds and remembers it in `checks`, in order."""

    def __init__(self, client: BoardClient, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self.checks: list[ZeroCheck] = []

    @property
    def last_shift_n(self) -> tuple[float, float] | None:
        """Shift since the session's own zero at the latest check; None when it is not known."""
        if not self.checks or self.checks[-1].moment == FIRST:
            return None
        return _pair(self.checks[-1])

    def take(self) -> None:
        """Take the zero and tell how far it had moved; the board refuses motion and load."""
        found = zero(self._client)
        known = found.left_shift_n is not None and found.right_shift_n is not None
        check = ZeroCheck(
            FIRST, found.left_shift_n, found.right_shift_n, None if known else NOT_CALIBRATED
        )
        self.checks.append(check)
        if known:
            self._say(f"Zero taken; since the last one {_text(check)}.")

    def check(self, block: str) -> None:
        """Tell how far the zero has moved with both plates empty after a block of holds."""
        moment = f"after {block}"
        found = self._measured()
        if isinstance(found, str):
            self.checks.append(ZeroCheck(moment, None, None, found))
            self._say(f"{found} How far the zero has moved is not known.")
            return
        check = ZeroCheck(moment, found[0], found[1], None)
        self.checks.append(check)
        self._say(f"Zero checked {moment}; since the beginning {_text(check)}.")
        if max(abs(one) for one in found) > ZERO_SHIFT_N:
            self._say(
                f"More than {ZERO_SHIFT_N:g} N: the mean forces, load shares and stray loads of "
                "this session are off by as much. See that the plates are free and warmed up."
            )

    def _measured(self) -> tuple[float, float] | str:
        """The shift of both plates (N), or why it is not known."""
        why = ""
        for _ in range(ZERO_TRIES):
            try:
                return zero_shift_n(self._client) or "The board is not calibrated."
            except MeasurementError as error:
                why = error.what
        return why

    def missed(self, reason: str) -> None:
        """The session ended before its last check."""
        self.checks.append(ZeroCheck("at the end", None, None, reason))


def _pair(check: ZeroCheck) -> tuple[float, float] | None:
    if check.left_n is None or check.right_n is None:
        return None
    return check.left_n, check.right_n


def _text(check: ZeroCheck) -> str:
    return f"it moved by {shift_text(check.left_n)} left, {shift_text(check.right_n)} right"


def shift_text(shift_n: float | None) -> str:
    """A shift with its sign; one that rounds to nothing has none."""
    if shift_n is None:
        return "not known"
    shown = round(shift_n, 2)
    return f"{shown:+.2f} N" if shown else "0.00 N"

"""All checks in a row: what cannot be looked at is said so, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evenstance.doctor.board import board_checks, clock_check
from evenstance.doctor.check import Check, in_order, rest_not_checked
from evenstance.doctor.computer import computer_checks
from evenstance.doctor.history import history_checks
from evenstance.doctor.look_board import Looked, Tell, look_at_board, wanted_firmware
from evenstance.doctor.look_computer import look_at_computer
from evenstance.doctor.look_history import look_at_history
from evenstance.doctor.look_port import look_at_port
from evenstance.doctor.micropython import answer_checks
from evenstance.doctor.port import port_checks
from evenstance.store.location import clinic_address


@dataclass(frozen=True)
class Examined:
    """The port that was used, None when there was none, and every check in its order."""

    port: str | None
    checks: Sequence[Check]

    def count(self, state: str) -> int:
        """How many checks are in this state."""
        return sum(check.state == state for check in self.checks)


def examine(port: str | None, tell: Tell, *, now: datetime, stop_firmware: bool) -> Examined:
    """Look at this computer, the history, the port and the board; `now` is aware."""
    tell("Looking at this computer.")
    found = computer_checks(look_at_computer()) + history_checks(look_at_history())
    address = clinic_address()
    if address is not None:
        from evenstance.doctor.clinic import clinic_checks  # a laptop on its own never needs it

        tell("Looking at the clinic's history.")
        found += clinic_checks(address)
    seen = look_at_port(port)
    found += port_checks(seen)
    if seen.name is None or seen.refusal is not None:
        found.append(clock_check(now.astimezone().replace(tzinfo=None)))
        reason = "no port was chosen" if seen.name is None else "the port does not open"
        return Examined(seen.name, in_order(found + rest_not_checked(found, reason)))
    looked = look_at_board(
        seen.name, tell, now=now, bootsel=bool(seen.bootsel), stop_firmware=stop_firmware
    )
    found += answer_checks(looked.answer, wanted_firmware())
    if looked.board is not None:
        found += board_checks(looked.board)
    else:
        found.append(clock_check(now.astimezone().replace(tzinfo=None)))
    return Examined(seen.name, in_order(found + rest_not_checked(found, _why(looked))))


def _why(looked: Looked) -> str:
    if looked.answer.fault is not None:
        return looked.answer.fault
    if looked.answer.firmware is not None:
        return "the board speaks another protocol"
    return "the firmware does not answer"

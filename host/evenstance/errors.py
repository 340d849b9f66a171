"""One root for every failure a person sees: what happened, the likely cause, the next step."""

from __future__ import annotations

TROUBLESHOOTING = "docs/troubleshooting.md"


class EvenstanceError(Exception):
    """A failure with advice; the CLI prints it without a traceback and exits with `exit_code`."""

    exit_code = 1

    def __init__(
        self, what: str, *, cause: str = "", next_step: str = "", anchor: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.next_step = next_step
        self.anchor = anchor  # of TROUBLESHOOTING; "" where the page says no more than this


class UsageError(EvenstanceError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InputError(EvenstanceError):
    """A file or value given by the user cannot be used."""

    exit_code = 3


class NoBoardError(EvenstanceError):
    """No board found, or more than one and none chosen."""

    exit_code = 4


class LinkLostError(EvenstanceError):
    """The board went away or fell silent in the middle of the work."""

    exit_code = 5


class NoFirmwareError(EvenstanceError):
    """Something answers on the port, but not with Evenstance firmware."""

    exit_code = 6


class ProtocolMismatchError(EvenstanceError):
    """The firmware on the board speaks another protocol version, or says what cannot be."""

    exit_code = 7


class BoardRefusedError(EvenstanceError):
    """The board understood the request and refused it, with a named reason."""

    exit_code = 8


class FlashError(EvenstanceError):
    """Copying or verifying the firmware failed."""

    exit_code = 9


class StoreError(EvenstanceError):
    """The history could not be opened, read or written."""

    exit_code = 10


class VirtualBoardError(EvenstanceError):
    """The virtual board could not be started or stopped working."""

    exit_code = 11


class MeasurementError(EvenstanceError):
    """The measurement did not yield what the command needs; nothing was made up."""

    exit_code = 12


class ScreenBlockedError(EvenstanceError):
    """The person's screening answers say that nothing may start."""

    exit_code = 13


class CheckFailedError(EvenstanceError):
    """A test of the board was measured and a limit was not met."""

    exit_code = 14


class NotReproducedError(EvenstanceError):
    """A stored result did not come out again from its trace."""

    exit_code = 15


class IncompleteSyncError(EvenstanceError):
    """Some of the laptop's history was left out of the clinic's, and is named."""

    exit_code = 16

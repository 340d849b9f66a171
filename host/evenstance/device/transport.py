"""A serial port as a plain pair of read and write, whatever carries it."""

from __future__ import annotations

from typing import Any, Protocol

from evenstance.device.port_access import why_refused
from evenstance.errors import LinkLostError, NoBoardError

POLL_S = 0.05
MOST_BYTES = 65536  # of what has arrived, in one read


class Port(Protocol):
    """What the client needs of a port; `read` waits at most POLL_S."""

    name: str

    def read(self) -> bytes:
        """Bytes that have arrived, empty when none came in time."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


class SerialPort:
    """A device, a pseudo-terminal or a pySerial URL."""

    def __init__(self, url: str) -> None:
        import serial

        self.name = url
        try:
            self._serial: Any = serial.serial_for_url(
                url, baudrate=115200, timeout=POLL_S, write_timeout=2.0, exclusive=True
            )  # exclusive: two programs on one port would take each other's answers
        except (OSError, ValueError, serial.SerialException) as error:
            raise _not_opened(url, error) from error
        self._failures = (OSError, serial.SerialException, TypeError)
        self._counts_one = url.startswith("socket://")  # whatever waits, it says 1

    def read(self) -> bytes:
        try:
            data = bytes(self._serial.read(max(1, self._serial.in_waiting)))
            return data + self._rest() if data and self._counts_one else data
        except self._failures as error:
            raise self._lost(error) from error

    def _rest(self) -> bytes:
        self._serial.timeout = 0
        try:
            return bytes(self._serial.read(MOST_BYTES))
        finally:
            self._serial.timeout = POLL_S

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except self._failures as error:
            raise self._lost(error) from error

    def close(self) -> None:
        self._serial.close()

    def _lost(self, error: BaseException) -> LinkLostError:
        return LinkLostError(
            f"The board on {self.name} went away.",
            cause=f"unplugged, switched off or reset ({error})",
            next_step="Plug it in and run the command again; every completed hold is still on "
            "the board, and `evenstance pull` brings what is missing.",
            anchor="the-board-went-away",
        )


def _not_opened(url: str, error: Exception) -> NoBoardError:
    why = why_refused(error)
    if why == "permission":
        return NoBoardError(
            f"The port {url} may not be opened by you.",
            cause="your user is not allowed to use serial ports",
            next_step="Run `evenstance doctor`: it prints the command for this computer. On "
            "Debian: `sudo usermod -aG dialout $USER`, then log in again.",
            anchor="the-port-may-not-be-opened",
        )
    if why == "busy":
        return NoBoardError(
            f"The port {url} is in use by another program.",
            cause="another evenstance, mpremote or a serial monitor has it open",
            next_step="Close the other program and run the command again.",
            anchor="the-port-is-in-use",
        )
    return NoBoardError(
        f"The port {url} cannot be opened.",
        cause=f"it does not exist or is no serial port ({error})",
        next_step="Run `evenstance devices` to see which ports there are.",
        anchor="the-port-cannot-be-opened",
    )

"""Which attached board to use when nobody says so."""

from __future__ import annotations

from dataclasses import dataclass

from evenstance.errors import NoBoardError

RASPBERRY_PI_VID = 0x2E8A
# Product numbers of the maker's list: a debug probe or a Pico with CircuitPython is no board.
MICROPYTHON_PIDS = (0x0005,)  # on RP2040 and RP2350
BOOTSEL_PIDS = (0x0003, 0x000F)  # waits for a program, as a drive: RP2040, RP2350
OTHER_PIDS = {
    0x0004: "a Picoprobe",
    0x0009: "a Pico with a program made with the C SDK",
    0x000A: "a Pico with a program made with the C SDK",
    0x000B: "a Pico with CircuitPython",
    0x000C: "a Debug Probe",
}


@dataclass(frozen=True)
class FoundPort:
    """One serial port with the USB facts that tell what it is."""

    port: str
    description: str
    vid: int | None
    pid: int | None
    serial_number: str | None

    @property
    def is_board(self) -> bool:
        """A Raspberry Pi board that runs MicroPython, by its USB ids."""
        return self.vid == RASPBERRY_PI_VID and self.pid in MICROPYTHON_PIDS

    @property
    def other(self) -> str | None:
        """What else of the same maker it is, None when that is not known."""
        return OTHER_PIDS.get(self.pid or 0) if self.vid == RASPBERRY_PI_VID else None


def list_ports() -> list[FoundPort]:
    """Every serial port of this computer."""
    from serial.tools import list_ports as pyserial_ports

    return [
        FoundPort(p.device, p.description or "", p.vid, p.pid, p.serial_number)
        for p in sorted(pyserial_ports.comports(), key=lambda p: p.device)
    ]


def choose_port(asked: str | None) -> str:
    """The port to use: the one asked for, else the only board attached."""
    if asked:
        return asked
    boards = [p for p in list_ports() if p.is_board]
    if len(boards) == 1:
        return boards[0].port
    if not boards:
        raise NoBoardError(
            "No board is attached.",
            cause="no USB port belongs to a Raspberry Pi Pico that runs MicroPython",
            next_step="Plug the board in. A Pico without MicroPython: hold BOOTSEL while plugging "
            "it in and copy the MicroPython image onto the drive that appears. Without hardware: "
            "`evenstance sim` prints the port of a virtual board for --port.",
            anchor="no-port-is-marked-as-board",
        )
    raise NoBoardError(
        f"{len(boards)} boards are attached: {', '.join(b.port for b in boards)}.",
        cause="only you know which one is meant",
        next_step=f"Name one, for example `--port {boards[0].port}`.",
        anchor="several-boards-are-attached",
    )

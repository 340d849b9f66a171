"""The interpreter's process of the virtual board, with its terminal and its pipes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import termios
import tty
from pathlib import Path

_BOARD_SIDE = Path(__file__).parent / "board_side"


def open_board_terminal() -> tuple[int, int]:
    """The pair of the board's own terminal: raw, except that Ctrl-C interrupts."""
    master, slave = os.openpty()
    tty.setraw(slave)
    mode = termios.tcgetattr(slave)
    mode[3] |= termios.ISIG | termios.NOFLSH
    mode[6][termios.VINTR] = b"\x03"
    mode[6][termios.VQUIT] = b"\x00"
    mode[6][termios.VSUSP] = b"\x00"
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    return master, slave


class BoardProcess:
    """One life of the board, from power to power; `close` ends it and frees what it holds.

    `terminal` is the far side of its serial port, `up` and `down` the pipes of time and pins.
    """

    def __init__(
        self, flash_image: Path, flash_blocks: int, heap_kb: int, *, run_main: bool
    ) -> None:
        self.terminal, slave = open_board_terminal()
        os.set_blocking(self.terminal, False)
        self.up, up_write = os.pipe()
        down_read, self.down = os.pipe()
        environment = {
            "MICROPYPATH": f"{_BOARD_SIDE}:.frozen",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "EVENSTANCE_SIM_UP": f"/dev/fd/{up_write}",
            "EVENSTANCE_SIM_DOWN": f"/dev/fd/{down_read}",
            "EVENSTANCE_SIM_FLASH": str(flash_image),
            "EVENSTANCE_SIM_BLOCKS": str(flash_blocks),
            "EVENSTANCE_SIM_RUN_MAIN": "1" if run_main else "0",
            "TERM": "dumb",
        }
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-S",
                str(Path(__file__).with_name("interpreter.py")),
                "-X",
                f"heapsize={heap_kb}k",
                "-i",
                str(_BOARD_SIDE / "power_up.py"),
            ],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            pass_fds=(up_write, down_read),
            cwd="/",
        )
        for fd in (slave, up_write, down_read):
            os.close(fd)

    @property
    def pid(self) -> int:
        """Process id of the interpreter."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        return self._process.wait()

    def close(self) -> None:
        """End it if it runs, and free terminal and pipes."""
        self._process.kill()
        self._process.wait()
        for fd in (self.terminal, self.up, self.down):
            os.close(fd)


def read_some(fd: int) -> bytes:
    """What is there to be read, b"" when nothing is or the other side is gone."""
    try:
        return os.read(fd, 4096)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EIO):
            return b""
        raise


def write_some(fd: int, data: bytearray) -> int:
    """How many bytes were taken, 0 when there is no room or the other side is gone."""
    try:
        return os.write(fd, data[:4096])
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EIO):
            return 0
        raise

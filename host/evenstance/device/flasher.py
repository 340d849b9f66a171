"""Puts the firmware on a board with mpremote, and proves that it is there.

Verification asks the board to hash what its own flash holds and compares with the files here.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from evenstance.errors import FlashError, LinkLostError

FOLDERS = ("evenstance_wire", "evenstance_board")
TIMEOUT_S = 120.0
_WENT_AWAY = ("Input/output error", "device disconnected", "Device not configured")

_HASH_SCRIPT = """
import os, hashlib, binascii, json
found = {}
def look(path):
    h = hashlib.sha256()
    with open(path, 'rb') as f:
        while True:
            part = f.read(512)
            if not part:
                break
            h.update(part)
    found[path[1:]] = binascii.hexlify(h.digest()).decode()
for folder in ('/evenstance_wire', '/evenstance_board'):
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    for name in names:
        look(folder + '/' + name)
try:
    look('/main.py')
except OSError:
    pass
print('HASHES ' + json.dumps(found))
"""


class Mpremote:
    """mpremote as a program on one port."""

    def __init__(self, port: str) -> None:
        self.port = port

    def run(self, *arguments: str) -> str:
        """Run one mpremote command; its output, or an error that says what it said."""
        command = [sys.executable, "-m", "mpremote", "connect", self.port, *arguments]
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise LinkLostError(
                f"mpremote got no answer on {self.port} for {TIMEOUT_S:.0f} s.",
                cause="the board hangs or the cable is bad",
                next_step="Unplug the board, plug it in again, and repeat.",
                anchor="the-firmware-cannot-be-copied",
            ) from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            cause = said[-1] if said else f"exit code {done.returncode}"
            if any(words in cause for words in _WENT_AWAY):
                raise LinkLostError(
                    f"The board on {self.port} went away while mpremote used it.",
                    cause=f"unplugged, switched off or reset ({cause})",
                    next_step="Plug it in and run `evenstance flash` again; its journal and "
                    "calibration are not touched.",
                    anchor="the-board-went-away",
                )
            action = next(word for word in arguments if word != "resume")
            raise FlashError(
                f"mpremote could not do `{action}` on {self.port}.",
                cause=cause,
                next_step="Check that MicroPython is on the board (hold BOOTSEL while plugging it "
                "in and copy the image) and that no other program has the port open.",
                anchor="the-firmware-cannot-be-copied",
            )
        return done.stdout


def copy(mpremote: Mpremote, files: Mapping[str, Path], tell: Callable[[str], None]) -> None:
    """Copy every file; files of earlier firmware that are no longer part of it are removed.

    main.py goes first and comes last: interrupted, a board starts nothing rather than a mixture.
    """
    mpremote.run("exec", _prepare_script(files))
    for folder in FOLDERS:
        sources = [str(path) for target, path in files.items() if target.startswith(folder + "/")]
        tell(f"copying {folder} ({len(sources)} files)")
        mpremote.run("resume", "fs", "cp", *sources, f":{folder}/")
    tell("copying main.py")
    mpremote.run("resume", "fs", "cp", str(files["main.py"]), ":main.py")


def processor(mpremote: Mpremote) -> tuple[str, int | None]:
    """What the board says of its platform, and of the compiled files that its processor takes."""
    script = "import sys; print('MPY', sys.platform, getattr(sys.implementation, '_mpy', None))"
    for line in mpremote.run("exec", script).splitlines():
        words = line.split()
        if words[:1] == ["MPY"] and len(words) == 3:
            return words[1], int(words[2]) if words[2].isdecimal() else None
    return "", None


def verify(mpremote: Mpremote, *wanted: Mapping[str, Path]) -> None:
    """Compare hashes computed on the board from its flash with the files here, which may be
    either of several sets: compiled, or as sources. What differs is told of the nearest."""
    output = mpremote.run("exec", _HASH_SCRIPT)
    lines = [line for line in output.splitlines() if line.startswith("HASHES ")]
    try:
        found: dict[str, str] = json.loads(lines[-1][len("HASHES ") :])
    except (IndexError, ValueError) as error:
        raise FlashError(
            "The board did not report the hashes of its files.",
            cause=output.strip()[-200:] or "no output",
            next_step="Run `evenstance flash` again.",
        ) from error
    files, wrong = min(
        ((one, _wrong(one, found)) for one in wanted), key=lambda pair: len(pair[1])
    )
    if wrong:
        missing = [t for t in wrong if t not in found]
        raise FlashError(
            f"{len(wrong)} of {len(files)} firmware files on the board are not as they should be: "
            + ", ".join(wrong[:5])
            + (" ..." if len(wrong) > 5 else ""),
            cause=f"missing on the board: {', '.join(missing[:5])}"
            if missing
            else "their content in flash differs",
            next_step="Run `evenstance flash` again; if it repeats, the flash chip is bad.",
            anchor="the-firmware-cannot-be-copied",
        )


def _wrong(files: Mapping[str, Path], found: Mapping[str, str]) -> list[str]:
    return sorted(
        target
        for target, path in files.items()
        if found.get(target) != hashlib.sha256(path.read_bytes()).hexdigest()
    )


def restart(mpremote: Mpremote) -> None:
    """Reset the board so that it starts the firmware."""
    mpremote.run("reset")


def _prepare_script(files: Mapping[str, Path]) -> str:
    keep: dict[str, list[str]] = {folder: [] for folder in FOLDERS}
    for target in files:
        folder, _, name = target.rpartition("/")
        if folder:
            keep[folder].append(name)
    return (
        "import os\n"
        "try:\n"
        "    os.remove('/main.py')\n"
        "except OSError:\n"
        "    pass\n"
        f"for folder, names in {keep!r}.items():\n"
        "    try:\n"
        "        os.mkdir('/' + folder)\n"
        "    except OSError:\n"
        "        pass\n"
        "    for name in os.listdir('/' + folder):\n"
        "        if name not in names:\n"
        "            os.remove('/' + folder + '/' + name)\n"
    )

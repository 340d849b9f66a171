"""The board's process knows what a board knows: counts on its pins, not the recording."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import replaying
import stitched
from programs import DEADLINE_S, Program
from replaying import PROC
from stitched import DEFAULT, Play

from evenstance.firmware_files import firmware_files

ALLOWED_FILES = (
    re.compile(r"/$"),  # working directory and root
    re.compile(r".*/(micropython[^/]*|python[^/]*)$"),  # the program itself
    re.compile(r"/dev/(pts/\d+|tty)$"),  # its serial port
    re.compile(r"pipe:\[\d+\]$"),  # conversions in, time out
    re.compile(r".*/board-[^/]+/flash\.img$"),  # its flash
)
BOARD_LOOKS = """
import json, os
def tried(what):
    try:
        return repr(what())
    except OSError as error:
        return "OSError " + str(error.errno)
print(json.dumps({
    "root": os.listdir("/"),
    "cwd": os.getcwd(),
    "hostname": tried(lambda: open("/etc/hostname").read()),
    "recording": tried(lambda: open("RECORDING").read(9)),
    "proc": tried(lambda: os.listdir("/proc")),
    "above": tried(lambda: os.listdir("/../..")),
    "files": tried(lambda: open("/dev/fd/0")),
    "environment": [os.getenv("EVENSTANCE_SIM_FLASH"), os.getenv("EVENSTANCE_HOME")],
}))
"""

once, played = replaying.once, stitched.played


@pytest.mark.skipif(not PROC.is_dir(), reason="this system shows no processes under /proc")
def test_the_board_s_process_cannot_know_the_recording(played: Callable[[str], Play]) -> None:
    play = played(DEFAULT)
    command, board = play.run.command, play.run.board
    assert command is not None
    assert board is not None
    assert command.knows(play.folder), "the command itself was given the file"
    assert "interpreter.py" in board.arguments or "power_up.py" in board.arguments
    assert not board.knows(play.folder)
    assert not board.knows("session.csv")
    assert not board.knows("EVENSTANCE_HOME")
    strange = [f for f in board.files if not any(p.match(f) for p in ALLOWED_FILES)]
    assert strange == []


def test_the_firmware_sees_its_own_flash_and_no_other_file(home: Path, tmp_path: Path) -> None:
    recording = tmp_path / "session.csv"
    recording.write_text("t_s,left_n,right_n\n")
    with Program("sim", "--empty", "--speed", "1", home=home) as sim:
        port = sim.line("/dev/", stream="out").strip()
        looks = BOARD_LOOKS.replace("RECORDING", str(recording))
        done = subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", port, "exec", looks],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE_S,
        )
        sim.signal(signal.SIGINT)
        sim.ended()
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    shipped = {target.lstrip("/").split("/")[0] for target in firmware_files()}
    assert shipped <= set(seen["root"])
    assert set(seen["root"]) - shipped == {"evenstance"}, "the board's own journal and settings"
    assert seen["cwd"] == "/"
    for name in ("hostname", "recording", "proc", "above", "files"):
        assert seen[name].startswith("OSError"), name
    assert seen["environment"] == [None, None]

"""Unfinished files of killed programs: removed later, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenstance.private_files import KEPT_S, new_file

KILLED = """
import os, signal, sys
from pathlib import Path
from evenstance.private_files import new_file
with new_file(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_program_left_is_removed_a_day_later(tmp_path: Path) -> None:
    wanted = tmp_path / "holds.csv"
    done = subprocess.run([sys.executable, "-c", KILLED, str(wanted)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()  # the name itself was never taken
    assert left.read_text() == "half"
    journal = left.with_name(f"{left.name}-journal")
    journal.touch()
    others = [
        tmp_path / name for name in (".holds.csv.part", "holds.0123456789ab.part", ".hidden")
    ]
    a_day_ago = left.stat().st_mtime - KEPT_S - 60
    for path in (*others, journal):
        path.touch()
        os.utime(path, (a_day_ago, a_day_ago))

    with new_file(wanted) as part:
        part.write_text("whole")
    assert set(tmp_path.iterdir()) == {wanted, left, *others}, "perhaps somebody still writes it"

    os.utime(left, (a_day_ago, a_day_ago))
    with new_file(wanted, force=True) as part:
        part.write_text("whole")
    assert set(tmp_path.iterdir()) == {wanted, *others}


def test_a_clock_that_is_set_meanwhile_makes_no_file_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a computer that finds out after its start which day it is."""
    later_s = time.time() + 3 * KEPT_S
    with new_file(tmp_path / "holds.csv") as first:
        monkeypatch.setattr(time, "time", lambda: later_s)
        with new_file(tmp_path / "traces.csv") as second:
            second.write_text("whole")
        assert first.exists(), "it is being written"

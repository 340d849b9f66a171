"""Runs `evenstance replay` as a person does, and works out from the CSV what it must find.

The truth here is a few lines of numpy on the recording itself: none of the product's own signal
code has a part in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pickle
import resource
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import DEADLINE_S, command_line, environment

FloatArray = NDArray[np.float64]
T = TypeVar("T")
Once = Callable[[str, Callable[[], T]], T]

PLAYING = b"playing"
THRESHOLD_N = 20.0
WINDOW_S = 5.0
OTHER = {"left": "right", "right": "left"}
PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """What the system shows of one process: arguments, environment, files, memory map."""

    arguments: str
    environment: str
    files: tuple[str, ...]
    memory: str

    def knows(self, text: str) -> bool:
        """Whether `text` stands anywhere in it."""
        return any(
            text in part for part in (self.arguments, self.environment, *self.files, self.memory)
        )


@dataclass(frozen=True)
class Replayed:
    """One finished run of the command, the CPU time (s) of all its processes together, and what
    /proc (where there is one) showed of the command and of its board, if it was looked at."""

    code: int
    out: str
    err: str
    cpu_s: float
    command: Process | None
    board: Process | None

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object; fails with what the command said when there is none."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def holds(self) -> list[dict[str, Any]]:
        return self.result["holds"]


def replay(file: Path, *options: str, look: bool = False) -> Replayed:
    """Run `evenstance replay FILE --json --speed 0` with a history of its own; `look` at its
    processes while it plays, which must be for some seconds."""
    before_s = _children_cpu_s()
    command = board = None
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command_line("replay", str(file), "--json", "--speed", "0", *options),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment(Path(home)),
            cwd=home,
        )
        assert process.stderr is not None
        err = b""
        try:
            with process.stderr:
                for line in process.stderr:
                    err += line
                    if look and line.startswith(PLAYING) and PROC.is_dir():
                        command = look_at(process.pid)
                        board = look_at(_only_child(process.pid))
            code = process.wait(DEADLINE_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        text = out.read()
    return Replayed(code, text, err.decode(), _children_cpu_s() - before_s, command, board)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once[Any]:
    """`once(name, make)` makes a value once for all workers of a test run: a replay takes
    seconds, and workers share only files."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def get(name: str, make: Callable[[], Any]) -> Any:
        kept = folder / f"{name}.pickle"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(pickle.dumps(make()))
            return pickle.loads(kept.read_bytes())

    return get


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def look_at(pid: int) -> Process:
    """What /proc shows of a process."""
    folder = PROC / str(pid)
    files = [os.readlink(folder / name) for name in ("cwd", "root", "exe")]
    for link in (folder / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            files.append(os.readlink(link))
    return Process(
        arguments=(folder / "cmdline").read_text().replace("\0", " "),
        environment=(folder / "environ").read_text().replace("\0", "\n"),
        files=tuple(files),
        memory=(folder / "maps").read_text(),
    )


def _only_child(pid: int) -> int:
    running = [folder for folder in PROC.iterdir() if folder.name.isdigit()]
    found = [int(folder.name) for folder in running if _parent(folder) == pid]
    assert len(found) == 1, f"the replay has {len(found)} processes beside its own"
    return found[0]


def _parent(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None  # ended meanwhile


@dataclass(frozen=True)
class Forces:
    """The columns of a recording."""

    t_s: FloatArray
    left: FloatArray
    right: FloatArray

    @property
    def duration_s(self) -> float:
        return float(self.t_s[-1] - self.t_s[0])

    def of(self, leg: str) -> FloatArray:
        return self.left if leg == "left" else self.right

    def swapped(self) -> Forces:
        return Forces(self.t_s, self.right, self.left)

    def between(self, from_s: float, to_s: float) -> Forces:
        inside = (self.t_s >= from_s) & (self.t_s < to_s)
        return Forces(self.t_s[inside], self.left[inside], self.right[inside])

    def crossings_s(self, leg: str, *, rising: bool) -> FloatArray:
        """Times (s) at which a foot's force passes 20 N, on straight lines between the rows."""
        force = self.of(leg)
        above = force > THRESHOLD_N
        k = np.flatnonzero((above[1:] != above[:-1]) & (above[1:] == rising))
        share = (THRESHOLD_N - force[k]) / (force[k + 1] - force[k])
        return self.t_s[k] + share * (self.t_s[k + 1] - self.t_s[k])

    def window_sds_n(self, leg: str, from_s: float) -> list[float]:
        """Sample SD (N) in each of the four 5 s windows from `from_s` on."""
        starts = [from_s + k * WINDOW_S for k in range(4)]
        return [float(self.between(s, s + WINDOW_S).of(leg).std(ddof=1)) for s in starts]

    def write(self, file: Path) -> Path:
        """Write a recording that the product can read."""
        np.savetxt(
            file,
            np.column_stack((self.t_s, self.left, self.right)),
            fmt=("%.4f", "%.3f", "%.3f"),
            delimiter=",",
            header="t_s,left_n,right_n",
            comments="",
        )
        return file


@cache
def forces(file: Path) -> Forces:
    """Read a recording."""
    columns = np.loadtxt(file, delimiter=",", skiprows=1)
    return Forces(columns[:, 0], columns[:, 1], columns[:, 2])

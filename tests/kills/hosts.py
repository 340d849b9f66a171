"""Evenstance in a process of its own that can be killed, without the wait for its imports.

A server that has everything imported forks a process for each command; what runs in it is the
command line as installed.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenstance import cli
from evenstance.flows import guide
from evenstance.store import upgrade

ENDS_S = 240.0
SHORT_SESSION = "short-session"  # one scored hold on each leg; arguments as of `session`
COPY_BEFORE = "copy-before"  # the copy that an upgrade makes first, alone
TOUCHES = ("open", "os.rename", "os.remove", "sqlite3.connect")
PRELOADED = (
    "alembic.command",
    "serial",
    "evenstance.cli",
    "evenstance.commands.results",
    "evenstance.flows.flash",
    "evenstance.flows.guide",
    "evenstance.flows.results",
    "evenstance.flows.trial_results",
    "evenstance.store.database",
)

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([*PRELOADED])


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said, on either stream."""

    code: int
    text: str

    def json(self) -> Any:
        """The last line that is a JSON value, or all of them."""
        start = self.text.index("{")
        return json.JSONDecoder().raw_decode(self.text[start:])[0]


class Host:
    """One running command; `kill` is `kill -9`."""

    def __init__(self, home: Path, *arguments: str, dies_at: int | None = None) -> None:
        """With `dies_at` it is killed as it is about to touch a file of its folder for that
        time; nobody who looks from outside sees so exactly."""
        self._said = home.with_name(f"{home.name}.said")
        self._said.write_bytes(b"")
        told = (arguments, str(home), str(self._said), dies_at)
        self._process = _context.Process(target=_run, args=told)
        self._process.start()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.is_alive()

    def kill(self, *, children: bool = False) -> None:
        """Kill the process at once, with the programs it has started or without them."""
        assert self._process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def ended(self) -> Said:
        """Wait until it is over; -9 is the code of one that was killed."""
        self._process.join(ENDS_S)
        code = self._process.exitcode
        if code is None:
            self.kill(children=True)
            raise AssertionError(f"still running after {ENDS_S:.0f} s: {self._text()}")
        return Said(code, self._text())

    def _text(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")


def run(home: Path, *arguments: str) -> Said:
    """One command from its start to its end."""
    return Host(home, *arguments).ended()


def _run(arguments: tuple[str, ...], home: str, said: str, dies_at: int | None) -> None:
    os.setsid()
    os.environ["EVENSTANCE_HOME"] = home
    os.environ["COLUMNS"] = "100"
    for fd, file, flags in ((0, os.devnull, os.O_RDONLY), (1, said, os.O_WRONLY)):
        os.dup2(os.open(file, flags), fd)
    os.dup2(1, 2)
    if dies_at is not None:
        sys.addaudithook(_killer(home, dies_at))
    name, *rest = arguments
    if name == SHORT_SESSION:
        guide.QUICK = guide.SessionPlan("quick", 1, rest_s=5.0, practice=False)
        rest = ["--protocol", "quick", "--quick-check", "none", *rest]
        name = "session"
    if name == COPY_BEFORE:
        upgrade.copy_before(Path(rest[0]), rest[1], rest[2])
        sys.exit(0)
    sys.exit(cli.run([name, *rest]))


def _killer(home: str, dies_at: int) -> Callable[[str, tuple[object, ...]], None]:
    """Told by Python of what it is about to do; kills its own process the `dies_at`-th time."""
    times = 0

    def told(event: str, values: tuple[object, ...]) -> None:
        nonlocal times
        if event in TOUCHES and home in str(values[0]):
            times += 1
            if times == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    return told

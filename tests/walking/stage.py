"""Where a page is walked: a clean home, the program from its wheel, a board, somebody on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from boards import client_on
from doc_pages import ROOT
from standing import Standing
from terminal import Hands, settled

from clinic.server import Server
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.person import SyntheticPerson
from evenstance_wire import units
from walking.servers import as_superuser, database_programs, installed

T = TypeVar("T")
PRESS_KG = 8.0
STANCES = {
    "Stand with": Standing(375.0, 325.0),
    "Face the other way": Standing(375.0, 325.0, turned=True),
}


def wheel_installed(folder: Path) -> Path:
    """The `bin` of a new environment that has the program from its wheel, nothing of the source.

    What the program needs comes from the environment that runs this.
    """
    built = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "-o", str(folder)]
    _quiet([*built, str(ROOT)])
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = home / "bin" / "python"
    _quiet([str(python), "-m", "pip", "install", "--no-deps", "--no-index", "-q", str(wheel)])
    os.symlink(Path(sys.executable).with_name("mpremote"), home / "bin" / "mpremote")
    return home / "bin"


def _quiet(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")


def faked_clock() -> str | None:
    """The library that gives a program another day; None where faketime is not installed."""
    if shutil.which("faketime") is None:
        return None
    found = ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
    done = subprocess.run(found, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Stage:
    """One page's surroundings; the board is off after the `with` block."""

    def __init__(self, folder: Path, programs: Path, clock: str | None, seed: int) -> None:
        self.home = folder / "home"
        self.here = folder / "here"
        self.home.mkdir(parents=True)
        self.here.mkdir()
        self.masses = Masses()
        self.now: datetime | None = None  # None: the clock of this computer
        self.variables: dict[str, str] = {}  # what the page has exported
        self.instead: dict[str, str] = {}  # addresses that are nobody's, and what is taken instead
        self.server: Server | None = None
        self.programs = programs
        self._open = ExitStack()
        self._clock = clock
        self._seed = seed
        self._people = 0
        self._board: VirtualBoard | None = None
        self._timeline = Timeline(self.masses)
        self._command: tuple[str, ...] = ()
        self._hands: Hands | None = None

    @property
    def history(self) -> Path:
        """Where the program keeps the history when nothing else is said."""
        if sys.platform == "darwin":
            return self.home / "Library" / "Application Support" / "evenstance"
        return self.home / ".local" / "share" / "evenstance"

    @property
    def port(self) -> str | None:
        """The port of the board, if there is one."""
        return None if self._board is None else self._board.port

    def environment(self) -> Mapping[str, str]:
        """What a new user's login would have, and the clock of the page."""
        found = {
            "HOME": str(self.home),
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            **self.variables,
        }
        if self.now is not None:
            assert self._clock is not None
            ahead_s = (self.now - datetime.now(timezone.utc)).total_seconds()
            found |= {
                "LD_PRELOAD": self._clock,
                "FAKETIME": f"{ahead_s:+.0f}",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        return found

    # -- servers ------------------------------------------------------------------------------

    def opened(self, what: AbstractContextManager[T]) -> T:
        """Keep it until the page is over."""
        return self._open.enter_context(what)

    def new_server(self) -> None:
        """Another computer with PostgreSQL just installed; the page goes on there."""
        self.server = self.opened(installed())

    def superuser(self) -> Mapping[str, str]:
        """The surroundings of `sudo -u postgres`."""
        assert self.server is not None
        found = {**self.environment(), **as_superuser(self.server)}
        return {**found, "PATH": f"{self.programs}:{database_programs()}:/usr/bin:/bin"}

    # -- board --------------------------------------------------------------------------------

    def board(self, *, blank: bool = False, calibrated: bool = True, speed: float = 0.0) -> None:
        """Plug in another board; nobody stands on it."""
        self._off()
        self.masses = Masses()
        self._timeline = Timeline(self.masses)
        self._board = VirtualBoard(
            self._timeline, Wiring.drawn(self._seed), speed=0.0, flash_image=None, blank=blank
        )
        self._board.__enter__()
        if calibrated and not blank:
            with client_on(self._board.port) as client:
                calibrate_with_masses(client, self.masses, self._board.broker)
        self._board.broker.set_speed(speed)

    def speed(self, times: float) -> None:
        """How fast the board's time passes; 0 is as fast as it goes."""
        assert self._board is not None
        self._board.broker.set_speed(times)

    def somebody(self) -> None:
        """Somebody waits beside the plates and does what the beeps ask."""
        person = SyntheticPerson(self._seed, true_difference_pct=25.0)
        person.new_session(self._people)
        self._people += 1
        self._timeline.append(person)

    def nobody(self) -> None:
        """The plates are empty."""
        self.masses = Masses()
        self._timeline.append(self.masses)

    # -- hands --------------------------------------------------------------------------------

    def begin(self, command: tuple[str, ...]) -> None:
        """Remember what is run: it says which mass is meant."""
        self._command = command
        self._hands = None

    def do(self, asked: str) -> None:
        """Do what a prompt asks for, and wait until it has settled."""
        assert self._board is not None
        if self._command[:2] == ("check", "swap"):
            stance = next((s for words, s in STANCES.items() if asked.startswith(words)), None)
            loads = Masses() if stance is None else stance
            settled(self._board, self._timeline.append(loads))
        elif self._command[:2] == ("check", "sides"):
            pressed = re.search(r"\b(LEFT|RIGHT)\b", asked)
            at_us = 0
            for plate, side in enumerate(units.PLATES):
                mine = pressed is not None and pressed[1] == side.upper()
                at_us = self.masses.place(plate, PRESS_KG if mine else 0.0)
            settled(self._board, at_us)
        else:
            if self._hands is None:
                mass = self._command.index("--mass") + 1
                kg = float(self._command[mass])
                self._hands = Hands(self._board, self.masses, mass_kg=kg)
            self._hands(asked)

    # -- end ----------------------------------------------------------------------------------

    def _off(self) -> None:
        if self._board is not None:
            self._board.__exit__(None, None, None)
            self._board = None

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._off()
        self._open.close()

"""Evenstance on a terminal of its own, with somebody in front of it who does what it asks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from programs import DEADLINE_S, command_line, environment, until

from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses
from evenstance_wire import units

SETTLE_US = 500_000
ASKED = re.compile(r"([^\r\n]*), press Enter: ")


class Terminal:
    """A command whose input, output and errors are one pseudo-terminal."""

    def __init__(self, *arguments: str, home: Path) -> None:
        self._ours, theirs = os.openpty()
        self._process = subprocess.Popen(
            command_line(*arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(home),
            start_new_session=True,
        )
        os.close(theirs)
        self.code: int | None = None  # how it ended
        self._heard = b""
        self._over = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """Everything it has shown so far; the last character may have come in part."""
        return self._heard.decode(errors="replace").replace("\r\n", "\n")

    def type(self, words: str) -> None:
        """Type a line."""
        os.write(self._ours, words.encode() + b"\n")

    def wait_for(self, words: str) -> None:
        """Wait until it has shown these words."""
        self._wait(lambda: words in self.text)
        assert words in self.text, self.text

    def obey(self, do: Callable[[str], None]) -> int:
        """Do what each prompt asks for, press Enter, until it ends; its exit code."""
        done = 0
        while True:
            asked = self._asked_beyond(done)
            if len(asked) == done:
                assert self._over, f"it neither asks nor ends: {self.text}"
                break
            assert len(asked) == done + 1, asked
            do(asked[done])
            done += 1
            self.type("")
        self.code = self._process.wait(DEADLINE_S)
        assert "Traceback" not in self.text, self.text
        return self.code

    def json(self) -> Any:
        """The JSON object it has shown among its prompts."""
        text = self.text
        return json.loads(text[text.index("\n{") : text.rindex("\n}") + 2])

    def _asked_beyond(self, done: int) -> list[str]:
        """Everything it has asked, when that is more than `done` or it has ended."""
        self._wait(lambda: len(ASKED.findall(self.text)) > done)
        return ASKED.findall(self.text)

    def _wait(self, reached: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: reached() or self._over, DEADLINE_S)

    def _read(self) -> None:
        data = b"?"
        while data:
            data = b""
            with contextlib.suppress(OSError):  # the other end is closed: it has ended
                data = os.read(self._ours, 4096)
            with self._changed:
                self._heard += data
                self._over = not data
                self._changed.notify_all()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        os.close(self._ours)


class Hands:
    """Somebody who puts masses where a prompt wants them, and waits until they have settled.

    `real_kg` says what a mass weighs in truth, `stays_kg` what stays on a plate that was loaded,
    `mass_kg` which mass is meant when the prompt does not say.
    """

    def __init__(
        self,
        board: VirtualBoard,
        masses: Masses,
        real_kg: dict[float, float] | None = None,
        *,
        stays_kg: float = 0.0,
        mass_kg: float = 0.0,
    ) -> None:
        self._board = board
        self._masses = masses
        self._real_kg = dict(real_kg or {})
        self._stays_kg = stays_kg
        self._mass_kg = mass_kg
        self.done: list[tuple[str, float, str]] = []

    def __call__(self, asked: str) -> None:
        """Do what the prompt asks for."""
        side = next(side for side in units.PLATES if f"{side} plate" in asked)
        named = re.search(r"Put ([\d.]+) kg", asked)
        nominal = self._mass_kg if asked.startswith("Put") else 0.0
        if named:
            nominal = float(named[1])
        real_kg = self._real_kg.get(nominal, nominal)
        if nominal == 0.0 and any(side == one for one, mass_kg, _ in self.done if mass_kg):
            real_kg = self._stays_kg
        corner = re.search(r"corner ((?:front|back) (?:left|right))", asked)
        spot = corner[1] if corner else "centre"
        plate = units.PLATES.index(side)
        at_us = self._masses.place(plate, real_kg, spot=spot)
        self.done.append((side, nominal, spot))
        settled(self._board, at_us)


def settled(board: VirtualBoard, since_us: int) -> None:
    """Wait until what changed at `since_us` has settled."""
    until(lambda: board.broker.now_us >= since_us + SETTLE_US, "the masses have settled")

"""Shared by the end-to-end tests: a history folder, the program, and virtual boards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import programs
import pytest
from boards import UNHURRIED, Images, SwitchOn, make_images, once, switch_on
from programs import Run

from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Loads, Masses


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the history, used by programs and by this process."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EVENSTANCE_HOME", str(folder))
    return folder


@pytest.fixture
def evenstance(home: Path) -> Run:
    """Runs one evenstance command in a process of its own, on the history of `home`."""

    def run(*arguments: str, **options: Any) -> programs.Said:
        return programs.evenstance(*arguments, home=home, **options)

    return run


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every process of this run uses."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def images(shared_folder: Path) -> Images:
    """Flash images made once: of a calibrated board, and of one with unpulled trials."""
    return Images(once(shared_folder / "images", make_images))


@pytest.fixture
def switch_on_copy(tmp_path: Path) -> Generator[SwitchOn, None, None]:
    """Switches virtual boards on, each with a copy of an image; all are off after the test.

    Without loads nobody stands on the board, and its time is unhurried.
    """
    number = count(1)
    with ExitStack() as stack:

        def on(image: Path | None, loads: Loads | None = None, **options: Any) -> VirtualBoard:
            if image is not None:
                image = Path(shutil.copy(image, tmp_path / f"board-{next(number)}.img"))
            if loads is None:
                return stack.enter_context(
                    switch_on(image, Masses(), **{"speed": UNHURRIED, **options})
                )
            return stack.enter_context(switch_on(image, loads, **options))

        yield on

"""Gives the tests of this folder the real MicroPython interpreter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mpy_runner import Result, run_script


@pytest.fixture(scope="session")
def on_board(
    micropython: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Result]:
    """Gives the result of one check of one script; each script runs once."""
    known: dict[str, dict[str, Result]] = {}

    def result(script: str, check: str) -> Result:
        if script not in known:
            known[script] = run_script(micropython, script, tmp_path_factory.mktemp(script))
        return known[script][check]

    return result

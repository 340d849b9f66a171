"""The firmware as it is compiled for a board, constants in place and names shortened."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpy_runner import run_script

from evenstance.device.compiler import prepared
from evenstance.firmware_files import firmware_files


@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", ["check_whole_hold", "check_zero", "check_ask_journal"])
def test_it_does_the_same(micropython: str, script: str, tmp_path: Path) -> None:
    texts = prepared(firmware_files())
    for target, text in texts.items():
        if not target.startswith("evenstance_wire/"):  # the checks use its tables
            path = tmp_path / "firmware" / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    results = run_script(micropython, script, tmp_path, tmp_path / "firmware")
    assert [f"{name}: {one.report}" for name, one in results.items() if not one.passed] == []

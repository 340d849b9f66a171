"""Ctrl-C reaches a board that is still starting, as a Pico's waits for its firmware to run."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import Images, SwitchOn
from programs import until

from evenstance.device.transport import SerialPort

# In front of the module that starts the interpreter: this computer's disk is slow.
SLOW = """
import sys, time
time.sleep(0.5)
sys.path.remove({folder!r})
del sys.modules["micropython_run"]
import micropython_run
"""


@pytest.mark.parametrize("blank", [False, True], ids=["with firmware", "blank"])
def test_ctrl_c_while_the_board_starts_opens_its_prompt(
    blank: bool,
    switch_on_copy: SwitchOn,
    images: Images,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "micropython_run.py").write_text(SLOW.format(folder=str(folder)))
    board = switch_on_copy(None, blank=True) if blank else switch_on_copy(images.calibrated)
    monkeypatch.syspath_prepend(str(folder))
    board.broker.power_cycle()
    until(lambda: board.broker.restarts == 1, "it starts again")
    port = SerialPort(board.port)
    heard = b""
    try:
        port.write(b"\r\x03")
        while b">>> " not in heard:
            heard += port.read()
        port.write(b"print(6 * 7)\r")
        while b"\n42" not in heard:
            heard += port.read()
    finally:
        port.close()
    assert board.broker.restarts == 1

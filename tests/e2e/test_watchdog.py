"""A firmware that hangs or fails starts again; one that always does leaves the board open."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import SwitchOn, client_on
from cable import Cable
from people import Scripted
from programs import until

from evenstance.device.client import BoardClient
from evenstance.device.flasher import Mpremote
from evenstance.device.transport import SerialPort
from evenstance.errors import LinkLostError, NoFirmwareError
from evenstance.firmware_files import firmware_files
from evenstance.virtual.board import VirtualBoard, make_flash_image

FAULT_PIN = 21  # the firmware goes wrong while something pulls it low
TIMEOUT_US = 8_000_000
SLICES_US = 200_000  # what is outside is seen so late
SPEED = 10.0
TALE = """
import os, time
from machine import Pin
import shipped
from evenstance_board.loop import Loop

with open("/starts", "a") as file:
    file.write("x")
starts = os.stat("/starts")[6]
turn = Loop._turn
pin = Pin({pin}, Pin.IN, Pin.PULL_UP)


def turns(self):
    turn(self)
    if starts <= {starts} and not pin():
        {end}


Loop._turn = turns
shipped.start()
"""
HANGS = "while True: time.sleep_us(100)"
FAILS = "raise ValueError('a bug')"


Faulty = Callable[[int, str], VirtualBoard]


@pytest.fixture
def faulty(tmp_path: Path, switch_on_copy: SwitchOn) -> Faulty:
    """Switches on a board whose firmware ends so in its first starts, once FAULT_PIN is low."""

    def on(starts: int, end: str) -> VirtualBoard:
        source = tmp_path / "main.py"
        source.write_text(TALE.format(starts=starts, pin=FAULT_PIN, end=end))
        files = firmware_files()
        files["shipped.py"] = files["main.py"]
        files["main.py"] = source
        image = tmp_path / "faulty.img"
        make_flash_image(image, files)
        return switch_on_copy(image, Scripted(), speed=SPEED)

    return on


def restarted(board: VirtualBoard, times: int) -> None:
    until(lambda: board.broker.restarts >= times, f"{times} restarts")


def no_firmware(port: str) -> bool:
    """Whether what answers is no firmware; False when nothing has answered yet."""
    client = BoardClient(SerialPort(port))
    try:
        with pytest.raises((NoFirmwareError, LinkLostError)) as failed:
            client.hello(patience_s=0.1)
    finally:
        client.close()
    return failed.type is NoFirmwareError


def test_a_hang_is_restarted_and_reported(faulty: Faulty) -> None:
    board = faulty(1, HANGS)
    with client_on(board.port) as client:
        boot_id = client.hello().boot_id
        assert client.status()["hung_restarts"] == 0
    board.broker.advance_to(board.broker.now_us + SLICES_US)  # and stands still there
    hangs_us = board.broker.now_us
    board.broker.press(FAULT_PIN)
    board.broker.advance_to(hangs_us + TIMEOUT_US - SLICES_US)
    assert board.broker.restarts == 0
    board.broker.advance_to(hangs_us + TIMEOUT_US + SLICES_US)
    assert board.broker.restarts == 1
    board.broker.release()
    with client_on(board.port) as client:
        assert client.hello().boot_id != boot_id
        assert client.status()["hung_restarts"] == 1
    board.broker.power_cycle()
    restarted(board, 2)
    with client_on(board.port) as client:
        assert client.status()["hung_restarts"] == 0


def test_an_error_is_said_once_and_the_firmware_starts_again(faulty: Faulty) -> None:
    board = faulty(1, FAILS)
    with Cable(board.port) as cable, client_on(cable.port) as client:
        board.broker.press(FAULT_PIN)
        heard = client.port.read()
        while b"soft reboot" not in heard:
            heard += client.port.read()
        assert heard.count(b"ValueError: a bug") == heard.count(b"Traceback") == 1
    with client_on(board.port) as client:
        assert client.status()["hung_restarts"] == 1


@pytest.mark.parametrize(("end", "restarts"), [(HANGS, 3), (FAILS, 2)], ids=["hangs", "fails"])
def test_no_firmware_restarts_for_ever(faulty: Faulty, end: str, restarts: int) -> None:
    board = faulty(100, end)
    port = SerialPort(board.port)
    board.broker.press(FAULT_PIN)
    heard = port.read()
    while b"has stopped" not in heard:
        heard += port.read()
    port.close()
    until(lambda: no_firmware(board.port), "MicroPython answers")
    mpremote = Mpremote(board.port)
    assert mpremote.run("resume", "exec", "import time; time.sleep(10); print(6 * 7)") == "42\n"
    assert board.broker.restarts == restarts
    mpremote.run("resume", "exec", "import os; os.rename('/shipped.py', '/main.py')")
    mpremote.run("resume", "reset")
    with client_on(board.port) as client:
        assert client.status()["hung_restarts"] == 3


def test_a_large_file_is_copied_onto_a_board_that_was_watched(
    switch_on_copy: SwitchOn, tmp_path: Path
) -> None:
    board = switch_on_copy(None, speed=25.0)
    with client_on(board.port) as client:
        boot_id = client.hello().boot_id
    content = random.Random(1).randbytes(100 * 1024)
    large = tmp_path / "large.bin"
    large.write_bytes(content)
    mpremote = Mpremote(board.port)
    mpremote.run("fs", "cp", str(large), ":large.bin")
    assert board.broker.restarts == 1  # the soft reset with which mpremote begins
    hashed = (
        "import binascii, hashlib, time\n"
        "time.sleep(10)\n"
        "with open('large.bin', 'rb') as file: data = file.read()\n"
        "print(binascii.hexlify(hashlib.sha256(data).digest()).decode())"
    )
    assert mpremote.run("resume", "exec", hashed).strip() == hashlib.sha256(content).hexdigest()
    assert board.broker.restarts == 1
    mpremote.run("resume", "reset")
    with client_on(board.port) as client:
        assert client.hello().boot_id != boot_id
        assert client.status()["hung_restarts"] == 0

"""The firmware onto a board with the real mpremote, and the proof that it is there."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest
from boards import (
    KEPT,
    SEED,
    SHORT_TRIALS,
    UNHURRIED,
    Images,
    SwitchOn,
    client_on,
    trial_bytes,
    wait_for,
)
from cable import Cable
from people import Scripted
from programs import Program, Run, until

from evenstance.device.compiler import prepared
from evenstance.device.flasher import Mpremote, copy
from evenstance.errors import FlashError, LinkLostError, NoFirmwareError, ProtocolMismatchError
from evenstance.firmware_files import firmware_files
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.store.database import open_store
from evenstance.virtual.board import make_flash_image
from evenstance.virtual.loads import Masses, Timeline
from evenstance_wire import PROTOCOL

KEPT_HERE = (*KEPT, "quarantined")
REMOVE_ALL = (
    "import os\n"
    "for name in os.listdir('/evenstance_board'): os.remove('/evenstance_board/' + name)\n"
)
SHORT_HOLD = ((0.5, "both"), (7.5, "left"), (10.5, "both"), (12.0, "off"))


def flip_in_flash(image: Path, name: str, rng: random.Random) -> None:
    """Flip one bit of a firmware file wherever the flash image holds that part of it."""
    content = firmware_files()[name].read_bytes()
    flash = image.read_bytes()
    starts = [at for at in range(0, len(content) - 64) if flash.count(content[at : at + 64]) > 0]
    assert starts, f"{name} is not in the image"
    start = rng.choice(starts)
    places = [
        found.start() for found in re.finditer(re.escape(content[start : start + 64]), flash)
    ]
    with image.open("r+b") as file:
        for place in places:
            at = place + rng.randrange(64)
            file.seek(at)
            file.write(bytes([flash[at] ^ 1 << rng.randrange(8)]))


def test_flash_makes_a_board_of_a_blank_one_and_keeps_what_it_has(
    switch_on_copy: SwitchOn, evenstance: Run, home: Path
) -> None:
    masses, person = Masses(), Scripted()
    timeline = Timeline(masses)
    board = switch_on_copy(None, timeline, blank=True, speed=UNHURRIED)
    first = evenstance("flash", "--port", board.port, "--json").json()
    assert (first["files"], first["protocol"]) == (len(prepared(firmware_files())), PROTOCOL)
    assert first["pulled"] == 0

    board.broker.set_speed(0.0)
    with client_on(board.port) as client:
        calibrate_with_masses(client, masses, board.broker)
        person.plan(timeline.append(person), SHORT_HOLD)
        wait_for(client, lambda status: status["next_seq"] == 2)
        before = wait_for(client, lambda status: status["armed"] == 1)
        journal_id = client.hello().journal_id
        trials = trial_bytes(client)
    board.broker.set_speed(UNHURRIED)
    assert before["calibration_id"] == 1
    assert before["acked_through"] == 0

    again = evenstance("flash", "--port", board.port, "--json").json()
    assert again == {**first, "pulled": 1}
    with client_on(board.port) as client:
        after = client.status()
        assert client.hello().journal_id == journal_id
        assert trial_bytes(client) == trials
    assert {name: after[name] for name in KEPT_HERE} == {name: before[name] for name in KEPT_HERE}
    assert after["acked_through"] == 1
    with open_store() as store:
        assert [(t.journal_id, t.summary) for t in store.trials()] == [(journal_id, trials[1][0])]


def test_verify_finds_a_flipped_bit_a_missing_file_and_flash_repairs_them(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, tmp_path: Path
) -> None:
    board = switch_on_copy(images.calibrated)
    assert evenstance("flash", "--verify", "--port", board.port).code == 0
    rng = random.Random(SEED)
    spoilt = rng.sample(sorted(firmware_files()), 2)
    for name in spoilt:
        flip_in_flash(board.flash_image, name, rng)
    gone = next(name for name in firmware_files() if name not in spoilt and "wire" in name)
    stale = tmp_path / "tare.py"
    stale.write_text("# of an older firmware\n")
    mpremote = Mpremote(board.port)
    mpremote.run("fs", "rm", f":{gone}")
    mpremote.run("resume", "fs", "cp", str(stale), ":evenstance_board/tare.py")

    found = evenstance("flash", "--verify", "--port", board.port)
    assert found.code == FlashError.exit_code
    assert f"3 of {len(firmware_files())} firmware files" in found.err
    for name in (*spoilt, gone):
        assert name in found.err
    assert "missing on the board" in found.err
    assert "evenstance flash" in found.advice

    assert evenstance("flash", "--port", board.port).code == 0
    listed = mpremote.run("fs", "ls", ":evenstance_board")
    assert "tare.py" not in listed
    assert "service.mpy" in listed
    mpremote.run("reset")
    with client_on(board.port) as client:
        assert client.status()["calibration_id"] == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_verify_names_the_one_file_with_a_flipped_bit(
    seed: int, switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    board = switch_on_copy(images.calibrated)
    rng = random.Random(seed)
    name = rng.choice(sorted(firmware_files()))
    flip_in_flash(board.flash_image, name, rng)
    said = evenstance("flash", "--verify", "--port", board.port)
    assert said.code == FlashError.exit_code
    assert re.findall(r"[\w/]+\.py", said.err) == [name]
    assert "content in flash differs" in said.err


# -- boards that cannot be used yet


def test_a_board_without_the_firmware_says_what_to_do(
    switch_on_copy: SwitchOn, evenstance: Run
) -> None:
    board = switch_on_copy(None, blank=True)
    said = evenstance("info", "--port", board.port)
    assert said.code == NoFirmwareError.exit_code
    assert "the Evenstance firmware is not running" in said.err
    assert "evenstance flash" in said.advice


def test_a_board_with_an_older_protocol_says_what_to_do(
    switch_on_copy: SwitchOn, evenstance: Run, tmp_path: Path
) -> None:
    files = firmware_files()
    changed = tmp_path / "older.py"
    text = files["evenstance_wire/__init__.py"].read_text()
    changed.write_text(text.replace(f"PROTOCOL = {PROTOCOL}", f"PROTOCOL = {PROTOCOL - 1}"))
    assert changed.read_text() != text
    make_flash_image(tmp_path / "older.img", {**files, "evenstance_wire/__init__.py": changed})
    board = switch_on_copy(tmp_path / "older.img")
    said = evenstance("info", "--port", board.port)
    assert said.code == ProtocolMismatchError.exit_code
    assert f"speaks protocol {PROTOCOL - 1}" in said.err
    assert "evenstance flash" in said.advice
    flashed = evenstance("flash", "--port", board.port)
    assert flashed.code == 0
    assert "Its trials stay on the board" in flashed.err
    assert evenstance("info", "--port", board.port).code == 0


def test_a_silent_port_and_another_device_say_what_to_do(evenstance: Run, home: Path) -> None:
    master, slave = os.openpty()
    try:
        silent = evenstance("info", "--port", os.ttyname(slave))
        with Program("info", "--port", os.ttyname(slave), home=home) as program:
            while program.running:
                os.write(master, b"$GPGGA,0916,4717.11,N,00833.91,E*5B\r\n")
                time.sleep(0.05)
            other = program.ended()
    finally:
        os.close(master)
        os.close(slave)
    assert silent.code == LinkLostError.exit_code
    assert "Nothing answers" in silent.err
    assert "Unplug" in silent.advice
    assert other.code == NoFirmwareError.exit_code
    assert "not in the language of an Evenstance board" in other.err
    assert "evenstance devices" in other.advice


# -- interrupted


def wait_until_in_flash(image: Path, name: str) -> None:
    """Wait until a firmware file has reached the board's flash: compiled, when its name is in a
    folder there, or as the source itself."""
    parts = (f"{Path(name).stem}.mpy".encode(), firmware_files()[name].read_bytes()[:64])
    until(lambda: any(part in image.read_bytes() for part in parts), f"{name} in flash")


def test_a_killed_flash_is_made_good_by_the_next(
    switch_on_copy: SwitchOn, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(None, blank=True)
    name = random.Random(SEED).choice(sorted(firmware_files())[:10])
    with Program("flash", "--port", board.port, home=home) as program:
        wait_until_in_flash(board.flash_image, name)
        program.kill_all()
    assert evenstance("flash", "--port", board.port).code == 0
    assert evenstance("info", "--port", board.port).code == 0


def test_a_power_cut_while_flashing_is_made_good_by_the_next(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(images.with_trials)
    with client_on(board.port) as client:
        before = client.status()
    assert evenstance("pull", "--port", board.port).code == 0
    Mpremote(board.port).run("exec", REMOVE_ALL)
    with (
        Cable(board.port) as cable,
        Program("flash", "--port", cable.port, home=home) as program,
    ):
        program.line("copying evenstance_board")
        flash = board.flash_image.read_bytes()
        until(lambda: board.flash_image.read_bytes() != flash, "the first write")
        cable.close()
        board.broker.power_cycle()
        said = program.ended()
    assert said.code == LinkLostError.exit_code
    assert "went away" in said.err
    assert "run `evenstance flash` again" in said.advice
    flashed = evenstance("flash", "--port", board.port, "--json")
    assert flashed.code == 0
    with client_on(board.port) as client:
        after = client.status()
    assert {name: after[name] for name in KEPT_HERE} == {name: before[name] for name in KEPT_HERE}
    with open_store() as store:
        assert len(store.trials()) == SHORT_TRIALS


def test_an_interrupted_copy_starts_no_mixture_of_two_firmwares(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    """Unplugged behind the first step, with every module of the old firmware still there."""

    class Unplugged(Mpremote):
        def run(self, *arguments: str) -> str:
            if "cp" in arguments:
                raise LinkLostError("unplugged")
            return super().run(*arguments)

    board = switch_on_copy(images.calibrated)
    with pytest.raises(LinkLostError):
        copy(Unplugged(board.port), firmware_files(), lambda _: None)
    board.broker.power_cycle()
    said = evenstance("info", "--port", board.port)
    assert said.code == NoFirmwareError.exit_code
    assert "evenstance flash" in said.advice

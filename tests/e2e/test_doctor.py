"""`evenstance doctor` on virtual boards: sound ones, and every fault made for real."""

from __future__ import annotations

import json
import os
import time
import tty
from collections.abc import Callable, Generator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from boards import UNHURRIED, Images, SwitchOn, begin, client_on, wait_for_prompt
from cable import Cable, Cut, Direction
from people import Scripted
from programs import Program

from evenstance import cli
from evenstance.device.flasher import Mpremote
from evenstance.doctor import look_board
from evenstance.doctor.check import ANCHORS
from evenstance.errors import CheckFailedError
from evenstance.firmware_files import firmware_files
from evenstance.virtual.board import VirtualBoard, Wiring, make_flash_image
from evenstance.virtual.converter import Fault
from evenstance.virtual.loads import Masses
from evenstance_wire import PROTOCOL, frames, messages

Found = dict[str, dict[str, Any]]
Doctor = Callable[..., Found]
WRONG = CheckFailedError.exit_code
BOARD_CHECKS = (  # cannot be looked at without a firmware that answers
    "firmware_version",
    "protocol",
    *("converter_left", "converter_right", "rate_left", "rate_right"),
    *("calibration", "calibration_age", "flash", "memory"),
)


@pytest.fixture
def doctor(home: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the command in this process on a port; its checks by name, after looking at the
    outputs and at the exit code."""

    def run(port: str, *arguments: str, wrong: tuple[str, ...] = ()) -> Found:
        capsys.readouterr()
        ended = cli.run(["doctor", "--port", port, "--json", *arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        told = json.loads(captured.out)
        found = {check["name"]: check for check in told["checks"]}
        assert list(found) == list(ANCHORS)
        assert told["port"] == port
        assert {n for n, c in found.items() if c["state"] == "wrong"} == set(wrong)
        assert ended == (WRONG if wrong else 0)
        assert told["passed"] is not bool(wrong)
        for check in found.values():
            assert (check["advice"] is None) == (check["state"] in ("ok", "not_checked"))
        return found

    return run


def in_state(found: Found, state: str) -> set[str]:
    return {name for name, check in found.items() if check["state"] == state}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no firmware is, nobody has to wait for its greeting as long as it may take."""
    monkeypatch.setattr(look_board, "GREET_S", 0.5)


# -- boards that are in order


def test_a_sound_board(switch_on_copy: SwitchOn, images: Images, doctor: Doctor) -> None:
    board = switch_on_copy(images.calibrated)
    with client_on(board.port) as client:
        now_ms = round(time.time() * 1000)
        client.request(messages.SET_CLOCK, unix_ms=now_ms)
        used = client.request(messages.GET_CALIBRATION, calibration_id=0)
        make_calibration(client, used, now_ms)
    found = doctor(board.port)
    assert in_state(found, "not_checked") == {"micropython_version", "history_privacy"}
    assert in_state(found, "look") == set()
    assert "--stop-firmware" in found["micropython_version"]["text"]
    assert found["rate_left"]["text"] == "93 conversions a second"
    assert found["protocol"]["text"] == f"{PROTOCOL} on both sides"
    assert board.broker.restarts == 0


def test_an_idle_firmware_is_stopped_on_demand_and_comes_back(
    switch_on_copy: SwitchOn, images: Images, doctor: Doctor
) -> None:
    board = switch_on_copy(images.calibrated)
    with client_on(board.port) as client:
        before = client.status()
    found = doctor(board.port, "--stop-firmware")
    assert found["micropython_version"]["state"] == "ok", found["micropython_version"]
    assert found["micropython_version"]["text"].startswith("1.")
    assert board.broker.restarts == 1
    with client_on(board.port) as client:
        after = client.status()
    assert after["clock_set"] == 1
    for name in ("calibration_id", "zero_left_counts", "zero_right_counts", "next_seq"):
        assert after[name] == before[name]


def test_a_firmware_is_not_stopped_under_a_person(
    switch_on_copy: SwitchOn, images: Images, doctor: Doctor
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=UNHURRIED)
    begin(board, person, ((0.0, "both"),), seconds=1.0, speed=UNHURRIED)
    found = doctor(board.port, "--stop-firmware")
    assert "somebody is on the board" in found["micropython_version"]["text"]
    assert board.broker.restarts == 0


def test_a_firmware_that_does_not_come_back(
    doctor: Doctor, tmp_path: Path, switch_on_copy: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its main.py runs the firmware only once."""
    monkeypatch.setattr(look_board, "RETURN_S", 2.0)
    once = tmp_path / "once.py"
    once.write_text(
        "import os\n"
        "if 'ran' not in os.listdir('/'):\n"
        "    open('/ran', 'w').close()\n"
        "    import real\n"
        "    real.start()\n"
    )
    files = firmware_files()
    make_flash_image(
        tmp_path / "once.img", {**files, "real.py": files["main.py"], "main.py": once}
    )
    board = switch_on_copy(tmp_path / "once.img")
    found = doctor(board.port, "--stop-firmware", wrong=("firmware", "calibration"))
    assert "did not start again" in found["firmware"]["text"]
    assert "plug it in" in found["firmware"]["advice"]


# -- nobody, or somebody else


@pytest.fixture
def pty() -> Generator[tuple[int, str], None, None]:
    """A port, and the far end of it."""
    master, slave = os.openpty()
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)


def test_a_port_where_nobody_answers(
    pty: tuple[int, str], doctor: Doctor, impatient: None
) -> None:
    tty.setraw(pty[0])
    found = doctor(pty[1], wrong=("micropython",))
    assert found["micropython"]["text"] == f"nothing answers on {pty[1]}"
    assert "MicroPython is not on this Pico: hold BOOTSEL" in found["micropython"]["advice"]
    assert found["micropython"]["anchor"].endswith("#nothing-answers")
    assert in_state(found, "not_checked") >= {"micropython_version", "firmware", *BOARD_CHECKS}


def test_a_port_of_another_device(pty: tuple[int, str], home: Path) -> None:
    with Program("doctor", "--port", pty[1], "--json", home=home) as program:
        os.set_blocking(pty[0], False)
        while program.running:
            try:
                os.write(pty[0], b"$GPGGA,0916,4717.11,N,00833.91,E*5B\r\n")
            except BlockingIOError:
                os.read(pty[0], 4096)
            time.sleep(0.02)
        said = program.ended()
    assert said.code == WRONG
    found = {check["name"]: check for check in said.json()["checks"]}
    assert "it is not MicroPython" in found["micropython"]["text"]
    assert found["micropython"]["anchor"].endswith("#something-else-answers")


# -- MicroPython without the firmware


def test_a_board_without_the_firmware(
    switch_on_copy: SwitchOn, doctor: Doctor, impatient: None
) -> None:
    board = switch_on_copy(None, blank=True)
    wait_for_prompt(board.port)
    found = doctor(board.port, wrong=("firmware",))
    assert found["micropython"]["state"] == found["micropython_version"]["state"] == "ok"
    assert "not on this board" in found["firmware"]["text"]
    assert found["firmware"]["advice"] == "Run `evenstance flash`."
    assert in_state(found, "not_checked") >= set(BOARD_CHECKS)


def test_a_firmware_that_was_stopped(
    switch_on_copy: SwitchOn, images: Images, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = switch_on_copy(images.calibrated)
    Mpremote(board.port).run("exec", "pass")
    with monkeypatch.context() as patch:
        patch.setattr(look_board, "GREET_S", 0.5)
        found = doctor(board.port, wrong=("firmware",))
    assert "on the board, but it does not run" in found["firmware"]["text"]
    assert "reset" in found["firmware"]["advice"]
    Mpremote(board.port).run("reset")
    doctor(board.port)


PRETENDS = """
import sys
class Sys:
    implementation = ({name!r}, {version!r})
    platform = sys.platform
sys.modules['sys'] = Sys
"""


@pytest.mark.parametrize(
    ("name", "version", "wrong"),
    [
        ("micropython", (1, 23, 0, ""), ("micropython_version", "firmware")),
        ("micropython", (1, 24, 0, "preview"), ("firmware",)),
        ("circuitpython", (9, 2, 1), ("micropython", "firmware")),
    ],
)
def test_another_micropython(
    name: str,
    version: tuple[Any, ...],
    wrong: tuple[str, ...],
    tmp_path: Path,
    switch_on_copy: SwitchOn,
    doctor: Doctor,
    impatient: None,
) -> None:
    """The board's own `sys` says so, as it would there."""
    main = tmp_path / "main.py"
    main.write_text(PRETENDS.format(name=name, version=version))
    make_flash_image(tmp_path / "other.img", {"main.py": main})
    board = switch_on_copy(tmp_path / "other.img")
    wait_for_prompt(board.port)  # an interrupt before that would leave the real `sys` there
    found = doctor(board.port, wrong=wrong)
    if "micropython_version" in wrong:
        assert "1.23.0; the firmware needs 1.24 or newer" in found["micropython_version"]["text"]
        assert "BOOTSEL" in found["micropython_version"]["advice"]
    if name == "circuitpython":
        assert "circuitpython 9.2.1" in found["micropython"]["text"]


# -- another firmware


@pytest.fixture
def changed(tmp_path: Path, switch_on_copy: SwitchOn) -> Callable[[str, str, str], VirtualBoard]:
    """A board whose firmware differs from this one in one place."""

    def switched_on(name: str, old: str, new: str) -> VirtualBoard:
        files = firmware_files()
        text = files[name].read_text("utf-8")
        assert old in text
        (tmp_path / "changed.py").write_text(text.replace(old, new))
        make_flash_image(tmp_path / "changed.img", {**files, name: tmp_path / "changed.py"})
        return switch_on_copy(tmp_path / "changed.img")

    return switched_on


def test_another_version_of_the_firmware(
    changed: Callable[[str, str, str], VirtualBoard], doctor: Doctor
) -> None:
    mine = look_board.wanted_firmware()
    board = changed("evenstance_board/__init__.py", f'"{mine}"', '"0.0.9"')
    found = doctor(board.port, wrong=("firmware_version", "calibration"))
    assert found["firmware_version"]["text"].startswith(f"0.0.9 is on the board, {mine}")
    assert "evenstance flash" in found["firmware_version"]["advice"]
    assert found["protocol"]["state"] == "ok"


@pytest.mark.parametrize("other", [PROTOCOL - 1, PROTOCOL + 1])
def test_another_protocol(
    other: int, changed: Callable[[str, str, str], VirtualBoard], doctor: Doctor
) -> None:
    board = changed("evenstance_wire/__init__.py", f"PROTOCOL = {PROTOCOL}", f"PROTOCOL = {other}")
    found = doctor(board.port, wrong=("protocol",))
    assert f"speaks {other}, this program speaks {PROTOCOL}" in found["protocol"]["text"]
    assert found["firmware"]["state"] == "ok"
    assert found["calibration"]["text"] == "the board speaks another protocol"


# -- converters


@pytest.mark.parametrize(
    ("fault", "anchor"), [("dead", "no_data"), ("stuck_low", "stuck_low"), ("open", "open_bridge")]
)
def test_a_broken_converter(
    fault: Fault, anchor: str, switch_on_copy: SwitchOn, images: Images, doctor: Doctor
) -> None:
    board = switch_on_copy(images.calibrated)
    chip = board.converters[1]
    chip.fault_from_us = board.broker.now_us
    chip.fault = fault
    found = doctor(board.port, wrong=("converter_right",))
    assert found["converter_right"]["anchor"].endswith(f"#{anchor}")
    assert "evenstance diagnose" in found["converter_right"]["advice"]
    assert found["converter_left"]["state"] == found["rate_left"]["state"] == "ok"
    assert found["rate_right"]["state"] == "not_checked"


def test_a_converter_wired_for_ten_conversions_a_second(doctor: Doctor) -> None:
    wiring = Wiring(rate_sps=(11.7, 91.8))
    with VirtualBoard(Masses(), wiring, speed=UNHURRIED) as board:
        found = doctor(board.port, wrong=("rate_left", "calibration"))
    assert found["rate_left"]["text"].startswith("12 conversions a second")
    assert "RATE" in found["rate_left"]["advice"]
    assert found["rate_left"]["anchor"].endswith("#wrong_rate")
    assert found["rate_right"]["state"] == found["converter_left"]["state"] == "ok"


# -- calibration


def make_calibration(client: Any, used: dict[str, Any], made_ms: int | None) -> None:
    """The same calibration again, made at another time."""
    client.request(
        messages.SET_CALIBRATION,
        left_counts_per_kn=used["left_counts_per_kn"],
        right_counts_per_kn=used["right_counts_per_kn"],
        rating_left_mn=None,
        rating_right_mn=None,
        made_unix_ms=made_ms,
    )


def test_a_board_without_calibration(switch_on_copy: SwitchOn, doctor: Doctor) -> None:
    found = doctor(switch_on_copy(None).port, wrong=("calibration",))
    assert "evenstance calibrate" in found["calibration"]["advice"]
    assert found["calibration_age"]["state"] == "not_checked"


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (400, "look", "older than 12 months [D]"),
        (300, "ok", "300 days"),
        (-30, "look", "still to come"),
        (None, "look", "not known"),
    ],
)
def test_the_age_of_a_calibration(
    days: int | None,
    state: str,
    words: str,
    switch_on_copy: SwitchOn,
    images: Images,
    doctor: Doctor,
) -> None:
    board = switch_on_copy(images.calibrated)
    made_ms = None
    if days is not None:
        made = datetime.now(timezone.utc) - timedelta(days=days)
        made_ms = round(made.timestamp() * 1000)
    with client_on(board.port) as client:
        used = client.request(messages.GET_CALIBRATION, calibration_id=0)
        make_calibration(client, used, made_ms)
    found = doctor(board.port)["calibration_age"]
    assert found["state"] == state
    assert words in found["text"]


# -- room


def test_a_flash_that_is_full(switch_on_copy: SwitchOn, tmp_path: Path, doctor: Doctor) -> None:
    filler, image = tmp_path / "filler", tmp_path / "full.img"
    filler.write_bytes(bytes(1_030_000))  # of 1.4 MB; the firmware needs most of the rest
    make_flash_image(image, {**firmware_files(), "filler": filler})
    found = doctor(switch_on_copy(image).port, wrong=("flash", "calibration"))["flash"]
    assert "0 trial(s), 0 not pulled; other files fill it" in found["text"]
    assert "mpremote fs ls" in found["advice"]
    assert found["anchor"].endswith("#the-flash-is-full")


# -- boards that go away


@pytest.mark.parametrize("after", [1, 3])
def test_a_cable_that_is_pulled_out(
    after: int, switch_on_copy: SwitchOn, images: Images, doctor: Doctor
) -> None:
    board = switch_on_copy(images.calibrated)
    passed = 0

    def cut(direction: Direction, line: bytes) -> bytes | Cut:
        nonlocal passed
        passed += direction == "to_host"
        return Cut(5) if passed >= after else line

    with Cable(board.port, cut) as cable:
        found = doctor(cable.port, wrong=("micropython" if after == 1 else "firmware",))
        assert cable.cut.is_set()
    assert "went away" in str(found)
    assert in_state(found, "not_checked") >= {"flash", "memory", "calibration"}


def test_a_board_that_says_nothing_more(
    switch_on_copy: SwitchOn, images: Images, doctor: Doctor
) -> None:
    board = switch_on_copy(images.calibrated)

    def swallow(direction: Direction, line: bytes) -> bytes:
        decoded = frames.decode_line(line[1:-1])
        assert decoded is not None
        return line if decoded[0] in (messages.HELLO.kind, messages.HELLO_REPLY.kind) else b""

    with Cable(board.port, swallow) as cable:
        found = doctor(cable.port, wrong=("firmware",))
    assert "stopped answering" in found["firmware"]["text"]
    assert found["firmware"]["anchor"].endswith("#the-board-went-away")
    assert in_state(found, "not_checked") >= {"flash", "memory", "calibration"}


# -- the clock and the text


def test_a_computer_that_lives_in_the_past(
    switch_on_copy: SwitchOn,
    images: Images,
    doctor: Doctor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from evenstance.flows import connect

    past = datetime(1970, 1, 1, 12, tzinfo=timezone.utc)
    monkeypatch.setattr(connect, "wall_clock", lambda: past)
    board = switch_on_copy(images.calibrated)
    found = doctor(board.port, wrong=("clock",))
    assert "1970-01-01" in found["clock"]["text"]
    assert doctor(str(images.folder / "no-port"), wrong=("clock", "port"))["clock"]["advice"]


def test_text_for_a_person(
    switch_on_copy: SwitchOn, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(None)
    assert cli.run(["doctor", "--port", board.port]) == WRONG
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    (at,) = [n for n, line in enumerate(lines) if line.startswith("WRONG")]
    assert lines[at].split()[:2] == ["WRONG", "calibration"]
    assert lines[at + 1].strip().startswith("-> Run `evenstance calibrate")
    assert lines[at + 2].strip() == "docs/troubleshooting.md#the-board-is-not-calibrated"
    assert lines[-1] == "19 ok, 0 to look at, 1 wrong, 3 not checked."
    assert "Greeting the board" in captured.err
    assert "1 of 23 checks are wrong: calibration." in captured.err
    assert "More:  docs/troubleshooting.md#the-board-is-not-calibrated" in captured.err

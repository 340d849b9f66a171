"""What the doctor says of ports: none, many, closed, busy, a Pico that waits for MicroPython."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tty
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from other_user import not_root

from evenstance import cli
from evenstance.device import bootsel, ports
from evenstance.device.port_access import holders, why_refused
from evenstance.device.ports import FoundPort
from evenstance.device.transport import SerialPort
from evenstance.doctor import look_port
from evenstance.doctor.check import Check
from evenstance.doctor.look_port import look_at_port
from evenstance.doctor.port import UDEV_RULE, Group, PortSeen, System, port_checks
from evenstance.errors import NoBoardError

ROOT = Path(__file__).resolve().parents[2]
PICO = FoundPort("/dev/ttyACM0", "Board in FS mode", 0x2E8A, 0x0005, "e66")
SECOND = FoundPort("/dev/ttyACM1", "Board in FS mode", 0x2E8A, 0x0005, "e67")
PROBE = FoundPort("/dev/ttyACM2", "Debug Probe", 0x2E8A, 0x000C, "e68")
CIRCUIT = FoundPort("/dev/ttyACM3", "CircuitPython", 0x2E8A, 0x000B, "e69")
MODEM = FoundPort("/dev/ttyS0", "n/a", None, None, None)
WAITING = FoundPort("/dev/ttyACM4", "RP2 Boot", 0x2E8A, 0x0003, None)
Attach = Callable[..., None]


@pytest.fixture
def attach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Attach:
    """Says which ports this computer has; nothing waits in BOOTSEL mode but one of these."""
    monkeypatch.setattr(bootsel, "SYSFS", tmp_path / "no-usb")
    monkeypatch.setattr(bootsel, "_drives", list)

    def attached(*found: FoundPort) -> None:
        for module in (ports, look_port):
            monkeypatch.setattr(module, "list_ports", lambda: list(found))

    attached()
    return attached


@pytest.fixture
def pty() -> Generator[str, None, None]:
    """A port that opens and says nothing."""
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        yield os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)


def seen(port: str | None) -> dict[str, Check]:
    """The checks of the port, by name."""
    return {check.name: check for check in port_checks(look_at_port(port))}


def states(checks: dict[str, Check]) -> tuple[str, ...]:
    return tuple(check.state for check in checks.values())


# -- which port


def test_no_board(attach: Attach) -> None:
    found = seen(None)
    assert states(found) == ("wrong", "not_checked", "not_checked")
    assert "data wires" in str(found["port"].advice)
    assert "BOOTSEL" in str(found["port"].advice)
    assert found["port"].anchor == "no-port-is-marked-as-board"
    attach(MODEM)
    assert "(other ports: /dev/ttyS0)" in seen(None)["port"].text


@pytest.mark.parametrize(("other", "name"), [(PROBE, "Debug Probe"), (CIRCUIT, "CircuitPython")])
def test_what_else_of_the_maker_is_attached_is_no_board(
    other: FoundPort, name: str, attach: Attach
) -> None:
    attach(other, MODEM)
    assert not other.is_board
    assert name in seen(None)["port"].text
    with pytest.raises(NoBoardError, match="No board is attached"):
        ports.choose_port(None)


def test_two_boards(attach: Attach) -> None:
    attach(PICO, SECOND)
    found = seen(None)["port"]
    assert found.state == "wrong"
    assert "/dev/ttyACM0, /dev/ttyACM1" in found.text
    assert "`evenstance doctor --port /dev/ttyACM0`" in str(found.advice)


def test_the_only_board_is_taken(attach: Attach) -> None:
    attach(MODEM, PICO, PROBE)
    assert look_at_port(None).name == PICO.port
    told = port_checks(PortSeen("linux", None, PICO.port, [PICO], [], []))
    assert [check.state for check in told] == ["ok", "ok", "ok"]
    assert "by its USB id" in told[0].text


def test_a_port_that_is_not_there(attach: Attach, tmp_path: Path) -> None:
    for name in (str(tmp_path / "none"), "socket://127.0.0.1:1", str(tmp_path)):
        found = seen(name)
        assert states(found) == ("wrong", "not_checked", "not_checked"), name
        assert "evenstance devices" in str(found["port"].advice)
        assert found["port"].anchor == "the-port-cannot-be-opened"


def test_a_port_of_another_device_deserves_a_look() -> None:
    told = port_checks(PortSeen("linux", PROBE.port, PROBE.port, [], [PROBE], []))[0]
    assert (told.state, "a Debug Probe" in told.text) == ("look", True)


def test_the_name_that_waits_for_a_modem_on_macos() -> None:
    name = "/dev/tty.usbmodem1101"
    told = port_checks(PortSeen("darwin", name, name, [], [], []))[0]
    assert told.state == "look"
    assert "--port /dev/cu.usbmodem1101" in str(told.advice)


@pytest.mark.parametrize(
    ("system", "word"), [("linux", "/dev/ttyACM0"), ("darwin", "/dev/cu."), ("win32", "COM3")]
)
def test_the_names_of_ports_of_each_system(system: System, word: str) -> None:
    told = port_checks(PortSeen(system, None, None, [], [], []))[0]
    assert word in str(told.advice)
    assert word in (ROOT / "docs" / "install.md").read_text("utf-8")


# -- a Pico that waits for MicroPython


def bootsel_told(found: dict[str, Check]) -> None:
    assert found["port"].state == "wrong"
    assert "MicroPython is not on this Pico" in str(found["port"].advice)
    assert found["port"].anchor == "micropython-is-not-on-this-pico"


def test_a_pico_with_bootsel_held_in_the_list_of_ports(attach: Attach, tmp_path: Path) -> None:
    attach(WAITING)
    bootsel_told(seen(None))
    found = seen(str(tmp_path / "none"))
    bootsel_told(found)
    assert "2e8a:0003" in found["port"].text


@pytest.mark.parametrize("pid", ["0003", "000f"])
def test_a_pico_with_bootsel_held_on_the_usb(
    pid: str, attach: Attach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, (vid, product) in {
        "usb1": ("1d6b", "0002"),
        "1-1": ("2e8a", pid),
        "1-2": ("2e8a", "0005"),
    }.items():
        (tmp_path / "usb" / name).mkdir(parents=True)
        (tmp_path / "usb" / name / "idVendor").write_text(vid + "\n")
        (tmp_path / "usb" / name / "idProduct").write_text(product + "\n")
    (tmp_path / "usb" / "1-1:1.0").mkdir()  # an interface has no ids
    monkeypatch.setattr(bootsel, "SYSFS", tmp_path / "usb")
    assert look_at_port(None).bootsel == [f"USB 2e8a:{pid}"]
    bootsel_told(seen(None))


def test_the_drive_of_a_pico(
    attach: Attach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive, other = tmp_path / "RPI-RP2", tmp_path / "stick"
    for folder in (drive, other):
        folder.mkdir()
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nBoard-ID: RPI-RP2\n")
    (other / "INFO_UF2.TXT").write_text("UF2 Bootloader\nBoard-ID: something else\n")
    monkeypatch.setattr(bootsel, "_drives", lambda: [other, drive, tmp_path / "none"])
    assert look_at_port(None).bootsel == [str(drive)]
    found = seen(None)
    bootsel_told(found)
    assert str(drive) in found["port"].text


# -- permission


def test_a_port_that_may_not_be_opened(attach: Attach, pty: str) -> None:
    import grp  # noqa: F401 - nobody may not read the modules of root's Python
    import pwd  # noqa: F401

    look_at_port(pty)  # imports, for the same reason
    os.chmod(pty, 0o000)
    with not_root():
        found = seen(pty)
        with pytest.raises(NoBoardError, match="may not be opened by you") as caught:
            SerialPort(pty)
    assert states(found) == ("ok", "wrong", "not_checked")
    assert UDEV_RULE in str(found["permission"].advice)
    assert caught.value.anchor == found["permission"].anchor


def closed(system: System, group: Group | None) -> str:
    """The advice for a port that is closed to this user."""
    told = port_checks(
        PortSeen(system, None, PICO.port, [PICO], [], [], "permission", "denied", group=group)
    )[1]
    assert told.state == "wrong"
    return str(told.advice)


def test_advice_about_rights_fits_the_system() -> None:
    assert "sudo usermod -aG uucp $USER" in closed("linux", Group("uucp", False, False))
    fresh = closed("linux", Group("dialout", True, False))
    assert "log out and in again" in fresh
    assert "usermod" not in fresh
    root = closed("linux", Group("root", False, False))
    assert "usermod" not in root
    assert UDEV_RULE in root
    assert "usermod -aG dialout" in closed("linux", None)
    assert "ls -l" in closed("darwin", None)
    assert "sudo" not in closed("darwin", None)


def test_the_rule_stands_in_the_page() -> None:
    assert f"echo '{UDEV_RULE}'" in (ROOT / "docs" / "install.md").read_text("utf-8")


# -- in use

HOLD = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "lock":
    fcntl.flock(file, fcntl.LOCK_EX)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold(pty: str) -> Generator[Callable[[str], int], None, None]:
    """Another program that opens the port, and locks it if it is told to; its process id."""
    started: list[subprocess.Popen[str]] = []

    def begin(how: str) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, pty, how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        return process.pid

    yield begin
    for process in started:
        process.communicate()


def test_a_port_in_use_names_the_program(
    attach: Attach, pty: str, hold: Callable[[str], int]
) -> None:
    assert states(seen(pty)) == ("ok", "ok", "ok")
    pid = hold("lock")
    found = seen(pty)
    assert states(found) == ("ok", "ok", "wrong")
    if sys.platform == "linux":
        assert f"({pid})" in found["port_free"].text
    assert found["port_free"].anchor == "the-port-is-in-use"
    with pytest.raises(NoBoardError, match="in use by another program"):
        SerialPort(pty)


def test_two_of_our_own_programs_do_not_share_a_port(attach: Attach, pty: str) -> None:
    first = SerialPort(pty)
    try:
        assert seen(pty)["port_free"].state == "wrong"
    finally:
        first.close()
    assert seen(pty)["port_free"].state == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_who_has_the_port_open_without_a_lock(pty: str, hold: Callable[[str], int]) -> None:
    pid = hold("open")
    assert any(f"({pid})" in holder for holder in holders(pty))
    told = port_checks(PortSeen("linux", None, "/dev/ttyACM0", [PICO], [], [], holders=["x (1)"]))
    assert (told[2].state, "x (1)" in told[2].text) == ("look", True)


@pytest.mark.parametrize(
    ("error", "platform", "why"),
    [
        (OSError(errno.EACCES, "Permission denied"), "linux", "permission"),
        (OSError(errno.EBUSY, "Device or resource busy"), "linux", "busy"),
        (OSError(errno.EAGAIN, "locked"), "darwin", "busy"),
        (OSError(errno.ENOENT, "No such file"), "darwin", "missing"),
        (OSError("could not open port: something"), "linux", "other"),
        (ValueError("no such protocol"), "linux", "other"),
        (
            OSError(
                "could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"
            ),
            "win32",
            "busy",
        ),
        (OSError("could not open port 'COM9': FileNotFoundError(2, ...)"), "win32", "missing"),
        (OSError("could not open port 'COM3': OSError(22, 'semaphore')"), "win32", "other"),
    ],
)
def test_why_a_port_was_refused(error: Exception, platform: str, why: str) -> None:
    assert why_refused(error, platform=platform) == why


# -- the whole command without a board


def test_the_command_without_a_board(
    attach: Attach,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    assert cli.run(["doctor"]) == 14
    captured = capsys.readouterr()
    assert "WRONG port" in captured.out
    assert captured.out.count("not checked: no port was chosen") == 15
    assert "1 of 23 checks are wrong: port." in captured.err
    assert "More:  docs/troubleshooting.md#no-port-is-marked-as-board" in captured.err

"""The files of the board as a package of mip, and how much of its memory they take compiled."""

from __future__ import annotations

import json
import re
from pathlib import Path

from evenstance import __version__
from evenstance.device.compiler import compiled
from evenstance.firmware_files import firmware_files, needed_by
from evenstance_wire import flags

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 80_000


def package_text() -> str:
    """What package.json must be: the files that `evenstance flash` sends, in its order."""
    rows = [
        json.dumps([target, path.resolve().relative_to(ROOT).as_posix()])
        for target, path in firmware_files().items()
    ]
    urls = ",\n".join(f"    {row}" for row in rows)
    return f'{{\n  "version": "{__version__}",\n  "deps": [],\n  "urls": [\n{urls}\n  ]\n}}\n'


def test_mip_installs_what_flash_sends() -> None:
    found = (ROOT / "package.json").read_text(encoding="utf-8")
    assert found == package_text(), f"package.json must be:\n{package_text()}"


def test_firmware_and_program_have_one_version() -> None:
    source = (ROOT / "firmware" / "evenstance_board" / "__init__.py").read_text(encoding="utf-8")
    assert re.findall(r'^FIRMWARE = "(.+)"$', source, re.MULTILINE) == [__version__]


def test_bits_of_flags_in_machine_code() -> None:
    """The driver by pins has the bits of flags as numbers of its own."""
    source = (ROOT / "firmware/evenstance_board/hx711_gpio.py").read_text(encoding="utf-8")
    found = dict(
        re.findall(r"^_(LATE|DESYNC|SATURATED|MISSED_BIT) = const\((\d+)\)", source, re.M)
    )
    wanted = (flags.LATE, flags.DESYNC, flags.SATURATED, flags.MISSED)
    assert tuple(map(int, found.values())) == wanted


def test_compiled_firmware_is_small(tmp_path: Path) -> None:
    """All compiled files together as they are sent to a Pico, native code included."""
    files = needed_by("rp2", firmware_files())
    made = compiled(files, "armv6m", tmp_path)
    sizes = {name: path.stat().st_size for name, path in made.items() if name.endswith(".mpy")}
    left_out = {name for name in files if name.replace(".py", ".mpy") not in made}
    constants = ("flags", "messages", "rules", "trace", "units")  # of these nothing else is used
    assert left_out == {"main.py", *(f"evenstance_wire/{name}.py" for name in constants)}
    assert min(sizes.values()) > 0
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_a_pico_gets_all_that_it_imports() -> None:
    """The driver by pins is left out there: main.py imports it behind the return for a Pico."""
    files = firmware_files()
    sent = needed_by("rp2", files)
    by_pins = {"evenstance_board/hx711_burst.py", "evenstance_board/hx711_gpio.py"}
    assert set(files) - set(sent) == by_pins
    assert needed_by("linux", files) == files
    for name in ("hx711_gpio", "hx711_burst"):
        users = {t for t, path in files.items() if name in path.read_text(encoding="utf-8")}
        assert users <= {"main.py", *by_pins}
    main = files["main.py"].read_text(encoding="utf-8")
    on_a_pico, _, elsewhere = main.partition("return Hx711Pio")
    assert 'sys.platform == "rp2"' in on_a_pico
    assert "hx711_gpio" not in on_a_pico
    assert "hx711_gpio" in elsewhere

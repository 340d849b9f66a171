"""The rules of tests/conftest.py, tried in a small project where each of them must speak up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
MARKERS = ("recordings: r", "micropython: m", "chromium: c", "program(name): p")
INI = "\n    ".join(["[pytest]\nmarkers =", *MARKERS]) + "\n"
PASSES = "def test_a():\n    assert True\n"
SKIPS = "def test_a():\n    pytest.skip('lazy')\n"
FILES = {
    "unit/test_uses_recordings.py": "def test_a(recordings):\n    assert recordings.is_dir()\n",
    "unit/test_skips_recordings.py": "@pytest.mark.recordings\n" + SKIPS,
    "unit/test_uses_interpreter.py": "def test_a(micropython):\n    assert micropython\n",
    "unit/test_free_to_skip.py": SKIPS,
    "unit/test_whole_module.py": "pytest.importorskip('no_such_module')\n" + PASSES,
    "mpy/test_passes.py": PASSES,
    "mpy/test_skips.py": SKIPS,
    "e2e/test_skips.py": "@pytest.mark.skip(reason='lazy')\n" + PASSES,
    "e2e/test_uses_recordings.py": "def test_a(recordings):\n    assert recordings.is_dir()\n",
    "e2e/test_needs_program.py": "@pytest.mark.program('no-such-program')\n" + PASSES,
    "e2e/test_uses_browser.py": "@pytest.fixture\ndef browser():\n    return 1\n\n"
    "def test_a(browser):\n    assert browser\n",
    "e2e/test_skips_browser.py": "@pytest.mark.chromium\n" + SKIPS,
    "mpy/test_expected.py": "@pytest.mark.xfail\ndef test_a():\n    assert False\n",
    "board/test_port.py": (
        "def test_a(pytestconfig):\n    assert pytestconfig.getoption('--port') == '/dev/ttyX7'\n"
    ),
}
NO_INTERPRETER = "import shutil\nshutil.which = lambda *a, **k: None\n"
OTHER_MACHINE = "import platform\nplatform.machine = lambda: 'riscv64'\n"
X86_LINUX = "import platform, sys\nplatform.machine = lambda: 'x86_64'\nsys.platform = 'linux'\n"
HAS_INTERPRETER = (
    "import shutil\n"
    "shutil.which = lambda n, **k: None if n == 'no-such-program' else '/bin/micropython'\n"
)

NO_BROWSER = (
    "import shutil\n"
    "shutil.which = lambda name, **k: None if name == 'chromium' else '/bin/micropython'\n"
)


def outcomes(
    folder: Path, world: str, recordings: Path, options: Sequence[str] = ()
) -> tuple[int, dict[str, tuple[str, str]]]:
    """Run FILES under a copy of the conftest after the statements of `world`.

    Gives the exit code and, for each file, its outcome with the message.
    """
    for name, text in FILES.items():
        test_file = folder / "tests" / name
        test_file.parent.mkdir(parents=True, exist_ok=True)
        test_file.write_text("import pytest\n" + text)
    (folder / "pytest.ini").write_text(INI)
    (folder / "world.py").write_text(world)
    shutil.copy(CONFTEST, folder / "tests" / "conftest.py")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment |= {"EVENSTANCE_RECORDINGS": str(recordings), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "-p", "world", "--import-mode=importlib"]
    command += ["--continue-on-collection-errors", "--port", "/dev/ttyX7", "--junit-xml=out.xml"]
    done = subprocess.run(
        [*command, *options, "tests"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (folder / "out.xml").exists(), done.stdout + done.stderr
    found: dict[str, tuple[str, str]] = {}
    for case in ElementTree.parse(folder / "out.xml").iter("testcase"):
        dotted = case.get("classname") or case.get("name") or ""
        name = dotted.removeprefix("tests.").replace(".", "/") + ".py"
        result = next(iter(case), None)
        if result is None:
            found[name] = ("passed", "")
        else:
            kind = "xfailed" if result.get("type") == "pytest.xfail" else result.tag
            found[name] = (kind, f"{result.get('message')} {result.text}")
    assert found.keys() == FILES.keys(), done.stdout + done.stderr
    return done.returncode, found


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_where_everything_can_be_had_a_skip_fails(tmp_path: Path, workers: Sequence[str]) -> None:
    code, found = outcomes(tmp_path, X86_LINUX + HAS_INTERPRETER, tmp_path, workers)
    assert code == 1
    assert {name: kind for name, (kind, _) in found.items()} == {
        "unit/test_uses_recordings.py": "passed",
        "unit/test_skips_recordings.py": "failure",
        "unit/test_uses_interpreter.py": "passed",
        "unit/test_free_to_skip.py": "skipped",
        "unit/test_whole_module.py": "error",
        "mpy/test_passes.py": "passed",
        "mpy/test_skips.py": "failure",
        "e2e/test_skips.py": "error",  # a mark skips in the set-up
        "e2e/test_uses_recordings.py": "passed",
        "e2e/test_needs_program.py": "skipped",
        "e2e/test_uses_browser.py": "passed",
        "e2e/test_skips_browser.py": "failure",
        "mpy/test_expected.py": "xfailed",
        "board/test_port.py": "passed",
    }
    assert f"the recordings are in {tmp_path}" in found["unit/test_skips_recordings.py"][1]
    assert "can be had on Linux x86-64" in found["mpy/test_skips.py"][1]
    assert "apt install no-such-program" in found["e2e/test_needs_program.py"][1]
    assert "a whole module was skipped" in found["unit/test_whole_module.py"][1]


def test_a_missing_interpreter_fails_on_linux_x86(tmp_path: Path) -> None:
    code, found = outcomes(tmp_path, X86_LINUX + NO_INTERPRETER, tmp_path)
    assert code == 1
    for name in ("mpy/test_passes.py", "unit/test_uses_interpreter.py"):
        kind, message = found[name]
        assert kind == "error"
        assert "no micropython command" in message


def test_without_recordings_a_test_that_has_its_interpreter_is_skipped(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    _, found = outcomes(tmp_path, X86_LINUX + HAS_INTERPRETER, absent)
    kind, message = found["e2e/test_uses_recordings.py"]
    assert kind == "skipped"
    assert f"no recordings: {absent} does not exist" in message


def test_without_a_browser_its_tests_are_skipped_with_one_line_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    _, found = outcomes(tmp_path, X86_LINUX + NO_BROWSER, tmp_path)
    for name in ("e2e/test_uses_browser.py", "e2e/test_skips_browser.py"):
        kind, message = found[name]
        assert kind == "skipped"
        assert "no chromium on the PATH: apt install chromium" in message
    assert found["e2e/test_skips.py"][0] == "error"


def test_elsewhere_and_without_recordings_tests_are_skipped_with_the_reason(
    tmp_path: Path,
) -> None:
    absent = tmp_path / "absent"
    _, found = outcomes(tmp_path, OTHER_MACHINE + NO_INTERPRETER, absent)
    for name in ("unit/test_uses_recordings.py", "unit/test_skips_recordings.py"):
        kind, message = found[name]
        assert kind == "skipped"
        assert f"no recordings: {absent} does not exist" in message
    for name in ("mpy/test_passes.py", "e2e/test_skips.py", "unit/test_uses_interpreter.py"):
        assert found[name][0] == "skipped"
    assert "no micropython command" in found["mpy/test_passes.py"][1]
    assert found["board/test_port.py"][0] == "passed"

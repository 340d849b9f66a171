"""Rules for every test: what it may need, when it may be skipped, and when a skip is a failure.

Recordings, the MicroPython interpreter, a browser and PostgreSQL are not part of the project. A
test that needs one is skipped, with the reason, where it cannot be had. Where it can be had a skip
would hide a hole, so it fails the run: recordings when their folder exists, the interpreter on
Linux x86-64, for which it is a locked dependency, the browser and PostgreSQL when they are
installed. A test that is marked `program` is skipped where that program of the system is missing.
Whole modules are never skipped, or these rules would not see them.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
NO_MICROPYTHON = "no micropython command, neither beside this Python nor on the PATH"
NO_CHROMIUM = "no chromium on the PATH: apt install chromium"
NO_POSTGRESQL = "no PostgreSQL server: apt install postgresql"
NEED_MICROPYTHON = (TESTS / "mpy", TESTS / "e2e")

# The same examples on every run and no limit on time: a shared machine never fails a property.
settings.register_profile(
    "evenstance",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("evenstance")


def recordings_folder() -> Path:
    """Return where the recordings are, or would be."""
    given = os.environ.get("EVENSTANCE_RECORDINGS")
    return Path(given) if given else ROOT.parent / "shared" / "recordings"


def micropython_command() -> str | None:
    """Return the path of the interpreter: the one beside this Python first, then the PATH's."""
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    return beside or shutil.which("micropython")


def micropython_can_be_had() -> bool:
    """Return whether a missing interpreter is a fault of this environment, not of the system."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def postgresql_is_installed() -> bool:
    """Return whether there is a server to start: Debian keeps it off the PATH."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return any(debian) or shutil.which("postgres") is not None


def missing_program(item: pytest.Item) -> str | None:
    """Return the first program that the test is marked to need and this computer has not."""
    needed = [str(mark.args[0]) for mark in item.iter_markers("program")]
    return next((name for name in needed if shutil.which(name) is None), None)


def why_a_skip_fails(item: pytest.Item) -> str | None:
    """Return why this test may not be skipped here, or None when it may."""
    if missing_program(item) is not None:
        return None
    if item.get_closest_marker("recordings"):
        folder = recordings_folder()
        return f"the recordings are in {folder}" if folder.is_dir() else None
    if item.get_closest_marker("chromium"):
        return "chromium is on the PATH" if shutil.which("chromium") else None
    if item.get_closest_marker("postgresql"):
        return "PostgreSQL is installed" if postgresql_is_installed() else None
    if item.get_closest_marker("micropython") and micropython_can_be_had():
        return "micropython can be had on Linux x86-64: make setup"
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--port",
        default=None,
        help="serial port of a real or emulated board for tests/board; default: virtual board",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        if "recordings" in fixtures:
            item.add_marker("recordings")
        if {"server", "away"} & set(fixtures):
            item.add_marker("postgresql")
        if "browser" in fixtures:
            item.add_marker("chromium")
        if "micropython" in fixtures or any(map(item.path.is_relative_to, NEED_MICROPYTHON)):
            item.add_marker("micropython")


def pytest_runtest_setup(item: pytest.Item) -> None:
    program = missing_program(item)
    if program is not None:
        pytest.skip(f"no {program} on the PATH: apt install {program}")
    if item.get_closest_marker("recordings") and not recordings_folder().is_dir():
        pytest.skip(f"no recordings: {recordings_folder()} does not exist")
    if item.get_closest_marker("chromium") and shutil.which("chromium") is None:
        pytest.skip(NO_CHROMIUM)
    if item.get_closest_marker("postgresql") and not postgresql_is_installed():
        pytest.skip(NO_POSTGRESQL)
    if item.get_closest_marker("micropython") and micropython_command() is None:
        pytest.skip(NO_MICROPYTHON)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    reason = why_a_skip_fails(item)
    expected_failure = hasattr(report, "wasxfail")  # it ran: pytest reports it as skipped
    if report.skipped and not expected_failure and reason is not None:
        report.outcome = "failed"
        report.longrepr = f"skipped, and must not be, for {reason}\n{report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"a whole module was skipped: skip single tests\n{report.longrepr}"
    return report


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real force-plate recordings; its use marks the test `recordings`."""
    return recordings_folder()


@pytest.fixture(scope="session")
def micropython() -> str:
    """The path of the MicroPython interpreter; its use marks the test `micropython`."""
    command = micropython_command()
    if command is None:
        pytest.skip(NO_MICROPYTHON)
    return command

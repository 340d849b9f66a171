"""The lock files pin and hash everything, name no machine, and follow pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run.txt", "test.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==[^\s;]+(?: ;[^\\]*)? \\$")


def blocks(lock: str) -> list[list[str]]:
    """Return the requirements of a lock file, each as its lines without comments."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            found[-1].append(line.strip())
        else:
            found.append([line])
    return found


def pinned(lock: str) -> set[str]:
    return {canonicalize_name(block[0].partition("==")[0]) for block in blocks(lock)}


def declared(*tables: str) -> set[str]:
    """Return the names of the requirements in pyproject.toml, read as the lines they stand on."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names: set[str] = set()
    for table in tables:
        body = re.search(rf"^{table} = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
        assert body is not None, f"no {table} in pyproject.toml"
        lines = re.findall(r'^    "(.+)",$', body[1], re.MULTILINE)
        assert lines
        names |= {canonicalize_name(Requirement(line).name) for line in lines}
    return names


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_one_version_with_hashes(lock: str) -> None:
    for pin, *hashes in blocks(lock):
        assert PIN.match(pin), pin
        assert hashes, f"{pin} has no hash"
        for digest in hashes:
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", digest), digest


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_and_no_path_of_a_machine(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert not re.findall(r"\w+://|file:|--(?:extra-)?index-url|--find-links| /\w", text)


def test_the_locks_hold_what_pyproject_declares() -> None:
    assert declared("dependencies") <= pinned("run.txt")
    assert declared("dependencies", "dev") <= pinned("test.txt")


def test_the_test_lock_holds_the_run_lock() -> None:
    """The same versions; where one is needed at all may be wider with the tests' own needs."""
    run, test = ({block[0].split()[0] for block in blocks(lock)} for lock in LOCKS)
    assert run <= test


@pytest.mark.parametrize("table", ["dependencies", "lsl", "dev"])
def test_every_dependency_states_its_reason(table: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    body = re.search(rf"^{table} = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert body is not None
    lines = body[1].splitlines()
    for reason, requirement in zip(lines[::2], lines[1::2], strict=True):
        assert reason.startswith("    # "), reason
        assert requirement.startswith('    "'), requirement

"""Judges this computer: Python, the installed package, and the tools that it calls."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenstance.doctor.check import Check, ok, wrong

PYTHON_FROM = (3, 10)
AGAIN = "Install Evenstance again, for example `pipx reinstall evenstance`."
_BOARD_PACKAGES = ("evenstance_board", "evenstance_wire")


@dataclass(frozen=True)
class Computer:
    """What was seen. `broken` says why the board's files could not even be listed, and
    `tool_faults` what a tool said instead of its version, by its name."""

    python: tuple[int, int, int]
    version: str
    board_files: int
    missing_files: Sequence[str]
    broken: str | None
    tools: Mapping[str, str]
    tool_faults: Mapping[str, str]


def computer_checks(seen: Computer) -> list[Check]:
    """Python, package, tools."""
    return [_python(seen), _package(seen), _tools(seen)]


def _python(seen: Computer) -> Check:
    text = "Python " + ".".join(map(str, seen.python))
    if seen.python[:2] >= PYTHON_FROM:
        return ok("python", text)
    wanted = ".".join(map(str, PYTHON_FROM))
    return wrong(
        "python",
        f"{text}; Evenstance needs {wanted} or newer",
        f"Install Python {wanted} or newer, then Evenstance with it: docs/install.md.",
    )


def _package(seen: Computer) -> Check:
    if seen.broken is not None:
        return wrong("package", seen.broken, AGAIN)
    if seen.missing_files:
        names = ", ".join(seen.missing_files[:5]) + (" ..." if len(seen.missing_files) > 5 else "")
        return wrong("package", f"{len(seen.missing_files)} file(s) missing: {names}", AGAIN)
    return ok(
        "package", f"Evenstance {seen.version}, {seen.board_files} files for the board, all there"
    )


def _tools(seen: Computer) -> Check:
    if seen.tool_faults:
        told = "; ".join(f"{name}: {fault}" for name, fault in seen.tool_faults.items())
        return wrong(
            "tools",
            f"not usable: {told}",
            f"Without {' and '.join(seen.tool_faults)} `evenstance flash` cannot work. {AGAIN}",
        )
    return ok("tools", ", ".join(f"{name} {said}" for name, said in seen.tools.items()))


def missing_board_files(sources: Mapping[str, str]) -> list[str]:
    """Files of the board that others import and that are not there; path on the board -> text."""
    return sorted(imported_board_files(sources) - set(sources))


def imported_board_files(sources: Mapping[str, str]) -> set[str]:
    """Every file of the board that one of these imports."""
    wanted: set[str] = set()
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                wanted |= _files_of(node.module, [alias.name for alias in node.names])
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    wanted |= _files_of(alias.name, [])
    return wanted | {f"{package}/__init__.py" for package in _BOARD_PACKAGES}


def _files_of(module: str, names: Sequence[str]) -> set[str]:
    """The files behind an import. A name taken from a package is a file of it when it is written
    in small letters: the packages themselves define constants only."""
    package, _, inside = module.partition(".")
    if package not in _BOARD_PACKAGES:
        return set()
    if inside:
        return {f"{package}/{inside}.py"}
    return {f"{package}/{name}.py" for name in names if name.islower()}

"""Who may import whom: a checker that reads the syntax trees of a whole project folder.

Host layers from the top; a module may import its own package, any layer below its own, and the
two leaves (evenstance itself and evenstance.errors). Packages of one layer do not know each
other. An import counts wherever it stands: in a function, under TYPE_CHECKING, or spelled as
importlib.import_module("...").
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

LAYERS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("display",),
    ("flows", "doctor"),
    ("report", "export", "clinic"),
    ("device", "store", "plan", "virtual"),
    ("firmware_files", "formats", "private_files", "screen", "retest"),
    ("decision", "health", "knowledge"),
    ("metrics", "reliability", "calibration"),
    ("signal",),
    ("bounded_read", "toml_file"),
)
LEAVES = ("", "errors")  # "" is evenstance/__init__.py
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
USERS_OF_VIRTUAL = ("virtual", "flows", "commands")
PURE = (
    "signal",
    "metrics",
    "reliability",
    "decision",
    "knowledge",
    "screen",
    "retest",
    "plan",
    "health",
)
IMPURE = ("click", "serial", "sqlite3", "sqlalchemy", "time", "random", "subprocess")
ONLY_IN = {"click": ("cli", "__main__", "commands"), "serial": ("device", "virtual")}
FIRMWARE = ("evenstance_board", "main")
HARDWARE = ("machine", "rp2", "umachine")
HARDWARE_FILES = ("hx711_*.py", "nau7802*.py", "pins.py", "watchdog.py")
# What MicroPython has on a Pico and the board may use. No asyncio and no _thread: the sampling
# loop waits in one place. No __future__, typing, enum or dataclasses: the Pico has none.
MICROPYTHON = frozenset(
    [
        "array",
        "binascii",
        "collections",
        "deflate",
        "errno",
        "gc",
        "hashlib",
        "heapq",
        "io",
        "json",
        "math",
        "micropython",
        "os",
        "platform",
        "random",
        "re",
        "select",
        "struct",
        "sys",
        "time",
        "uctypes",
        "vfs",
    ]
)
BOARD_SIDE = ("virtual", "board_side")  # files of the host package that MicroPython runs


@dataclass(frozen=True)
class Import:
    """One import statement: its line, the module in full, and whether ImportError is caught."""

    line: int
    module: str
    guarded: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Violation:
    """An import that must not be: where, which rule, and what was imported."""

    file: str
    line: int
    rule: str
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.module}"


def violations(root: Path) -> list[Violation]:
    """Return every violation under host/evenstance, shared/evenstance_wire and firmware."""
    found: list[Violation] = []
    for path, inside in source_files(root):
        rules = {"host": _host, "shared": _wire, "firmware": _firmware}[inside.parts[0]]
        name = inside.as_posix()
        found += [Violation(name, *rest) for rest in rules(path, inside)]
    return found


def source_files(root: Path) -> list[tuple[Path, Path]]:
    """Return every file that is checked: its path, and its path from `root`."""
    folders = ("host/evenstance", "shared/evenstance_wire", "firmware")
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    return [(path, path.relative_to(root)) for path in paths]


Found = Iterator[tuple[int, str, str]]


def _host(path: Path, inside: Path) -> Found:
    parts = _module(inside)[1:]
    if tuple(parts[:2]) == BOARD_SIDE:
        yield from _board_side(path, inside)
        return
    owner = parts[0] if parts else ""
    if owner not in LEVEL and owner not in LEAVES:
        yield 1, "package has no layer", owner
        return
    for found in imports(path, inside):
        rule = _host_rule(owner, found)
        if rule is not None:
            yield found.line, rule, found.module


def _host_rule(owner: str, found: Import) -> str | None:
    top = found.top
    if top == "evenstance":
        return _layer_rule(owner, [*found.module.split("."), ""][1])
    if top in FIRMWARE:
        return "host imports firmware"
    if top in HARDWARE:
        return "hardware outside drivers and pins"
    if owner in PURE and top in IMPURE:
        return "pure package imports the outside"
    if top in ONLY_IN and owner not in ONLY_IN[top]:
        return f"{top} only in {', '.join(ONLY_IN[top])}"
    return None


def _layer_rule(owner: str, target: str) -> str | None:
    if target == owner or target in LEAVES:
        return None
    if owner in LEAVES:
        return "leaf imports a layer"
    if target not in LEVEL:
        return "package has no layer"
    if target == "virtual" and owner not in USERS_OF_VIRTUAL:
        return "virtual only from flows and commands"
    if LEVEL[target] == LEVEL[owner]:
        return "import across a layer"
    return "import upwards" if LEVEL[target] < LEVEL[owner] else None


def _board_side(path: Path, inside: Path) -> Found:
    allowed = {file.stem for file in path.parent.glob("*.py")} | MICROPYTHON
    allowed |= {"evenstance_wire", "umachine", "utime"}
    for found in imports(path, inside):
        if found.top not in allowed:
            yield found.line, "board side imports what MicroPython has not", found.module


def _wire(path: Path, inside: Path) -> Found:
    for found in imports(path, inside):
        if found.top == "micropython" and not found.guarded:
            yield found.line, "micropython not guarded", found.module
        elif found.top not in ("struct", "binascii", "micropython", "evenstance_wire"):
            yield found.line, "wire imports more than struct and binascii", found.module


def _firmware(path: Path, inside: Path) -> Found:
    is_driver = inside.parent.name == "evenstance_board" and any(
        fnmatch(inside.name, pattern) for pattern in HARDWARE_FILES
    )
    for found in imports(path, inside):
        if found.top in HARDWARE:
            if not is_driver:
                yield found.line, "hardware outside drivers and pins", found.module
        elif found.top not in MICROPYTHON | {"evenstance_wire", "evenstance_board"}:
            yield found.line, "firmware imports what the board has not", found.module


def imports(path: Path, inside: Path) -> list[Import]:
    """Return every import of a file, relative ones made absolute."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    guarded = _guarded(tree)
    module = _module(inside)
    package = module if inside.name == "__init__.py" else module[:-1]
    found: list[Import] = []
    for node in ast.walk(tree):
        for name in _names(node, package):
            found.append(Import(getattr(node, "lineno", 0), name, id(node) in guarded))
    return sorted(found, key=lambda item: (item.line, item.module))


def _names(node: ast.AST, package: list[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        module = ".".join(base + ([node.module] if node.module else []))
        if module == "evenstance":  # each name may be a package of its own or a plain value
            yield from (_in_evenstance(alias.name) for alias in node.names)
        else:
            yield module
    elif isinstance(node, ast.Call):
        yield from _named_in_call(node)


def _named_in_call(node: ast.Call) -> Iterator[str]:
    match node:
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            yield module
        case _:
            pass


def _in_evenstance(name: str) -> str:
    return f"evenstance.{name}" if name in LEVEL or name in LEAVES else "evenstance"


def _guarded(tree: ast.AST) -> set[int]:
    """Return the ids of all nodes inside a try body whose handlers catch ImportError."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches_import_error(h) for h in node.handlers):
            inside |= {id(child) for statement in node.body for child in ast.walk(statement)}
    return inside


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.type, ast.Name) and handler.type.id == "ImportError"


def _module(inside: Path) -> list[str]:
    """Return the dotted name, as a list, of a file whose path from the root is `inside`."""
    parts = list(inside.with_suffix("").parts[1:])
    return parts[:-1] if parts[-1] == "__init__" else parts

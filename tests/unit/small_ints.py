"""Loads the board's modules so that every sum and product is checked for size.

A small int of the Pico has 31 bits; a larger one is made on the heap, which the sampling path may
not do. CPython has no such limit, so each arithmetic result in the source is wrapped in a check.
Machine code (viper) computes in 32 bits without any check: there the limit is those.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
TICKS = 1 << 30

# Run after a hold or when somebody asks, where large numbers are welcome.
FREE = {
    "moments": {"total", "mean_scaled", "sd_scaled", "_sum", "isqrt"},
    "accumulator": {"numbers", "_range_un"},
    "extremes": {"percentile_scaled"},
    "recorder": {"take", "_summary", "_trace_header", "_weight", "_reasons"},
    "calibration": {"set"},
    "clock": {"device_us", "set_unix_ms", "unix_ms"},
    "sampler": {"rate_mhz"},
}


class TooLarge(ArithmeticError):
    """A number that would not fit on the board."""


def small(value: object) -> object:
    """The value, which must fit a small int of the Pico if it is a number."""
    if type(value) is int and not -TICKS <= value < TICKS:
        raise TooLarge(f"{value} has more than 31 bits")
    return value


def machine(value: object) -> object:
    """The value, which must fit a register of the Pico if it is a number."""
    if type(value) is int and not -2 * TICKS <= value < 2 * TICKS:
        raise TooLarge(f"{value} has more than 32 bits")
    return value


class Checks(ast.NodeTransformer):
    """Wraps every arithmetic result and every result of a call, outside the free functions."""

    def __init__(self, free: set[str]) -> None:
        self.left_out: set[str] = set()
        self._free = free
        self._check: str | None = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in self._free:
            self.left_out.add(node.name)
            return node
        outer = self._check
        viper = any(ast.unparse(one) == "micropython.viper" for one in node.decorator_list)
        self._check = "_machine" if viper else "_small"
        node.body = [self.visit(statement) for statement in node.body]
        self._check = outer
        return node

    def _checked(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        if self._check is None:
            return node
        name = ast.Name(self._check, ast.Load())
        return ast.copy_location(ast.Call(name, [node], []), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._checked(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return self._checked(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return self._checked(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        loaded = ast.parse(ast.unparse(node.target), mode="eval").body
        value = ast.BinOp(loaded, node.op, node.value)
        assignment = ast.Assign([node.target], value)
        return self.visit(ast.fix_missing_locations(ast.copy_location(assignment, node)))


def run_checked(path: Path, module: ModuleType) -> None:
    """Run a source file in `module` with its arithmetic checked."""
    checks = Checks(FREE.get(path.stem, set()))
    tree = checks.visit(ast.parse(path.read_text(encoding="utf-8")))
    gone = FREE.get(path.stem, set()) - checks.left_out
    assert not gone, f"{path.name} has no {gone}"
    names = {"_small": small, "_machine": machine, "ptr8": None, "ptr32": None}
    vars(module).update(names)
    exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), vars(module))


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds evenstance_board in the firmware's folder."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] != "evenstance_board":
            return None
        is_package = "." not in name
        file = FIRMWARE / name.replace(".", "/")
        file = file / "__init__.py" if is_package else file.with_suffix(".py")
        return importlib.machinery.ModuleSpec(name, self, origin=str(file), is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        run_checked(Path(str(module.__spec__.origin)), module)


class Ticks(ModuleType):
    """The time module of the Pico; `now_us` is set by the test."""

    def __init__(self) -> None:
        super().__init__("time")
        self.now_us = 0

    def ticks_us(self) -> int:
        return self.now_us % TICKS

    def ticks_ms(self) -> int:
        return self.now_us // 1000 % TICKS

    def ticks_add(self, ticks: int, delta: int) -> int:
        assert 0 <= ticks < TICKS
        return (ticks + delta) % TICKS

    def ticks_diff(self, later: int, earlier: int) -> int:
        assert 0 <= later < TICKS
        assert 0 <= earlier < TICKS
        return (later - earlier + TICKS // 2) % TICKS - TICKS // 2

    def sleep_us(self, us: int) -> None:
        self.now_us += us


def stand_ins() -> dict[str, ModuleType]:
    """What MicroPython's modules have and CPython's have not."""
    micropython = ModuleType("micropython")
    for name in ("const", "viper", "native"):
        setattr(micropython, name, lambda same: same)
    collector = ModuleType("gc")
    for name in ("threshold", "collect", "mem_free"):
        setattr(collector, name, lambda *_: 0)
    return {"time": Ticks(), "micropython": micropython, "gc": collector}


@contextmanager
def board_modules() -> Generator[ModuleType, None, None]:
    """Gives the board's time; meanwhile evenstance_board can be imported, checked."""
    modules = stand_ins()
    kept = {name: sys.modules.get(name) for name in modules}
    finder = Finder()
    sys.meta_path.insert(0, finder)
    sys.modules.update(modules)
    try:
        yield modules["time"]
    finally:
        sys.meta_path.remove(finder)
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
        for name in [n for n in sys.modules if n.split(".")[0] == "evenstance_board"]:
            del sys.modules[name]

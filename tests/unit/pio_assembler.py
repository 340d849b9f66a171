"""A PIO assembler in the shape of MicroPython's `rp2`, so that a board's program runs elsewhere.

Knows the instructions the board uses, encoded as in the RP2040 datasheet, section 3.4; any other
name fails. As on the board, the decorated function runs with the instructions as its only
globals, once to find the labels and once to emit.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware" / "evenstance_board"
CONDITIONS = {"x_dec": 2, "y_dec": 4, "pin": 6}
REGISTERS = {"pins": 0, "x": 1, "y": 2, "null": 3, "isr": 6}
INVERT = 1 << 3


class PIO:
    """The options of a program, as named on the board."""

    OUT_LOW = "out low"
    SHIFT_LEFT = "shift left"
    JOIN_RX = "join rx"


class Emitted:
    """The instruction just emitted; `[n]` gives it n cycles of delay."""

    def __init__(self, opcodes: list[int]) -> None:
        self._opcodes = opcodes

    def __getitem__(self, delay: int) -> None:
        if not 0 <= delay < 32:
            raise ValueError(f"a delay of {delay} cycles does not fit")
        self._opcodes[-1] |= delay << 8


@dataclass
class Program:
    """Opcodes with the addresses between which the state machine goes round, and its options."""

    options: dict[str, str]
    opcodes: list[int] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    wrap_target: int = 0
    wrap_top: int = 0

    def emit(self, opcode: int) -> Emitted:
        self.opcodes.append(opcode)
        return Emitted(self.opcodes)

    def names(self, last_pass: bool) -> dict[str, object]:
        """All that the program function may use."""

        def label(name: str) -> None:
            self.labels[name] = len(self.opcodes)

        def wrap_target() -> None:
            self.wrap_target = len(self.opcodes)

        def wrap() -> None:
            self.wrap_top = len(self.opcodes) - 1

        def jmp(condition: str, target: str | None = None) -> Emitted:
            if target is None:
                condition, target = "", condition
            code = CONDITIONS[condition] if condition else 0
            return self.emit(code << 5 | (self.labels[target] if last_pass else 0))

        def in_(source: str, bits: int) -> Emitted:
            return self.emit(0x4000 | REGISTERS[source] << 5 | bits & 31)

        def push(block: str) -> Emitted:
            return self.emit(0x8000 | {"block": 1}[block] << 5)

        def mov(to: str, source: int | str) -> Emitted:
            code = source if isinstance(source, int) else REGISTERS[source]
            return self.emit(0xA000 | REGISTERS[to] << 5 | code)

        def set_(to: str, value: int) -> Emitted:
            if not 0 <= value < 32:
                raise ValueError(f"{value} does not fit")
            return self.emit(0xE000 | REGISTERS[to] << 5 | value)

        words = [*CONDITIONS, *REGISTERS, "block"]
        return {
            **{word: word for word in words},
            "label": label,
            "wrap_target": wrap_target,
            "wrap": wrap,
            "jmp": jmp,
            "in_": in_,
            "push": push,
            "mov": mov,
            "set": set_,
            "invert": lambda source: INVERT | REGISTERS[source],
        }


def asm_pio(**options: str) -> Callable[[FunctionType], Program]:
    """Assemble the decorated function."""

    def assemble(function: FunctionType) -> Program:
        program = Program(options)
        for last_pass in (False, True):
            program.opcodes.clear()
            FunctionType(function.__code__, program.names(last_pass))()
        return program

    return assemble


def board_program(name: str) -> ModuleType:
    """Import a file of the board that holds a PIO program, with this assembler as its `rp2`."""
    rp2 = ModuleType("rp2")
    vars(rp2).update(PIO=PIO, asm_pio=asm_pio)
    spec = importlib.util.spec_from_file_location(name, FIRMWARE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get("rp2")
    sys.modules["rp2"] = rp2
    try:
        spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules["rp2"]
        else:
            sys.modules["rp2"] = before
    return module

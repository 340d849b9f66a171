"""The PIO program of the HX711 reader, run cycle by cycle against a chip that counts its edges."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pio_assembler import PIO, board_program

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 10, 18), reason="the PIO emulator needs Python 3.10.18"
)

BOARD = board_program("hx711_program")
DOUT, SCK = 0, 1  # the emulator's `in_` reads from pin 0
FULL = 1 << 32
OPCODES = [
    *[0xA02B, 0x00CB, 0xA0C1, 0x8020, 0xE058],
    *[0xE101, 0x4001, 0xE000, 0x0085, 0x8020, 0x0000, 0x0041],
]
LATE_US = 2 * 10741
RAILS = (-0x800000, 0x7FFFFF)


@dataclass
class Chip:
    """DOUT falls at each of `ready_at` (us); 24 bits, one per rising SCK, then `proof`."""

    values: Sequence[int]
    ready_at: Sequence[int]
    proof: int = 1
    rises: list[int] = field(default_factory=list)
    falls: list[int] = field(default_factory=list)
    conversion: int = 0
    pulses: int = 0
    bit: int = 1

    def edge(self, now: int, high: bool) -> None:
        (self.rises if high else self.falls).append(now)
        if not high:
            if self.pulses == BOARD.BITS:
                self.conversion += 1
                self.pulses = 0
                self.bit = 1
            return
        assert self.conversion < len(self.values), "clocked while DOUT was high"
        assert now >= self.ready_at[self.conversion], "clocked while DOUT was high"
        self.pulses += 1
        value = self.values[self.conversion] & 0xFFFFFF
        self.bit = value >> (24 - self.pulses) & 1 if self.pulses <= 24 else self.proof

    def dout(self, now: int) -> int:
        if self.pulses:
            return self.bit
        due = self.conversion < len(self.values) and now >= self.ready_at[self.conversion]
        return 0 if due else 1


class FreeRunning(Chip):
    """Goes on converting: a result of which no bit was read is replaced by the next."""

    def _replace(self, now: int) -> None:
        while self.pulses == 0 and now >= (*self.ready_at, FULL, FULL)[self.conversion + 1]:
            self.conversion += 1

    def edge(self, now: int, high: bool) -> None:
        self._replace(now)
        super().edge(now, high)

    def dout(self, now: int) -> int:
        self._replace(now)
        return super().dout(now)


def always(_words: int, _now: int) -> bool:
    return True


def run(
    chip: Chip, until: int, take: Callable[[int, int], bool] = always
) -> list[tuple[int, int]]:
    """Run the program for `until` cycles; each word it sent, with the cycle it was taken.

    `take` is the DMA: told how many words it has and the cycle, it says whether it takes one.
    """
    from pioemu import State, emulate

    def pins(state: Any) -> int:
        return chip.dout(state.clock) << DOUT

    pins.__annotations__["state"] = State
    program = BOARD.hx711
    words: list[tuple[int, int]] = []
    steps = emulate(
        program.opcodes,
        stop_when=lambda _, state: state.clock >= until,
        initial_state=State(pin_directions=1 << SCK),
        input_source=pins,
        shift_isr_right=program.options["in_shiftdir"] != PIO.SHIFT_LEFT,
        set_base=SCK,
        set_count=1,
        jmp_pin=DOUT,
        wrap_target=program.wrap_target,
        wrap_top=program.wrap_top,
    )
    for before, after in steps:
        if (before.pin_values ^ after.pin_values) >> SCK & 1:
            chip.edge(before.clock, bool(after.pin_values >> SCK & 1))
        while after.receive_fifo and take(len(words), before.clock):
            words.append((before.clock, after.receive_fifo.popleft()))
    return words


def pairs(words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turns waited and the 25 bits of each conversion."""
    assert len(words) % 2 == 0
    both = zip(words[::2], words[1::2], strict=True)
    return [(FULL - 1 - wait, bits) for (_, wait), (_, bits) in both]


def signed(bits: int) -> int:
    value = bits >> 1
    return value - (1 << 24) if value & 0x800000 else value


def looked_at(found: list[tuple[int, int]]) -> list[int]:
    """When each conversion was found ready, from the cycles the board's file states."""
    times: list[int] = []
    at = -BOARD.READ_CYCLES
    for turns, _ in found:
        at += BOARD.READ_CYCLES + BOARD.REST_CYCLES + turns * BOARD.TURN_CYCLES
        times.append(at)
    return times


def test_opcodes_are_those_of_the_board() -> None:
    """As MicroPython 1.24.0 and 1.28.0 assembled the same function on an emulated RP2040."""
    assert BOARD.hx711.opcodes == OPCODES
    assert BOARD.hx711.wrap_target == 0
    assert BOARD.hx711.wrap_top == len(OPCODES) - 1
    assert BOARD.hx711.options == {
        "set_init": PIO.OUT_LOW,
        "in_shiftdir": PIO.SHIFT_LEFT,
        "fifo_join": PIO.JOIN_RX,
    }


@pytest.mark.parametrize("value", [*RAILS, 0, -1, 1, -2, 0x555555, -0x555556, -123456])
def test_value_and_proof_bit(value: int) -> None:
    found = pairs(run(Chip([value], [400]), 700))
    assert [signed(bits) for _, bits in found] == [value]
    assert found[0][1] & 1 == 1


def test_negative_words_are_waits_and_no_bits_are_negative() -> None:
    """The order of the words shows in their sign, so a reader out of step is found at once."""
    words = [word for _, word in run(Chip([*RAILS, -1], [400, 800, 1200]), 1500)]
    assert [word >= 1 << 31 for word in words] == [True, False] * 3


def test_proof_bit_zero_is_seen() -> None:
    found = pairs(run(Chip([77], [400], proof=0), 700))
    assert found[0][1] == 77 << 1


def test_exactly_25_pulses_per_conversion_within_the_datasheet() -> None:
    chip = Chip([-1, 5, RAILS[0]], [300, 900, 1500])
    run(chip, 1900)
    assert len(chip.rises) == len(chip.falls) == 25 * 3
    assert chip.conversion == 3
    high = {fall - rise for rise, fall in zip(chip.rises, chip.falls, strict=True)}
    assert high == {3}  # us; 0.2 to 50
    for n in range(3):
        rises, falls = chip.rises[25 * n : 25 * n + 25], chip.falls[25 * n : 25 * n + 25]
        assert {b - a for a, b in zip(falls[:-1], rises[1:], strict=True)} == {2}  # at least 0.2
        assert 4 <= rises[0] - chip.ready_at[n] < 4 + BOARD.TURN_CYCLES  # at least 0.1


def test_the_whole_read_takes_as_long_as_stated() -> None:
    """Two conversions that are ready at once: nothing but the read lies between them."""
    chip = Chip([1, 2], [0, 0])
    found = pairs(run(chip, 400))
    assert [turns for turns, _ in found] == [0, 0]
    assert chip.rises[25] - chip.rises[0] == BOARD.READ_CYCLES + BOARD.REST_CYCLES


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(*RAILS), st.integers(135, 700)), min_size=1, max_size=4),
)
def test_time_of_every_conversion_is_exact(steps: list[tuple[int, int]]) -> None:
    """The counted time lies within one look after DOUT fell, and the values are the chip's."""
    ready = [sum(us for _, us in steps[: n + 1]) for n in range(len(steps))]
    chip = Chip([value for value, _ in steps], ready)
    found = pairs(run(chip, ready[-1] + 200))
    assert [signed(bits) for _, bits in found] == [value for value, _ in steps]
    for at, fell in zip(looked_at(found), ready, strict=True):
        assert 0 <= at - fell < BOARD.TURN_CYCLES


def test_a_late_chip_is_waited_for() -> None:
    """Two periods of silence at 93 SPS: the wait is counted, no pulse is given."""
    chip = Chip([-5, -6], [500, 500 + LATE_US])
    found = pairs(run(chip, 500 + LATE_US + 200))
    assert [signed(bits) for _, bits in found] == [-5, -6]
    times = looked_at(found)
    assert abs(times[1] - times[0] - LATE_US) <= BOARD.TURN_CYCLES
    assert len(chip.rises) == 50


PERIOD_US = 300
STALL_US = 3 * PERIOD_US


@pytest.mark.parametrize("taken", [0, 1])
def test_a_word_that_nobody_takes_in_time_stays_coherent(taken: int) -> None:
    """The FIFO is full and the program stands at a push, before the bits or behind them.

    SCK stays low meanwhile, so the chip is neither powered down nor out of step; every word that
    comes later is one whole conversion, the order of the words is kept, and what was lost is
    lost whole. (The FIFO of this emulator holds four words, that of the board eight.)
    """
    values = [RAILS[0] + 1000 * n + 1 for n in range(14)]
    chip = FreeRunning(values, [PERIOD_US * (n + 1) for n in range(14)])
    stand_still = range(PERIOD_US // 2, 3 * PERIOD_US + STALL_US)

    def take(words: int, now: int) -> bool:
        return now not in stand_still or words < taken

    words = run(chip, PERIOD_US * 14, take)
    found = pairs(words[: len(words) // 2 * 2])
    assert [bits & 1 for _, bits in found] == [1] * len(found)
    came = [signed(bits) for _, bits in found]
    assert came == [value for value in values if value in came]  # each whole, once, in order
    lost = len([value for value in values[: values.index(came[-1])] if value not in came])
    assert 2 <= lost <= 3
    assert {fall - rise for rise, fall in zip(chip.rises, chip.falls, strict=True)} == {3}
    assert len(chip.rises) == 25 * len(found)
    longest_low = max(b - a for a, b in zip(chip.falls, chip.rises[1:], strict=False))
    assert longest_low > STALL_US - PERIOD_US


def test_a_stall_shows_in_the_counted_time() -> None:
    """Cycles spent at a push are not counted: the driver sees time run behind and starts again."""
    ready = [PERIOD_US * (n + 1) for n in range(14)]
    chip = FreeRunning(list(range(14)), ready)
    words = run(chip, PERIOD_US * 14, lambda _, now: now not in range(1, 3 * PERIOD_US + STALL_US))
    found = pairs(words[: len(words) // 2 * 2])
    last = signed(found[-1][1])
    assert ready[last] - looked_at(found)[-1] > STALL_US - 2 * PERIOD_US


# What the datasheet of the HX711, V2.0, asks of PD_SCK and DOUT (us): least and most.
DATASHEET_US = {
    "T1": (0.1, None),  # DOUT falls -> PD_SCK rises
    "T2": (0.1, None),  # PD_SCK rises -> the bit may be looked at
    "T3": (0.2, 50.0),  # PD_SCK high
    "T4": (0.2, None),  # PD_SCK low, within a read
}


@dataclass
class SlowBits(Chip):
    """Each bit is valid `t2` cycles after the rising SCK; until then the one before stands."""

    t2: int = 0

    def edge(self, now: int, high: bool) -> None:
        self.before = self.bit
        super().edge(now, high)

    def dout(self, now: int) -> int:
        if self.pulses and now - self.rises[-1] < self.t2:
            return self.before
        return super().dout(now)


def slowest_bit_that_is_read_right() -> int:
    """The longest T2 (us) at which an alternating value still comes out right."""
    value = 0x2AAAAA
    for t2 in range(10):
        found = pairs(run(SlowBits([value], [10], t2=t2), 200))
        if signed(found[0][1]) != value:
            return t2 - 1
    raise AssertionError("bits are never looked at")


def test_each_cycle_belongs_to_a_symbol_of_the_datasheet() -> None:
    """The read of one conversion: every cycle is spent in T1, or in T3 or T4 of a pulse."""
    chip = Chip([0x2AAAAA, 5], [0, 0])
    run(chip, 400)
    rises, falls = chip.rises[:25], chip.falls[:25]
    us = {
        "T1": [rises[0] - BOARD.REST_CYCLES],
        "T2": [slowest_bit_that_is_read_right()],
        "T3": [fall - rise for rise, fall in zip(rises, falls, strict=True)],
        "T4": [rise - fall for fall, rise in zip(falls[:-1], rises[1:], strict=True)],
    }
    assert us == {"T1": [4], "T2": [2], "T3": [3] * 25, "T4": [2] * 24}
    for symbol, (least, most) in DATASHEET_US.items():
        assert min(us[symbol]) >= least
        assert most is None or max(us[symbol]) <= most
    until_the_end = BOARD.READ_CYCLES - sum(us["T1"]) - sum(us["T3"]) - sum(us["T4"])
    assert until_the_end == 4  # SCK low: last set, jmp that ends the loop, push, jmp to the start


def test_a_dead_chip_is_never_clocked() -> None:
    chip = Chip([], [])
    assert run(chip, 6_000) == []
    assert chip.rises == []


def test_the_program_leaves_room_for_another() -> None:
    assert len(BOARD.hx711.opcodes) <= 14

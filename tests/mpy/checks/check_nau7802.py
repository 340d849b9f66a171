"""The driver of the NAU7802 on register-level chips: what it accepts, marks and survives."""

import time

import lockstep
import machine
import nau7802_chip
from nau7802_chip import Bus, Chip

from board import near
from evenstance_board.nau7802 import Nau7802
from evenstance_wire import flags as f

WARM = 200  # conversions after which the rhythm is known
WRAP = 1 << 30
RAIL = 0x7FFFFF


def ramp(n, _at_us=0):
    """Different in all three bytes from one conversion to the next."""
    return ((n * 70001) & 0x3FFFFF) - 0x1FFFFF


class Bench:
    """One chip or two, each on its bus, polled as the main loop does."""

    def __init__(self, *chips, start=0):
        lockstep.power_up(start)
        self.start = start
        self.chips = chips or (Chip(ramp),)
        self.buses = [Bus(chip) for chip in self.chips]
        machine.I2C = lambda number, **rest: self.buses[number].open(number, **rest)
        self.drivers = [
            Nau7802(number, scl=bus.scl, sda=bus.sda) for number, bus in enumerate(self.buses)
        ]
        self.rows = [[] for _ in self.chips]  # (t_us, counts, flags, missed)

    def run(self, us, stall=None):
        """So long; `stall()` gives the microseconds for which nobody polls, after each turn."""
        end_us = lockstep.now_us + us
        while lockstep.now_us < end_us:
            for k, driver in enumerate(self.drivers):
                if driver.poll():
                    at_us = (driver.t_us - self.start) % WRAP
                    self.rows[k].append((at_us, driver.counts, driver.flags, driver.missed))
            wait = min([driver.wait_us() for driver in self.drivers] + [4000])
            if stall is not None:
                wait += stall()
            time.sleep_us(max(wait, 20))
        return self.rows[0]


def placed(rows, chip):
    """Index in the chip's log of every row that is not void; each is a usable value, in order."""
    found = []
    n = 0
    for row in rows:
        if row[2] & f.DESYNC:
            assert row[1] == 0
            continue
        while chip.log[n][1:] != (row[1], True):
            n += 1
            assert n < len(chip.log), (row, len(found))
        found.append(n)
        n += 1
    return found


class Stalls:
    """Now and then nobody polls."""

    def __init__(self, seed, one_in, longest_us):
        self.state = seed
        self.one_in = one_in
        self.longest_us = longest_us

    def __call__(self):
        return self.below(self.longest_us) if self.below(self.one_in) == 0 else 0

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % n


def check_every_conversion_with_its_time():
    for ppm in (0, 60000, -60000):
        for start in (0, WRAP - 1000000):
            bench = Bench(Chip(ramp, ppm), start=start)
            rows = bench.run(4000000)
            chip = bench.chips[0]
            at = placed(rows, chip)
            assert at[0] <= 110, at[0]  # 100 while the supply ramps, and six that settle
            assert at == list(range(at[0], at[0] + len(at)))
            assert at[-1] >= len(chip.log) - 2
            for n, row in zip(at, rows):
                assert row[2:] == (0, 0), row
                near(row[0], chip.log[n][0], 340 if n < at[0] + WARM else 120)
            assert bench.drivers[0].restarts == 0
            near(bench.drivers[0].period_us, chip.period_us(), 3)
            assert chip.calibrations == 1


def longest_late(rows):
    """How many late ones in a row."""
    longest = run = 0
    for row in rows:
        run = run + 1 if row[2] & f.LATE else 0
        longest = max(longest, run)
    return longest


def two_chips(turn_us):
    """Each loses nothing however they meet; a turn takes so much longer than its wait."""
    bench = Bench(Chip(ramp, 20000), Chip(lambda n, _: -ramp(n), -10000))
    bench.run(4000000, lambda: turn_us)
    for k in (0, 1):
        at = placed(bench.rows[k], bench.chips[k])
        gaps = [(at[i - 1], at[i]) for i in range(1, len(at)) if at[i] != at[i - 1] + 1]
        assert gaps == [], gaps
        assert len(at) > 1100
        assert [row for row in bench.rows[k] if row[2] & ~f.LATE] == []
    return bench


def check_two_chips_on_two_buses():
    bench = two_chips(0)
    assert max([longest_late(rows) for rows in bench.rows]) == 0


def check_a_slow_loop_is_not_late_for_ever():
    """A late one says little about the rhythm; the next is looked for from now on."""
    bench = two_chips(150)
    assert 1 <= max([longest_late(rows) for rows in bench.rows]) <= 2


def check_the_registers_are_as_the_datasheet_asks():
    bench = Bench()
    bench.run(500000)
    r = bench.chips[0].registers
    assert r[0x00] & 0xDF == 0x9E  # AVDD from the chip, running
    assert r[0x01] == 0x2F  # 3.0 V, gain 128
    assert r[0x02] == 0x70  # 320 SPS, channel 1, calibrated without error
    assert r[0x15] & 0x30 == 0x30
    assert r[0x1C] & 0x80


def check_signed_values_and_rails():
    values = (0, -1, 1, 0x3FFFFF, -0x400000, 12345, -54321, 255, -256)
    bench = Bench(Chip(lambda n, _: values[n % 9]))
    rows = bench.run(1500000)
    assert set([row[1] for row in rows]) == set(values)
    assert [row for row in rows if row[2]] == []


def check_rails_move_by_the_offset_and_are_still_seen():
    for offset in (0, 1234, -1234, 100000, -100000):
        for wanted in (RAIL, -RAIL - 1):
            bench = Bench(Chip(lambda n, _, wanted=wanted: wanted, offset=offset))
            rows = bench.run(1500000)
            assert len(rows) > 200
            assert [row for row in rows if not row[2] & f.SATURATED] == []
        bench = Bench(Chip(lambda n, _: (RAIL - 200001, -RAIL + 200001)[n & 1], offset=offset))
        rows = bench.run(1500000)
        assert len(rows) > 200
        assert [row for row in rows if row[2]] == []


def check_a_failed_calibration_gives_nothing_and_is_repeated():
    bench = Bench()
    chip = bench.chips[0]
    chip.bad_calibrations = 3
    assert bench.run(1000000) == []
    assert 1 <= bench.drivers[0].restarts <= 3
    rows = bench.run(3000000)
    assert bench.drivers[0].restarts == 3
    assert chip.calibrations == 4
    assert len(placed(rows, chip)) > 300
    assert rows[0][2:] == (0, 0)


def check_a_calibration_that_never_ends():
    nau7802_chip.CALIBRATION_US, usual = 1 << 40, nau7802_chip.CALIBRATION_US
    try:
        bench = Bench()
        assert bench.run(6000000) == []
        assert bench.drivers[0].restarts == 2
        assert bench.buses[0].transfers < 6000
    finally:
        nau7802_chip.CALIBRATION_US = usual
    assert len(placed(bench.run(4000000), bench.chips[0])) > 300


def check_nobody_on_the_bus():
    """No void conversions either: nothing was converted. The bus is hardly used."""
    bench = Bench()
    bench.buses[0].silent = True
    assert bench.run(5000000) == []
    assert 10 < bench.drivers[0].restarts < 25
    assert bench.buses[0].transfers < 100
    bench.buses[0].silent = False
    assert len(placed(bench.run(2000000), bench.chips[0])) > 300


def check_a_missing_acknowledge_is_void_and_soon_over():
    for nacks in (1, 2, 5):
        bench = Bench()
        bench.run(2000000)
        chip, driver = bench.chips[0], bench.drivers[0]
        before = bench.rows[0][-1]
        known = len(bench.rows[0])
        bench.buses[0].nacks = nacks
        rows = bench.run(3000000)[known:]
        assert rows[0][2] == f.DESYNC
        assert rows[0][1] == 0
        assert driver.restarts == nacks
        at = placed([before] + rows, chip)
        assert chip.calibrations == 1  # its zero is not moved in the middle of a hold
        assert at[1:] == list(range(at[1], at[1] + len(at) - 1))
        assert len(at) > 500
        lost = at[1] - at[0] - 1
        assert rows[1][3] == lost - 1, (rows[1], lost)  # the void one was counted as itself
        assert bool(rows[1][2] & f.MISSED) == (lost > 1)
        if nacks == 1:
            assert lost <= 4


def check_a_chip_with_other_settings_is_made_anew():
    """A disturbance on the wires has changed its gain or rate, and was seen as a lost answer."""
    for register, value in ((0x01, 0x27), (0x02, 0x30)):
        bench = Bench()
        bench.run(2000000)
        known = len(bench.rows[0])
        chip = bench.chips[0]
        chip.registers[register] = value
        bench.buses[0].nacks = 1
        rows = bench.run(2000000)[known:]
        assert rows[0][2] == f.DESYNC
        assert len(placed(rows, chip)) > 300
        assert chip.calibrations == 2


def check_a_held_bus_is_clocked_free():
    bench = Bench(Chip(ramp), Chip(ramp))
    bench.run(2000000)
    bus = bench.buses[0]
    known = [len(rows) for rows in bench.rows]
    bus.held_until_clocks = bus.scl.clocks + 9
    bench.run(1000000)
    rows = bench.rows[0][known[0] :]
    assert rows[0][2] == f.DESYNC
    assert len(placed(rows, bench.chips[0])) > 250
    assert bench.drivers[0].restarts == 1
    other = placed(bench.rows[1], bench.chips[1])
    assert other == list(range(other[0], other[0] + len(other)))  # the other plate lost nothing


def check_a_bus_held_for_good_costs_the_other_plate_little():
    bench = Bench(Chip(ramp), Chip(ramp))
    bench.run(2000000)
    bus = bench.buses[0]
    bus.held_until_clocks = 1 << 30
    before = bus.transfers
    known = len(bench.rows[1])
    bench.run(5000000)
    assert bus.transfers - before < 30
    rows = bench.rows[1][known:]
    at = placed(rows, bench.chips[1])
    assert at[-1] - at[0] + 1 - len(at) == sum([row[3] for row in rows])
    assert len(at) > 0.99 * (at[-1] - at[0] + 1)


def check_a_bus_that_reads_as_all_ones_or_zeros():
    for level in (0x00, 0xFF):
        bench = Bench()
        bench.run(2000000)
        known = len(bench.rows[0])
        bench.buses[0].reads_as = level
        rows = bench.run(2000000)[known:]
        assert [row[2] for row in rows] == [f.DESYNC], (level, rows)
        bench.buses[0].reads_as = -1
        rows = bench.run(3000000)[known + 1 :]
        assert len(placed(rows, bench.chips[0])) > 500


def check_a_chip_that_lost_its_power_is_made_anew():
    """It comes back at gain 1 and 10 SPS: none of that becomes a value."""
    bench = Bench()
    bench.run(2000000)
    known = len(bench.rows[0])
    chip = bench.chips[0]
    chip.power_up()
    rows = bench.run(3000000)[known:]
    assert rows[0][2] == f.DESYNC
    at = placed(rows, chip)
    assert chip.calibrations == 2
    assert len(at) > 500
    assert rows[1][2] == f.MISSED
    near(rows[1][3], 300000 // 3125, 20)


def check_a_chip_that_stops_converting():
    bench = Bench()
    bench.run(2000000)
    known = len(bench.rows[0])
    bench.chips[0].dead = True
    rows = bench.run(3000000)[known:]
    assert 1 <= len(rows) <= 5
    assert [row[2] for row in rows] == [f.DESYNC] * len(rows)
    bench.chips[0].dead = False
    rows = bench.run(3000000)[known + len(rows) :]
    assert len(placed(rows, bench.chips[0])) > 300


def check_a_late_read_says_so_and_is_whole():
    """Nobody looks for a while: what is read then is one conversion, and the lost are counted."""
    for pause_us in range(3000, 20000, 311):
        bench = Bench()
        bench.run(2000000)
        known = len(bench.rows[0])
        time.sleep_us(pause_us)
        bench.run(300000)
        chip = bench.chips[0]
        rows = bench.rows[0][known - 1 :]
        at = placed(rows, chip)
        gaps = [at[i] - at[i - 1] - 1 for i in range(1, len(at))]
        assert [row[3] for row in rows[1:]] == gaps, (pause_us, gaps)
        for row, n in zip(rows[1:], at[1:]):
            assert bool(row[2] & f.MISSED) == (row[3] > 0)
            near(row[0], chip.log[n][0], 200)


def check_a_read_that_is_held_up_is_not_believed():
    """Between two bytes of a value conversions end; a mixture of two never comes out."""
    for slow_us in (500, 1500, 2500, 2900, 3100, 3500, 6300):
        bench = Bench()
        bench.run(2000000)
        known = len(bench.rows[0])
        for _ in range(20):
            bench.buses[0].slow_us = slow_us
            bench.run(20000)
        rows = bench.rows[0][known - 1 :]
        at = placed(rows, bench.chips[0])
        assert at[-1] - at[0] + 1 - len(at) == sum([row[3] for row in rows[1:]])
        assert bench.drivers[0].restarts == 0


def check_a_busy_host_never_makes_up_a_value():
    for seed in range(6):
        for longest_us in (700, 3000, 9000, 100000):
            bench = Bench(Chip(ramp, (0, 50000, -50000)[seed % 3]))
            bench.run(3000000, Stalls(seed, 4, longest_us))
            assert len(placed(bench.rows[0], bench.chips[0])) > 30, (seed, longest_us)
            assert bench.drivers[0].restarts == 0


def check_a_busy_host_loses_count_of_nothing():
    for seed in (0, 1, 2, 19):  # 19: one that ends just as it is looked for
        for longest_us in (700, 3000, 9000, 100000):
            bench = Bench(Chip(ramp, (0, 30000, -30000)[seed % 3]))
            bench.run(2000000)
            known = len(bench.rows[0])
            bench.run(3000000, Stalls(seed, 60 if longest_us > 9000 else 20, longest_us))
            rows = bench.rows[0][known - 1 :]
            at = placed(rows, bench.chips[0])
            counted = sum([1 + row[3] for row in rows[1:]])
            assert at[-1] - at[0] == counted, (seed, longest_us, at[-1] - at[0], counted)


def check_nothing_is_allocated_per_sample():
    import micropython

    bench = Bench(Chip(lambda n, _: 4000))
    bench.run(2000000)
    driver, bus = bench.drivers[0], bench.buses[0]
    plain = nau7802_chip.Chip._convert
    got = 0
    frozen = bytearray(b"\x00\x12\x34")

    def quiet(_address, register, buffer):
        """A bus that does not allocate: always ready, always the same."""
        lockstep.spend(60)
        if register == 0x12:
            buffer[:] = frozen
        else:
            buffer[0] = 0xBE if lockstep.now_us % 3125 < 1000 else 0x9E

    bus.readfrom_mem_into = quiet
    micropython.heap_lock()
    try:
        for _ in range(500):
            if driver.poll():
                got += 1
            time.sleep_us(driver.wait_us() + 20)
    finally:
        micropython.heap_unlock()
    assert plain is nau7802_chip.Chip._convert
    assert got > 50, got

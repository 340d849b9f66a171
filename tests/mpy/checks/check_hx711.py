"""The bit-banged driver at the pins of a simulated chip: what it accepts, marks and counts."""

import time

import chip
import lockstep

from board import Interrupts, Wire, near
from evenstance_board.hx711_gpio import Hx711Gpio, pair
from evenstance_wire import flags as f

FIRST_US = 50000
WARM = 40  # conversions after which the rhythm is known
WRAP = 1 << 30


class Bench:
    """One chip and one driver; conversion n reads `value(n)`."""

    def __init__(self, n, value=lambda k: 100000 + 7 * k, period_us=10741, start=0):
        lockstep.power_up(start)
        self.start = start
        self.period_us = period_us
        self.chip = chip.Chip()
        queue = self.chip.queue
        for k in range(n):
            queue.t_us[k] = FIRST_US + k * period_us
            queue.counts[k] = value(k)
        queue.used = n
        queue.next = 0
        self.chip.plan()
        self.wire = Wire(self.chip)
        self.driver = Hx711Gpio(self.wire.sck, self.wire.dout)
        self.rows = []  # (t_us, counts, flags, missed)

    def run(self, conversions, stall=None):
        """Poll as the main loop does until so many conversions have passed.

        `stall()` gives the microseconds for which nobody polls, after each turn.
        """
        end_us = FIRST_US + conversions * self.period_us - 3000
        driver = self.driver
        while lockstep.now_us < end_us:
            if driver.poll():
                at_us = (driver.t_us - self.start) % WRAP
                self.rows.append((at_us, driver.counts, driver.flags, driver.missed))
            wait = min(driver.wait_us(), 4000)
            if stall is not None:
                wait += stall()
            time.sleep_us(max(wait, 20))
        return self.rows

    def sound(self):
        """The rows that are not void."""
        return [row for row in self.rows if not row[2] & f.DESYNC]

    def index(self, row):
        """Which conversion this value is; it must be one that the chip made."""
        n = (row[1] - 100000) // 7
        assert 0 <= n < self.chip.queue.used, row
        assert self.chip.queue.counts[n] == row[1], row
        return n


class Stalls:
    """Now and then nobody polls: called after each turn, gives for how long (us)."""

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
    for period_us in (10309, 10741, 12400):  # 97, 93 and 81 SPS
        for start in (0, WRAP - 3000000):
            bench = Bench(600, period_us=period_us, start=start)
            rows = bench.run(600)
            warm = rows[WARM:]
            assert len(warm) == 600 - WARM - bench.index(rows[0]), len(rows)
            for n, row in enumerate(warm):
                assert bench.index(row) == bench.index(warm[0]) + n
                assert row[2:] == (0, 0), row
                near(row[0], FIRST_US + bench.index(row) * period_us, 60)
            assert bench.driver.restarts == 0
            near(bench.driver.period_us, period_us, 3)


def check_what_was_latched_before_is_thrown_away():
    rows = Bench(60).run(60)
    assert rows[0][1] >= 100000 + 7 * 2


def check_signed_values_and_rails():
    values = (0, -1, 1, 0x7FFFFF, -0x800000, 0x7FFFFE, -0x7FFFFF, 12345, -54321)
    bench = Bench(WARM + 90, lambda k: values[k % 9])
    rows = bench.run(WARM + 90)
    assert len(set([row[1] for row in rows])) == 9
    for _, counts, flags, _ in rows[WARM:]:
        rail = counts in (0x7FFFFF, -0x800000)
        assert flags == (f.SATURATED if rail else 0), (counts, flags)


def check_a_stretched_clock_is_void_at_every_bit():
    """SCK high for more than 60 us powers the chip down: what follows reads as ones."""
    for value in (0, 0x2AAAAA, -0x800000 + 5):
        for pulse in range(25):
            bench = Bench(WARM + 30, lambda k, value=value: value)
            bench.run(WARM)
            known = len(bench.rows)
            bench.wire.slow_at = bench.wire.clocks + 2 * pulse + 1  # the rising edge
            bench.wire.slow_us = 75
            bench.run(WARM + 30)
            after = bench.rows[known:]
            assert [row for row in after if row[1] != value and not row[2] & f.DESYNC] == []
            void = [row for row in after if row[2] & f.DESYNC]
            assert len(void) == 1, (pulse, void)
            assert void[0][1] == 0
            assert bench.driver.restarts == 1
            again = after[after.index(void[0]) + 1 :]
            assert len(again) > 15
            assert again[0][3] >= 3  # the filter settles for four conversions, all counted
            assert again[0][2] & f.MISSED


def check_a_short_stretch_harms_nothing():
    for slow_us in (10, 30, 45, 55):
        bench = Bench(WARM + 20)
        bench.run(WARM)
        bench.wire.slow_at = bench.wire.clocks + 21
        bench.wire.slow_us = slow_us
        for row in bench.run(WARM + 20):
            if not row[2] & f.DESYNC:
                bench.index(row)
        assert bench.driver.restarts == (1 if slow_us > 50 else 0), slow_us


def check_without_the_proof_bit_nothing_is_accepted():
    """DOUT held low: a short circuit, or a chip that is not there."""
    lockstep.power_up(0)
    driver = Hx711Gpio(lambda level: None, lambda: lockstep.spend(1) or 0)
    given = 0
    for _ in range(3000):
        if driver.poll():
            given += 1
            assert driver.flags & f.DESYNC
            assert driver.counts == 0
        time.sleep_us(max(driver.wait_us(), 20))
    assert driver.restarts > 10
    assert given > 10


def check_dout_held_high_gives_nothing():
    lockstep.power_up(0)
    driver = Hx711Gpio(lambda level: None, lambda: lockstep.spend(1) or 1)
    for _ in range(3000):
        assert not driver.poll()
        time.sleep_us(max(driver.wait_us(), 20))
    assert driver.restarts == 0


def check_a_pause_is_counted():
    for pause_us in (25000, 47000, 120000, 400000):
        bench = Bench(WARM + 100)
        bench.run(WARM)
        known = len(bench.rows)
        time.sleep_us(pause_us)
        rows = bench.run(WARM + 100)
        gap = [
            bench.index(b) - bench.index(a) - 1 for a, b in zip(rows[known - 1 :], rows[known:])
        ]
        assert sum(gap) > 0
        assert [row[3] for row in rows[known:]] == gap, (pause_us, gap)
        for row, lost in zip(rows[known:], gap):
            assert bool(row[2] & f.MISSED) == (lost > 0)
            near(row[0], FIRST_US + bench.index(row) * 10741, 500)


def check_a_pause_of_seconds():
    """Longer than the rhythm can be trusted: the count is nearly right, and it finds back."""
    bench = Bench(WARM + 900)
    bench.run(WARM)
    known = len(bench.rows)
    time.sleep_us(5000000)
    rows = bench.run(WARM + 900)
    assert rows[known][2] & f.LATE
    assert rows[known][2] & f.DESYNC  # it may have been read across an update
    passed = bench.index(rows[known + 1]) - bench.index(rows[known - 1])
    near(rows[known][3] + rows[known + 1][3] + 2, passed, 3)
    for row in rows[-300:]:
        assert row[2:] == (0, 0)


def check_a_busy_host_never_makes_up_a_value():
    """Nobody polls for random times; whatever is accepted is a value that the chip made."""
    for seed in range(6):
        for longest_us in (700, 9000, 25000):
            bench = Bench(400, period_us=(10309, 10741, 12400)[seed % 3])
            bench.run(400, Stalls(seed, 4, longest_us))
            rows = bench.sound()
            assert len(rows) > 40, (seed, longest_us, len(rows))
            before = -1
            for row in rows:
                assert bench.index(row) > before, row
                before = bench.index(row)


def check_a_busy_host_loses_count_of_nothing():
    """Read, void or counted as missed: together every conversion, once the rhythm is known."""
    for seed in range(4):
        for longest_us in (700, 9000, 25000, 100000):
            bench = Bench(500)
            bench.run(WARM)
            known = len(bench.rows)
            bench.run(500, Stalls(seed, 60, longest_us))
            rows = bench.rows[known - 1 :]
            passed = bench.index(rows[-1]) - bench.index(rows[0])
            counted = sum([1 + row[3] for row in rows[1:]])
            assert passed == counted, (seed, longest_us, passed, counted)
            assert not [row for row in rows if row[2] & f.DESYNC], (seed, longest_us)


# -- two chips, one burst


class Both:
    """Two chips and the pair of drivers; conversion n of chip k reads 100000 + 7 n + 1000000 k."""

    def __init__(self, n, periods_us=(10741, 10893), first_us=(FIRST_US, FIRST_US), at_us=()):
        lockstep.power_up(0)
        interrupts = Interrupts(at_us, 120)
        self.periods_us = periods_us
        self.first_us = first_us
        self.wires = []
        for k in (0, 1):
            one = chip.Chip()
            for i in range(n):
                one.queue.t_us[i] = first_us[k] + i * periods_us[k]
                one.queue.counts[i] = 100000 + 7 * i + 1000000 * k
            one.queue.used = n
            one.queue.next = 0
            one.plan()
            self.wires.append(Wire(one, interrupts))
        self.drivers = pair(*[(wire.sck, wire.dout) for wire in self.wires])
        self.rows = ([], [])  # (t_us, n, flags, missed) of each

    def run(self, until_us):
        while lockstep.now_us < until_us:
            for k in (0, 1):
                driver = self.drivers[k]
                if driver.poll():
                    n, rest = divmod(driver.counts - 100000 - 1000000 * k, 7)
                    assert rest == 0 or driver.flags & f.DESYNC, (k, driver.counts)
                    self.rows[k].append((driver.t_us, n, driver.flags, driver.missed))
            wait = min([driver.wait_us() for driver in self.drivers] + [4000])
            time.sleep_us(max(wait, 20))
        return self.rows


def in_order(rows, first_us, period_us):
    """Every conversion from the rhythm on, at its time, without a flag."""
    warm = [row for row in rows if row[1] >= WARM]
    assert len(warm) > 100
    for i, row in enumerate(warm):
        assert row[1] == warm[0][1] + i, (row, warm[0])
        assert row[2:] == (0, 0), row
        near(row[0], first_us + row[1] * period_us, 200)


def check_two_chips_in_step_share_each_burst():
    both = Both(300, periods_us=(10741, 10741))
    wires = both.wires
    alone = [0]

    def watched(k):
        plain = wires[k].sck

        def sck(level):
            if level and not wires[1 - k].level:
                alone[0] += 1
            plain(level)

        return sck

    both.drivers = pair((watched(0), wires[0].dout), (watched(1), wires[1].dout))
    both.run(FIRST_US + WARM * 10741)
    alone[0] = 0
    both.run(FIRST_US + 299 * 10741)
    rises = (both.rows[0][-1][1] - WARM) * 25
    assert rises <= alone[0] <= rises + 25, (rises, alone)  # of two rises in a burst, one is first
    for k in (0, 1):
        in_order(both.rows[k], FIRST_US, 10741)


def check_what_was_read_along_waits_for_nobody():
    both = Both(WARM + 10, periods_us=(10741, 10741))
    both.run(FIRST_US + WARM * 10741 - 3000)
    time.sleep_us(FIRST_US + WARM * 10741 + 50 - lockstep.now_us)
    left, right = both.drivers
    assert left.poll()
    assert right.wait_us() == 0
    assert right.poll()
    assert right.wait_us() > 5000


def check_two_chips_that_drift_past_each_other():
    """At 93.1 and 91.8 SPS they meet every 0.8 s; each conversion comes once, of its own chip."""
    for offset_us in (0, 40, 3000):
        both = Both(600, first_us=(FIRST_US, FIRST_US + offset_us))
        both.run(FIRST_US + 590 * 10741)
        for k in (0, 1):
            in_order(both.rows[k], both.first_us[k], both.periods_us[k])
            assert both.drivers[k].restarts == 0


def check_a_dead_chip_does_not_hold_up_the_other():
    for dead in (0, 1):
        both = Both(400)
        both.wires[dead].chip.queue.used = 0
        both.wires[dead].chip.plan()
        both.run(FIRST_US + 390 * 10741)
        assert both.rows[dead] == []
        alive = 1 - dead
        in_order(both.rows[alive], both.first_us[alive], both.periods_us[alive])


def check_a_stretched_burst_is_void_for_both():
    """Which of the two clocks was stretched long enough to matter, nobody can tell."""
    both = Both(300, periods_us=(10741, 10741))
    both.run(FIRST_US + 100 * 10741)
    known = [len(rows) for rows in both.rows]
    both.wires[0].slow_at = both.wires[0].clocks + 11
    both.wires[0].slow_us = 75
    both.run(FIRST_US + 299 * 10741)
    for k in (0, 1):
        after = both.rows[k][known[k] :]
        assert [row[2] & f.DESYNC for row in after].count(f.DESYNC) == 1
        assert after[0][2] & f.DESYNC
        assert both.drivers[k].restarts == 1
        assert len(after) > 150


# -- interrupts


def check_an_interrupt_at_any_moment_stretches_no_clock():
    """120 us of somebody else's work, up to every 200 us: SCK is never high longer than 20 us."""
    for step_us in (211, 1009):
        both = Both(200, at_us=range(FIRST_US, FIRST_US + 200 * 10741, step_us))
        both.run(FIRST_US + 198 * 10741)
        assert both.wires[0].interrupts.taken > 1900
        for k in (0, 1):
            assert 0 < both.wires[k].longest_high_us <= 20, both.wires[k].longest_high_us
            assert both.drivers[k].restarts == 0
            rows = both.rows[k]
            assert rows[-1][1] >= 190
            assert len(rows) == rows[-1][1] - rows[0][1] + 1
            assert not [row for row in rows if row[2] & (f.DESYNC | f.MISSED)]


def check_the_interrupts_of_these_checks_do_harm():
    """Clocked without care, the same interrupts power the chip down."""
    both = Both(200, at_us=range(FIRST_US, FIRST_US + 200 * 10741, 211))
    wire = both.wires[0]
    time.sleep_us(FIRST_US + 1000)
    for _ in range(25 * 20):
        wire.sck(1)
        wire.dout()
        wire.sck(0)
    assert wire.longest_high_us > 60


def check_stop_leaves_the_clock_low():
    bench = Bench(WARM)
    bench.run(WARM)
    bench.wire.sck(1)
    bench.driver.stop()
    assert bench.wire.level == 0

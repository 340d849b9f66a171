"""Moments against exact integers, on the interpreter that must not round."""

import time

from evenstance_board.accumulator import share_ppm
from evenstance_board.level import Level, crossing
from evenstance_board.moments import Moments, isqrt

WRAP = 1 << 30
DIFFER = (1 << 25) - 1


def numbers(seed, n, low, high):
    state = seed
    for _ in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFFFFFF
        yield low + (state >> 8) % (high - low + 1)


def exact(values, scale):
    """(total, mean times scale, SD times scale) with whole numbers only."""
    n = len(values)
    total = sum(values)
    squares = sum([v * v for v in values])
    variance = (n * squares - total * total) * scale * scale // (n * (n - 1))
    root = 0
    bit = 1 << 80
    while bit:  # digit by digit, unlike the module
        if (root + bit) * (root + bit) <= variance:
            root += bit
        bit >>= 1
    return total, (2 * total * scale + n) // (2 * n), root


def check_against_exact_integers():
    for seed, n, low, high in (
        (1, 2, 0, 1),
        (2, 500, 690000, 710000),
        (3, 2000, -8388608, 8388607),
        (4, 2000, 0, DIFFER),
        (5, 2000, -DIFFER // 2, DIFFER // 2),
        (6, 3, 5, 5),
    ):
        values = list(numbers(seed, n, low, high))
        moments = Moments()
        for _ in range(2):  # cleared, it starts afresh
            moments.clear()
            for value in values:
                moments.add(value)
            total, mean, sd = exact(values, 1000)
            assert moments.n == n
            assert moments.total() == total
            assert moments.mean_scaled(1000) == mean
            assert moments.sd_scaled(1000) == sd, (seed, moments.sd_scaled(1000), sd)


def check_too_few_values_have_no_sd():
    moments = Moments()
    assert moments.mean_scaled(1) is None
    assert moments.sd_scaled(1) is None
    moments.add(-7)
    assert moments.mean_scaled(10) == -70
    assert moments.sd_scaled(1) is None


def check_isqrt():
    for n in list(range(2000)) + [1 << k for k in range(120)] + [(1 << k) - 1 for k in range(120)]:
        root = isqrt(n)
        assert root * root <= n < (root + 1) * (root + 1), n


def check_share_in_parts_per_million():
    for whole in (1, 7, 700000, (1 << 23) - 1):
        for part in (0, 1, whole // 3, whole - 1, whole):
            if 0 <= part <= whole:
                rest = 1000000 - part * 1000000 // whole
                assert share_ppm(whole - part, part) == rest, (part, whole)
    assert share_ppm(-5, 700000) == 0
    assert share_ppm(700000, -5) == 1000000
    assert share_ppm(0, 0) == share_ppm(-3, -4) == -1
    assert share_ppm(1 << 22, 1 << 22) == share_ppm(1 << 27, 1 << 28) == -1


def check_crossing_lies_on_the_line():
    for t0 in (5000, WRAP - 4000):
        for f0, f1 in ((0, 60000), (60000, 0), (19999, 20000), (-3000000, 3000000), (0, 20000)):
            at = crossing(t0, f0, (t0 + 10741) % WRAP, f1, 20000)
            into = time.ticks_diff(at, t0)
            wanted = 10741 * (20000 - f0) / (f1 - f0)
            assert abs(into - wanted) <= 2, (t0, f0, f1, into, wanted)


def check_over_a_long_gap_nothing_is_interpolated():
    assert crossing(100, 0, 100 + 65536, 40000, 20000) == 100 + 65536
    assert abs(crossing(100, 0, 100 + 32680, 40000, 20000) - 100 - 16340) <= 8  # two were lost
    assert crossing(100, 0, 100, 40000, 20000) == 100


def check_a_level_that_nothing_crosses_stays_comparable():
    level = Level()
    level.set(20000, 0, 0)
    for second in range(20, 3600, 20):
        t = (second * 1000000) % WRAP
        level.age(t)
        assert not level.above
        assert 0 < time.ticks_diff(t, level.since) <= 1 << 28, second

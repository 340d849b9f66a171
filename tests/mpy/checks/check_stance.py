"""Pairs of forces at one moment, and body weight from quiet two-legged stance."""

import lockstep

from board import near
from evenstance_board.stance import BodyWeight, Pairs
from evenstance_wire.rules import Rules

WRAP = 1 << 30
STARTS = (1000, WRAP - 3000000)
STEP_US = 10741


class Pairing:
    """Pairs with its sink written down, times from the start."""

    def __init__(self, start):
        self.start = start
        self.found = []
        self.pairs = Pairs(self.sink)

    def sink(self, t, left_mn, right_mn):
        self.found.append(((t - self.start) % WRAP, left_mn, right_mn))

    def left(self, t_us, force_mn):
        self.pairs.left((self.start + t_us) % WRAP, force_mn)

    def right(self, t_us, force_mn):
        self.pairs.right((self.start + t_us) % WRAP, force_mn)


def check_the_right_channel_is_interpolated_at_the_lefts_times():
    for start in STARTS:
        for slope in (1, -1, 3, -40):  # mN per 100 us: up to the fall of a whole person
            p = Pairing(start)
            right = 0
            for n in range(400):
                t_us = n * STEP_US
                while right <= t_us:
                    p.right(right, 350000 + slope * right // 100)
                    right += 10893
                p.left(t_us, n)
            assert len(p.found) >= 397
            for t_us, n, right_mn in p.found:
                assert t_us == n * STEP_US
                near(right_mn, 350000 + slope * t_us // 100, 1 + abs(slope) * 110 // 1000)


def check_no_pair_over_a_gap_and_none_with_a_silent_channel():
    p = Pairing(1000)
    p.right(0, 5)
    p.left(50000, 1)
    p.right(100001, 5)
    assert p.found == []
    p.left(105000, 2)
    p.right(110000, 7)
    assert [row[1] for row in p.found] == [2]
    for n in range(50):
        p.left(120000 + n * STEP_US, n)
    assert len(p.found) == 1
    p.right(700000, 7)
    p.left(705000, 90)
    p.right(710000, 8)
    assert [row[1] for row in p.found] == [2, 90]


def check_pairs_need_a_right_sample_on_both_sides():
    p = Pairing(1000)
    p.left(5000, 1)
    p.right(10000, 5)  # nothing is known from before
    p.left(10000, 2)
    p.left(15000, 3)
    p.right(20000, 9)
    assert p.found == [(10000, 2, 5), (15000, 3, 7)]


def stand(weight, seconds, force, from_s=0, start=1000):
    """Feed pairs at 93 a second; `force(t_s)` gives both. How often the value was renewed."""
    renewed = 0
    t_us = int(from_s * 1000000)
    while t_us < (from_s + seconds) * 1000000:
        left_mn, right_mn = force(t_us / 1000000)
        if weight.pair((start + t_us) % WRAP, left_mn, right_mn):
            renewed += 1
        t_us += STEP_US
    return renewed


def fresh():
    lockstep.power_up(0)
    return BodyWeight(Rules())


def check_five_quiet_seconds_give_the_mean():
    for start in STARTS:
        weight = fresh()
        assert stand(weight, 4.9, lambda t: (340000, 360000), start=start) == 0
        assert (weight.value_mn, weight.fresh) == (0, False)
        assert stand(weight, 1, lambda t: (340000, 360000), 4.9, start) > 0
        assert (weight.value_mn, weight.fresh) == (700000, True)


def check_each_foot_may_sway_when_the_sum_is_quiet():
    weight = fresh()
    stand(weight, 7, lambda t: (300000 + int(100000 * (t % 1)), 400000 - int(100000 * (t % 1))))
    near(weight.value_mn, 700000, 2)


def check_what_is_not_quiet_or_not_on_two_feet():
    for force in (
        lambda t: (350000 + (40000 if t % 0.5 > 0.25 else 0), 350000),  # 5.7 % of the mean
        lambda t: (690000, 10000),
        lambda t: (0, 0),
        lambda t: (700000, -1000),
        # half a second of quiet now and then is not five in a row
        lambda t: (700000, 0) if t % 4 > 3.4 else (350000, 350000),
    ):
        weight = fresh()
        assert stand(weight, 20, force) == 0
        assert weight.value_mn == 0


def check_the_latest_five_seconds_count():
    weight = fresh()
    stand(weight, 8, lambda t: (350000, 350000))
    stand(weight, 8, lambda t: (300000, 300000), 8)
    near(weight.value_mn, 600000, 0)


def check_a_block_with_a_gap_is_void():
    weight = fresh()
    for second in range(12):  # a hole of 150 ms in every half second
        for half in (0, 0.5):
            stand(weight, 0.35, lambda t: (350000, 350000), second + half)
    assert weight.value_mn == 0


def check_forgetting():
    weight = fresh()
    stand(weight, 6, lambda t: (350000, 350000))
    weight.forget()
    assert (weight.value_mn, weight.fresh) == (0, False)
    assert stand(weight, 4.5, lambda t: (350000, 350000), 6) == 0
    assert stand(weight, 1.5, lambda t: (350000, 350000), 10.5) > 0

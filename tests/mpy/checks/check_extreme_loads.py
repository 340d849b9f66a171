"""More than a person weighs, and calibrations that cannot be: missing numbers, not wrong ones."""

import lockstep
from check_whole_hold import trial_of
from wire import ask

import board
from board import Board, between, near
from evenstance_board.ask_calibration import AskCalibration
from evenstance_board.calibration import sensible
from evenstance_board.refused import Refused
from evenstance_board.stance import BodyWeight
from evenstance_wire import flags as f
from evenstance_wire import messages
from evenstance_wire.rules import Rules

HEAVY_MN = 4900000  # 500 kg: too many micronewtons for 32 bits
SOFT = (300000, -300000)  # counts per kN: such a plate can feel it
LONG_US = 400000000


def weight_of(mn):
    """What the board takes for the body weight when so much stands there on two feet."""
    weight = BodyWeight(Rules())
    for n in range(900):
        weight.pair(n * 10000 & 0x3FFFFFFF, mn // 2, mn - mn // 2)
    return weight.value_mn


def check_nobody_weighs_half_a_ton():
    near(weight_of(3900000), 3900000, 2)
    for mn in (4100000, HEAVY_MN, 80000000, 400000000):
        assert weight_of(mn) == 0, mn


def check_a_hold_too_heavy_for_the_summary_has_no_numbers():
    knots = ((0.5, 0), (0.8, HEAVY_MN // 2), (6.6, HEAVY_MN // 2), (6.8, HEAVY_MN))
    swing = ((0.5, 0), (0.8, HEAVY_MN // 2), (6.6, HEAVY_MN // 2), (6.8, 0))
    usual = board.COUNTS_PER_KN
    board.COUNTS_PER_KN = SOFT
    try:
        made = Board(33.5, lambda t_s: (between(t_s, knots), between(t_s, swing)))
        made.run_to(33.4)
        values, _ = trial_of(made)
    finally:
        board.COUNTS_PER_KN = usual
    assert values["end_reason"] == f.TIME_LIMIT
    assert values["body_weight_un"] is None
    assert values["force_mean_un"] is None
    assert 3000000 < values["force_sd_un"] < 5000000
    assert values["reasons"] & f.OVERLOAD


def check_sensitivities_for_which_sums_would_not_hold_are_refused():
    for size in (200000, 2000000, 200000000):
        assert sensible(size) and sensible(-size)
    for size in (0, 1, 199999, 200000001, 0x7FFFFFFF):
        assert not sensible(size) and not sensible(-size)


class Plates:
    zero_device_us = None


def check_a_pause_bought_again_and_again_still_ends():
    """Three hours, over ten wraps of ticks; then nobody renews it."""
    made = Board(1, lambda _: (0, 0))
    part = AskCalibration(made.sampler, made.calibration, Plates())
    assert made.calibration.ready
    for _ in range(27):
        assert ask(part, messages.PAUSE_HOLDS, {"lease_ms": 400000}) == {}
        for _ in range(40):
            lockstep.now_us += LONG_US // 40 - 1000
            part.step(made.clock.tick())
            assert not made.calibration.ready
    lockstep.now_us += 1000000
    part.step(made.clock.tick())
    assert made.calibration.ready


def check_a_pause_longer_than_ticks_can_compare_is_refused():
    made = Board(1, lambda _: (0, 0))
    part = AskCalibration(made.sampler, made.calibration, Plates())
    for lease_ms in (500001, 0x7FFFFFFF, 0xFFFFFFFF):
        try:
            ask(part, messages.PAUSE_HOLDS, {"lease_ms": lease_ms})
            raise AssertionError(lease_ms)
        except (ValueError, Refused):
            pass
    assert made.calibration.ready

"""A whole hold at 320 SPS: the board's own sampler, detector and loop on two NAU7802."""

import math

import lockstep
import machine
from check_whole_hold import LIFT_OFF_US, forces, trial_of
from nau7802_chip import Bus, Chip

from board import COUNTS_PER_KN, TIME_UP, ZEROS, TimeUp, Unwatched, calibrated, near, sway
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_board.loop import Loop
from evenstance_board.nau7802 import Nau7802
from evenstance_board.sampler import Sampler
from evenstance_wire import flags as f
from evenstance_wire.rules import Rules

PERIOD_US = 3125
# A shorter hold than the usual: this is about the rate.
RECORD_S, SETTLING_S, WINDOW_S = 5, 1, 1


def plate(k):
    """What the converter of one plate measures, with the delay that the rules assume."""

    def measured(n, at_us):
        force = forces((at_us - 2 * PERIOD_US) / 1000000)[k]
        if force > 100000:
            force += sway(n, k)
        return round(force * COUNTS_PER_KN[k] / 1000000) + ZEROS[k]

    return measured


class Board:
    """As the reference board, with the other converters in place of the two HX711."""

    def __init__(self):
        lockstep.power_up(0)
        self.chips = [Chip(plate(k), (4000, -3000)[k]) for k in (0, 1)]
        buses = [Bus(chip) for chip in self.chips]
        machine.I2C = lambda number, **rest: buses[number].open(number, **rest)
        drivers = [Nau7802(k, scl=buses[k].scl, sda=buses[k].sda) for k in (0, 1)]
        self.clock = Clock()
        rules = Rules()
        rules.record_ms = 1000 * RECORD_S
        rules.settling_ms = 1000 * SETTLING_S
        rules.window_ms = 1000 * WINDOW_S
        self.sampler = Sampler(drivers, calibrated(), rules, self.clock)
        self.end_us = 0

    def run_to(self, seconds):
        self.end_us = int(seconds * 1000000)
        try:
            Loop(self.sampler, self, self, self.clock, Cues(), Unwatched()).run()
        except TimeUp:
            pass

    def step(self, _now):
        if lockstep.now_us >= self.end_us:
            raise TIME_UP

    def rest_us(self):
        return 20000

    def store(self):
        """The trial waits until the check takes it."""

    def idle(self):
        """No flash, no work."""

    def scored_sd_mn(self, lift_off_us):
        """Mean of the SDs of the four windows of the left plate, from what its chip converted."""
        sds = []
        for window in range(4):
            start_us = lift_off_us + (SETTLING_S + WINDOW_S * window) * 1000000 + 2 * PERIOD_US
            found = [
                (counts - ZEROS[0]) * 1000000 / COUNTS_PER_KN[0]
                for at_us, counts, _ in self.chips[0].log
                if start_us <= at_us < start_us + WINDOW_S * 1000000
            ]
            mean = sum(found) / len(found)
            sds.append(math.sqrt(sum([(one - mean) ** 2 for one in found]) / (len(found) - 1)))
        return sum(sds) / 4


def check_a_whole_hold():
    board = Board()
    board.run_to(LIFT_OFF_US / 1000000 + RECORD_S + 1.5)
    values, _ = trial_of(board)
    assert values["stance_leg"] == 0
    assert values["reasons"] == 0, f.names(values["reasons"])
    assert values["end_reason"] == f.TIME_LIMIT
    near(values["body_weight_un"], 700000000, 500000)
    near(values["force_mean_un"], 700000000, 500000)
    near(values["lift_off_device_us"], LIFT_OFF_US, 2000)
    assert values["touch_down_count"] == 0
    for name in ("dropped", "desynced", "saturated"):
        assert values[name] == 0, name
    for name, ppm in (("left", 4000), ("right", -3000)):
        near(values["samples_" + name], RECORD_S * 320 * (1 + ppm / 1000000), 3)
        near(values["rate_%s_mhz" % name], 320000 * (1 + ppm / 1000000), 60)
    assert values["max_gap_us"] < 2 * PERIOD_US
    near(values["force_sd_un"], 1000 * board.scored_sd_mn(values["lift_off_device_us"]), 2000)

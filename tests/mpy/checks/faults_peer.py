"""Plays conversions from files to the sampler and the faults of the board; says what was found.

Arguments: files of `<qi` (end in us, counts) of left and right, their gains (counts per kN) and
zeros. Prints JSON lines: [s, "fault" or "gone", channel, name] as it happens, then all of it.
"""

import json
import struct
import sys

import lockstep
from player import Driver

from board import BOOT_ID, calibrated
from evenstance_board.clock import Clock
from evenstance_board.faults import Faults
from evenstance_board.sampler import Sampler
from evenstance_wire import flags, messages
from evenstance_wire.rules import Rules

RAILS = (-0x800000, 0x7FFFFF)


class Peer:
    def __init__(self, gains, zeros):
        lockstep.power_up(5000000)
        calibration = calibrated()
        if gains[0]:
            calibration.set_zero(*zeros)
            calibration.set_sensitivity(*gains)
        self.drivers = (Driver(10741), Driver(10893))
        self.clock = Clock()
        self.sampler = Sampler(self.drivers, calibration, Rules(), self.clock)
        self.faults = Faults(self.sampler, self)
        self.trials = []

    def event(self, event, value):
        if event in (flags.EV_FAULT, flags.EV_FAULT_GONE):
            what = "fault" if event == flags.EV_FAULT else "gone"
            name = flags.names(value & 0xFFFF, flags.FAULTS)[0]
            at_s = lockstep.now_us / 1000000
            print(json.dumps([at_s, what, value >> flags.CHANNEL_SHIFT, name]))

    def take(self, k, t_us, counts):
        driver = self.drivers[k]
        driver.t_us = (5000000 + t_us) & ((1 << 30) - 1)
        driver.counts = counts
        driver.flags = flags.SATURATED if counts in RAILS else 0
        driver.ready = True
        self.sampler.poll()

    def turn(self):
        now = self.clock.tick()
        recorder = self.sampler.recorder
        self.sampler.detector.silent(now)
        if recorder.busy:
            recorder.step(now)
            recorder.encode(4)
        self.faults.step(now)
        if recorder.ready:
            summary, _ = recorder.take(len(self.trials) + 1, BOOT_ID)
            values = messages.SUMMARY.unpack(summary)
            self.trials.append(
                {
                    "end_reason": flags.END_REASONS[values["end_reason"]],
                    "reasons": flags.names(values["reasons"]),
                    "end_s": values["end_us"] / 1000000,
                }
            )


def rows(path):
    with open(path, "rb") as file:
        data = file.read()
    return [struct.unpack_from("<qi", data, at) for at in range(0, len(data), 12)]


def main(left, right, gains, zeros):
    both = [(t, 0, c) for t, c in rows(left)] + [(t, 1, c) for t, c in rows(right)]
    both.sort()
    peer = Peer(gains, zeros)  # from here on the files are those of an empty flash
    end_us = both[-1][0]
    turn_us = 0
    for t_us, k, counts in both + [(end_us + 100000, -1, 0)]:
        while turn_us < t_us:
            lockstep.now_us = turn_us
            peer.turn()
            turn_us += 5000
        if k >= 0:
            lockstep.now_us = t_us + 200
            peer.take(k, t_us, counts)
    seen = [flags.names(bits, flags.FAULTS) for bits in peer.faults.seen]
    now = [flags.names(bits, flags.FAULTS) for bits in peer.faults.now]
    print(json.dumps({"seen": seen, "now": now, "trials": peer.trials}))


numbers = [int(text) for text in sys.argv[3:7]]
main(sys.argv[1], sys.argv[2], numbers[:2], numbers[2:])

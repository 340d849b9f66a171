"""Prints trials as the board makes them, for the laptop's program to compute again.

One JSON line each: name, summary and trace in hexadecimal; then a stance on both feet as pairs of
forces with the body weight that the board made of them.
"""

import binascii
import json

import player

from evenstance_board.stance import BodyWeight
from evenstance_wire.rules import Rules

EQUAL = (10741, 10893)
SLOW_LEFT = (12500, 10309)
SLOW_RIGHT = (10309, 12500)


class Board(player.Player):
    """Packs the trace while it plays, as the main loop does."""

    def play(self, until_s, left_n, right_n, **more):
        at_s = self.next_us[0] / 1000000
        while at_s < until_s:
            at_s = min(at_s + 1, until_s)
            super().play(at_s, left_n, right_n, **more)
            self.sampler.recorder.encode(600)


def tell(name, one):
    recorder = one.sampler.recorder
    assert recorder.ready, name
    summary, parts = recorder.take(1, 99)
    packed = b"".join([bytes(part) for part in parts])
    line = {
        "name": name,
        "summary": binascii.hexlify(summary).decode(),
        "trace": binascii.hexlify(packed).decode(),
    }
    print(json.dumps(line))


def touching(one, leg, touches, until_s):
    """On one leg until then, the other foot down at (from_s, long_s, N)."""
    for from_s, long_s, force_n in touches:
        one.stand(from_s, leg)
        one.stand(from_s + long_s, leg, 700 - force_n // 2, force_n)
    one.stand(until_s, leg)


def whole(name, leg=0, touches=(), periods=EQUAL, **changed):
    player.PERIODS_US = periods
    one = Board(**changed)
    one.lift(leg)
    touching(one, leg, touches, 33)
    one.play(34.5, 350, 350)
    tell(name, one)
    player.PERIODS_US = EQUAL


TOUCHES = ((14, 0.2, 60), (17, 0.03, 60), (19, 0.1, 45), (19.16, 0.1, 45), (22, 0.7, 300))
whole("left")
whole("right", 1)
whole("touches", 0, TOUCHES)
whole("touches, right leg, slow left chip", 1, TOUCHES, SLOW_LEFT)
whole("touches, slow left chip", 0, TOUCHES, SLOW_LEFT)
whole("touches, slow right chip", 0, TOUCHES, SLOW_RIGHT)
whole("twelve touches", 0, [(13 + n, 0.3, 80) for n in range(12)])
whole("a foot down at the end of the record", 0, ((31.5, 1.5, 80),))
whole("hold-time protocol", 0, ((20, 0.4, 80),), end_at_touch_down=1)

for leg in (0, 1):
    one = Board()
    one.lift(leg)
    one.stand(17.5, leg)
    one.play(19, 350, 350)
    tell("foot put down %d" % leg, one)

    one = Board()
    one.lift(leg)
    one.stand(20.2, leg)
    one.play(22, 0, 0)
    tell("stepped off %d" % leg, one)

    one = Board()
    one.lift(leg)
    one.stand(20.2, leg)
    one.stand(22, leg, 0, 700)
    tell("moved over %d" % leg, one)

for name, more in (
    ("stray load", {"swing_n": 15}),
    ("one in 40 lost", {"drop": lambda k, n: n % 40 == 0}),
    ("a gap", {"drop": lambda k, n: k == 0 and 1000 <= n < 1009}),
    ("saturated", {"stance_n": "high"}),
    ("overloaded", {"stance_n": 2100}),
):
    one = Board()
    one.lift()
    one.stand(33, **more)
    one.play(34.5, 350, 350)
    tell(name, one)

one = Board()
one.play(1, 0, 0)
one.stand(27, stance_n=640)
one.play(28.5, 0, 0)
tell("weight from the hold", one)

one = Board()
one.lift()
one.stand(14)
one.sampler.detector.stop()
one.stand(16)
tell("stopped", one)

one = Board()
one.lift()
one.stand(14)
one.stand(17, drop=lambda k, n: k == 1)
tell("a chip falls silent", one)

weight = BodyWeight(Rules())
pairs = []
told = []
for n in range(3000):
    t_us = 10741 * n
    left = 350000 + (n * 7919) % 4001 + (60000 if 700 < n < 760 else 0)
    right = 340000 - (n * 104729) % 3001 - (345000 if 1500 < n < 1520 else 0)
    pairs.append((t_us, left, right))
    if weight.pair(t_us, left, right):
        told.append((n, weight.value_mn))
print(json.dumps({"name": "body weight", "pairs": pairs, "told": told}))

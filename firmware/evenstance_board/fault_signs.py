"""What the conversions and readings of one channel show that no load can make.

The chip's filter spreads every change of the load over four conversions (datasheet V2.0, settling
time). So a conversion far from neighbours that agree with each other is a read error, and a row
that is rough from one conversion to the next is no load. Thresholds are proposals [D]; counts
are those of a converter whose half scale is 8388608, about 3800 N on a plate for 200 kg.
"""

import array
import time

import micropython
from micropython import const

from evenstance_wire import flags as f

_TICKS = const((1 << 30) - 1)
_ZERO = const(0x800000)  # added to counts: nothing is negative
_SCALE = const(0xFFFFFF)
_BROKEN_US = const(250000)  # a longer gap: what was before says nothing of what comes
# 30 N in the fourth difference; the noise of a chip makes 0.5 N, sway and walking less than 10.
# A sharp step of the load is rough for seven conversions: sharp hops of 1500 N, five times a
# second, which nobody does, make three of four rough, a real drop jump less than every third.
_ROUGH_COUNTS = const(65536)
# Smaller spikes (2 N) hide in the sway of a person, and alter an SD of 5 N over 5 s by 0.01 N.
_SPIKE_COUNTS = const(4096)
# A blow on the plate shows as 1:4:1 or flatter, with a filter of three stages as 1:6:1: the middle
# rises 3 to 5 times as far above its neighbours as these above theirs. A read error has no feet.
_FEET = const(3)  # as a power of two: 8 times
_RAIL_US = const(900000)  # at a rail without a break for this long
# Between 14 and 6 conversions before a rail a load that goes there is moving already, by 60 N at
# least; a wire that opens is a step, of which the filter makes four conversions.
_WAY_COUNTS = const(131072)
_BEFORE = const(16)
_MOST = const(1000)
_RING = const(640)
_SLOW_US = const(16667)  # 60 SPS: a chip wired for 80 makes 80 to 97, one for 10 makes 10 to 12
_SLOW_N = const(6)
_ROUGH_N = const(48)  # conversions; of them 7 of 8 must be rough
_PASSING = const(3)  # looks: this one, and two for what is left of a fault that ends
_PULL_N = const(36)  # conversions: near half a second
_PULL_MN = const(-50000)  # as far from zero as a zero may shift; a person does not lift a plate
_SLOWLY = f.OPEN_BRIDGE | f.REVERSED | f.WRONG_RATE  # it takes more than two looks
_ALL = const(1 << 24)  # above every count and every time between conversions

# words of a state: what was found since the last `judged` ...
_N = const(0)  # conversions judged; the latest two wait for what comes behind them
_ROUGH = const(1)  # fourth difference above _ROUGH_COUNTS
_SPIKES = const(2)
_SHORTEST = const(3)  # time between two conversions (us)
_LOWEST = const(4)  # counts + 2^23, spikes and rails left out
_HIGHEST = const(5)  # the same + 1; 0: none
_RAILS = const(6)  # bits: 1 at the lower one, 2 at the upper one
_ENDED = const(7)  # 1: at a rail and away again at once
# ... and what is kept from one call to the next
_RUN = const(8)  # 1: at a rail, up to now
_LONG = const(9)  # 1: for more than a second; then 2: a load led there, 3: none did
_SINCE = const(10)
_FROM = const(11)  # place in the ring at that time; _RING: too little came before
_A = const(12)
_B = const(13)
_C = const(14)
_D = const(15)
_LAST = const(16)
_HAVE = const(17)  # conversions in a row
_WORDS = const(18)


@micropython.viper
def walk(s: ptr32, ts: ptr32, counts: ptr32, place: int, n: int, size: int):
    """Take `n` conversions from `place` of a ring of `size` on."""
    a = s[_A]
    b = s[_B]
    c = s[_C]
    d = s[_D]
    have = s[_HAVE]
    while n > 0:
        n -= 1
        t = ts[place]
        e = (counts[place] + _ZERO) & _SCALE
        step = (t - s[_LAST]) & _TICKS
        s[_LAST] = t
        if step > _BROKEN_US:
            have = 0
        if have and step < s[_SHORTEST]:
            s[_SHORTEST] = step
        if have < _MOST:
            have += 1
        if have >= 5:
            s[_N] += 1
            rough = a + e - 4 * (b + d) + 6 * c
            if rough < 0:
                rough = 0 - rough
            if rough > _ROUGH_COUNTS:
                s[_ROUGH] += 1
            height = c - ((b + d) >> 1)
            if height < 0:
                height = 0 - height
            spike = 0
            if height > _SPIKE_COUNTS:
                feet = height >> _FEET
                one = b - a
                two = e - d
                three = d - b
                if one < 0:
                    one = 0 - one
                if two < 0:
                    two = 0 - two
                if three < 0:
                    three = 0 - three
                if one <= feet and two <= feet and three <= feet:
                    spike = 1
            if spike:
                s[_SPIKES] += 1
            elif c == 0 or c == _SCALE:
                s[_RAILS] = s[_RAILS] | (1 + (c & 1))
                if s[_RUN] == 0:
                    s[_RUN] = 1
                    s[_SINCE] = t
                    s[_FROM] = place if have > _BEFORE else _RING
                if s[_LONG] == 0 and ((t - s[_SINCE]) & _TICKS) > _RAIL_US:
                    s[_LONG] = 1
            else:
                if s[_RUN] and s[_LONG] < 2:  # nobody has judged it yet
                    s[_ENDED] = 1
                s[_RUN] = 0
                s[_LONG] = 0
                if c < s[_LOWEST]:
                    s[_LOWEST] = c
                if c >= s[_HIGHEST]:
                    s[_HIGHEST] = c + 1
        elif have == 1:
            s[_RUN] = 0
            s[_LONG] = 0
        a = b
        b = c
        c = d
        d = e
        place += 1
        if place == size:
            place = 0
    s[_A] = a
    s[_B] = b
    s[_C] = c
    s[_D] = d
    s[_HAVE] = have


@micropython.viper
def alike(tl: ptr32, cl: ptr32, left: int, tr: ptr32, cr: ptr32, right: int, near_us: int) -> int:
    """How many of the latest 72 conversions of two rings came at one time with one value.

    `left` and `right` are the places of the latest. Only values that differ from the one before
    count: two dead channels are not one chip.
    """
    found = 0
    before = 0
    for k in range(72):
        gap = (tl[left] - tr[right] + near_us) & _TICKS
        back = 3
        if gap > near_us + near_us:
            if k > 4:
                break
            back = 1 if gap < (_TICKS >> 1) else 2  # one channel has one more already
        elif cl[left] != cr[right]:
            break
        elif cl[left] != before:
            before = cl[left]
            found += 1
        if back & 1:
            left = left - 1 if left else _RING - 1
        if back & 2:
            right = right - 1 if right else _RING - 1
    return found


class Watch:
    """One channel. `look` is called about twice a second and gives bits of flags.FAULTS."""

    def __init__(self, channel, now):
        self._channel = channel
        self._ring = channel.ring
        self._done = channel.ring.pushed
        self._s = array.array("i", [0] * _WORDS)
        self._n = 0  # of the look before
        self._rough = 0
        self._shortest = _ALL
        self._rails = 0
        self._pulled = 0  # looks in a row
        self._doubt = False  # a reading did not prove itself: stuck low, silent, or out of step
        self._stuck = False  # low at the look before
        self._low_reads = channel.driver.low_reads
        self._unproven = channel.driver.unproven
        self._power_downs = channel.driver.power_downs
        self.heard_at = now
        self.fresh = False  # conversions came since the look before
        self.since = now  # what a look has found began then, or later
        self._looks = [now, now, now]  # the latest
        self._silent = False
        self._passing = 0
        self._s[_SHORTEST] = self._s[_LOWEST] = _ALL
        self._forget()

    def look(self, now, silent_us):
        """What is wrong since the last look; silence is a fault after `silent_us`."""
        ring = self._ring
        came = ring.waiting(self._done)
        self.fresh = came > 0
        if came:
            self._done = ring.pushed
            self.heard_at = ring.latest
            self._silent = False
            self._walk(came if came < _RING - 20 else _RING - 20)
        looks = self._looks
        found = self._readings(came)
        if came:
            found |= self._values()
        if found & _SLOWLY:
            self.since = self._s[_SINCE] if self._s[_LONG] else looks[0]
        else:
            self.since = looks[1]
        looks[0] = looks[1]
        looks[1] = looks[2]
        looks[2] = now
        if came:
            return found
        if not found & f.STUCK_LOW:
            if time.ticks_diff(now, self.heard_at) >= silent_us:
                self._silent = True  # remembered: ticks wrap
            if self._silent:
                self.since = self.heard_at
                found |= f.NO_DATA
        return found

    def _walk(self, n):
        """Go through the latest `n` conversions."""
        ring = self._ring
        walk(self._s, ring.t, ring.counts, ring.place(n), n, _RING)

    def held(self):
        """What may be wrong, but the next look is to confirm it."""
        found = f.SPIKES if self._spikes else 0
        return found | f.AT_RAIL if self._ended or self._s[_RUN] else found

    def _readings(self, came):
        """What the driver says of its readings."""
        driver = self._channel.driver
        low = driver.low_reads - self._low_reads
        unproven = driver.unproven - self._unproven
        self._low_reads = driver.low_reads
        self._unproven = driver.unproven
        found = 0
        if driver.power_downs != self._power_downs:
            self._power_downs = driver.power_downs
            found = f.POWERED_DOWN
        if low > 1 and not came:
            self._stuck = True
            self._doubt = False
            return found | f.STUCK_LOW
        if unproven > low and not came:
            return found | f.OUT_OF_STEP
        if self._doubt and came:
            found |= f.OUT_OF_STEP
        self._doubt = unproven > 0 and not self._stuck
        self._stuck = False
        return found

    def _values(self):
        """What the conversions say."""
        s = self._s
        n = s[_N] + self._n
        rough = s[_ROUGH] + self._rough
        shortest = min(s[_SHORTEST], self._shortest)
        rails = s[_RAILS]
        found = 0
        if n >= _SLOW_N and shortest > _SLOW_US:
            found = f.WRONG_RATE
        open_wire = rails | self._rails == 3 or (n >= _ROUGH_N and rough * 8 >= n * 7)
        plate = self._channel.plate
        if s[_LONG] and not open_wire:
            if s[_LONG] == 1:
                s[_LONG] = 2 if self._led_there() else 3
            rail_mn = 0
            if plate.ready:
                rail_mn = plate.force_mn(_ZERO - 1 if rails & 2 else -_ZERO)
            if s[_LONG] == 3 or rail_mn < 0:
                open_wire = True
            else:
                found |= f.AT_RAIL
                if rail_mn > plate.rating_mn:
                    found |= f.OVERLOADED
                self._forget()
        if open_wire:
            found |= f.OPEN_BRIDGE
            self._forget()
            self._passing = _PASSING
        elif not (s[_RUN] or s[_ROUGH] * 2 > s[_N]):
            # Neither the beginning of a rail or of noise, nor what is left of it.
            found |= self._calm(plate)
        self._hold()
        self._n = s[_N]
        self._rough = s[_ROUGH]
        self._shortest = s[_SHORTEST]
        self._rails = rails
        s[_N] = s[_ROUGH] = s[_RAILS] = 0
        s[_SHORTEST] = _ALL
        return found

    def _led_there(self):
        """True when a load was on its way to the rail."""
        place = self._s[_FROM]
        if place == _RING:
            return False
        counts = self._ring.counts
        moved = counts[(place - 8) % _RING] - counts[(place - 16) % _RING]
        return abs(moved) > _WAY_COUNTS

    def _calm(self, plate):
        """What was held back until the look after it was calm, too."""
        found = 0
        if self._spikes:
            found = f.SPIKES
        if self._ended:
            found |= f.AT_RAIL
        if plate.ready and self._highest >= 0:
            low = plate.force_mn(self._lowest - _ZERO)
            high = plate.force_mn(self._highest - _ZERO)
            if low > high:
                low, high = high, low
            if high > plate.rating_mn:
                found |= f.OVERLOADED
            if high < _PULL_MN and self._held_n >= _PULL_N:
                found |= f.REVERSED
        self._forget()
        return found

    def _hold(self):
        """Hold back what this look has found, with what is held already."""
        s = self._s
        if self._passing:
            self._passing -= 1
        else:
            self._held_n += s[_N]
            self._spikes |= s[_SPIKES]
            self._ended |= s[_ENDED]
            self._lowest = min(self._lowest, s[_LOWEST])
            self._highest = max(self._highest, s[_HIGHEST] - 1)
        s[_SPIKES] = s[_ENDED] = s[_HIGHEST] = 0
        s[_LOWEST] = _ALL

    def _forget(self):
        self._held_n = 0
        self._spikes = 0
        self._ended = 0
        self._lowest = _ALL
        self._highest = -1

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
# A sharp step of the load (heel, landing) is rough for 7 conversions, a hop for half of its
# time; sway and walking never. 7 N on such a plate; noise of the chip alone makes 0.5 N.
_ROUGH_COUNTS = const(16384)
# Smaller spikes (2 N) hide in the sway of a person, and alter an SD of 5 N over 5 s by 0.01 N.
_SPIKE_COUNTS = const(4096)
# An impulse of the load shows as 1:4:1 or flatter, of 3 stages as 1:6:1: the middle rises 3 to 5
# times as far above its neighbours as these above theirs. A read error has no such feet.
_FEET = const(3)  # as a power of two: 8 times
_RAIL_US = const(1000000)  # at a rail without a break for this long
_WAY_COUNTS = const(131072)  # 60 N: the load was moving before it came to the rail
_MOST = const(1000)
_RING = const(640)
_SLOW_US = const(16667)  # 60 SPS: a chip wired for 80 makes 80 to 97, one for 10 makes 10 to 12
_SLOW_N = const(6)
_ROUGH_N = const(48)  # half a second; then 3 of 4 must be rough: a hop has at most every second
_PASSING = const(3)  # looks: this one, and two for what is left of a fault that ends
_PULL_N = const(36)  # conversions: near half a second
_PULL_MN = const(-50000)  # as far from zero as a zero may shift; a person does not lift a plate
_ALL = const(1 << 24)  # above every count and every time between conversions

# words of a state: what was found since the last `judged` ...
_N = const(0)  # conversions judged; the latest two wait for what comes behind them
_ROUGH = const(1)  # fourth difference above _ROUGH_COUNTS
_SPIKES = const(2)
_SHORTEST = const(3)  # time between two conversions (us)
_LOWEST = const(4)  # counts + 2^23, spikes and rails left out
_HIGHEST = const(5)  # the same + 1; 0: none
_LOW = const(6)  # at the lower rail
_HIGH = const(7)  # at the upper one
_ENDED = const(8)  # 1: at a rail and away again within a second
_RUN = const(9)  # conversions at a rail, up to now
_LONG = const(10)  # 1: for more than a second
_WAY = const(11)  # 1: on the way of a load
# ... and what is kept from one call to the next
_A = const(12)
_B = const(13)
_C = const(14)
_D = const(15)
_LAST = const(16)
_HAVE = const(17)  # conversions in a row
_SINCE = const(18)
_WORDS = const(19)


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
                if c == 0:
                    s[_LOW] += 1
                else:
                    s[_HIGH] += 1
                if s[_RUN] == 0:
                    s[_SINCE] = t
                    s[_WAY] = 0
                    if have > 16:
                        # Before the filter's last four conversions and two more, a load was
                        # on its way already; a wire that opens was not.
                        near = place - 8
                        if near < 0:
                            near += size
                        far = place - 16
                        if far < 0:
                            far += size
                        moved = (counts[near] + _ZERO) & _SCALE
                        moved -= (counts[far] + _ZERO) & _SCALE
                        if moved < 0:
                            moved = 0 - moved
                        if moved > _WAY_COUNTS:
                            s[_WAY] = 1
                s[_RUN] += 1
                if ((t - s[_SINCE]) & _TICKS) > _RAIL_US:
                    s[_LONG] = 1
            else:
                if s[_RUN]:
                    if s[_LONG] == 0:
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
    """How many of the latest conversions of two rings of 640 came at one time with one value.

    `left` and `right` are the places of the latest. Only values that differ from the one before
    count, rails not at all: two dead channels are not one chip.
    """
    size = 640
    shift = 0
    while shift < 4:  # which two belong together: one channel may have one more already
        gap = (tl[left] - tr[right]) & _TICKS
        if gap > (_TICKS >> 1):
            gap = _TICKS - gap + 1
            if gap > near_us:
                right = right - 1 if right else size - 1
        elif gap > near_us:
            left = left - 1 if left else size - 1
        if gap <= near_us:
            break
        shift += 1
    found = 0
    before = 0
    k = 0
    while k < 128:
        k += 1
        gap = (tl[left] - tr[right] + near_us) & _TICKS
        value = (cl[left] + _ZERO) & _SCALE
        if gap > near_us + near_us or value != ((cr[right] + _ZERO) & _SCALE):
            break
        if value != before and value != 0 and value != _SCALE:
            found += 1
        before = value
        left = left - 1 if left else size - 1
        right = right - 1 if right else size - 1
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
        self._low_reads = channel.driver.low_reads
        self._unproven = channel.driver.unproven
        self._power_downs = channel.driver.power_downs
        self.heard_at = now
        self.fresh = False  # conversions came since the look before
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
            if came > _RING - 20:
                came = _RING - 20
            walk(self._s, ring.t, ring.counts, ring.place(came), came, _RING)
        found = self._readings(came)
        if came:
            return found | self._values()
        if not found & f.STUCK_LOW:
            if time.ticks_diff(now, self.heard_at) >= silent_us:
                self._silent = True  # remembered: ticks wrap
            if self._silent:
                found |= f.NO_DATA
        return found

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
            self._doubt = False
            return found | f.STUCK_LOW
        if unproven > low and not came:
            return found | f.OUT_OF_STEP
        if self._doubt and came:
            found |= f.OUT_OF_STEP
        self._doubt = unproven > 0
        return found

    def _values(self):
        """What the conversions say."""
        s = self._s
        n = s[_N] + self._n
        rough = s[_ROUGH] + self._rough
        shortest = min(s[_SHORTEST], self._shortest)
        rails = (1 if s[_LOW] else 0) | (2 if s[_HIGH] else 0)
        found = 0
        if n >= _SLOW_N and shortest > _SLOW_US:
            found = f.WRONG_RATE
        open_wire = rails | self._rails == 3 or (n >= _ROUGH_N and rough * 4 >= n * 3)
        plate = self._channel.plate
        if s[_LONG] and not open_wire:
            pulling = plate.ready and (s[_HIGH] > 0) == (plate.counts_per_kn < 0)
            open_wire = pulling or not s[_WAY]
            if not open_wire:
                found |= f.AT_RAIL
                if plate.ready and plate.force_mn(self._rail(s[_HIGH])) > plate.rating_mn:
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
        s[_N] = s[_ROUGH] = s[_LOW] = s[_HIGH] = 0
        s[_SHORTEST] = _ALL
        return found

    @staticmethod
    def _rail(high):
        return _ZERO - 1 if high else -_ZERO

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

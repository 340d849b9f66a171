"""What is added up while a hold runs, all in integers: windows, load share, stray load, counts.

Force SD, mean and range come from the stance channel's own samples; only the load share uses
pairs. Everything is preallocated; nothing here allocates until `numbers` after the end.
"""

import array

import micropython
from micropython import const

from evenstance_board.extremes import Extremes
from evenstance_board.moments import Moments, add

_US = const(1000)
_GAP_KEPT_US = const(16000000)
_TICKS = const((1 << 30) - 1)
_BEFORE_SDS = const(10)  # numbers of a summary from `scored_from_us` to the SDs of the windows

# words of the state
_LIFT_OFF = const(0)
_RECORD = const(1)
_SETTLING = const(2)
_WINDOW = const(3)


@micropython.viper
def _place(s: ptr32, t: int) -> int:
    """Where a moment lies: -1 outside the record, 0 settling, then the number of its window."""
    elapsed = (t - s[_LIFT_OFF]) & _TICKS
    if elapsed >= s[_RECORD]:  # so is everything before lift-off
        return -1
    elapsed -= s[_SETTLING]
    return 0 if elapsed < 0 else elapsed // s[_WINDOW] + 1


@micropython.viper
def share_ppm(stance: int, swing: int) -> int:
    """Share of the stance plate in both forces (mN) in parts per million; -1 for no load.

    A pull counts as no force. Both together are less than 2^23, for 32-bit products.
    """
    if stance < 0:
        stance = 0
    if swing < 0:
        swing = 0
    whole = stance + swing
    if whole <= 0 or whole >= (1 << 23):
        return -1
    q = 0
    r = swing
    for _ in range(3):
        r *= 100
        q = q * 100 + r // whole
        r %= whole
    return 1000000 - q


class Accumulator:
    """Sums of one hold; `begin` clears them."""

    def __init__(self, rules):
        self._rules = rules
        times = (0, rules.record_ms * _US, rules.settling_ms * _US, rules.window_ms * _US)
        self._s = array.array("i", times)
        self.windows = tuple([Moments() for _ in range(rules.windows)])
        self._states = tuple([window.state for window in self.windows])
        self._swing = Moments()
        self._share = Moments()
        self._extremes = Extremes()
        self._extreme = self._extremes.add
        self._stray = 0
        self._stray_n = 0
        self._share_min = 1000000
        self.samples = array.array("i", [0, 0])
        self.saturated = 0
        self.desynced = 0
        self.missed = 0
        self.late = 0
        self.max_gap_us = 0
        self.peaks_mn = [0, 0]
        self.begin(0, 0, 0)

    def begin(self, leg, lift_off, weight_mn):
        """Start a hold: stance leg, ticks of lift-off, body weight (mN; 0 when not known)."""
        self.leg = leg
        self._s[_LIFT_OFF] = lift_off
        self._stray_mn = weight_mn // 100
        for window in self.windows:
            window.clear()
        self._swing.clear()
        self._share.clear()
        self._extremes.clear()
        self._stray = 0
        self._stray_n = 0
        self._share_min = 1000000
        self.samples[0] = 0
        self.samples[1] = 0
        self.saturated = 0
        self.desynced = 0
        self.missed = 0
        self.late = 0
        self.max_gap_us = 0
        self.peaks_mn[0] = 0
        self.peaks_mn[1] = 0

    def faults(self, desynced, saturated, missed, late):
        """Count what came with a conversion."""
        self.desynced += desynced
        self.saturated += saturated
        self.missed += missed
        self.late += late

    def gap(self, us):
        """The longest time between two samples of one channel so far (us)."""
        self.max_gap_us = us if us < _GAP_KEPT_US else _GAP_KEPT_US

    @micropython.native
    def sample(self, channel, t, force):
        """One sample of one channel (ticks_us, mN)."""
        k = _place(self._s, t)
        if k < 0:
            return
        self.samples[channel] += 1
        peaks = self.peaks_mn
        if force > peaks[channel]:
            peaks[channel] = force
        if k == 0:
            return
        if channel == self.leg:
            states = self._states
            if k <= len(states):
                add(states[k - 1], force)
                self._extreme(force)
        else:
            add(self._swing.state, force)
            self._stray_n += 1
            if force > self._stray_mn:
                self._stray += 1

    @micropython.native
    def pair(self, t, left_mn, right_mn):
        """Both forces at one moment."""
        if _place(self._s, t) <= 0:
            return
        stance = left_mn if self.leg == 0 else right_mn
        swing = right_mn if self.leg == 0 else left_mn
        ppm = share_ppm(stance, swing)
        if ppm < 0:
            return
        add(self._share.state, ppm)
        if ppm < self._share_min:
            self._share_min = ppm

    def numbers(self, end_us):
        """The summary's row from `scored_from_us` to `force_range_p95_p5_un` for a hold of
        `end_us`, and the mean force of the swing side (uN); None where there is too little.

        Body weight and stray load are left to whoever knows that weight.
        """
        rules = self._rules
        whole = (rules.record_ms) * _US
        sds = []
        for k in range(rules.windows):
            window_end = (rules.settling_ms + (k + 1) * rules.window_ms) * _US
            sds.append(self.windows[k].sd_scaled(1000) if window_end <= end_us else None)
        if end_us < whole or None in sds:
            return [None] * _BEFORE_SDS + sds + [None], None
        n = 0
        total = 0
        for window in self.windows:
            n += window.n
            total += window.total()
        share = self._share
        shared = share.n > 1
        row = [
            rules.settling_ms * _US,
            whole,
            None,  # body weight
            share.mean_scaled(1) if shared else None,
            self._share_min if shared else None,
            share.sd_scaled(1) if shared else None,
            None,  # stray load
            1000000 * self._stray // self._stray_n if self._stray_n else None,
            (2000 * total + n) // (2 * n),  # force mean
            (2 * sum(sds) + len(sds)) // (2 * len(sds)),
        ]
        return row + sds + [self._range_un()], self._swing.mean_scaled(1000)

    def _range_un(self):
        high = self._extremes.percentile_scaled(95, 1000)
        low = self._extremes.percentile_scaled(5, 1000)
        return None if high is None or low is None else high - low

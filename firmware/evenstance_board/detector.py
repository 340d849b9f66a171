"""Finds holds: empty -> both feet -> lift-off -> settling -> hold -> end (design of a hold).

All conditions are levels on one channel and the time since it crossed them, so each channel is
judged on its own samples. Forces in millinewtons, times in ticks_us of the force itself (the
delay of the chip's filter is already taken off). Nothing here allocates.

Nearly all samples cross no level and come before anything can happen by time alone; machine code
sees to those.
"""

import array
import time

import micropython
from micropython import const

from evenstance_board.level import Level
from evenstance_wire import flags as f

_US = const(1000)
_FOOT = const(0)
_LIFT = const(1)
_MOVED = const(2)
_PERSON = const(3)
_UNSURE_US = const(2000000)
_LOOK_US = const(60000000)  # a sample is looked at this often, whatever happens
_BIAS = const(1 << 28)  # added to forces: in the state nothing is negative
_LEAST = const(0)
_MOST = const((1 << 29) - 1)
_TICKS = const((1 << 30) - 1)
_HALF = const(1 << 29)
# words of the state: whether calm, calm until; per channel no level between, then latest t, force
_CALM = const(0)
_UNTIL = const(1)
_LOW = const(2)
_HIGH = const(3)
_T = const(6)
_F = const(7)


@micropython.viper
def _calm(s: ptr32, channel: int, t: int, force: int) -> int:
    """1 when the sample crosses no level and nothing is due: it is noted, and that is all."""
    if s[_CALM] == 0:
        return 0
    ahead = (s[_UNTIL] - t) & _TICKS
    if ahead == 0 or ahead >= _HALF:
        return 0
    k = channel + channel
    force += _BIAS
    if force < s[_LOW + k] or force >= s[_HIGH + k]:
        return 0
    s[_T + k] = t
    s[_F + k] = force
    return 1


class Detector:
    """Tells its watcher what happens.

    watcher.lift_off(leg, at, weight_mn, unsure) starts a trial, watcher.touch_down(at, duration,
    peak) is a touch of the swing foot, watcher.ended(reason, at) ends it, and watcher.walked()
    says that it was shorter than a trial can be. No trial begins while watcher.busy.
    """

    def __init__(self, rules, body_weight, watcher):
        self.rules = rules
        self._body_weight = body_weight
        self._watcher = watcher
        now = time.ticks_us()
        self._levels = tuple([tuple([Level() for _ in range(4)]) for _ in range(2)])
        for leg in self._levels:
            leg[_FOOT].set(rules.foot_down_mn, now, 0)
            leg[_PERSON].set(rules.min_person_mn, now, 0)
        self._s = array.array("i", (0, 0, 0, 0, 0, 0, now, _BIAS, now, _BIAS))
        self._seen = [False, False]
        self._aged = now
        self._known_mn = -1
        self.state = f.EMPTY
        self.armed = True
        self.leg = 0
        self.lift_off = now
        self._touching = False
        self._touch_at = now
        self._touch_peak = 0
        self._touch_end = now
        self._touched = False
        self._new_weight(now)

    # -- levels that follow body weight

    def _new_weight(self, now):
        weight = self._body_weight.value_mn
        if weight == self._known_mn:
            return
        self._known_mn = weight
        rules = self.rules
        lift = weight // 100 * rules.lift_off_share_pct if weight else rules.min_person_mn
        for leg in (0, 1):
            self._levels[leg][_LIFT].set(lift, now, self._force(leg))
            self._set_moved(leg, weight if weight else 2 * rules.min_person_mn, now)

    def _set_moved(self, leg, weight, now):
        share = weight // 100 * self.rules.moved_over_share_pct
        self._levels[leg][_MOVED].set(share, now, self._force(leg))

    # -- samples

    def _force(self, channel):
        return self._s[_F + 2 * channel] - _BIAS

    def _time(self, channel):
        return self._s[_T + 2 * channel]

    @micropython.native
    def sample(self, channel, t, force):
        """Take one sample of one channel, in that channel's order of time."""
        if not _calm(self._s, channel, t, force):
            self._look(channel, t, force)

    def _look(self, channel, t, force):
        """The sample may change something."""
        s = self._s
        levels = self._levels[channel]
        if self._seen[channel]:
            t0 = self._time(channel)
            f0 = self._force(channel)
            for level in levels:
                if (force >= level.level) != level.above:
                    level.cross(t0, f0, t, force)
        else:
            self._seen[channel] = True
            for level in levels:
                level.set(level.level, t, force)
        s[_T + 2 * channel] = t
        s[_F + 2 * channel] = force + _BIAS
        if not (self._seen[0] and self._seen[1]):
            return
        if self.state == f.SETTLING or self.state == f.HOLD:
            self._during(channel, t, force)
        else:
            self._between(t)
        self._calm_from(t)

    def _calm_from(self, t):
        """Say within which forces and until when no sample can change anything."""
        s = self._s
        s[_CALM] = 0
        if not 0 <= time.ticks_diff(t, self._aged) < _LOOK_US:
            self._aged = t
            for channel in (0, 1):
                for level in self._levels[channel]:
                    level.age(t)
        for channel in (0, 1):
            low = _LEAST
            high = _MOST
            for level in self._levels[channel]:
                if level.above:
                    low = max(low, level.level + _BIAS)
                else:
                    high = min(high, level.level + _BIAS)
            s[_LOW + 2 * channel] = low
            s[_HIGH + 2 * channel] = high
        wait = _LOOK_US
        if self.state == f.SETTLING or self.state == f.HOLD:
            swing = self._levels[1 - self.leg]
            if self._touching or swing[_FOOT].above or not self._levels[self.leg][_FOOT].above:
                return
            if swing[_MOVED].above and not self._levels[self.leg][_MOVED].above:
                return
            due_ms = self.rules.record_ms
            if self.state == f.SETTLING:
                due_ms = self.rules.settling_ms
            wait = min(wait, due_ms * _US - time.ticks_diff(t, self.lift_off))
        elif self.state == f.EMPTY or self.state == f.BOTH_FEET:
            if self.state == f.EMPTY:
                if self._body_weight.fresh:
                    return
            elif self._known_mn != self._body_weight.value_mn:
                return
            left = self._levels[0][_FOOT].above
            if left != self._levels[1][_FOOT].above or left != (self.state == f.BOTH_FEET):
                return
        elif self.armed or self._levels[0][_FOOT].above == self._levels[1][_FOOT].above:
            return
        if wait > 0:
            s[_UNTIL] = time.ticks_add(t, wait)
            s[_CALM] = 1

    def _both_for(self, one, other, t):
        """Microseconds for which two levels have both been as they are."""
        a = time.ticks_diff(t, one.since)
        b = time.ticks_diff(t, other.since)
        return a if a < b else b

    def _between(self, t):
        left = self._levels[0]
        right = self._levels[1]
        on_left = left[_FOOT].above
        on_right = right[_FOOT].above
        if on_left and on_right:
            self.state = f.BOTH_FEET
            self.armed = True
            self._new_weight(t)
            return
        if not on_left and not on_right:
            if self._both_for(left[_FOOT], right[_FOOT], t) > self.rules.step_off_ms * _US:
                self.state = f.EMPTY
                self.armed = True
                self._body_weight.fresh = False
            return
        if not self.armed or self._watcher.busy:
            return  # a foot may touch and leave again while the trial before is still at work
        self._new_weight(t)
        leg = 0 if on_left else 1
        stance = self._levels[leg]
        swing = self._levels[1 - leg]
        self.state = f.LIFTING
        if stance[_LIFT].above:
            if self._both_for(stance[_LIFT], swing[_FOOT], t) >= self.rules.lift_off_ms * _US:
                self._start(leg, stance[_LIFT], False, t)
        elif stance[_PERSON].above:
            # too light for the body weight we know: somebody else, if it lasts
            if self._both_for(stance[_PERSON], swing[_FOOT], t) >= _UNSURE_US:
                self._start(leg, stance[_PERSON], True, t)

    def _start(self, leg, reached, unsure, t):
        stance = self._levels[leg]
        swing = self._levels[1 - leg]
        # Back-dated to the moment the other foot left; when it was never down, to the moment
        # the stance leg took the load.
        at = swing[_FOOT].since
        if time.ticks_diff(stance[_FOOT].since, at) > 0:
            at = reached.since
        self.leg = leg
        self.lift_off = at
        unsure = unsure or self._body_weight.value_mn == 0
        weight = self._force(leg) if unsure else self._body_weight.value_mn
        for k in (0, 1):
            self._set_moved(k, weight, t)
        self._known_mn = -1
        self._touching = False
        self._touched = False
        self.armed = False
        self.state = f.SETTLING
        self._watcher.lift_off(leg, at, weight, unsure)

    # -- during a hold

    def _during(self, channel, t, force):
        rules = self.rules
        elapsed = time.ticks_diff(t, self.lift_off)
        swing = self._levels[1 - self.leg]
        stance = self._levels[self.leg]
        if self.state == f.SETTLING and elapsed >= rules.settling_ms * _US:
            self.state = f.HOLD
        if elapsed >= rules.record_ms * _US:
            # both channels must have passed the end, or samples of the slower one would miss
            if time.ticks_diff(self._time(1 - channel), self.lift_off) >= rules.record_ms * _US:
                self._close_touch(time.ticks_add(self.lift_off, rules.record_ms * _US))
                self._end(f.TIME_LIMIT, time.ticks_add(self.lift_off, rules.record_ms * _US))
            return
        if channel != self.leg:
            self._touch(swing[_FOOT], t, force)
            if self.state != f.SETTLING and self.state != f.HOLD:
                return
        if not swing[_FOOT].above and not stance[_FOOT].above:
            if self._both_for(swing[_FOOT], stance[_FOOT], t) > rules.step_off_ms * _US:
                a, b = swing[_FOOT].since, stance[_FOOT].since
                self._end(f.STEP_OFF, a if time.ticks_diff(a, b) > 0 else b)
        elif swing[_MOVED].above and not stance[_MOVED].above:
            if self._both_for(swing[_MOVED], stance[_MOVED], t) > rules.moved_over_ms * _US:
                a, b = swing[_MOVED].since, stance[_MOVED].since
                self._end(f.STEP_OFF, a if time.ticks_diff(a, b) > 0 else b)

    def _touch(self, foot, t, force):
        if foot.above:
            if not self._touching:
                self._touching = True
                self._touch_at = foot.since
                self._touch_peak = force
            elif force > self._touch_peak:
                self._touch_peak = force
            down = time.ticks_diff(t, self._touch_at)
            limit = self.rules.foot_down_ends_ms * _US
            if self.rules.end_at_touch_down:
                limit = self._must_last()
            if down > limit:
                self._touching = False
                self._end(f.TOUCH_DOWN, self._touch_at)
        elif self._touching:
            lasted = time.ticks_diff(foot.since, self._touch_at)
            if self.rules.end_at_touch_down and lasted > self._must_last():
                self._touching = False  # long enough only since the sample before
                self._end(f.TOUCH_DOWN, self._touch_at)
            else:
                self._close_touch(foot.since)

    def _must_last(self):
        """For how long (us) this touch has to be above 20 N to count: one that is hard and short
        leaves the chip's filter longer than it was."""
        rules = self.rules
        hard_n = (self._touch_peak - rules.hard_touch_mn) // 1000
        limit = rules.touch_down_ms * _US
        if hard_n > 0:
            limit += min(hard_n * rules.hard_touch_us_per_n, rules.hard_touch_ms * _US)
        return limit

    def _close_touch(self, at):
        """A foot that was down is up again, or the record ends."""
        if not self._touching:
            return
        self._touching = False
        rules = self.rules
        duration = time.ticks_diff(at, self._touch_at)
        rested = time.ticks_diff(self._touch_at, self._touch_end)
        if duration > self._must_last():
            if not self._touched or rested >= rules.refractory_ms * _US:
                self._watcher.touch_down(self._touch_at, duration, self._touch_peak)
            self._touched = True
            self._touch_end = at

    def _end(self, reason, at):
        self._s[_CALM] = 0
        self.state = f.ENDED
        if time.ticks_diff(at, self.lift_off) < self.rules.walking_ms * _US:
            self._watcher.walked()
        else:
            self._watcher.ended(reason, at)

    # -- from outside

    def silent(self, now):
        """End a running hold when a channel has given nothing for too long."""
        if self.state == f.SETTLING or self.state == f.HOLD:
            if not self._silent(0, now):
                self._silent(1, now)

    def _silent(self, channel, now):
        at = self._time(channel)
        silent = time.ticks_diff(now, at) > self.rules.fault_ms * _US
        if silent:
            self._end(f.END_SENSOR_FAULT, at)
        return silent

    def heed(self):
        """The body weight is a new one: look at the next sample."""
        self._s[_CALM] = 0

    def forget(self):
        """Forces from before mean nothing any more: start as on an empty board."""
        self._s[_CALM] = 0
        self.state = f.EMPTY
        self.armed = True
        self._seen[0] = False
        self._seen[1] = False
        self._known_mn = -1
        self._new_weight(time.ticks_us())

    def stop(self):
        """End a running hold because somebody says so; False when there is none."""
        if self.state != f.SETTLING and self.state != f.HOLD:
            return False
        left = self._time(0)
        right = self._time(1)
        at = left if time.ticks_diff(right, left) > 0 else right
        self._end(f.END_STOPPED, at)
        return True

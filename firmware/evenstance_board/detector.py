"""Finds holds: empty -> both feet -> lift-off -> settling -> hold -> end (design of a hold).

All conditions are levels on one channel and the time since it crossed them, so each channel is
judged on its own samples. Forces in millinewtons, times in ticks_us of the force itself (the
delay of the chip's filter is already taken off). Nothing here allocates.
"""

import time

from micropython import const

from evenstance_board.level import Level
from evenstance_wire import flags as f

_US = const(1000)
_FOOT, _LIFT, _MOVED, _PERSON = 0, 1, 2, 3
_UNSURE_US = const(2000000)
_AGE_EVERY = const(4096)  # samples


class Detector:
    """Tells its watcher what happens.

    watcher.lift_off(leg, at, weight_mn, unsure) starts a trial, watcher.touch_down(at, duration,
    peak) is a touch of the swing foot, watcher.ended(reason, at) ends it, and watcher.walked()
    says that it was shorter than a trial can be.
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
        self._t = [now, now]
        self._f = [0, 0]
        self._seen = [False, False]
        self._samples = 0
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
            self._levels[leg][_LIFT].set(lift, now, self._f[leg])
            self._set_moved(leg, weight if weight else 2 * rules.min_person_mn, now)

    def _set_moved(self, leg, weight, now):
        share = weight // 100 * self.rules.moved_over_share_pct
        self._levels[leg][_MOVED].set(share, now, self._f[leg])

    # -- samples

    def sample(self, channel, t, force):
        """Take one sample of one channel, in that channel's order of time."""
        levels = self._levels[channel]
        if self._seen[channel]:
            t0 = self._t[channel]
            f0 = self._f[channel]
            for level in levels:
                if (force >= level.level) != level.above:
                    level.cross(t0, f0, t, force)
            self._samples += 1
            if self._samples == _AGE_EVERY:
                self._samples = 0
                for leg in self._levels:
                    for level in leg:
                        level.age(t)
        else:
            self._seen[channel] = True
            for level in levels:
                level.set(level.level, t, force)
        self._t[channel] = t
        self._f[channel] = force
        if not (self._seen[0] and self._seen[1]):
            return
        if self.state == f.SETTLING or self.state == f.HOLD:
            self._during(channel, t, force)
        else:
            self._between(t)

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
        if not self.armed:
            return
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
        weight = self._f[leg] if unsure else self._body_weight.value_mn
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
            if time.ticks_diff(self._t[1 - channel], self.lift_off) >= rules.record_ms * _US:
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
            limit_ms = self.rules.foot_down_ends_ms
            if self.rules.end_at_touch_down:
                limit_ms = self.rules.touch_down_ms
            if down > limit_ms * _US:
                self._touching = False
                self._end(f.TOUCH_DOWN, self._touch_at)
        elif self._touching:
            self._close_touch(foot.since)

    def _close_touch(self, at):
        """A foot that was down is up again, or the record ends."""
        if not self._touching:
            return
        self._touching = False
        rules = self.rules
        duration = time.ticks_diff(at, self._touch_at)
        rested = time.ticks_diff(self._touch_at, self._touch_end)
        if duration > rules.touch_down_ms * _US:
            if not self._touched or rested >= rules.refractory_ms * _US:
                self._watcher.touch_down(self._touch_at, duration, self._touch_peak)
            self._touched = True
            self._touch_end = at

    def _end(self, reason, at):
        self.state = f.ENDED
        if time.ticks_diff(at, self.lift_off) < self.rules.walking_ms * _US:
            self._watcher.walked()
        else:
            self._watcher.ended(reason, at)

    # -- from outside

    def silent(self, now):
        """End a running hold when a channel has given nothing for too long."""
        if self.state != f.SETTLING and self.state != f.HOLD:
            return
        for channel in (0, 1):
            if time.ticks_diff(now, self._t[channel]) > self.rules.fault_ms * _US:
                self._end(f.END_SENSOR_FAULT, self._t[channel])
                return

    def forget(self):
        """Forces from before mean nothing any more: start as on an empty board."""
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
        at = self._t[0] if time.ticks_diff(self._t[1], self._t[0]) > 0 else self._t[1]
        self._end(f.END_STOPPED, at)
        return True

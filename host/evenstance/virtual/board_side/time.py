"""Stands in for the built-in time module: virtual time, ticks that wrap at 2^30 as on the Pico."""

import lockstep
import utime

_WRAP = (1 << 30) - 1
_HALF = 1 << 29

gmtime = utime.gmtime
localtime = utime.localtime
mktime = utime.mktime


def ticks_us():
    return (lockstep.now_us + lockstep.ticks_offset_us) & _WRAP


def ticks_ms():
    return ((lockstep.now_us + lockstep.ticks_offset_us) // 1000) & _WRAP


def ticks_cpu():
    return ticks_us()


def ticks_add(ticks, delta):
    return (ticks + delta) & _WRAP


def ticks_diff(later, earlier):
    return ((later - earlier + _HALF) & _WRAP) - _HALF


def sleep_us(us):
    lockstep.spend(us + lockstep.TURN_US if us > 0 else lockstep.TURN_US)


def sleep_ms(ms):
    lockstep.spend(ms * 1000 if ms > 0 else 0)


def sleep(seconds):
    lockstep.spend(int(seconds * 1000000) if seconds > 0 else 0)


def time():
    return lockstep.now_us // 1000000


def time_ns():
    return lockstep.now_us * 1000

"""Virtual time and pin traffic of the simulated board, in step with the broker.

Runs under MicroPython beneath the firmware. Time stands still except in sleeps, pin accesses and
flash stalls; each sleep takes a little longer, as a turn of the firmware's loop does on a Pico.
The broker grants time in slices; with each slice come the conversions that the two converters will
finish in it, and nothing else.
"""

import array
import os
import select
import struct

REQUEST = "<BIqB"
EDGE = "<qBB"
SLICE, BOOT, RESET, SOFT_RESET, KEEP = 0, 1, 2, 3, 4
STUCK_LOW, SAME_CHIP, STRETCHED = 1, 4, 16
_HEADER = "<IIq"
_KEPT = "<9I"
NEVER = 1 << 62
_MAX_CONVERSIONS = 256
TURN_US = 60  # those with a conversion take some 350: the processor is busy for 7 % of 200 turns

now_us = 0
horizon_us = 0
broken = 0  # what is wrong at the pins: bits of STUCK_LOW, SAME_CHIP, STRETCHED, left and right
ticks_offset_us = 0
unique_id = b""
chips = []
pulled_low = 0  # bit of each pin that something outside holds at ground
kept = [0] * 9  # why the chip was reset last, and what outlives a reset, but not the power
watched_until_us = NEVER  # the chip is reset then

_up = open(os.getenv("EVENSTANCE_SIM_UP"), "wb")
_down = open(os.getenv("EVENSTANCE_SIM_DOWN"), "rb")
_poller = select.poll()
_poller.register(_down, select.POLLIN)
_seq = 0
_edges = []


class Queue:
    """Conversions granted to one chip: end times and counts, in order."""

    def __init__(self):
        self.t_us = array.array("q", [0] * _MAX_CONVERSIONS)
        self.counts = array.array("i", [0] * _MAX_CONVERSIONS)
        self.used = 0
        self.next = 0


def _take():
    """One whole reply; an interrupt while waiting is held back until the reply is here."""
    interrupted = False
    while True:
        try:
            if _poller.poll(-1):
                break
        except KeyboardInterrupt:
            interrupted = True
    # Written in one piece by the broker, so these reads neither wait nor split.
    size = struct.unpack("<H", _down.read(2))[0]
    body = _down.read(size)
    return body, interrupted


def _ask(kind):
    global _seq, _edges
    _seq += 1
    message = struct.pack(REQUEST, kind, _seq, now_us, len(_edges))
    for t_us, pin, level in _edges:
        message += struct.pack(EDGE, t_us, pin, level)
    _edges = []
    _up.write(message)
    return _take()


def boot():
    """Say hello to the broker: learn the time, the offset of ticks and the board's id."""
    global now_us, horizon_us, ticks_offset_us, unique_id
    body, _ = _ask(BOOT)
    now_us, ticks_offset_us, unique_id = struct.unpack_from("<qq8s", body)
    kept[:] = struct.unpack_from(_KEPT, body, 24)
    horizon_us = now_us


def keep(place, value):
    """Something changes that outlives a reset."""
    kept[place] = value
    _up.write(struct.pack(REQUEST, KEEP, 0, now_us, 0) + struct.pack(_KEPT, *kept))


def reset(reason):
    """Tell the broker to restart this board; does not return."""
    keep(0, reason)
    _ask(RESET)


def soft_reset():
    """The same without a reset of the chip."""
    _ask(SOFT_RESET)


def note_edge(pin, level):
    """An output pin that somebody outside may watch has changed."""
    if len(_edges) < 24:
        _edges.append((now_us, pin, level))


def exchange():
    """Report the time reached, wait for the next slice."""
    global horizon_us, pulled_low, broken
    if now_us >= watched_until_us:
        reset(1)
    for chip in chips:
        chip.advance(now_us)
    body, interrupted = _ask(SLICE)
    pulled_low, broken, horizon = struct.unpack_from(_HEADER, body)
    at = struct.calcsize(_HEADER)
    for chip in chips:
        queue = chip.queue
        used = body[at]
        at += 1
        for n in range(used):
            queue.t_us[n], queue.counts[n] = struct.unpack_from("<qi", body, at)
            at += 12
        queue.used = used
        queue.next = 0
        chip.plan()
    horizon_us = horizon
    if interrupted:
        raise KeyboardInterrupt


def spend(us):
    """Let `us` microseconds of virtual time pass."""
    global now_us
    target = now_us + us
    while target >= horizon_us:
        if now_us < horizon_us:
            now_us = horizon_us
        exchange()
    now_us = target

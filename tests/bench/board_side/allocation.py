"""Runs on the board: what sampling, detection and accumulation allocate, a second at a time.

The shipped parts, wired as main.py wires them, without link and journal. Prints SECOND with the
conversions and the bytes of each second and the state it ended in.
"""

import array
import gc
import sys
import time


def allocated(seconds):
    """Sample for so long; the rows are printed at the end, as printing allocates."""
    from evenstance_board import pins
    from evenstance_board.calibration import Calibration
    from evenstance_board.clock import Clock
    from evenstance_board.sampler import Sampler
    from evenstance_wire.hold_rules import Rules

    if sys.platform == "rp2":
        from evenstance_board.hx711_pio import Hx711Pio

        drivers = Hx711Pio(0, *pins.left()), Hx711Pio(1, *pins.right())
    else:
        from evenstance_board.hx711_gpio import pair

        drivers = pair(pins.left(), pins.right())
    clock = Clock()
    sampler = Sampler(drivers, Calibration(), Rules(), clock)
    rows = array.array("i", [0] * (4 * seconds))
    gc.collect()
    gc.disable()
    try:
        n = 0
        while n < seconds:
            before_n = sampler.channels[0].ring.pushed + sampler.channels[1].ring.pushed
            until = time.ticks_add(time.ticks_ms(), 1000)
            before = gc.mem_alloc()
            _second(sampler, clock, until)
            rows[4 * n] = gc.mem_alloc() - before
            after_n = sampler.channels[0].ring.pushed + sampler.channels[1].ring.pushed
            rows[4 * n + 1] = after_n - before_n
            rows[4 * n + 2] = sampler.detector.state
            rows[4 * n + 3] = sampler.recorder.event_count
            sampler.recorder.event_count = 0
            n += 1
            if sampler.recorder.ready:
                break  # a trial would have to be stored
    finally:
        gc.enable()
        for driver in drivers:
            driver.stop()
    for k in range(n):
        print("SECOND", *rows[4 * k : 4 * k + 4])


def _second(sampler, clock, until):
    """One second of the main loop, as far as it samples."""
    while time.ticks_diff(until, time.ticks_ms()) > 0:
        sampler.poll()
        if sampler.recorder.busy:
            sampler.recorder.step(clock.tick())
        sampler.detector.silent(clock.tick())
        sampler.recorder.encode(8)
        wait = sampler.wait_us()
        time.sleep_us(wait if wait < 10000 else 10000)

"""The pulses that take a value out of one or two HX711, in one burst that nothing interrupts.

SCK high for more than 60 us powers a chip down, so they are clocked out with interrupts off: about
60 us for one chip, 100 us for two, on a Pico.
"""

import array
import time

import micropython
from machine import disable_irq, enable_irq

_ticks_us = time.ticks_us

# bits of one or two chips, 24 of the value and the proof; how long it took (us); when it ended
burst = array.array("i", (0, 0, 0, 0))


@micropython.viper
def clock_out(sck, dout, out: ptr32):
    """One chip, as fast as pins go."""
    value = 0
    irqs = disable_irq()
    began = int(_ticks_us())
    for _ in range(25):
        sck(1)
        value = (value << 1) | int(dout())
        sck(0)
    end = int(_ticks_us())
    enable_irq(irqs)
    out[0] = value
    out[2] = (end - began) & 0x3FFFFFFF
    out[3] = end


@micropython.viper
def clock_out_both(sck_a, dout_a, sck_b, dout_b, out: ptr32):
    """The same of two chips at once."""
    a = 0
    b = 0
    irqs = disable_irq()
    began = int(_ticks_us())
    for _ in range(25):
        sck_a(1)
        sck_b(1)
        a = (a << 1) | int(dout_a())
        b = (b << 1) | int(dout_b())
        sck_a(0)
        sck_b(0)
    end = int(_ticks_us())
    enable_irq(irqs)
    out[0] = a
    out[1] = b
    out[2] = (end - began) & 0x3FFFFFFF
    out[3] = end

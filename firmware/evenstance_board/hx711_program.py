"""The PIO program that reads an HX711 and counts its own wait, one cycle of 1 us at a time.

Kept apart from the driver: its body is PIO assembler, not Python, and names its instructions.
Two words go out per conversion: the wait, as ~turns (negative), and 25 bits (never negative).
"""

# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportCallIssue=false, reportIndexIssue=false

from rp2 import PIO, asm_pio

FREQ_HZ = 1000000
BITS = 25  # 24 of the value, and the pulse that selects channel A at gain 128
TURN_CYCLES = 2  # one look at DOUT while it is high
READ_CYCLES = 131  # from the look that found DOUT low to the next `wrap_target`
REST_CYCLES = 1  # from `wrap_target` to the first look


# T1 (DOUT low to SCK high, at least 0.1 us): 4 us, the look, mov, push and set.
# T2 (SCK high to the bit valid, at most 0.1 us): sampled 2 us after the rise.
# T3 (SCK high, 0.2 to 50 us; more than 60 us powers down): 3 us, set with its delay, and in_.
# T4 (SCK low, at least 0.2 us): 2 us, set and jmp.
@asm_pio(set_init=PIO.OUT_LOW, in_shiftdir=PIO.SHIFT_LEFT, fifo_join=PIO.JOIN_RX)
def hx711():
    """Wait for DOUT low, send the wait, clock 25 bits in, send them; for ever."""
    wrap_target()
    label("start")
    mov(x, invert(null))
    label("look")
    jmp(pin, "high")
    mov(isr, x)
    push(block)
    set(y, 24)
    label("bit")
    set(pins, 1)[1]
    in_(pins, 1)
    set(pins, 0)
    jmp(y_dec, "bit")
    push(block)
    jmp("start")
    label("high")
    jmp(x_dec, "look")
    wrap()

"""Where everything is wired on the reference board (Raspberry Pi Pico)."""

from machine import Pin, unique_id

LEFT_SCK, LEFT_DOUT = 14, 15
RIGHT_SCK, RIGHT_DOUT = 16, 17
BUZZER = 18
BUTTON = 22


def left():
    """SCK and DOUT of the left converter; without one, DOUT stays high: nothing is ready."""
    return Pin(LEFT_SCK, Pin.OUT, value=0), Pin(LEFT_DOUT, Pin.IN, Pin.PULL_UP)


def right():
    """SCK and DOUT of the right converter."""
    return Pin(RIGHT_SCK, Pin.OUT, value=0), Pin(RIGHT_DOUT, Pin.IN, Pin.PULL_UP)


def buzzer():
    """The optional active buzzer."""
    return Pin(BUZZER, Pin.OUT, value=0)


def button():
    """The optional button to ground; without one it is never pressed."""
    return Pin(BUTTON, Pin.IN, Pin.PULL_UP)


def led():
    """The LED on the Pico itself."""
    return Pin("LED", Pin.OUT, value=0)


def board_uid():
    """Eight bytes that name this chip."""
    return (unique_id() + b"\0" * 8)[:8]

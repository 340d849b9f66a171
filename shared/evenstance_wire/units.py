"""Units on the wire are integers with the unit in the name: _mn _un _us _ppm _mhz _g."""

STANDARD_GRAVITY_UM_S2 = 9806650  # micrometres per second squared (CGPM 1901)
TICKS_PERIOD = 1 << 30  # ticks_us of the board wraps here, every 17.9 minutes
LEFT = 0
RIGHT = 1
PLATES = ("left", "right")

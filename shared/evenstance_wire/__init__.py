"""What the board and the laptop must agree on: frames, messages, flags, units and hold rules.

Pure Python that runs unchanged on CPython and MicroPython; imports nothing beyond struct and
binascii, and never anything from either side.
"""

PROTOCOL = 2  # raised by one whenever an old host or board would misread the new one

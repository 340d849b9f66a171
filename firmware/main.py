"""Started by MicroPython at power-up: wires the parts of the board together and runs them."""

import gc
import os
import struct

from evenstance_board import pins
from evenstance_board.calibration import Calibration
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_board.hx711_gpio import Hx711Gpio
from evenstance_board.journal import Journal
from evenstance_board.link import Link
from evenstance_board.loop import Loop
from evenstance_board.sampler import Sampler
from evenstance_board.service import Service
from evenstance_wire.rules import Rules


def main():
    """Wire the parts and run until interrupted."""
    clock = Clock()
    journal = Journal()
    calibration = Calibration()
    drivers = (Hx711Gpio(*pins.left()), Hx711Gpio(*pins.right()))
    sampler = Sampler(drivers, calibration, Rules(), clock)
    cues = Cues(pins.led(), pins.buzzer())
    boot_id = struct.unpack("<I", os.urandom(4))[0]
    service = Service(Link(), sampler, calibration, journal, clock, cues, boot_id)
    gc.threshold(-1)
    Loop(sampler, service, clock, cues).run()


if __name__ == "__main__":
    main()

"""Started by MicroPython at power-up: wires the parts of the board together and runs them."""

import gc
import os
import struct
import sys

from evenstance_board import pins
from evenstance_board.ask_board import AskBoard
from evenstance_board.ask_calibration import AskCalibration
from evenstance_board.ask_journal import AskJournal
from evenstance_board.ask_plates import AskPlates
from evenstance_board.calibration import Calibration
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_board.faults import Faults
from evenstance_board.journal import Journal
from evenstance_board.keeper import Keeper
from evenstance_board.link import Link
from evenstance_board.live import Live
from evenstance_board.loop import Loop
from evenstance_board.sampler import Sampler
from evenstance_board.service import Service
from evenstance_wire.rules import Rules


def converters():
    """Left and right, read by state machines where the processor has them."""
    if sys.platform == "rp2":
        from evenstance_board.hx711_pio import Hx711Pio

        return Hx711Pio(0, *pins.left()), Hx711Pio(1, *pins.right())
    from evenstance_board.hx711_gpio import pair

    return pair(pins.left(), pins.right())


def main():
    """Wire the parts and run until interrupted."""
    clock = Clock()
    journal = Journal()
    calibration = Calibration()
    sampler = Sampler(converters(), calibration, Rules(), clock)
    cues = Cues(pins.led(), pins.buzzer())
    link = Link()
    live = Live(link, sampler, calibration, clock)
    faults = Faults(sampler, live)
    boot_id = struct.unpack("<I", os.urandom(4))[0]
    keeper = Keeper(journal, sampler, live, link, boot_id)
    trials = AskJournal(link, journal)
    plates = AskPlates(link, sampler, calibration, clock, faults)
    history = AskCalibration(sampler, calibration, plates)
    board = AskBoard(
        link, sampler, calibration, clock, cues, keeper, journal, plates, trials, faults
    )
    service = Service(link, (board, plates, history, trials, live, keeper, faults))
    gc.threshold(-1)
    Loop(sampler, service, keeper, clock, cues).run()


if __name__ == "__main__":
    main()

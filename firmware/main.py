"""Started by MicroPython at power-up: wires the parts of the board together and runs them."""

import gc
import os
import struct
import sys

from evenstance_board import pins
from evenstance_board.alone import Alone
from evenstance_board.ask_board import AskBoard
from evenstance_board.ask_calibration import AskCalibration
from evenstance_board.ask_journal import AskJournal
from evenstance_board.ask_plates import AskPlates
from evenstance_board.button import Button
from evenstance_board.calibration import Calibration
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_board.faults import Faults
from evenstance_board.keeper import Keeper
from evenstance_board.link import Link
from evenstance_board.live import Live
from evenstance_board.loop import Loop
from evenstance_board.no_journal import open_journal
from evenstance_board.sampler import Sampler
from evenstance_board.service import Service
from evenstance_board.watchdog import Watchdog
from evenstance_wire.hold_rules import Rules


def converters():
    """Left and right, read by state machines where the processor has them."""
    if sys.platform == "rp2":
        from evenstance_board.hx711_pio import Hx711Pio

        return Hx711Pio(0, *pins.left()), Hx711Pio(1, *pins.right())
    from evenstance_board.hx711_gpio import pair

    return pair(pins.left(), pins.right())


def main(watchdog):
    """Wire the parts and run until interrupted."""
    clock = Clock()
    journal = open_journal()
    calibration = Calibration()
    drivers = converters()
    try:
        sampler = Sampler(drivers, calibration, Rules(), clock)
        cues = Cues(pins.led(), pins.buzzer())
        link = Link()
        faults = Faults(sampler, sampler.recorder)
        plates = AskPlates(link, sampler, calibration, clock, faults)
        button = Button(pins.button())
        alone = Alone(sampler, calibration, plates, cues, button, faults)
        live = Live(link, sampler, calibration, clock, alone)
        boot_id = struct.unpack("<I", os.urandom(4))[0]
        keeper = Keeper(journal, sampler, live, link, boot_id)
        trials = AskJournal(link, journal, sampler)
        history = AskCalibration(sampler, calibration, plates)
        health = (faults, watchdog)
        board = AskBoard(
            link, sampler, calibration, clock, cues, keeper, journal, plates, trials, health
        )
        service = Service(link, (board, plates, history, trials, faults, live, keeper))
        gc.threshold(-1)
        Loop(sampler, service, keeper, clock, cues, watchdog).run()
    finally:
        for driver in drivers:  # also when it never came to the loop
            driver.stop()


def give_up():
    """Nothing runs, and nothing starts by itself; the LED stays on."""
    pins.led()(1)
    print("Evenstance failed three times in a row and has stopped: see docs/troubleshooting.md")


def start():
    """Run it; after an error of its own again, unless that has happened too often in a row."""
    watchdog = Watchdog()
    if watchdog.gave_up():
        give_up()
        return
    try:
        main(watchdog)
    except KeyboardInterrupt:
        watchdog.forgive()
        raise
    except Exception as error:
        sys.print_exception(error)
        if watchdog.failed():
            raise SystemExit  # a soft reset, which starts this file again
        give_up()


if __name__ == "__main__":
    start()

"""Every fault that a board names: what happened, the likely cause, the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenstance_wire import flags, units

PAGE = "docs/troubleshooting.md"


@dataclass(frozen=True)
class Advice:
    """What a person is told of one fault; `anchor` is its place in the troubleshooting page."""

    what: str
    cause: str
    next_step: str
    anchor: str


def _advice(name: str, what: str, cause: str, next_step: str) -> Advice:
    return Advice(what, cause, next_step, f"{PAGE}#{name}")


FAULT_ADVICE: Mapping[str, Advice] = {
    name: _advice(name, what, cause, next_step)
    for name, what, cause, next_step in (
        (
            "no_data",
            "the converter gives no conversions",
            "it has no power, or DOUT, SCK or GND is not connected",
            "Check 3V3, GND, SCK and DOUT of this plate's HX711 board.",
        ),
        (
            "stuck_low",
            "the converter's DOUT stays low",
            "DOUT touches GND or is in the wrong hole, or SCK does not reach the chip",
            "Look for a short between DOUT and GND, then check SCK.",
        ),
        (
            "wrong_rate",
            "the converter makes fewer than 60 conversions a second",
            "its RATE pin is low: many HX711 boards are made for 10 a second",
            "Set RATE high on this plate's HX711 board, then power it anew.",
        ),
        (
            "saturated",
            "the converter reached its rail under a load",
            "more load than the converter can take with this cell, or a wire with a bad contact",
            "Take the load off. If the plate was not overloaded, check the bridge wires.",
        ),
        (
            "open_bridge",
            "the converter reads what no load makes",
            "a wire of the load cell is open (E+, E-, A+, A-)",
            "Check the four wires of this plate's load cell at the HX711 board.",
        ),
        (
            "reversed",
            "the plate is pulled up by more than 50 N",
            "its zero was taken under a load, or A+ and A- were exchanged since the calibration",
            "Empty both plates and run `evenstance zero --accept-load`; if a load then still "
            "reads negative, put A+ and A- back or calibrate anew.",
        ),
        (
            "powered_down",
            "the converter's clock was held up and it may have powered down",
            "something kept the processor busy while it read, or the supply dropped",
            "What came meanwhile was thrown away. If it repeats, check the supply.",
        ),
        (
            "spikes",
            "single readings that no load can make",
            "the wires to the HX711 are long or pick up noise, or its supply is weak",
            "Shorten SCK and DOUT, keep them from the bridge wires, join GND well.",
        ),
        (
            "same_chip",
            "both channels read the same converter",
            "DOUT or SCK of one HX711 board is connected to the pins of the other",
            "Left is SCK GP14 and DOUT GP15, right is SCK GP16 and DOUT GP17: check all four.",
        ),
        (
            "overload",
            "more force on the plate than it may carry",
            "a jump, a person who is too heavy, or a rating that is too low",
            "Step off. Then test the plate with `evenstance check corners`: the cell may be bent.",
        ),
        (
            "out_of_step",
            "readings of the converter did not prove themselves and were thrown away",
            "a bad contact or noise on SCK or DOUT",
            "Check the contacts of SCK, DOUT and GND; shorten the wires.",
        ),
        (
            "swapped",
            "left and right are exchanged",
            "the plates, their wires or the feet stand the other way round",
            "See which plate moves when the left one is pressed; exchange the plates or their "
            "wires, and calibrate again after exchanging wires.",
        ),
    )
}


def fault_lines(side: str, name: str) -> list[str]:
    """What happened, the cause and the next step, each a line; for a name that is new, that."""
    advice = FAULT_ADVICE.get(name)
    if advice is None:
        return [f"{side} plate: {name}, which this program does not know"]
    return [
        f"{side} plate: {name}: {advice.what}",
        f"  likely cause: {advice.cause}",
        f"  next: {advice.next_step} ({advice.anchor})",
    ]


def fault_names(bits: int) -> list[str]:
    """Names of the faults that are set."""
    return flags.names(bits, flags.FAULTS)


def faults_json(status: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Faults of both plates in a status: those present now, and all seen since power-up."""
    return {
        side: {
            "now": fault_names(status[f"{side}_faults"]),
            "seen": fault_names(status[f"{side}_faults_seen"]),
        }
        for side in units.PLATES
    }


def faults_text(faults: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """The same for a person: advice for what is present, then what was and is over."""
    lines: list[str] = []
    for side, found in faults.items():
        for name in found["now"]:
            lines += fault_lines(side, name)
    for side, found in faults.items():
        over = [name for name in found["seen"] if name not in found["now"]]
        if over:
            lines.append(f"{side} plate: earlier since power-up, over now: {', '.join(over)}")
    return lines

"""What the test of sides found, in lines and as JSON."""

from __future__ import annotations

from typing import Any

from evenstance.health.sides import REVERSED, Press, Sides
from evenstance_wire import units

OUTCOMES = {
    "right_way": "left is left and right is right",
    "swapped": "left and right are exchanged",
    "both_moved": "both plates moved when one was pressed",
    "nothing_moved": "nothing moved when a plate was pressed",
    "same_moved": "the same plate moved both times",
}
CAUSES = {
    "right_way": "its signal wires were exchanged after the calibration, or something lifted the "
    "plate",
    "swapped": "the two HX711 boards are at each other's pins, or the board faces the other way",
    "both_moved": "the plates touch each other or a common part, or the load stood on both",
    "nothing_moved": "the load was too small, the plate is blocked, or its cell is not connected",
    "same_moved": "the same plate was pressed twice",
}
NEXT = {
    "right_way": "Exchange A+ and A- of that cell, or calibrate again, which takes the sign in; "
    "then repeat this test.",
    "swapped": "Turn the board round, or exchange SCK and DOUT of the two HX711 boards (left GP14 "
    "and GP15, right GP16 and GP17); then calibrate again and repeat this test.",
    "both_moved": "Free each plate all round, press in the middle of one only, and repeat it.",
    "nothing_moved": "Put 5 kg or more on the plate; if it still does not move, run `evenstance "
    "diagnose`.",
    "same_moved": "Repeat it: first the plate of your left foot, then that of your right foot.",
}


def sides_lines(found: Sides) -> list[str]:
    """One line a press, one for the signs, one for the outcome."""
    lines = [_press_line(one) for one in found.presses]
    for side, sign in found.signs.items():
        goes = "up" if sign > 0 else "down"
        known = found.presses[0].change_n is not None
        judged = "" if known else " (no calibration: this is only stated, either is right)"
        lines.append(f"{side}: a load takes its counts {goes}{judged}")
    for side in units.PLATES:
        if REVERSED in found.faults[side]:
            lines.append(f"{side}: reversed, a load reads as a pull by the calibration")
    return [*lines, f"{OUTCOMES[found.outcome]}: {'passed' if found.passed else 'FAILED'}"]


def sides_json(found: Sides) -> dict[str, Any]:
    """The documented object."""
    return {
        "passed": found.passed,
        "outcome": found.outcome,
        "faults": found.faults,
        "signs": found.signs,
        "presses": [
            {
                "asked": one.asked,
                "moved": list(one.moved),
                "change_counts": _both(one.change_counts),
                "change_n": None if one.change_n is None else _both(one.change_n),
            }
            for one in found.presses
        ],
    }


def _both(values: tuple[float, float]) -> dict[str, float]:
    return dict(zip(units.PLATES, values, strict=True))


def _press_line(one: Press) -> str:
    values, unit, form = (
        (one.change_counts, "counts", "+.0f")
        if one.change_n is None
        else (one.change_n, "N", "+.1f")
    )
    left, right = (f"{value:{form}} {unit}" for value in values)
    return (
        f"{one.asked} plate pressed: left {left}, right {right}; moved: "
        f"{' and '.join(one.moved) or 'none'}"
    )

"""What a phase and a spoken line of a session are about, for every view of it."""

from __future__ import annotations

import re

from evenstance.flows.stand import other_leg
from evenstance.metrics.hold import Leg

_LIFT = re.compile(r"lift the (left|right) foot")
# Lines that say what the phase after them shows in larger letters.
_INSTRUCTIONS = (
    "Step off: both plates empty",
    "Step on with both feet",
    "Stand on the ",
    "Rest ",
    "Paused; ",
    "Going on.",
)
_FORCE = re.compile(r"\d\s*(N|kg|%)(?![A-Za-z])")


def leg_asked(phase: str) -> Leg | None:
    """The leg to stand on when the phase asks for the other foot to be lifted."""
    match = _LIFT.fullmatch(phase)
    return None if match is None else other_leg("left" if match[1] == "left" else "right")


def is_instruction(text: str) -> bool:
    """Whether the phase that follows shows this line anyway."""
    return text.startswith(_INSTRUCTIONS)


def tells_a_force(text: str) -> bool:
    """Whether a line carries a number that nobody may see in a scored hold."""
    return _FORCE.search(text) is not None

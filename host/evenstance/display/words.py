"""What the page says in each phase: the headline, what is spoken, which beeps.

Phases are those that the flows give to `Screenplay.live`; one that is not known here is shown by
its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evenstance.flows.phases import leg_asked
from evenstance.flows.stand import other_leg
from evenstance.metrics.hold import Leg

SHORT_MS = 100
LONG_MS = 600

# The patterns of the board's own buzzer (docs/first-session.md, "The beeps").
BEEPS_MS: Mapping[str, tuple[int, ...]] = {
    "both_feet": (LONG_MS,),
    "left": (SHORT_MS,),
    "right": (SHORT_MS, SHORT_MS),
    "down": (SHORT_MS, SHORT_MS, SHORT_MS),
    "done": (LONG_MS, LONG_MS),
}


@dataclass(frozen=True)
class Step:
    """One thing to do; `name` chooses the look, `cue` the beeps, `big` stands in the middle when
    there is no countdown."""

    name: str
    title: str
    headline: str
    detail: str = ""
    speak: str = ""
    cue: str = ""
    big: str = ""
    leg: Leg | None = None


START = Step("start", "Set-up", "One moment", "The board is being looked for.")
_PLAIN: Mapping[str, Step] = {
    "empty plates": Step(
        "empty",
        "Zero",
        "Step off",
        "Leave both plates empty.",
        "Step off. Leave both plates empty.",
        "done",
    ),
    "body weight": Step(
        "baseline",
        "Body weight",
        "Step on",
        "One foot on each plate. Stand still.",
        "Step on with both feet, and stand still.",
        "both_feet",
    ),
    "both feet": Step(
        "feet",
        "Step on",
        "Step on",
        "One foot on each plate.",
        "Step on with both feet.",
        "both_feet",
    ),
    "rest": Step("rest", "Rest", "Rest on both feet", "", "Rest on both feet."),
    "paused": Step("paused", "Rest", "Paused", "Press p to go on.", "Paused."),
    "watch": Step("watch", "Live view", ""),
}
_HOLDS = {"practice hold": "Practice", "scored hold": "Scored hold"}
HIDDEN = "Loads are hidden while a hold is scored."

# Lines that somebody two metres away has to hear.
_SPOKEN = ("That is the wrong leg", "That one does not count", "No more tries", "Practice is over")


def step_of(phase: str, leg: Leg | None, *, scored: bool) -> Step:
    """What to show in a phase; `leg` is the one asked for last."""
    asked = leg_asked(phase)
    if asked is not None:
        lifted = other_leg(asked)
        return Step(
            "lift",
            "Lift",
            "Stand on your",
            f"leg: lift the {lifted} foot.",
            f"Stand on your {asked} leg. Lift the {lifted} foot.",
            asked,
            asked.upper(),
            asked,
        )
    if phase in _HOLDS:
        on = "" if leg is None else f" on your {leg.upper()} leg"
        name = "scored" if scored else "practice"
        return Step(name, _HOLDS[phase], f"Hold still{on}", HIDDEN if scored else "", leg=leg)
    if phase == "foot down":
        return Step("down", "Hold over", "Foot down", "", "Foot down.", "down", leg=leg)
    found = _PLAIN.get(phase)
    if found is not None:
        return found
    unknown = Step("other", "", phase[:1].upper() + phase[1:])
    return replace(unknown, detail=HIDDEN) if scored else unknown


def is_spoken(text: str) -> bool:
    """Whether this line is worth interrupting somebody who does not look."""
    return text.startswith(_SPOKEN)

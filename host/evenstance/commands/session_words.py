"""What a session shows in each phase: a few large words, and a sentence below them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evenstance.flows.phases import leg_asked
from evenstance.flows.stand import SET_ASIDE, other_leg
from evenstance.metrics.hold import Leg, Trial


@dataclass(frozen=True)
class Step:
    """`large` is what to do now, `title` names the phase, `plain` says it once more in full."""

    title: str
    large: str
    plain: str


START = Step("Set-up", "One moment", "The board is asked how it is.")
FOOT_DOWN = "Hold over"
_PLAIN = {
    "empty plates": Step("Zero", "Step off", "Leave both plates empty until the zero is read."),
    "body weight": Step("Body weight", "Step on", "One foot on each plate. Stand still."),
    "both feet": Step("Step on", "Step on", "One foot on each plate."),
    "rest": Step("Rest", "Rest", "Rest on both feet."),
    "paused": Step("Rest", "Paused", "Press p to go on."),
}
_PRACTICE_SET = re.compile(r"(left|right) leg")
_HOLDS = {"practice hold": "Practice hold", "scored hold": "Scored hold"}
HIDDEN = "The loads are hidden while it is scored."


def leg_of(phase: str) -> Leg | None:
    """The leg to stand on, when the phase names it."""
    asked = leg_asked(phase)
    if asked is not None:
        return asked
    practice = _PRACTICE_SET.fullmatch(phase)
    if practice is not None:
        return "left" if practice[1] == "left" else "right"
    return None


def step_of(phase: str, leg: Leg | None, left_s: float | None, *, scored: bool) -> Step:
    """What to do in a phase; `leg` is the one that was asked for last."""
    on = "" if leg is None else f" on your {leg.upper()} leg"
    if leg_asked(phase) is not None and leg is not None:
        foot = other_leg(leg)
        return Step(
            f"{leg.capitalize()} leg",
            f"Lift {foot} foot",
            f"Stand{on}: lift the {foot} foot off its plate, touching nothing.",
        )
    if phase == "foot down" or (left_s is not None and left_s <= 0 and phase.endswith("hold")):
        return Step(FOOT_DOWN, "Foot down", "Put the foot down on its plate.")
    if phase in _HOLDS or _PRACTICE_SET.fullmatch(phase):
        title = _HOLDS.get(phase, "Practice")
        return Step(title, "Hold still", f"{title}{on}." + (f" {HIDDEN}" if scored else ""))
    found = _PLAIN.get(phase)
    if found is not None:
        return found
    return Step("", phase, HIDDEN if scored else "")


def result_line(trial: Trial, purpose: str) -> str:
    """How a hold went."""
    if purpose == SET_ASIDE:
        return f"hold {trial.seq}: {trial.stance_leg}, set aside as practice"
    steadiness = "not scored" if trial.force_sd_n is None else f"force SD {trial.force_sd_n:.2f} N"
    why = "" if trial.valid else f" ({', '.join(trial.reasons)})"
    if purpose == "practice":
        steadiness, why = "not scored", ""
    touches = f", {trial.touch_down_count} touch-down(s)" if trial.touch_down_count else ""
    return (
        f"{purpose} hold {trial.seq}: {trial.stance_leg}, {trial.hold_time_s:.1f} s, "
        f"{steadiness}{touches}{why}"
    )

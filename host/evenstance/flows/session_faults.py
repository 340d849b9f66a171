"""What a session does about the board's faults: tell them, and not begin or go on in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evenstance.errors import MeasurementError
from evenstance.metrics.hold import Leg, Trial
from evenstance.report.faults import FAULT_ADVICE, fault_lines, fault_names
from evenstance_wire import flags, units


class SessionFaults:
    """`say` tells the person a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._wrong_legs: set[Leg] = set()  # asked for in practice, and the other one stood

    def refuse_unfit(self, status: Mapping[str, Any]) -> None:
        """No session while no trial could count: the fault is better mended first."""
        for side in units.PLATES:
            for name in fault_names(status[f"{side}_faults"] & flags.UNFIT):
                advice = FAULT_ADVICE[name]
                raise MeasurementError(
                    f"The {side} plate has a fault, {name}: {advice.what}.",
                    cause=advice.cause,
                    next_step=advice.next_step,
                    anchor=name,
                )

    def tell(self, side: str, name: str, present: bool) -> None:
        """A fault appears or is over."""
        if not present:
            self._say(f"{side} plate: {name} is over.")
            return
        for line in fault_lines(side, name):
            self._say(line)

    def tell_reasons(self, trial: Trial) -> None:
        """What made a trial invalid and can be mended."""
        spoilt = [name for name in fault_names(flags.VOIDING) if name in trial.reasons]
        for name in spoilt:
            advice = FAULT_ADVICE[name]
            self._say(f"{name}: {advice.what}. {advice.next_step} See {advice.anchor}.")

    def wrong_leg(self, asked: Leg) -> None:
        """In a practice hold the board saw the other leg."""
        self._wrong_legs.add(asked)

    def refuse_swapped(self) -> None:
        """In both practice holds the other leg stood: then it is not the person alone."""
        if len(self._wrong_legs) < 2:
            return
        advice = FAULT_ADVICE["swapped"]
        raise MeasurementError(
            "In both practice holds the board saw the other leg (swapped).",
            cause=f"{advice.cause}; or the person took the other leg both times",
            next_step=f"{advice.next_step} Then run the session again.",
            anchor="swapped",
        )

"""The guided session: baseline, practice, scored holds on alternating legs, rests, zero check.

What it is made of is in `stand`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.flows.connect import Now
from evenstance.flows.live import RUNNING
from evenstance.flows.stand import STEP_ON_S, Screenplay, Stand, other_leg
from evenstance.metrics.hold import Leg, Trial
from evenstance_wire import flags

if TYPE_CHECKING:
    from evenstance.store.records import Conditions, PurposeName
    from evenstance.store.repository import Store

EXTRA_TRIALS = 2
PRACTICE_S = 10.0
BEFORE = "Before you step on: support within reach, board level and firm (docs/safety.md)."


@dataclass(frozen=True)
class SessionPlan:
    """How many scored holds per leg, and how long the rests are (s)."""

    name: Literal["quick", "standard"]
    holds_per_leg: int
    rest_s: float = 30.0
    practice: bool = True
    first_leg: Leg = "left"


QUICK = SessionPlan("quick", 3)
STANDARD = SessionPlan("standard", 5)


@dataclass
class SessionResult:
    """What a session brought."""

    session_id: str
    body_weight_n: float | None = None
    scored: list[Trial] = field(default_factory=list[Trial])
    zero_shift_n: tuple[float, float] | None = None


class Guide:
    """Leads one person through one session on one board."""

    def __init__(
        self,
        client: BoardClient,
        info: BoardInfo,
        store: Store,
        show: Screenplay,
        *,
        athlete_id: int,
        conditions: Conditions,
        plan: SessionPlan,
        now: Now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stand = Stand(client, info, store, show, now=now, clock=clock)
        self._athlete_id = athlete_id
        self._conditions = conditions
        self._plan = plan
        self.result = SessionResult(session_id="")

    def run(self) -> SessionResult:
        """The whole session; whatever ends it, what was stored stays stored."""
        visit = self._stand.visit(self._athlete_id, self._plan.name, self._conditions)
        try:
            with visit as session_id:
                self.result = SessionResult(session_id=session_id)
                self._measure()
        finally:
            self.result.zero_shift_n = self._stand.zeros.last_shift_n
        return self.result

    def _measure(self) -> None:
        self._stand.show.say(BEFORE)
        self._stand.zero()
        self.result.body_weight_n = self._stand.baseline()
        if self._plan.practice:
            self._practise()
            self._stand.faults.refuse_swapped()
        self._score()
        self._finish()

    # -- the parts of a session

    def _score(self) -> None:
        """The second block: scored holds on alternating legs, those that do not count again."""
        per_leg = self._plan.holds_per_leg
        missing: dict[Leg, int] = {"left": per_leg, "right": per_leg}
        spare: dict[Leg, int] = {"left": EXTRA_TRIALS, "right": EXTRA_TRIALS}
        leg: Leg = self._plan.first_leg
        while any(missing.values()):
            if not missing[leg]:
                leg = other_leg(leg)
            trial = self._hold(leg, "scored", None)
            if trial is not None:
                self.result.scored.append(trial)
            if trial is not None and trial.valid:
                missing[leg] -= 1
            elif spare[leg]:
                spare[leg] -= 1
                self._stand.show.say(f"That one does not count; the {leg} leg gets another try.")
            else:
                missing[leg] = 0
                self._stand.show.say(f"No more tries for the {leg} leg today.")
            if any(missing.values()) and not self._rest_after(leg, trial, missing, spare):
                leg = other_leg(leg)

    def _rest_after(
        self, leg: Leg, trial: Trial | None, missing: dict[Leg, int], spare: dict[Leg, int]
    ) -> bool:
        """Rest; True when the hold just made is to be made again, which costs a spare try."""
        again = False

        def repeat() -> None:
            nonlocal again
            if again:
                self._stand.show.say(f"The {leg} hold is made again after the rest.")
            elif trial is None or not trial.valid:
                self._stand.show.say("That hold did not count; there is nothing to set aside.")
            elif not spare[leg]:
                self._stand.show.say(f"No spare tries are left for the {leg} leg.")
            else:
                self._stand.set_aside(trial)
                again = True
                spare[leg] -= 1
                missing[leg] += 1
                self.result.scored.remove(trial)
                self._stand.show.say(
                    f"Hold {trial.seq} is kept as practice, and the {leg} hold is made again; "
                    "the session's note says so."
                )

        self._stand.rest(self._plan.rest_s, repeat)
        return again

    def _practise(self) -> None:
        """The first block: a hold on each leg, then off the board for a look at the zero."""
        self._hold(self._plan.first_leg, "practice", PRACTICE_S)
        self._stand.rest(self._plan.rest_s / 2)
        self._hold(other_leg(self._plan.first_leg), "practice", PRACTICE_S)
        self._stand.show.say("Practice is over. Step off both plates: the zero is checked.")
        self._stand.off_and_check("the practice block")
        self._stand.show.say("Step on with both feet again.")
        self._stand.cue(flags.CUE_BOTH_FEET)
        self._stand.wait("both feet", STEP_ON_S, lambda live: live.state == flags.BOTH_FEET)
        self._stand.rest(self._plan.rest_s / 2)

    def _hold(self, leg: Leg, purpose: PurposeName, length_s: float | None) -> Trial | None:
        """One trial; None when the foot never left the plate for long enough."""
        before = self._stand.next_seq()
        self._stand.stream.forget_lift_off()
        start = self._stand.cue_until_lifted(leg, purpose)
        self._stand.begin(before, purpose)
        scored = purpose == "scored"
        ended_by_us = False
        for live, _ in self._stand.stream.follow():
            elapsed = live.device_s - start
            if live.state not in RUNNING:
                self._stand.show.live(live, "foot down", None, scored=False)
                break
            wrong = self._stand.stream.lift_off_leg == other_leg(leg)
            over = length_s is not None and elapsed >= length_s
            if (wrong or over) and not ended_by_us:
                ended_by_us = True
                if wrong:
                    self._stand.begin(before, "practice")
                    self._stand.show.say(
                        f"That is the wrong leg: foot down, then stand on the {leg}."
                    )
                self._stand.cue(flags.CUE_DOWN)
            left_s = (length_s or 25.0) - elapsed
            self._stand.show.live(live, f"{purpose} hold", max(left_s, 0.0), scored=scored)
        if not ended_by_us:
            self._stand.cue(flags.CUE_DOWN)
        wrong = self._stand.stream.lift_off_leg == other_leg(leg)
        if wrong and purpose == "practice":
            self._stand.faults.wrong_leg(leg)
        trial = self._stand.stored(before, "practice" if wrong else purpose)
        return None if wrong else trial

    def _finish(self) -> None:
        self._stand.show.say("Done. Step off both plates.")
        self._stand.off_and_check("the scored block")

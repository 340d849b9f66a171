"""From stored sessions and a screening to verdict and plan: joins decision and plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from evenstance.decision.parameters import LADDER
from evenstance.metrics.hold import Trial

if TYPE_CHECKING:
    from evenstance.decision.types import Verdict
    from evenstance.plan.types import PersonResults
    from evenstance.screen.types import ScreenOutcome
    from evenstance.store.group import AnyHold

CAP = "time_limit"
TOO_SHORT = "too_short"


def person_results(trials: Sequence[AnyHold], age_y: int | None) -> PersonResults:
    """Hold times of both legs over trials that were not cut short by a fault or by somebody."""
    from evenstance.plan.types import PersonResults

    honest = [t for t in trials if t.end_reason not in ("stopped", "sensor_fault")]
    times = {
        leg: [t.hold_time_s for t in honest if t.stance_leg == leg] for leg in ("left", "right")
    }
    best = {leg: max(values, default=None) for leg, values in times.items()}
    shorter = min(
        (leg for leg in times if times[leg]), key=lambda leg: median(times[leg]), default=None
    )
    return PersonResults(
        age_y=age_y,
        best_hold_left_s=best["left"],
        best_hold_right_s=best["right"],
        holds_at_cap=bool(honest) and all(t.end_reason == CAP for t in honest),
        median_hold_s=None if shorter is None else median(times[shorter]),
        legs_not_scored=sum(_never_scored(honest, leg) for leg in times),
    )


def _never_scored(honest: Sequence[AnyHold], leg: str) -> bool:
    """Whether a leg has enough holds to judge and none of them filled the record."""
    mine = [t for t in honest if t.stance_leg == leg]
    return len(mine) >= LADDER.min_holds_per_leg and all(TOO_SHORT in t.reasons for t in mine)


def plan_or_reason(
    verdict: Verdict,
    outcome: ScreenOutcome | None,
    trials: Sequence[Trial],
    today: date,
) -> tuple[dict[str, Any] | None, str | None]:
    """(plan, None) or (None, why there is none and what to do instead).

    The reason leaves the verdict's own sentence out: it stands beside it.
    """
    from evenstance.plan.prescribe import make_plan
    from evenstance.plan.types import NoPlan

    age_y = None if outcome is None else outcome.age_y
    found = make_plan(verdict, outcome, person_results(trials, age_y), today)
    if isinstance(found, NoPlan):
        advice = (step.text for step in found.next_steps if step.text != verdict.text)
        return None, " ".join((found.text.text, *advice))
    return dict(found.as_dict()), None

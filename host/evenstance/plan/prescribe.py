"""From verdict, screen and holds to a plan, or to the reason why there is none."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.knowledge.rules import Facts, Rule, matching
from evenstance.plan.block import Frame, block
from evenstance.plan.days import BLOCK_WEEKS, DEFAULT_DAYS, Weekday
from evenstance.plan.person import Leg, Person
from evenstance.plan.refusals import by_holds, by_screen, ours, shorter_best_s
from evenstance.plan.types import Difference, NoPlan, PersonResults, Plan
from evenstance.screen.types import ScreenOutcome

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison, Verdict


@dataclass(frozen=True)
class Options:
    """What a person chooses, and what an earlier block leaves: the defaults are a first block
    from today on."""

    starts_on: datetime.date | None = None
    days: tuple[Weekday, ...] = DEFAULT_DAYS
    clinician: str | None = None
    block_number: int = 1
    first_start: datetime.date | None = None
    first_stage: int = 1
    calendar_weeks: int = BLOCK_WEEKS


def make_plan(
    verdict: Verdict,
    screen: ScreenOutcome | None,
    results: PersonResults,
    today: datetime.date,
    options: Options = Options(),
) -> Plan | NoPlan:
    """What the matching rule gives, in a person whose screen allows it; else the reason why not.

    The screen comes before the numbers. A balance block needs step 3 and a named leg. Raises
    ValueError for a step outside 0 to 4 and for a hold time that is not a finite number of
    seconds >= 0.
    """
    _check(verdict, results)
    refused = by_screen(screen, results.age_y, today)
    if refused is not None or screen is None:
        return refused or NoPlan("not_screened", ours("No plan: not screened."), ())
    if verdict.step == 4:
        return NoPlan(
            "red_flag",
            ours("No plan: a screening answer comes first."),
            (ours(verdict.text),),
        )
    rule = matching(facts_of(verdict, screen, results))
    if rule is not None and rule.outcome in ("nothing", "repeat_test"):
        return NoPlan(
            rule.id, rule.say, (ours(verdict.text), *rule.next), (), rule.id, options.clinician
        )
    refused = by_holds(results)
    if refused is not None:
        return refused
    if rule is None:
        return NoPlan(
            "no_rule",
            ours("No plan: no rule of this product fits these results."),
            (ours(verdict.text),),
        )
    return _from_rule(rule, verdict, screen, results, today, options)


def facts_of(verdict: Verdict, screen: ScreenOutcome, results: PersonResults) -> Facts:
    """What the rules ask of these results."""
    best = shorter_best_s(results)
    median = results.median_hold_s
    return Facts(
        step=verdict.step,
        shorter_hold_s=best if best is None or median is None else min(best, median),
        holds_at_cap=results.holds_at_cap,
        age_y=_age_y(screen, results),
        legs_not_scored=results.legs_not_scored,
        two_leg_split=results.two_leg_split,
    )


def _from_rule(
    rule: Rule,
    verdict: Verdict,
    screen: ScreenOutcome,
    results: PersonResults,
    today: datetime.date,
    options: Options,
) -> Plan | NoPlan:
    comparison = verdict.comparison
    difference = None
    if rule.outcome == "block":
        if comparison is None or comparison.less_steady is None:
            return NoPlan(
                "leg_unknown",
                ours("No plan: the comparison does not name a less steady leg."),
                (ours("Measure again on another day."),),
            )
        difference = _difference(comparison, comparison.less_steady)
    first = _shorter_leg(results) if difference is None else difference.less_steady
    person = Person(
        age_y=_age_y(screen, results),
        shorter_best_s=shorter_best_s(results) or 0.0,
        median_hold_s=results.median_hold_s,
        holds_at_cap=results.holds_at_cap,
        restricted=screen.state == "restricted",
        restrictions=screen.restrictions,
        order=(first, "right" if first == "left" else "left"),
    )
    starts_on = today if options.starts_on is None else options.starts_on
    frame = Frame(
        made_on=today,
        starts_on=starts_on,
        block_number=options.block_number,
        first_start=starts_on if options.first_start is None else options.first_start,
        first_stage=options.first_stage,
        calendar_weeks=options.calendar_weeks,
        days=options.days,
        clinician=options.clinician,
        base_session_ids=()
        if comparison is None
        else tuple(part.session_id for part in comparison.sessions),
    )
    return block(rule, person, difference, screen.findings, frame)


def _age_y(screen: ScreenOutcome, results: PersonResults) -> int:
    return max(age for age in (screen.age_y, results.age_y, 0) if age is not None)


def _shorter_leg(results: PersonResults) -> Leg:
    left, right = results.best_hold_left_s, results.best_hold_right_s
    return "right" if left is not None and right is not None and right < left else "left"


def _difference(comparison: Comparison, less_steady: Leg) -> Difference:
    ends = (abs(comparison.interval_low_pct), abs(comparison.interval_high_pct))
    return Difference(
        less_steady=less_steady,
        difference_pct=abs(comparison.difference_pct),
        interval_low_pct=min(ends),
        interval_high_pct=max(ends),
        confidence_pct=comparison.confidence_pct,
    )


def _check(verdict: Verdict, results: PersonResults) -> None:
    if verdict.step not in range(5):
        raise ValueError(f"the ladder has no step {verdict.step}")
    for value in (results.best_hold_left_s, results.best_hold_right_s, results.median_hold_s):
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            raise ValueError(f"a hold time of {value} s")

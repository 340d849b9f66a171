"""From verdict, screen and holds to a balance block, or to the reason why there is none."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING

from evenstance.knowledge.catalogue import exercises, questions, sources, statements
from evenstance.knowledge.exercise import SUPPORT_TEXT, Exercise, Grade, Statement, Support
from evenstance.knowledge.question import BLOCKING
from evenstance.plan.schedule import Person, rule_for, warm_up_for, weeks_for
from evenstance.plan.types import (
    Appointment,
    Dose,
    Leg,
    NoPlan,
    PersonResults,
    Plan,
    PlanItem,
    Week,
)
from evenstance.screen.evaluate import AGE_CAREFUL_Y, VALID_DAYS, applicable_ids
from evenstance.screen.types import ScreenOutcome

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison, Verdict

DAYS_PER_WEEK = 3
MIN_HOLD_S = 5.0
"""Below this hands-free hold time (s) on either leg a clinician decides (our proposal)."""
LOOK_DAY, BLOCK_DAYS, RETEST_DAY, STOP_DAY = 20, 42, 44, 84
FOLLOW_UP_DAYS = (42 + 8 * 7, 42 + 24 * 7)


def make_plan(
    verdict: Verdict,
    screen: ScreenOutcome | None,
    results: PersonResults,
    today: datetime.date,
) -> Plan | NoPlan:
    """A balance block only for a confirmed difference in a person whose screen allows it.

    The screen comes before the numbers. Raises ValueError for a step outside 0 to 4 and for a
    hold time that is not a finite number of seconds >= 0.
    """
    _check_results(results)
    refused = _by_screen(screen, results, today) or _by_step(verdict)
    if refused is not None:
        return refused
    comparison = verdict.comparison
    if screen is None or comparison is None or comparison.less_steady is None:
        return NoPlan(
            "leg_unknown",
            "No plan: the comparison does not name a less steady leg.",
            ("Measure again on another day.",),
        )
    refused = _by_holds(results)
    if refused is not None:
        return refused
    return _block(
        comparison, comparison.less_steady, _person(screen, results, comparison), screen, today
    )


def _by_screen(
    screen: ScreenOutcome | None, results: PersonResults, today: datetime.date
) -> NoPlan | None:
    if screen is not None and screen.state == "blocked":
        blocking = tuple(f for f in screen.findings if f.action in BLOCKING)
        return NoPlan(
            "blocked",
            "No plan: a screening answer comes first.",
            tuple(f"{_URGENT.get(f.action, '')}{f.say} Whom to see: {f.see}" for f in blocking),
            blocking,
        )
    open_point = _not_screened(screen, results, today)
    if open_point is not None:
        return NoPlan(
            "not_screened",
            "No plan: not screened. Measurements are shown; a plan needs every screening answer.",
            (*open_point, "Answer the screening questions, or fill in a screen file."),
        )
    if screen is not None and screen.state == "measure_only":
        found = tuple(f for f in screen.findings if f.action == "measure_only")
        return NoPlan(
            "measure_only",
            "No plan: this product measures here and leaves plans to a clinician.",
            tuple(f"{f.say} Whom to see: {f.see}" for f in found),
            found,
        )
    return None


_URGENT = {"emergency": "EMERGENCY NOW: ", "same_day": "TODAY: "}


def _not_screened(
    screen: ScreenOutcome | None, results: PersonResults, today: datetime.date
) -> tuple[str, ...] | None:
    if screen is None:
        return ("There are no screening answers yet.",)
    if screen.when != "start":
        return ("Only the quick check was answered.",)
    if screen.state == "unscreened" or screen.age_y is None:
        still_open = f"Still open: {', '.join(screen.missing)}." if screen.missing else ""
        return tuple(text for text in (*screen.notes, still_open) if text)
    if not 0 <= (today - screen.answered_on).days <= VALID_DAYS:
        return (f"The answers are of {screen.answered_on.isoformat()}: answer them again.",)
    age_y = screen.age_y if results.age_y is None else results.age_y
    if applicable_ids(age_y) != applicable_ids(screen.age_y):
        return (f"The answers were given for an age of {screen.age_y} years, not {age_y}.",)
    return None


def _by_step(verdict: Verdict) -> NoPlan | None:
    if verdict.step == 3:
        return None
    if verdict.step == 0:
        return NoPlan(
            "more_needed",
            "No plan: more measurements are needed first.",
            (verdict.text,),
        )
    if verdict.step == 1:
        return NoPlan(
            "nothing_to_correct",
            "No plan: there is nothing to correct.",
            (
                verdict.text,
                "General balance practice is your choice; it would answer no finding.",
            ),
        )
    if verdict.step == 2:
        return NoPlan(
            "seen_once",
            "No plan yet: the difference is not confirmed.",
            (
                verdict.text,
                "Re-test on another day, same protocol, at about the same time of day.",
                "No balance practice in the 48 h before: it can hide a difference for a while.",
            ),
        )
    if verdict.step == 4:
        return NoPlan("red_flag", "No plan: a screening answer comes first.", (verdict.text,))
    raise ValueError(f"the ladder has no step {verdict.step}")


def _by_holds(results: PersonResults) -> NoPlan | None:
    best = _shorter_best_s(results)
    if best is None:
        return NoPlan(
            "hold_unknown",
            "No plan: the longest hold of each leg is not known.",
            ("Measure at least one valid hold on each leg, eyes open, hands free.",),
        )
    if best < MIN_HOLD_S:
        return NoPlan(
            "hold_too_short",
            f"No plan: the longest hold of one leg is {best:.1f} s, and below {MIN_HOLD_S:g} s a "
            "clinician decides (that limit is our proposal).",
            ("Whom to see: your physiotherapist or doctor, before any practice.",),
        )
    return None


def _shorter_best_s(results: PersonResults) -> float | None:
    if results.best_hold_left_s is None or results.best_hold_right_s is None:
        return None
    return min(results.best_hold_left_s, results.best_hold_right_s)


def _check_results(results: PersonResults) -> None:
    for value in (results.best_hold_left_s, results.best_hold_right_s, results.median_hold_s):
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            raise ValueError(f"a hold time of {value} s")


def _person(screen: ScreenOutcome, results: PersonResults, comparison: Comparison) -> Person:
    ages = [age for age in (screen.age_y, results.age_y) if age is not None]
    first: Leg = "left" if comparison.less_steady == "left" else "right"
    return Person(
        age_y=max(ages),
        shorter_best_s=_shorter_best_s(results) or 0.0,
        median_hold_s=results.median_hold_s,
        holds_at_cap=results.holds_at_cap,
        restricted=screen.state == "restricted",
        restrictions=screen.restrictions,
        order=(first, "right" if first == "left" else "left"),
    )


def _block(
    comparison: Comparison,
    less_steady: Leg,
    person: Person,
    screen: ScreenOutcome,
    today: datetime.date,
) -> Plan:
    weeks = weeks_for(person, today)
    warm_up = warm_up_for(person)
    used = list(dict.fromkeys(dose.exercise_id for dose in (*warm_up, *_doses(weeks))))
    supports: dict[str, Support] = {
        dose.exercise_id: dose.support for dose in (*_doses(weeks)[::-1], *warm_up)
    }
    items = tuple(_item(exercises()[name], supports[name]) for name in used)
    why = (*_group("volume", person), *_group("schedule", person))
    rules = (
        *(Statement(finding.say, "D") for finding in screen.findings),
        *_group("older", person),
        *_group("floor", person),
        *_group("never_today", person),
        *_group("progress", person),
    )
    stop = (*_group("stop", person), *_group("emergency", person))
    limits = _group("limits", person)
    appointments = _appointments(person, today)
    cited = {source for item in items for source in item.sources}
    for statement in (*why, *rules, *stop, *limits, *(a.statement for a in appointments)):
        cited.update(statement.sources)
    return Plan(
        made_on=today,
        track=rule_for(person).id,
        less_steady=less_steady,
        order=person.order,
        difference_pct=abs(comparison.difference_pct),
        interval_low_pct=min(abs(comparison.interval_low_pct), abs(comparison.interval_high_pct)),
        interval_high_pct=max(abs(comparison.interval_low_pct), abs(comparison.interval_high_pct)),
        confidence_pct=comparison.confidence_pct,
        days_per_week=DAYS_PER_WEEK,
        restrictions=tuple(sorted(screen.restrictions)),
        why=why,
        warm_up=warm_up,
        weeks=weeks,
        items=items,
        appointments=appointments,
        rules=rules,
        stop=stop,
        limits=limits,
        quick_check=tuple(q.text for q in questions().values() if "each" in q.ask),
        sources=tuple(source for name, source in sources().items() if name in cited),
    )


def _doses(weeks: tuple[Week, ...]) -> list[Dose]:
    return [dose for week in weeks for dose in (*week.items, *week.daily)]


def _group(name: str, person: Person) -> tuple[Statement, ...]:
    return tuple(
        s.statement
        for s in statements()
        if s.group == name and (s.when == "all" or person.age_y >= AGE_CAREFUL_Y)
    )


def _appointments(person: Person, today: datetime.date) -> tuple[Appointment, ...]:
    (look,), (pause,), (retest,) = (_group(g, person) for g in ("look", "pause", "retest"))
    (stop,), (follow,) = (_group(g, person) for g in ("stop_block", "follow_up"))

    def day(days: int) -> datetime.date:
        return today + datetime.timedelta(days=days)

    return (
        Appointment("look", day(LOOK_DAY), look),
        Appointment("pause", day(BLOCK_DAYS), pause),
        Appointment("retest", day(RETEST_DAY), retest),
        Appointment("stop_block", day(STOP_DAY), stop),
        *(Appointment("follow_up", day(days), follow) for days in FOLLOW_UP_DAYS),
    )


def _item(exercise: Exercise, support: Support) -> PlanItem:
    def ours(text: str) -> Statement:
        return Statement(text, "D")

    counter_grade: Grade = exercise.grade_effect if exercise.counter_evidence else "D"
    how = (
        exercise.purpose,
        exercise.setup,
        f"Hand support at first: {SUPPORT_TEXT[support]}.",
        exercise.progress,
        f"If it is too hard: {exercise.regress}",
    )
    return PlanItem(
        exercise_id=exercise.id,
        name=exercise.name,
        how=tuple(ours(text) for text in how),
        stop=ours(exercise.stop),
        leave_out_if=ours(exercise.not_for),
        equipment=exercise.equipment,
        answers=exercise.answers,
        effect=Statement(exercise.effect, exercise.grade_effect, exercise.evidence),
        population=Statement(exercise.population, exercise.grade_effect, exercise.evidence),
        counter=Statement(exercise.counter, counter_grade, exercise.counter_evidence),
        grade_effect=exercise.grade_effect,
        grade_effect_for=exercise.grade_effect_for,
        grade_dose=exercise.grade_dose,
        grade_dose_for=exercise.grade_dose_for,
        grade_gap=exercise.grade_gap,
        grade_force_sd=exercise.grade_force_sd,
        sources=tuple(dict.fromkeys((*exercise.evidence, *exercise.counter_evidence))),
    )

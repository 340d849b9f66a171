"""A plan, or the reason for none, as plain text lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from evenstance.knowledge.exercise import SUPPORT_TEXT, Rung, Statement
from evenstance.plan.types import Dose, NoPlan, Plan, PlanItem, Week

WIDTH = 78
_UNITS = {"s": "s", "rep": "repetitions", "min": "min"}


def plan_lines(plan: Plan | NoPlan) -> list[str]:
    """Plain text, at most 78 columns; every sentence of a plan with grade and sources."""
    return list(_no_plan(plan) if isinstance(plan, NoPlan) else _plan(plan))


def grade_tag(statement: Statement) -> str:
    """The mark behind a sentence: its grade, then its sources or "own proposal"."""
    if statement.own_proposal:
        cited = f"; see {', '.join(statement.sources)}" if statement.sources else ""
        return f"[D: own proposal{cited}]"
    return f"[{statement.grade}: {', '.join(statement.sources)}]"


def _no_plan(plan: NoPlan) -> Iterator[str]:
    yield from _wrap(plan.text)
    for step in plan.next_steps:
        yield from _wrap(step, "- ")


def _plan(plan: Plan) -> Iterator[str]:
    first, second = plan.order
    yield from _wrap(
        f"Balance block from {plan.made_on.isoformat()}: {len(plan.weeks)} weeks, "
        f"{plan.days_per_week} days a week. The {plan.less_steady} leg is less steady: its force "
        f"SD is {plan.difference_pct:.1f} % larger ({plan.confidence_pct:g} % interval "
        f"{plan.interval_low_pct:.1f} to {plan.interval_high_pct:.1f} %, "
        "share of the larger value)."
    )
    yield from _wrap(f"Every item: {first} leg first, then the {second} leg with equal sets.")
    yield from _graded(plan.why)
    yield from _heading("Before each session: quick check, any yes means no practice")
    for text in plan.quick_check:
        yield from _wrap(text, "- ")
    yield from _heading("Warm-up, the same before every session and every test")
    for dose in plan.warm_up:
        yield from _wrap(_dose(dose), "- ")
    for week in plan.weeks:
        yield from _week(week)
    yield from _heading("Then")
    for item in plan.appointments:
        tag = grade_tag(item.statement)
        yield from _wrap(f"{item.not_before.isoformat()}: {item.statement.text} {tag}", "- ")
    yield from _heading("Stop signs")
    yield from _graded(plan.stop)
    yield from _heading("Rules")
    yield from _graded(plan.rules)
    yield from _heading("What may not be claimed")
    yield from _graded(plan.limits)
    for item in plan.items:
        yield from _item(item)
    yield from _heading("Sources (no paper was read in full)")
    for source in plan.sources:
        yield from _wrap(f"{source.id} {source.citation} {source.note}", "- ")


def _week(week: Week) -> Iterator[str]:
    yield from _heading(
        f"Week {week.number}, from {week.starts_on.isoformat()}: about {week.session_min} min "
        f"a session, {week.one_leg_s} s on each leg alone [D: own proposal]"
    )
    for dose in week.items:
        yield from _wrap(_dose(dose), "- ")
    for dose in week.daily:
        yield from _wrap(f"If you like, once a day: {_dose(dose)}", "- ")


def _dose(dose: Dose) -> str:
    rungs = ", then ".join(_rung(rung) for rung in dose.rungs)
    legs = f" each leg, {dose.order[0]} first" if dose.order else ""
    rest_s = dose.rungs[0].rest_s
    rest = f", rest {rest_s} s" if rest_s > 0 else ""
    return (
        f"{dose.name}: {rungs}{legs}{rest}; {SUPPORT_TEXT[dose.support]} "
        f"[effect {dose.grade_effect}, dose {dose.grade_dose}{_ours(dose)}]"
    )


def _ours(dose: Dose) -> str:
    return ": own proposal" if dose.grade_dose == "D" else ""


def _rung(rung: Rung) -> str:
    return f"{rung.sets} x {rung.amount} {_UNITS[rung.unit]}"


def _item(item: PlanItem) -> Iterator[str]:
    yield from _heading(item.name)
    yield from _graded(item.how)
    yield from _wrap(f"Stop: {item.stop.text} {grade_tag(item.stop)}", "- ")
    yield from _wrap(
        f"Leave it out with: {item.leave_out_if.text} {grade_tag(item.leave_out_if)}", "- "
    )
    yield from _wrap(f"Needs: {item.equipment}.", "- ")
    yield from _wrap(f"Who was studied: {item.population.text} {grade_tag(item.population)}", "- ")
    yield from _wrap(f"What was found: {item.effect.text} {grade_tag(item.effect)}", "- ")
    yield from _wrap(f"Against it: {item.counter.text} {grade_tag(item.counter)}", "- ")
    yield from _wrap(
        f"Grades: effect {item.grade_effect} ({item.grade_effect_for}); dose {item.grade_dose} "
        f"({item.grade_dose_for}); smaller left-right difference {item.grade_gap}; force SD "
        f"{item.grade_force_sd}.",
        "- ",
    )


def _graded(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        yield from _wrap(f"{statement.text} {grade_tag(statement)}", "- ")


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield from _wrap(text)


def _wrap(text: str, bullet: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))

"""A plan, or the reason for none, as plain text lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from evenstance.knowledge.exercise import SUPPORT_TEXT, Rung, Statement
from evenstance.plan.types import Dose, NoPlan, Plan, PlanItem, Wait, Week

WIDTH = 78
_FIRST_LIMITS = 2  # that the effect is not known, and what shrinks by itself
_SETUP = 1  # of the sentences on how an item is done: purpose, set-up, support ...
_UNITS = {"s": "s", "rep": "repetitions", "min": "min"}


def plan_lines(plan: Plan | NoPlan | Wait, *, full: bool = True) -> list[str]:
    """Plain text, at most 78 columns; every sentence with grade and sources.

    Without `full` a plan leaves out what it rests on: of each exercise it says how it is done
    and when to stop.
    """
    if isinstance(plan, Plan):
        return list(_plan(plan, full))
    return list(_wait(plan) if isinstance(plan, Wait) else _no_plan(plan))


def statement_lines(statements: Iterable[Statement], bullet: str = "- ") -> list[str]:
    """Sentences with their tags, wrapped."""
    return [line for s in statements for line in _wrap(f"{s.text} {grade_tag(s)}", bullet)]


def dose_lines(doses: Iterable[Dose]) -> list[str]:
    """Doses with their grades, wrapped."""
    return [line for dose in doses for line in _wrap(dose_text(dose), "- ")]


def grade_tag(statement: Statement) -> str:
    """The mark behind a sentence: its grade, then its sources or "own proposal"."""
    if statement.own_proposal:
        cited = f"; see {', '.join(statement.sources)}" if statement.sources else ""
        return f"[D: own proposal{cited}]"
    return f"[{statement.grade}: {', '.join(statement.sources)}]"


def clinician_line(name: str) -> str:
    """What every output of clinician mode says."""
    return f"Clinician mode, chosen by {name}: a clinician answers for this."


def headline(plan: Plan) -> str:
    """What kind of plan, from when, for how long, on which days."""
    name = "Balance block" if plan.kind == "balance_block" else "General practice"
    number = f" {plan.block_number}" if plan.block_number > 1 else ""
    return (
        f"{name}{number} from {plan.starts_on.isoformat()}: {plan.calendar_weeks} week(s), "
        f"{len(plan.days)} day(s) a week ({', '.join(plan.days)})."
    )


def finding_text(plan: Plan) -> str:
    """What the plan answers: the measured difference, or none."""
    found = plan.difference
    if found is None:
        return "It answers no difference between the legs and is not a correction."
    return (
        f"The {found.less_steady} leg is less steady: its force SD is "
        f"{found.difference_pct:.1f} % larger ({found.confidence_pct:g} % interval "
        f"{found.interval_low_pct:.1f} to {found.interval_high_pct:.1f} %, share of the larger "
        "value)."
    )


def _no_plan(plan: NoPlan) -> Iterator[str]:
    if plan.clinician is not None:
        yield from _wrap(clinician_line(plan.clinician))
    if plan.reason_id == "blocked":  # whom to see comes first, above all in an emergency
        yield from statement_lines(plan.next_steps)
        yield from statement_lines((plan.text,), "")
        return
    yield from statement_lines((plan.text,), "")
    yield from statement_lines(plan.next_steps)


def _wait(plan: Wait) -> Iterator[str]:
    yield from _wrap(f"No practice until {plan.until.isoformat()}, then measure again.")
    yield from statement_lines(plan.statements)


def _plan(plan: Plan, full: bool) -> Iterator[str]:
    first, second = plan.order
    if plan.clinician is not None:
        yield from _wrap(clinician_line(plan.clinician))
    yield from _wrap(f"{headline(plan)} {finding_text(plan)}")
    yield from _graded((plan.say,))
    yield from _wrap(f"Every item: {first} leg first, then the {second} leg with equal sets.")
    if full:
        yield from _graded(plan.why)
    yield from _heading("Before each session: quick check, any yes means no practice")
    for text in plan.quick_check:
        yield from _wrap(text, "- ")
    yield from _heading("Warm-up, the same before every session and every test")
    for dose in plan.warm_up:
        yield from _wrap(dose_text(dose), "- ")
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
    yield from _graded(plan.limits if full else plan.limits[:_FIRST_LIMITS])
    if not full:
        yield from _heading("How each is done")
        for item in plan.items:
            advice = Statement(f"{item.how[_SETUP].text} Stop: {item.stop.text}", "D")
            yield from _wrap(f"{item.name}: {advice.text} {grade_tag(advice)}", "- ")
        yield from _heading(
            "Why each item, how well it is supported, whom it is not for, and the sources: "
            "`evenstance plan --full`. On paper: `evenstance plan --page FILE`."
        )
        return
    for item in plan.items:
        yield from _item(item)
    yield from _heading("Sources (no paper was read in full)")
    for source in plan.sources:
        yield from _wrap(f"{source.id} {source.citation} {source.note}", "- ")


def _week(week: Week) -> Iterator[str]:
    yield from _heading(
        f"Week {week.number}, from {week.starts_on.isoformat()} at the earliest: about "
        f"{week.session_min} min a session, {week.one_leg_s} s on each leg alone [D: own proposal]"
    )
    for dose in week.items:
        yield from _wrap(dose_text(dose), "- ")
    for dose in week.daily:
        yield from _wrap(f"If you like, once a day: {dose_text(dose)}", "- ")


def dose_text(dose: Dose) -> str:
    """One dose in words, with its grades."""
    rungs = rungs_text(dose)
    legs = f" each leg, {dose.order[0]} first" if dose.order else ""
    rest_s = dose.rungs[0].rest_s
    rest = f", rest {rest_s} s" if rest_s > 0 else ""
    return (
        f"{dose.name}: {rungs}{legs}{rest}; {SUPPORT_TEXT[dose.support]} "
        f"[effect {dose.grade_effect}, dose {dose.grade_dose}{_ours(dose)}]"
    )


def rungs_text(dose: Dose) -> str:
    """Sets and amounts of a dose in words, one after the other."""
    return ", then ".join(_rung(rung) for rung in dose.rungs)


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
    yield from statement_lines(statements)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield from _wrap(text)


def _wrap(text: str, bullet: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))

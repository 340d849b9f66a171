"""The rules: which facts of a person lead to which kind of plan, or to none."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from evenstance.knowledge.catalogue import (
    CITED,
    check_cited,
    check_grade,
    exercises,
    grade_of,
    rule_tables,
    rungs_from,
    sources,
)
from evenstance.knowledge.exercise import Exercise, Rung, Source, Statement, Support
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.gates import PlanOutcome

Outcome = Literal["block", "practice", "nothing", "repeat_test"]
STEPS = (0, 1, 2, 3)
"""Steps of the ladder that a rule may name; step 4 is a screening answer and has no rule."""
WEEKS = 6
MAX_ITEMS = 4


@dataclass(frozen=True)
class Facts:
    """What the rules ask: step of the ladder, holds (s), age (years), what could not be scored.

    `shorter_hold_s` is the smaller of best and median hold of the shorter leg. None is unknown,
    and a condition on something unknown does not hold.
    """

    step: int
    shorter_hold_s: float | None = None
    holds_at_cap: bool = False
    age_y: int | None = None
    legs_not_scored: int = 0
    two_leg_split: bool = False


@dataclass(frozen=True)
class When:
    """The conditions of a rule, all of which must hold; None asks nothing."""

    steps: tuple[int, ...]
    shorter_hold_below_s: float | None = None
    shorter_hold_from_s: float | None = None
    holds_at_cap: bool | None = None
    age_from_y: int | None = None
    age_below_y: int | None = None
    legs_not_scored: tuple[int, ...] | None = None
    two_leg_split: bool | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether every condition holds."""
        return (
            facts.step in self.steps
            and _between(facts.shorter_hold_s, self.shorter_hold_from_s, self.shorter_hold_below_s)
            and _between(facts.age_y, self.age_from_y, self.age_below_y)
            and self.holds_at_cap in (None, facts.holds_at_cap)
            and self.two_leg_split in (None, facts.two_leg_split)
            and (self.legs_not_scored is None or facts.legs_not_scored in self.legs_not_scored)
        )


@dataclass(frozen=True)
class Cell:
    """One exercise of one week; either fixed `rungs` or `from_start` offsets on the ladder."""

    exercise: str
    rungs: tuple[Rung, ...]
    from_start: tuple[int, ...]
    support: Support
    instead: Cell | None


@dataclass(frozen=True)
class Rule:
    """One rule; `weeks[0]` is the first week, and only block and practice have weeks.

    `say` is the sentence for the person, `next` what to do instead of or beside a plan.
    """

    id: str
    order: int
    outcome: Outcome
    when: When
    say: Statement
    next: tuple[Statement, ...]
    weeks: tuple[tuple[Cell, ...], ...]


@functools.cache
def rules() -> dict[str, Rule]:
    """All rules by id in their order; raises KnowledgeError when one breaks its schema."""
    found = [
        rule_from(table, name, exercises(), sources()) for name, table in rule_tables().items()
    ]
    orders = [rule.order for rule in found]
    if len(set(orders)) != len(orders):
        raise KnowledgeError("rules: an order comes twice")
    return {rule.id: rule for rule in sorted(found, key=lambda rule: rule.order)}


def matching(facts: Facts) -> Rule | None:
    """The first rule whose conditions all hold; None for step 4 and for unknown holds or age."""
    return next((rule for rule in rules().values() if rule.when.holds(facts)), None)


def rule_from(
    table: Mapping[str, object],
    name: str,
    known: Mapping[str, Exercise],
    cited: Mapping[str, Source],
) -> Rule:
    """One checked rule: conditions, a graded sentence, and six weeks if it is a plan."""
    reader = Fields(table, name)
    rule = Rule(
        id=reader.text("id"),
        order=reader.needed_whole("order"),
        outcome=cast("Outcome", reader.one_of("outcome", Outcome)),
        when=_when(reader),
        say=_statement(reader, "say", cited),
        next=tuple(said(item, cited) for item in reader.tables("next")),
        weeks=tuple(_week(week, known) for week in reader.tables("weeks")),
    )
    reader.finish()
    if rule.id != name:
        raise reader.fail(f"its id is {rule.id}")
    _check_weeks(rule, reader, known)
    return rule


def start_rung(ladder: tuple[Rung, ...], best_hold_s: float) -> int:
    """Index of the rung nearest to 70 % of the shorter leg's best hold (s); ties go down."""
    target_s = 0.7 * best_hold_s
    return min(range(len(ladder)), key=lambda i: (abs(ladder[i].amount - target_s), i))


def _between(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    if value is None:
        return False
    return (low is None or value >= low) and (high is None or value < high)


def _when(reader: Fields) -> When:
    inner = reader.table("when")
    if inner is None:
        raise reader.fail("when is missing")
    legs = inner.wholes("legs_not_scored") if inner.has("legs_not_scored") else None
    when = When(
        steps=inner.wholes("steps"),
        shorter_hold_below_s=inner.number("shorter_hold_below_s"),
        shorter_hold_from_s=inner.number("shorter_hold_from_s"),
        holds_at_cap=inner.flag("holds_at_cap") if inner.has("holds_at_cap") else None,
        age_from_y=inner.whole("age_from_y"),
        age_below_y=inner.whole("age_below_y"),
        legs_not_scored=legs,
        two_leg_split=inner.flag("two_leg_split") if inner.has("two_leg_split") else None,
    )
    inner.finish()
    if not when.steps or not set(when.steps) <= set(STEPS):
        raise inner.fail(f"steps must be some of {', '.join(map(str, STEPS))}")
    if legs is not None and (not legs or not set(legs) <= {0, 1, 2}):
        raise inner.fail("legs_not_scored must be some of 0, 1, 2")
    return when


def _statement(reader: Fields, key: str, cited: Mapping[str, Source]) -> Statement:
    statement = Statement(reader.text(key), grade_of(reader, "grade"), reader.texts("sources"))
    check_cited(reader.name, (*statement.sources, *CITED.findall(statement.text)), cited)
    if not set(CITED.findall(statement.text)) <= set(statement.sources):
        raise reader.fail("the text cites what its sources do not name")
    check_grade(reader.name, "grade", statement.grade, statement.sources, cited)
    return statement


def said(reader: Fields, cited: Mapping[str, Source]) -> Statement:
    """One checked sentence of a list: text, grade and sources."""
    statement = _statement(reader, "text", cited)
    reader.finish()
    return statement


def _week(reader: Fields, known: Mapping[str, Exercise]) -> tuple[Cell, ...]:
    cells = tuple(_cell(item, known) for item in reader.tables("items"))
    reader.finish()
    return cells


def _cell(reader: Fields, known: Mapping[str, Exercise]) -> Cell:
    name = reader.text("exercise")
    if name not in known:
        raise reader.fail(f"{name} is not in the catalogue")
    relative = reader.has("from_start")
    other = reader.table("instead")
    cell = Cell(
        exercise=name,
        rungs=() if relative else rungs_from(reader, "rungs"),
        from_start=reader.wholes("from_start"),
        support=cast("Support", reader.one_of("support", Support)),
        instead=None if other is None else _cell(other, known),
    )
    reader.finish()
    exercise = known[name]
    for rung in cell.rungs:
        _check_rung(rung, exercise, reader)
    if cell.support not in exercise.support:
        raise reader.fail(f"{name} has no support {cell.support}")
    if not exercise.gates.empty and cell.instead is None:
        raise reader.fail(f"{name} needs something instead")
    return cell


def _check_rung(rung: Rung, exercise: Exercise, reader: Fields) -> None:
    kept_set = replace(exercise.ladder[-1], sets=1)
    if rung not in exercise.ladder and rung != kept_set:
        raise reader.fail(f"{rung.text} is no rung of {exercise.id}")


def _check_weeks(rule: Rule, reader: Fields, known: Mapping[str, Exercise]) -> None:
    if rule.outcome not in ("block", "practice"):
        if rule.weeks:
            raise reader.fail(f"a rule for {rule.outcome} has no weeks")
        return
    if rule.outcome == "block" and rule.when.steps != (3,):
        raise reader.fail("a block belongs to step 3 alone")
    if len(rule.weeks) != WEEKS:
        raise reader.fail(f"{len(rule.weeks)} weeks, not {WEEKS}")
    if any(not 1 <= len(week) <= MAX_ITEMS for week in rule.weeks):
        raise reader.fail(f"a week has no item or more than {MAX_ITEMS}")
    for week in rule.weeks:
        for cell in week:
            _check_place(cell, rule.outcome, reader, known)


def _check_place(
    cell: Cell, outcome: PlanOutcome, reader: Fields, known: Mapping[str, Exercise]
) -> None:
    exercise = known[cell.exercise]
    if outcome in exercise.gates.never_in:
        raise reader.fail(f"{exercise.id} has no place in a {outcome}")
    if outcome == "practice" and exercise.guarded:
        raise reader.fail(f"{exercise.id} has no place in general practice")
    if cell.instead is not None:
        _check_place(cell.instead, outcome, reader, known)

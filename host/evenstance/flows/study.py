"""The operating characteristics of the ladder: which cells, in which tables, and how fast."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evenstance.decision.characteristics import Rates, rates
from evenstance.decision.parameters import LADDER, TABLE, Ladder
from evenstance.decision.simulate import NEGATIVE_CONTROL, SCENARIOS, Cell, Scenario
from evenstance.errors import UsageError
from evenstance.flows.spread import Workers, spread
from evenstance.report.study import Study, StudyOptions, TableName

SCENARIO_NAMES = tuple(scenario.name for scenario in SCENARIOS)
CVS_PCT = (7.0, 10.0, 12.0, 15.0, 20.0)
NAIVE_CVS_PCT = (7.0, 10.0, 12.0, 14.5, 15.0, 20.0)
HOLDS = (1, 3, 5)
CURVE_CVS_PCT = (10.0, 15.0, 20.0)
CURVE_HOLDS = (3, 4, 5, 6, 8, 10, 15)
CURVE_DIFFERENCES_PCT = (10.0, 15.0, 20.0, 25.0, 30.0, 40.0)
DIFFERENCE_PCT = 25.0
PLAIN, WANDER = SCENARIOS[0], SCENARIOS[1]
HERE = Workers(processes=1)


def run_study(
    options: StudyOptions, progress: Callable[[], None] = lambda: None, who: Workers = HERE
) -> Study:
    """Simulate every cell; `progress` is called after each of `cells(options)`.

    A cell draws its own people, so the numbers do not depend on who computes it.
    """
    found: dict[TableName, list[Rates]] = {name: [] for name in options.tables}
    sessions = 0
    begun = time.perf_counter()
    todo = cells(options)
    tasks = [(cell, options.people, options.seed, options.ladder) for _, cell in todo]
    for (name, cell), made in zip(todo, spread(_rates, tasks, who), strict=True):
        found[name].append(made)
        sessions += options.people * cell.sessions
        progress()
    return Study(options, found, sessions, time.perf_counter() - begun)


def _rates(task: tuple[Cell, int, int, Ladder]) -> Rates:
    return rates(*task)


def cells(options: StudyOptions) -> list[tuple[TableName, Cell]]:
    """Every cell in order, with its table."""
    makers: dict[TableName, Callable[[StudyOptions], Iterator[Cell]]] = {
        "naive": _naive,
        "equal": _equal,
        "power": _power,
        "curve": _curve,
        "control": _control,
    }
    return [(name, cell) for name in options.tables for cell in makers[name](options)]


def _naive(o: StudyOptions) -> Iterator[Cell]:
    for cv_pct in o.cvs_pct or NAIVE_CVS_PCT:
        for holds in o.holds or HOLDS:
            yield Cell(PLAIN, cv_pct, holds, sessions=1)


def _equal(o: StudyOptions) -> Iterator[Cell]:
    for scenario in _scenarios(o, SCENARIO_NAMES):
        for cv_pct in o.cvs_pct or CVS_PCT:
            for holds in o.holds or HOLDS:
                yield Cell(scenario, cv_pct, holds, o.sessions)


def _power(o: StudyOptions) -> Iterator[Cell]:
    for difference_pct in o.differences_pct or (DIFFERENCE_PCT,):
        for scenario in _scenarios(o, SCENARIO_NAMES):
            for cv_pct in o.cvs_pct or CVS_PCT:
                for holds in o.holds or HOLDS[1:]:
                    yield Cell(scenario, cv_pct, holds, o.sessions, difference_pct)


def _curve(o: StudyOptions) -> Iterator[Cell]:
    for scenario in _scenarios(o, (WANDER.name,)):
        for cv_pct in o.cvs_pct or CURVE_CVS_PCT:
            for difference_pct in o.differences_pct or CURVE_DIFFERENCES_PCT:
                for holds in o.holds or CURVE_HOLDS:
                    yield Cell(scenario, cv_pct, holds, o.sessions, difference_pct)


def _control(o: StudyOptions) -> Iterator[Cell]:
    for cv_pct in o.cvs_pct or CVS_PCT:
        for holds in o.holds or HOLDS[1:]:
            yield Cell(NEGATIVE_CONTROL, cv_pct, holds, o.sessions)


def _scenarios(o: StudyOptions, names: Sequence[str]) -> list[Scenario]:
    chosen = o.scenarios or names
    return [_sized(scenario, o) for scenario in SCENARIOS if scenario.name in chosen]


def _sized(scenario: Scenario, o: StudyOptions) -> Scenario:
    """The scenario with the sizes that were asked for; a wander that was asked for is in all."""
    meaning, wander_pct, correlation = scenario.meaning, scenario.wander_pct, scenario.correlation
    if correlation != 0.0 and o.correlation is not None:
        correlation = o.correlation
        meaning = f"each hold correlates {correlation:g} with the next"
    if o.wander_pct is not None:
        wander_pct = o.wander_pct
        wanders = f"the true ratio wanders {wander_pct:g} % between sessions"
        meaning = wanders if scenario.wander_pct != 0.0 else f"{meaning}; {wanders}"
    return dataclasses.replace(
        scenario, meaning=meaning, wander_pct=wander_pct, correlation=correlation
    )


def changed_ladder(settings: Sequence[str]) -> Ladder:
    """The ladder with `NAME=VALUE` put in place of values of its table, for this study alone."""
    values: dict[str, Any] = {}
    whole = {row.name for row in TABLE if isinstance(row.value, int)}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in {row.name for row in TABLE}:
            raise UsageError(
                f"The ladder has no parameter {name!r}.",
                next_step=f"Parameters: {', '.join(row.name for row in TABLE)}.",
            )
        try:
            value = int(text) if name in whole else float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= _LEAST.get(name, 0) and value <= _most(name)):
            kind = "whole number" if name in whole else "number"
            raise UsageError(
                f"{name} cannot be {text!r}.",
                next_step=f"A {kind} from {_LEAST.get(name, 0)} to {_most(name)}.",
            )
        values[name] = value
    return dataclasses.replace(LADDER, **values)


_LEAST = {"min_holds_per_leg": 2, "sessions": 1, "prior_df": 1}


def _most(name: str) -> float:
    if name == "hold_correlation":
        return 0.9
    return 99.999 if name.endswith("_pct") else 1000

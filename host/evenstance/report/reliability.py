"""A test-retest study as text, as JSON and as a table of results."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from evenstance.reliability.agreement_limits import BlandAltman, Estimate
from evenstance.reliability.defaults import (
    BETWEEN_SESSION_SD,
    LEG_SESSION_SD,
    WITHIN_LEG_CV,
    Assumed,
)
from evenstance.reliability.direction import Kappa
from evenstance.reliability.error_sizes import ErrorSize, WithinLegCv
from evenstance.reliability.icc import ICC_IDS, Icc
from evenstance.reliability.study import LogErrors, Measure, NotGiven, Study
from evenstance.report.plain import plain
from evenstance.report.terminal import DISCLAIMER, Terminal

Cells = list[str]
RESULT_COLUMNS = ("measure", "quantity", "value", "low", "high", "df", "unit", "note")
METHODS = {
    "icc": "Shrout and Fleiss 1979; McGraw and Wong 1996; F intervals",
    "sem": "sqrt(MS_error) of the people-by-sessions table; chi-squared interval",
    "mdc95": "1.96 sqrt(2) SEM",
    "swc": "0.2 SD between people, free of error",
    "bland_altman": "bias and bias -/+ 1.96 SD; exact noncentral t intervals of the limits",
    "within_leg_cv": "pooled over people, sessions and legs; logs, and root mean square of CVs",
    "kappa": "Cohen's, mean over pairs of sessions; jackknife interval",
    "learning": "mean change to the next session; Student's t interval",
}


@dataclass(frozen=True)
class Origin:
    """Where a study's numbers are from, beside the numbers themselves."""

    source: str
    ignored_columns: tuple[str, ...] = ()
    conditions: str | None = None
    days_between: tuple[int, int, float] | None = None
    """Fewest, most and median days between the two sessions."""


def study_json(study: Study, origin: Origin) -> dict[str, Any]:
    """Every number with its interval; a statistic that cannot be made is an object with
    `reason` and `text`; an interval without a lower end has null there."""
    table = study.table
    return {
        "metric": study.metric,
        "unit": study.unit,
        "source": origin.source,
        "people": len(table.people),
        "sessions": list(table.sessions),
        "holds_per_leg": table.holds,
        "conditions": origin.conditions,
        "days_between": None
        if origin.days_between is None
        else dict(zip(("fewest", "most", "median"), origin.days_between, strict=True)),
        "left_out": [plain(one) for one in table.left_out],
        "set_aside": table.set_aside,
        "ignored_columns": list(origin.ignored_columns),
        "warnings": list(study.warnings),
        "confidence_pct": 95.0,
        "measures": {one.name: _measure_json(one) for one in study.measures},
        "one_leg": {
            "sem": plain(study.one_leg_sem),
            "mdc95": plain(study.one_leg_mdc95),
            "mdc95_of_holds": plain(study.one_leg_mdc95_of_holds),
            "logs": plain(study.one_leg_logs),
            "within_leg_cv": plain(study.one_leg_cv),
        },
        "direction": {
            "by_sign": plain(study.direction),
            "beyond_error": plain(study.direction_beyond_error),
        },
        "methods": METHODS,
    }


def _measure_json(one: Measure) -> dict[str, Any]:
    whole = cast("dict[str, Any]", plain(one))
    del whole["name"]
    whole["icc"] = {kind: plain(icc) for kind, icc in zip(ICC_IDS, one.icc, strict=True)}
    return whole


def result_rows(study: Study) -> list[tuple[object, ...]]:
    """One row a number: RESULT_COLUMNS. A missing number has its reason in `note`."""
    rows: list[tuple[object, ...]] = []

    def add(measure: str, quantity: str, value: object, unit: str) -> None:
        if isinstance(value, NotGiven):
            rows.append((measure, quantity, "", "", "", "", unit, value.reason))
        elif isinstance(value, Estimate | ErrorSize | Icc | Kappa):
            df = value.df if isinstance(value, ErrorSize) else ""
            numbers = (value.value, value.low, value.high)
            rows.append((measure, quantity, *map(_exact, numbers), df, unit, ""))
        else:
            rows.append((measure, quantity, _exact(value), "", "", "", unit, ""))

    for one in study.measures:
        add(one.name, "mean", one.mean, one.unit)
        add(one.name, "between_person_sd", one.between_person_sd, one.unit)
        for kind, icc in zip(ICC_IDS, one.icc, strict=True):
            add(one.name, f"icc_{kind}", icc, "")
        for name in ("sem", "sem_agreement", "sem_from_icc", "typical_error", "mdc95", "swc"):
            add(one.name, name, getattr(one, name), one.unit)
        for mdc in one.mdc95_of_holds:
            add(one.name, f"mdc95_of_{mdc.holds}_holds", mdc.mdc95, one.unit)
        if isinstance(one.bland_altman, BlandAltman):
            for name in ("bias", "lower", "upper"):
                value = getattr(one.bland_altman, name)
                add(one.name, f"bland_altman_{name}", value, one.unit)
        else:
            add(one.name, "bland_altman_bias", one.bland_altman, one.unit)
        for step in one.learning:
            name = f"learning_{step.from_session}_to_{step.to_session}"
            add(one.name, name, step.change, one.unit)
        _add_logs(rows, one.name, one.logs, one.within_leg_cv)
    add("one_leg", "sem", study.one_leg_sem, study.unit)
    add("one_leg", "mdc95", study.one_leg_mdc95, study.unit)
    for mdc in study.one_leg_mdc95_of_holds:
        add("one_leg", f"mdc95_of_{mdc.holds}_holds", mdc.mdc95, study.unit)
    _add_logs(rows, "one_leg", study.one_leg_logs, study.one_leg_cv)
    add("direction", "kappa_by_sign", study.direction, "")
    add("direction", "kappa_beyond_error", study.direction_beyond_error, "")
    return rows


def _add_logs(
    rows: list[tuple[object, ...]], measure: str, logs: LogErrors, cv: WithinLegCv | NotGiven
) -> None:
    sem = (logs.sem_pct, logs.low_pct, logs.high_pct)
    rows.append((measure, "sem_pct", *map(_exact, sem), "", "%", "logs"))
    between = (logs.between_session_sd_pct, logs.between_low_pct, logs.between_high_pct)
    note = "logs; negative, taken as zero" if logs.between_clipped else "logs"
    rows.append((measure, "between_session_sd_pct", *map(_exact, between), "", "%", note))
    if isinstance(cv, NotGiven):
        rows.append((measure, "within_leg_cv_pct", "", "", "", "", "%", cv.reason))
        return
    values = (cv.log_pct, cv.log_low_pct, cv.log_high_pct)
    rows.append((measure, "within_leg_cv_pct", *map(_exact, values), cv.df, "%", "logs"))
    rows.append((measure, "within_leg_cv_plain_pct", _exact(cv.plain_pct), "", "", cv.df, "%", ""))


def show_study(study: Study, origin: Origin) -> None:
    """The tables, the direction, what is assumed elsewhere, and every warning."""
    terminal = Terminal()
    table = study.table
    for warning in study.warnings:
        terminal.line(f"Note: {warning}", "yellow")
    terminal.line(
        f"Test-retest of {study.metric} ({study.unit}): {len(table.people)} people, sessions "
        f"{', '.join(map(str, table.sessions))}, {table.holds} hold(s) a leg; from "
        f"{origin.source}",
        "bold",
    )
    if origin.conditions is not None:
        terminal.line(f"  conditions: {origin.conditions}")
    if origin.days_between is not None:
        low, high, middle = origin.days_between
        terminal.line(f"  {low} to {high} days between the sessions, median {middle:g}")
    if origin.ignored_columns:
        terminal.line(f"  columns not read: {', '.join(origin.ignored_columns)}")
    terminal.line("  [ ]: 95 % interval. both: mean of the legs. gap: ln(R/L) in points", "dim")
    terminal.line()
    units = [one.unit for one in study.measures]
    heads = [f"{one.name} ({unit})" for one, unit in zip(study.measures, units, strict=True)]
    terminal.table(("", *heads), [(name, *cells) for name, cells in _rows(study)])
    terminal.line()
    terminal.line("MDC95 of the mean of so many holds in one session", "bold")
    terminal.table(
        ("holds", *heads, f"one leg ({study.unit})"),
        [
            (
                str(pooled.holds),
                *(f"{one.mdc95_of_holds[n].mdc95:.{_decimals(one)}f}" for one in study.measures),
                f"{pooled.mdc95:.2f}",
            )
            for n, pooled in enumerate(study.one_leg_mdc95_of_holds)
        ],
    )
    terminal.line()
    for line in summary_lines(study):
        terminal.line(line)
    for person in table.left_out:
        terminal.line(f"left out: {person.person}: {person.reason}", "yellow")
    terminal.line(
        "Formulas, sources and what the words mean: docs/reliability.md. An ICC depends on how "
        "much the people differ; SEM and MDC95 are what another study can use.",
        "dim",
    )
    terminal.line(DISCLAIMER, "dim")


def summary_lines(study: Study) -> list[str]:
    """One leg pooled, the widths of the intervals, the direction, and the assumed values."""
    sem, mdc = study.one_leg_sem, study.one_leg_mdc95
    found = [
        f"One leg, both pooled: SEM {_sized(sem)} {study.unit}, MDC95 {_sized(mdc)} {study.unit}."
    ]
    widths = [
        f"{one.name} {icc.width:.2f}"
        for one in study.measures
        if isinstance(icc := one.icc[0], Icc) and math.isfinite(icc.width)
    ]
    if widths:
        found.append(f"Width of the interval of ICC(2,1): {', '.join(widths)}.")
    found.append(_direction("Same side again, by sign", study.direction))
    found.append(_direction("Same side again, beyond its error", study.direction_beyond_error))
    cv = study.one_leg_cv
    if isinstance(cv, WithinLegCv):
        span = (cv.log_low_pct, cv.log_high_pct)
        found.append(_against("Within-leg CV", cv.log_pct, span, WITHIN_LEG_CV))
    legs, gap = study.one_leg_logs, study.measure("gap").logs
    for what, logs, default in (
        ("One leg from session to session", legs, LEG_SESSION_SD),
        ("Right/left ratio from session to session", gap, BETWEEN_SESSION_SD),
    ):
        span = (logs.between_low_pct, logs.between_high_pct)
        found.append(_against(what, logs.between_session_sd_pct, span, default))
    return found


def _rows(study: Study) -> list[tuple[str, Cells]]:
    every = study.measures

    def row(name: str, make: Callable[[Measure], str]) -> tuple[str, Cells]:
        return name, [make(one) for one in every]

    rows = [
        row("mean", lambda m: _fixed(m.mean, _decimals(m))),
        row("SD of people", lambda m: _cell(m.between_person_sd, _decimals(m))),
    ]
    for n, kind in enumerate(ICC_IDS):
        rows.append(row(f"ICC({kind})", _icc_cell(n)))
    rows += [
        row("SEM", lambda m: _sized(m.sem, _decimals(m))),
        row("SEM, agreement", lambda m: f"{m.sem_agreement:.{_decimals(m)}f}"),
        row("typical error", lambda m: _sized(m.typical_error, _decimals(m))),
        row("MDC95", lambda m: _sized(m.mdc95, _decimals(m))),
        row("SWC", lambda m: _cell(m.swc, _decimals(m))),
        row("SEM, %", lambda m: _span(m.logs.sem_pct, m.logs.low_pct, m.logs.high_pct, 1)),
        row("day to day, %", lambda m: _between(m.logs)),
        row("within-leg CV, %", lambda m: _cv(m.within_leg_cv, "log_pct")),
        row("  plain CV, %", lambda m: _cv(m.within_leg_cv, "plain_pct")),
    ]
    first, second = study.table.sessions[:2]
    rows += [
        row(f"bias {second} - {first}", lambda m: _bland(m, "bias")),
        row("  lower limit", lambda m: _bland(m, "lower")),
        row("  upper limit", lambda m: _bland(m, "upper")),
        row("  slope on mean", lambda m: _bland(m, "slope")),
    ]
    for n, step in enumerate(every[0].learning):
        name = f"learning {step.from_session}-{step.to_session}, %"
        rows.append(row(name, _learning_cell(n)))
    return rows


def _icc_cell(number: int) -> Callable[[Measure], str]:
    return lambda measure: _cell(measure.icc[number])


def _learning_cell(number: int) -> Callable[[Measure], str]:
    return lambda measure: _sized(measure.learning[number].change_pct, 1)


def _cell(value: object, decimals: int = 2) -> str:
    if isinstance(value, NotGiven):
        return value.reason
    if isinstance(value, float):
        return f"{value:.{decimals}f}"
    return _sized(value, decimals)


def _sized(value: Any, decimals: int = 2) -> str:
    return _span(value.value, value.low, value.high, decimals)


def _span(middle: float, low: float | None, high: float | None, decimals: int) -> str:
    ends = [
        "none" if end is None or not math.isfinite(end) else _fixed(end, decimals)
        for end in (low, high)
    ]
    return f"{_fixed(middle, decimals)} [{ends[0]},{ends[1]}]"


def _fixed(value: float, decimals: int = 2) -> str:
    """With so many decimals, and no minus before a zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _decimals(measure: Measure) -> int:
    return 1 if measure.unit == "points" else 2


def _between(logs: LogErrors) -> str:
    return _span(logs.between_session_sd_pct, logs.between_low_pct, logs.between_high_pct, 1)


def _bland(measure: Measure, name: str) -> str:
    found = measure.bland_altman
    if isinstance(found, NotGiven):
        return found.reason
    value = getattr(found, name)
    if value is None:
        return "no slope"
    return _sized(value, 2 if name == "slope" else _decimals(measure))


def _cv(value: WithinLegCv | NotGiven, name: str) -> str:
    if isinstance(value, NotGiven):
        return value.reason
    if name == "plain_pct":
        return f"{value.plain_pct:.1f}"
    return _span(value.log_pct, value.log_low_pct, value.log_high_pct, 1)


def _direction(what: str, found: Kappa | NotGiven) -> str:
    if isinstance(found, NotGiven):
        return f"{what}: {found.reason}: {found.text}."
    span = (
        "no interval"
        if found.low is None or found.high is None
        else f"approximate interval {_fixed(found.low)} to {_fixed(found.high)}"
    )
    return (
        f"{what}: {found.repeated} of {found.people} people, kappa {_fixed(found.value)} ({span})."
    )


def _against(what: str, value_pct: float, span: tuple[float, float], default: Assumed) -> str:
    return f"{what}: {_span(value_pct, *span, 1)} %; Evenstance assumes {default.value_pct:g} %."


def _exact(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)

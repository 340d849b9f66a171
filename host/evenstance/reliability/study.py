"""A whole test-retest study: every error size of one leg, of both, and of the gap between them.

The value of a session is the mean of its holds. Four measures are analysed alike:

    left, right   mean of the leg's holds, in the value's unit
    both          mean of both legs: one value a person, so that nobody counts twice
    gap           ln(R/L) in points (100 times), from the means of the logs

The error is split into two parts (`error_sizes.Components`), so that the MDC95 of other numbers
of holds follows. The same is done in logs, where sizes are per cents, as a decision needs them.
A statistic that cannot be made is a `NotGiven` with its reason, never a made-up number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evenstance.reliability.agreement_limits import BlandAltman, Estimate, bland_altman
from evenstance.reliability.design import DesignError, TwoWay, two_way
from evenstance.reliability.direction import Kappa, kappa
from evenstance.reliability.error_sizes import (
    Components,
    ErrorSize,
    WithinLegCv,
    components,
    mdc95,
    paired_differences,
    sd_interval,
    sem_agreement,
    sem_consistency,
    sem_from_icc,
    smallest_worthwhile_change,
    typical_error,
    within_leg_cv,
)
from evenstance.reliability.icc import ICC_IDS, Icc, icc_of
from evenstance.reliability.pooling import pct_from_log_variance, t_quantile
from evenstance.reliability.study_table import LEG_NAMES, StudyTable
from evenstance.reliability.study_values import (
    MEASURES,
    POINTS,
    MeasureName,
    hold_groups,
    hold_variance,
    leg_of,
    log_table,
    measure_table,
    session_sides,
)

PEOPLE_WANTED = 20
"""Adults below whom a study is called small (the project's protocol)."""
MDC_HOLDS = (1, 2, 3, 4, 5)

T = TypeVar("T")


@dataclass(frozen=True)
class NotGiven:
    """A statistic that these numbers do not allow, and why."""

    reason: str
    text: str


@dataclass(frozen=True)
class MdcOfHolds:
    """SEM and MDC95 of the mean of `holds` holds in one session."""

    holds: int
    sem: float
    mdc95: float


@dataclass(frozen=True)
class Learning:
    """Mean change from one session to the next, with Student's t interval, also in per cent."""

    from_session: int
    to_session: int
    change: Estimate
    change_pct: Estimate


@dataclass(frozen=True)
class LogErrors:
    """Error sizes in logs, as per cents: SEM of a session, and its part between sessions.

    The limits of the part between sessions are approximate: the limits of the SEM, with the part
    of the holds taken as known. A variance below zero is taken as zero (`between_clipped`).
    """

    sem_pct: float
    low_pct: float
    high_pct: float
    between_session_sd_pct: float
    between_low_pct: float
    between_high_pct: float
    between_clipped: bool


@dataclass(frozen=True)
class Measure:
    """All of one measure; sizes in `unit`."""

    name: MeasureName
    unit: str
    mean: float
    between_person_sd: float | NotGiven
    icc: tuple[Icc | NotGiven, ...]
    sem: ErrorSize
    sem_agreement: float
    sem_from_icc: float | NotGiven
    typical_error: ErrorSize
    mdc95: ErrorSize
    mdc95_pct_of_mean: float | None
    mdc95_of_holds: tuple[MdcOfHolds, ...]
    between_clipped: bool
    swc: float | NotGiven
    bland_altman: BlandAltman | NotGiven
    learning: tuple[Learning, ...]
    logs: LogErrors
    within_leg_cv: WithinLegCv | NotGiven


@dataclass(frozen=True)
class Study:
    """The result: `measures` in the order of MEASURES, and the direction over sessions.

    `one_leg` pools left and right by root mean square; its degrees of freedom are those of one
    leg, since two legs of one person are not two people.
    """

    table: StudyTable
    metric: str
    unit: str
    measures: tuple[Measure, ...]
    one_leg_sem: ErrorSize
    one_leg_mdc95: ErrorSize
    one_leg_mdc95_of_holds: tuple[MdcOfHolds, ...]
    one_leg_logs: LogErrors
    one_leg_cv: WithinLegCv | NotGiven
    direction: Kappa | NotGiven
    direction_beyond_error: Kappa | NotGiven
    warnings: tuple[str, ...]

    def measure(self, name: MeasureName) -> Measure:
        return self.measures[MEASURES.index(name)]

    def session_values(self, name: MeasureName, session: int) -> list[float]:
        """One value a person, in the order of `table.people`."""
        column = self.table.sessions.index(session)
        return [row[column] for row in measure_table(self.table, name)]


def analyse(table: StudyTable, *, metric: str = "force_sd_n", unit: str = "N") -> Study:
    """Analyse a complete table; DesignError with fewer than 3 people or 2 sessions."""
    if len(table.people) < 3:
        raise DesignError("too_few_people", f"{len(table.people)} people; at least 3 are needed")
    if len(table.sessions) < 2:
        raise DesignError("too_few_sessions", f"{len(table.sessions)} session; at least 2")
    measures = tuple(_measure(table, name, unit) for name in MEASURES)
    left, right = measures[0], measures[1]
    pooled = _rms(left.sem.value, right.sem.value)
    sem = _pooled_size(left.sem, right.sem)
    return Study(
        table=table,
        metric=metric,
        unit=unit,
        measures=measures,
        one_leg_sem=sem,
        one_leg_mdc95=sem.times(mdc95(1.0)),
        one_leg_mdc95_of_holds=tuple(
            MdcOfHolds(a.holds, _rms(a.sem, b.sem), mdc95(_rms(a.sem, b.sem)))
            for a, b in zip(left.mdc95_of_holds, right.mdc95_of_holds, strict=True)
        ),
        one_leg_logs=_pooled_logs(table),
        one_leg_cv=given(lambda: within_leg_cv(hold_groups(table, LEG_NAMES))),
        direction=given(lambda: kappa(session_sides(table, beyond_error=False))),
        direction_beyond_error=given(lambda: kappa(session_sides(table, beyond_error=True))),
        warnings=_warnings(table, measures, pooled),
    )


def given(make: Callable[[], T]) -> T | NotGiven:
    """What `make` gives, or why it cannot."""
    try:
        return make()
    except DesignError as error:
        return NotGiven(error.reason, error.text)


def _measure(table: StudyTable, name: MeasureName, unit: str) -> Measure:
    values = measure_table(table, name)
    split = two_way(values)
    parts = components(split, hold_variance(table, name), table.holds)
    first, second = ([row[column] for row in values] for column in (0, 1))
    sem = sem_consistency(split)
    mdc = sem.times(mdc95(1.0))
    spread = split.person_variance
    logs: Sequence[Sequence[float]] = log_table(table, name)
    found = tuple(given(lambda kind=kind: icc_of(split, kind)) for kind in ICC_IDS)
    agreement = found[0]
    return Measure(
        name=name,
        unit="points" if name == "gap" else unit,
        mean=split.mean,
        between_person_sd=math.sqrt(spread)
        if spread > 0.0
        else NotGiven("no_variance", "the people do not differ beyond their error"),
        icc=found,
        sem=sem,
        sem_agreement=sem_agreement(split),
        sem_from_icc=agreement
        if isinstance(agreement, NotGiven)
        else sem_from_icc(math.sqrt(split.total_variance), agreement.value),
        typical_error=typical_error(first, second),
        mdc95=mdc,
        mdc95_pct_of_mean=None if name == "gap" else 100.0 * mdc.value / split.mean,
        mdc95_of_holds=_mdc_of_holds(parts),
        between_clipped=parts.between_clipped,
        swc=given(lambda: smallest_worthwhile_change(spread)),
        bland_altman=given(lambda: bland_altman(first, second)),
        learning=_learning(table, values, logs, name),
        logs=_log_errors(table, name),
        within_leg_cv=given(
            lambda: within_leg_cv(
                hold_groups(table, LEG_NAMES if name in ("both", "gap") else (leg_of(name),))
            )
        ),
    )


def _mdc_of_holds(parts: Components) -> tuple[MdcOfHolds, ...]:
    return tuple(
        MdcOfHolds(holds, parts.sem(holds), mdc95(parts.sem(holds))) for holds in MDC_HOLDS
    )


def _log_errors(table: StudyTable, name: MeasureName) -> LogErrors:
    size = sem_consistency(_log_split(table, name))
    return _split_logs(size, hold_variance(table, name, logs=True) / table.holds)


def _pooled_logs(table: StudyTable) -> LogErrors:
    left, right = (sem_consistency(_log_split(table, leg)) for leg in LEG_NAMES)
    holds = _mean([hold_variance(table, leg, logs=True) for leg in LEG_NAMES])
    return _split_logs(_pooled_size(left, right), holds / table.holds)


def _split_logs(sem: ErrorSize, of_holds: float) -> LogErrors:
    between = [v**2 - of_holds for v in (sem.value, sem.low, sem.high)]
    shown = [pct_from_log_variance(max(v, 0.0)) for v in between]
    return LogErrors(
        sem_pct=pct_from_log_variance(sem.value**2),
        low_pct=pct_from_log_variance(sem.low**2),
        high_pct=pct_from_log_variance(sem.high**2),
        between_session_sd_pct=shown[0],
        between_low_pct=shown[1],
        between_high_pct=shown[2],
        between_clipped=between[0] < 0.0,
    )


def _log_split(table: StudyTable, name: MeasureName) -> TwoWay:
    return two_way(log_table(table, name))


def _learning(
    table: StudyTable,
    values: Sequence[Sequence[float]],
    logs: Sequence[Sequence[float]],
    name: MeasureName,
) -> tuple[Learning, ...]:
    found: list[Learning] = []
    for column in range(1, len(table.sessions)):
        change = _mean_change(values, column)
        log = _mean_change(logs, column)
        # A gap is in points already; a leg's change in logs becomes a per cent.
        shown = [POINTS * (v if name == "gap" else math.expm1(v)) for v in _limits(log)]
        found.append(
            Learning(
                from_session=table.sessions[column - 1],
                to_session=table.sessions[column],
                change=change,
                change_pct=Estimate(shown[0], shown[1], shown[2]),
            )
        )
    return tuple(found)


def _mean_change(values: Sequence[Sequence[float]], column: int) -> Estimate:
    before, after = ([row[j] for row in values] for j in (column - 1, column))
    differences = paired_differences(before, after)
    n = len(differences)
    mean = _mean(differences)
    sd = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1))
    half = t_quantile(n - 1, 0.975) * sd / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def _limits(one: Estimate) -> tuple[float, float, float]:
    return one.value, one.low, one.high


def _warnings(
    table: StudyTable, measures: Sequence[Measure], pooled_sem: float
) -> tuple[str, ...]:
    found: list[str] = []
    n = len(table.people)
    if n < PEOPLE_WANTED:
        found.append(
            f"Only {n} people: fewer than {PEOPLE_WANTED}, so the intervals are wide and the "
            "result should not be quoted without them."
        )
    if len(table.sessions) > 2:
        found.append(
            f"{len(table.sessions)} sessions: the ICC and SEM use all of them; typical error and "
            "limits of agreement use the first two."
        )
    if table.holds < 2:
        found.append("Single holds: the error cannot be split into holds and sessions.")
    for one in measures:
        if one.between_clipped:
            found.append(
                f"{one.name}: the part of the error between sessions came out below zero and is "
                "taken as zero: more holds seem to help without end, which is chance."
            )
        agreement = one.bland_altman
        if isinstance(agreement, BlandAltman) and agreement.proportional_bias:
            found.append(
                f"{one.name}: the change between sessions depends on the size of the value "
                "(proportional bias); prefer the sizes in per cent."
            )
    if pooled_sem == 0.0:
        found.append("No error at all between the sessions: were the values copied?")
    if table.left_out:
        found.append(f"Left out by name, see the list: {len(table.left_out)}.")
    if table.set_aside:
        found.append(f"{table.set_aside} holds beyond number {table.holds} are set aside.")
    return tuple(found)


def _pooled_size(a: ErrorSize, b: ErrorSize) -> ErrorSize:
    """Root mean square with the degrees of freedom of one of them."""
    return sd_interval(_rms(a.value, b.value) ** 2, a.df)


def _rms(a: float, b: float) -> float:
    return math.sqrt(0.5 * (a * a + b * b))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)

"""A person's sessions over time: values, band, trend, blocks, and what is not comparable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, cast

from evenstance.decision import change as changes
from evenstance.decision.band import Band, Outside, bands
from evenstance.decision.parameters import LADDER, PrimaryMetric
from evenstance.decision.types import SessionHolds
from evenstance.flows.comparability import Visit, differences
from evenstance.flows.course import course_of
from evenstance.flows.results import latest_retest
from evenstance.flows.screening import finding_line
from evenstance.flows.session_values import BOARD, PRIMARY, Value, known_metric, values_of
from evenstance.knowledge.question import BLOCKING
from evenstance.metrics.registry import BY_ID
from evenstance.plan.history import history as past_blocks
from evenstance.report.history import History, LegValue, Row, WhyNot, geometric_mean

if TYPE_CHECKING:
    from evenstance.metrics.definition import Definition
    from evenstance.metrics.hold import Leg
    from evenstance.plan.course import Course
    from evenstance.plan.history import PastBlock
    from evenstance.store.group import AnyTrial, Source
    from evenstance.store.records import Athlete, StoredSession
    from evenstance.store.repository import Store


def history_of(store: Store, athlete: Athlete, today: date, metric_id: str | None) -> History:
    """Everything by one metric; without `metric_id` by what the legs are compared by."""
    asked = None if metric_id is None else known_metric(metric_id)
    trials = store.trials(athlete=athlete.id)
    course = course_of(store, athlete, today, trials=trials)
    return history_from(store, athlete, today, course, store.sessions(athlete.id), trials, asked)


def history_from(
    store: Source,
    athlete: Athlete,
    today: date,
    course: Course,
    sessions: Sequence[StoredSession],
    trials: Sequence[AnyTrial],
    asked: Definition | None = None,
) -> History:
    """The same from what was read already; values of other metrics are read from the store."""
    by_session = by_session_of(trials)
    shown = [s for s in sessions if by_session.get(s.id)]
    scored = [s for s in shown if _scored(by_session[s.id])]
    metric = _decided(course.sessions) if asked is None else asked
    values = values_of(store, trials, metric)
    legs = {s.id: _legs(by_session[s.id], values) for s in scored}
    blocked = blocked_line(course)
    blocks = tuple(
        b for b in past_blocks(course, today) if not course.blocked or b.state != "running"
    )
    why_not = _why_not(scored, legs, metric, {k: v.method for k, v in values.items()}, by_session)
    if blocked is not None:
        why_not = _all_blocked(why_not)
    found = None
    if metric.id in PRIMARY and blocked is None:
        found = changes.change_over_time(
            [
                _holds(s, legs[s.id], cast("PrimaryMetric", metric.id))
                for s in scored
                if why_not[s.id] != "other_method"
            ]
        )
    band = () if found is None else bands(found)
    methods = {values[t.id].method for t in trials if t.id in values}
    return History(
        athlete=athlete,
        metric=metric,
        method=", ".join(sorted(methods)) or BOARD,
        rows=_rows(scored, legs, metric, why_not, band, blocks, by_session),
        practice_only=len(shown) - len(scored),
        change=found,
        bands=band,
        blocks=blocks,
        first=blocked,
        retest=latest_retest(course) if metric.id in PRIMARY and blocked is None else None,
    )


def _all_blocked(why_not: Mapping[str, WhyNot | None]) -> dict[str, WhyNot | None]:
    """Sessions that would be compared wait for the screening."""
    return {session: "blocked" if why is None else why for session, why in why_not.items()}


def blocked_line(course: Course) -> str | None:
    """What a blocking answer of the screening says; it comes before every comparison."""
    outcome = course.screen
    if outcome is None or outcome.state != "blocked":
        return None
    first = next(one for one in outcome.findings if one.action in BLOCKING)
    return f"{finding_line(first)} {first.see}"


def _decided(sessions: Sequence[SessionHolds]) -> Definition:
    return BY_ID[sessions[-1].metric if sessions else "force_sd_n"]


def by_session_of(trials: Sequence[AnyTrial]) -> dict[str, list[AnyTrial]]:
    """Trials by the id of their session."""
    found: dict[str, list[AnyTrial]] = {}
    for trial in trials:
        if trial.session_id is not None:
            found.setdefault(trial.session_id, []).append(trial)
    return found


def _scored(trials: Sequence[AnyTrial]) -> bool:
    return any(trial.purpose == "scored" for trial in trials)


def _legs(trials: Sequence[AnyTrial], values: Mapping[int, Value]) -> dict[Leg, tuple[float, ...]]:
    legs: tuple[Leg, Leg] = ("left", "right")
    return {
        leg: tuple(
            values[t.id].value for t in trials if t.id in values and t.hold.stance_leg == leg
        )
        for leg in legs
    }


def _holds(
    session: StoredSession, legs: Mapping[Leg, tuple[float, ...]], metric: PrimaryMetric
) -> SessionHolds:
    return SessionHolds(
        session_id=session.id,
        day=session.day,
        familiarisation=session.familiarisation,
        conditions=session.conditions.key,
        left_n=legs["left"],
        right_n=legs["right"],
        invalid=session.invalid,
        metric=metric,
    )


def _why_not(
    sessions: Sequence[StoredSession],
    legs: Mapping[str, Mapping[Leg, tuple[float, ...]]],
    metric: Definition,
    methods: Mapping[int, str],
    trials: Mapping[str, Sequence[AnyTrial]],
) -> dict[str, WhyNot | None]:
    """Why each session is not compared; the rule is that of `decision.change`."""
    least = LADDER.min_holds_per_leg if metric.id in PRIMARY else 1
    found: dict[str, WhyNot | None] = {}
    for session in sessions:
        of_leg = legs[session.id]
        if session.familiarisation:
            found[session.id] = "familiarisation"
        elif min(len(values) for values in of_leg.values()) < least:
            found[session.id] = "too_few_holds" if metric.id in PRIMARY else "no_value"
        else:
            found[session.id] = None
    counted = [s for s in sessions if found[s.id] is None]
    if not counted:
        return found
    latest = counted[-1]
    made_by = {s.id: {methods[t.id] for t in trials[s.id] if t.id in methods} for s in counted}
    for session in counted:
        if session.conditions != latest.conditions:
            found[session.id] = "other_conditions"
        elif made_by[session.id] != made_by[latest.id]:
            found[session.id] = "other_method"
    return found


def _rows(
    sessions: Sequence[StoredSession],
    legs: Mapping[str, Mapping[Leg, tuple[float, ...]]],
    metric: Definition,
    why_not: Mapping[str, WhyNot | None],
    band: Sequence[Band],
    blocks: Sequence[PastBlock],
    trials: Mapping[str, Sequence[AnyTrial]],
) -> tuple[Row, ...]:
    compared = [s for s in sessions if why_not[s.id] is None]
    latest = Visit.of(compared[-1], trials[compared[-1].id]) if compared else None
    rows: list[Row] = []
    for session in sessions:
        left, right = (_mean(legs[session.id][leg], metric) for leg in changes.LEGS)
        row = Row(
            session=session,
            left=left,
            right=right,
            gap=_gap(left, right, metric),
            why_not=why_not[session.id],
            outside=(),
            block=_block(session.day, blocks),
            differs=(),
        )
        if row.why_not is None and latest is not None:
            row = replace(
                row,
                outside=_outside(row, band),
                differs=differences(Visit.of(session, trials[session.id]), latest),
            )
        rows.append(row)
    return tuple(rows)


def _mean(values: Sequence[float], metric: Definition) -> LegValue | None:
    if metric.id in PRIMARY:
        values = [value for value in values if value > 0]
    if not values:
        return None
    mean = geometric_mean(values) if metric.id in PRIMARY else sum(values) / len(values)
    return LegValue(mean, len(values))


def _gap(left: LegValue | None, right: LegValue | None, metric: Definition) -> float | None:
    if left is None or right is None:
        return None
    if metric.id not in PRIMARY:
        return right.value - left.value
    return 100.0 * (right.value - left.value) / max(right.value, left.value)


def _outside(row: Row, band: Sequence[Band]) -> tuple[tuple[changes.Subject, Outside], ...]:
    values: dict[changes.Subject, float | None] = {
        "left": None if row.left is None else row.left.value,
        "right": None if row.right is None else row.right.value,
        "gap": row.gap,
    }
    found: list[tuple[changes.Subject, Outside]] = []
    for one in band:
        value = values[one.subject]
        side = None if value is None else one.outside(value)
        if side is not None:
            found.append((one.subject, side))
    return tuple(found)


def _block(day: date, blocks: Sequence[PastBlock]) -> int | None:
    """The number of the block of practice, from 1, in which a day lies."""
    for number, block in enumerate(blocks, 1):
        if block.starts_on <= day <= (block.ended_on or block.last_day):
            return number
    return None

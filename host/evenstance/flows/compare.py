"""Two sessions of one person: refused by name where their numbers are not the same thing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

from evenstance.decision.change import change
from evenstance.decision.parameters import LADDER, PrimaryMetric
from evenstance.decision.types import SessionHolds
from evenstance.errors import InputError, ScreenBlockedError, UsageError
from evenstance.flows.comparability import Visit, differences
from evenstance.flows.course import course_of
from evenstance.flows.history import blocked_line
from evenstance.flows.session_values import PRIMARY, Value, known_metric, values_of
from evenstance.metrics.registry import BY_ID
from evenstance.report.compare import Compared

if TYPE_CHECKING:
    from evenstance.metrics.definition import Definition
    from evenstance.metrics.hold import Leg
    from evenstance.store.records import Athlete, StoredSession, StoredTrial
    from evenstance.store.repository import Store

REFUSALS: dict[str, str] = {
    "same_session": "both are the same session",
    "other_person": "they are not of one person",
    "other_plates": "they were measured on different kinds of plates",
    "no_holds": "a leg has no valid scored hold in one of them",
    "other_metric": "not all holds of one have the metric of the other",
    "other_method": "their values were made by different methods",
}
"""Why two sessions are not compared, by name."""


def compare_sessions(
    store: Store,
    one: StoredSession,
    other: StoredSession,
    today: date,
    metric_id: str | None = None,
) -> Compared:
    """The earlier session before, the later one after, whatever the order they are given in."""
    if one.id == other.id:
        raise _refused("same_session", "Name two sessions.")
    if one.athlete_id is None or one.athlete_id != other.athlete_id:
        raise _refused("other_person", "Sessions of one person are compared with each other.")
    before, after = sorted((one, other), key=lambda session: (session.started_at, session.id))
    athlete = _person(store, one.athlete_id)
    _refuse_blocked(store, athlete, today)
    if _plates(before) != _plates(after):
        raise _refused(
            "other_plates", f"One is of {_plates(before)}, the other of {_plates(after)}."
        )
    trials = {s.id: store.trials(session=s.id) for s in (before, after)}
    metric = _metric(store, before, after, metric_id)
    values = {key: values_of(store, of, metric) for key, of in trials.items()}
    holds = [_holds(s, trials[s.id], values[s.id], metric) for s in (before, after)]
    methods = [sorted({value.method for value in values[s.id].values()}) for s in (before, after)]
    if methods[0] != methods[1]:
        raise _refused(
            "other_method",
            f"{' and '.join(methods[0])} before, {' and '.join(methods[1])} now. "
            "`evenstance recompute` computes old traces anew.",
        )
    visits = [Visit.of(s, trials[s.id]) for s in (before, after)]
    return Compared(
        athlete=athlete,
        before=before,
        after=after,
        metric=metric.id,
        method=", ".join(methods[0]),
        change=change([holds[0]], [holds[1]]),
        differences=differences(visits[0], visits[1]),
        few_holds=tuple(line for one in holds for line in _few(one)),
    )


def _refused(reason: str, next_step: str) -> InputError:
    return InputError(
        f"These sessions are not compared: {REFUSALS[reason]} ({reason}).", next_step=next_step
    )


def _person(store: Store, athlete_id: int) -> Athlete:
    return next(one for one in store.athletes(archived=True) if one.id == athlete_id)


def _refuse_blocked(store: Store, athlete: Athlete, today: date) -> None:
    first = blocked_line(course_of(store, athlete, today))
    if first is not None:
        raise ScreenBlockedError(
            f"No comparison. {first}",
            cause="answers of the screening come before every comparison",
            next_step="When that has changed: `evenstance screen`.",
        )


def _plates(session: StoredSession) -> str:
    """Boards of this kind, or the kind of an imported file."""
    uid = session.board_uid or ""
    return f"an imported file ({uid})" if uid.startswith("import-") else "this board"


def _metric(
    store: Store, before: StoredSession, after: StoredSession, metric_id: str | None
) -> Definition:
    """The one asked for, else the one that both sessions are decided by."""
    if metric_id is not None:
        metric = known_metric(metric_id)
        if metric.id not in PRIMARY:
            raise UsageError(
                f"Sessions are not compared by {metric.id}: its error is not known.",
                next_step=f"Use {' or '.join(PRIMARY)}; `evenstance history --metric` shows it.",
            )
        return metric
    decided = [_decided(store, session) for session in (before, after)]
    if decided[0] != decided[1]:
        raise _refused(
            "other_metric",
            f"{decided[0]} before, {decided[1]} now. Both have force_sd_n: `--metric force_sd_n`.",
        )
    return BY_ID[decided[0]]


def _decided(store: Store, session: StoredSession) -> str:
    assert session.athlete_id is not None
    found = store.session_holds(session.athlete_id, include_replay=True, session=session.id)
    if not found:
        raise _refused("no_holds", f"{session.day.isoformat()} has none: choose another session.")
    return found[0].metric


def _holds(
    session: StoredSession,
    trials: list[StoredTrial],
    values: dict[int, Value],
    metric: Definition,
) -> SessionHolds:
    def of(leg: Leg) -> tuple[float, ...]:
        return tuple(
            values[t.id].value for t in trials if t.id in values and t.hold.stance_leg == leg
        )

    left, right = of("left"), of("right")
    if not left or not right:
        leg = "right" if left else "left"
        raise _refused(
            "no_holds",
            f"{session.day.isoformat()} has none on the {leg} leg: choose another session.",
        )
    return SessionHolds(
        session_id=session.id,
        day=session.day,
        familiarisation=session.familiarisation,
        conditions=session.conditions.key,
        left_n=left,
        right_n=right,
        invalid=session.invalid,
        metric=cast("PrimaryMetric", metric.id),
    )


def _few(session: SessionHolds) -> list[str]:
    legs: tuple[tuple[str, int], ...] = (
        ("left", len(session.left_n)),
        ("right", len(session.right_n)),
    )
    return [
        f"{session.day.isoformat()}: {count} valid hold(s) on the {leg} leg, a session that "
        f"counts has {LADDER.min_holds_per_leg}"
        for leg, count in legs
        if count < LADDER.min_holds_per_leg
    ]

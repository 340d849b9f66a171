"""Results computed from traces: added once under their method, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import StoreError
from evenstance.store.records import ResultOf
from evenstance.store.schema import MethodRow, ResultRow

_AT_ONCE = 200


def save(
    db: Session,
    results: Mapping[int, Sequence[ResultOf]],
    *,
    computed_at: Mapping[int, datetime],
    host_version: str,
) -> int:
    """Add the results of trials, by trial id, that are not stored; returns how many were new.

    Raises StoreError when a method's id stands for another unit or other parameters here.
    """
    if not results:
        return 0
    methods = {row.id: row for row in db.scalars(select(MethodRow))}
    known = _stored(db, list(results))
    new = 0
    for trial_id, rows in results.items():
        for row in rows:
            require_method(db, methods, row)
            if (trial_id, row.method_id) in known:
                continue
            known.add((trial_id, row.method_id))
            db.add(
                ResultRow(
                    trial_id=trial_id,
                    method_id=row.method_id,
                    value=row.value,
                    missing=row.missing,
                    samples=row.samples,
                    error=row.error,
                    computed_at=computed_at[trial_id],
                    host_version=host_version,
                )
            )
            new += 1
    return new


def _stored(db: Session, trial_ids: Sequence[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for at in range(0, len(trial_ids), _AT_ONCE):
        query = select(ResultRow.trial_id, ResultRow.method_id).where(
            ResultRow.trial_id.in_(trial_ids[at : at + _AT_ONCE])
        )
        found |= {(trial_id, method_id) for trial_id, method_id in db.execute(query)}
    return found


def require_method(db: Session, methods: dict[str, MethodRow], row: ResultOf) -> None:
    """Add the method of a result unless it is among `methods`; StoreError if it is another one."""
    stored = methods.get(row.method_id)
    if stored is None:
        stored = MethodRow(
            id=row.method_id,
            metric_id=row.metric_id,
            version=row.version,
            unit=row.unit,
            parameters=row.parameters,
        )
        db.add(stored)
        db.flush()
        methods[row.method_id] = stored
    elif (stored.unit, stored.parameters) != (row.unit, row.parameters):
        raise StoreError(
            f"The method {row.method_id} of this version is not the one in the history",
            cause="Its unit or parameters were changed without a new version.",
            next_step="Nothing was stored. Report this.",
        )


def of_trials(db: Session, trial_ids: Sequence[int]) -> dict[int, list[ResultOf]]:
    """Results of these trials, by trial id, in the order of their methods' ids."""
    found: dict[int, list[ResultOf]] = {trial_id: [] for trial_id in trial_ids}
    methods = {row.id: row for row in db.scalars(select(MethodRow))}
    columns = (ResultRow.value, ResultRow.missing, ResultRow.samples, ResultRow.error)
    for at in range(0, len(trial_ids), _AT_ONCE):
        query = (
            select(ResultRow.trial_id, ResultRow.method_id, *columns)
            .where(ResultRow.trial_id.in_(trial_ids[at : at + _AT_ONCE]))
            .order_by(ResultRow.trial_id, ResultRow.method_id)
        )
        for trial_id, method_id, value, missing, samples, error in db.execute(query):
            method = methods[method_id]
            found[trial_id].append(
                ResultOf(
                    method_id=method_id,
                    metric_id=method.metric_id,
                    version=method.version,
                    unit=method.unit,
                    parameters=method.parameters,
                    value=value,
                    missing=missing,
                    samples=samples,
                    error=error,
                )
            )
    return found


def latest(db: Session, trial_ids: Sequence[int], metric_id: str) -> dict[int, float]:
    """Values of one metric by trial id, by the newest version of its method that each has."""
    found: dict[int, float] = {}
    for at in range(0, len(trial_ids), _AT_ONCE):
        query = (
            select(ResultRow.trial_id, ResultRow.value)
            .join(MethodRow, MethodRow.id == ResultRow.method_id)
            .where(
                ResultRow.trial_id.in_(trial_ids[at : at + _AT_ONCE]),
                MethodRow.metric_id == metric_id,
                ResultRow.value.is_not(None),
            )
            .order_by(MethodRow.version, ResultRow.computed_at)
        )
        for trial_id, value in db.execute(query):
            if value is not None:
                found[trial_id] = value
    return found

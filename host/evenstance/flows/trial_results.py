"""Every metric of a trial from its trace, as it is stored: under its method."""

from __future__ import annotations

from evenstance.metrics.evaluate import Facts, evaluate_hold
from evenstance.metrics.hold import Trial
from evenstance.metrics.measured import Measured
from evenstance.metrics.registry import METRICS
from evenstance.signal.trace_force import HoldSignal
from evenstance.store.records import ResultOf


def results_of(trial: Trial, trace: bytes | HoldSignal) -> list[ResultOf]:
    """Every single-leg metric of a trial; ValueError for a damaged trace or one of another leg."""
    found = evaluate_hold(trace, Facts.of(trial))
    rows: list[ResultOf] = []
    for definition in METRICS:
        one = found.get(definition.id)
        if one is None:
            continue
        measured = one if isinstance(one, Measured) else None
        rows.append(
            ResultOf(
                method_id=definition.method.id,
                metric_id=definition.id,
                version=definition.version,
                unit=definition.unit,
                parameters=dict(definition.method.parameters),
                value=None if measured is None else measured.value,
                missing=None if isinstance(one, Measured) else one.reason,
                samples=None if measured is None else measured.samples,
                error=None if measured is None else measured.error,
            )
        )
    return rows

"""Computes every stored trial's results again from its trace, on all cores.

A result that is stored under the same method must come out again to six significant digits. One
of a new version of a method has another id and is added beside it; nothing stored is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from evenstance.flows.trial_results import results_of
from evenstance.metrics.hold import trial_from_summary
from evenstance.signal.trace_force import hold_signals
from evenstance.store.records import ResultOf, StoredTrial

if TYPE_CHECKING:
    from evenstance.store.repository import Store

DIGITS = 6
AT_ONCE = 512  # trials of one task, whose traces are read in step
Job = tuple[int, bytes, bytes]  # trial id, summary, trace
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """A result that did not come out again."""

    trial_id: int
    method_id: str
    stored: float | str | None
    computed: float | str | None


@dataclass
class Recomputed:
    """How many trials were computed, and what came of their results."""

    trials: int = 0
    without_trace: int = 0
    new: int = 0
    equal: int = 0
    differing: list[Difference] = field(default_factory=list[Difference])
    unreadable: dict[int, str] = field(default_factory=dict[int, str])


def recompute(
    store: Store,
    *,
    athlete: int | None = None,
    workers: int | None = None,
    tell: Tell | None = None,
) -> Recomputed:
    """Compute, compare and add; `tell(done, total)` reports progress."""
    done = Recomputed()
    trials = store.trials(athlete)
    traced = [trial for trial in trials if trial.has_trace]
    done.without_trace = len(trials) - len(traced)
    for computed in _computed(store, traced, workers or os.cpu_count() or 1):
        _compare(store, computed, done)
        if tell is not None:
            tell(done.trials, len(traced))
    return done


def _computed(
    store: Store, trials: Sequence[StoredTrial], workers: int
) -> Iterator[dict[int, list[ResultOf] | str]]:
    chunks = _chunks(trials, AT_ONCE)
    if workers <= 1 or len(trials) <= AT_ONCE:
        for chunk in chunks:
            yield compute(_jobs(store, chunk))
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(compute, _jobs(store, c)) for c in islice(chunks, 2 * workers)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(compute, _jobs(store, c)) for c in islice(chunks, 1)]


def _chunks(trials: Sequence[StoredTrial], size: int) -> Iterator[Sequence[StoredTrial]]:
    return (trials[at : at + size] for at in range(0, len(trials), size))


def _jobs(store: Store, trials: Sequence[StoredTrial]) -> list[Job]:
    traces = store.traces([trial.id for trial in trials])
    return [(t.id, t.summary, traces[t.id].data) for t in trials if t.id in traces]


def compute(jobs: Sequence[Job]) -> dict[int, list[ResultOf] | str]:
    """Results of each job's trial, or what is wrong with its trace; runs in its own process."""
    found: dict[int, list[ResultOf] | str] = {}
    signals = hold_signals([trace for _, _, trace in jobs])
    for (trial_id, summary, _), signal in zip(jobs, signals, strict=True):
        if isinstance(signal, str):
            found[trial_id] = signal
            continue
        try:
            found[trial_id] = results_of(trial_from_summary(summary), signal)
        except ValueError as error:
            found[trial_id] = str(error)
    return found


def _compare(store: Store, computed: dict[int, list[ResultOf] | str], done: Recomputed) -> None:
    stored = store.results(list(computed))
    rows: dict[int, list[ResultOf]] = {}
    for trial_id, found in computed.items():
        done.trials += 1
        if isinstance(found, str):
            done.unreadable[trial_id] = found
            continue
        known = {row.method_id: value_of(row) for row in stored[trial_id]}
        added = [row for row in found if row.method_id not in known]
        if added:
            rows[trial_id] = added
        for row in found:
            if row.method_id not in known:
                continue
            before, now = known[row.method_id], value_of(row)
            if same(before, now):
                done.equal += 1
            else:
                done.differing.append(Difference(trial_id, row.method_id, before, now))
    if rows:
        done.new += store.save_results(rows)


def value_of(result: ResultOf) -> float | str | None:
    """The value, or the name of the reason why there is none."""
    return result.missing if result.value is None else result.value


def same(one: float | str | None, other: float | str | None) -> bool:
    """Whether two results of one method are the same to six significant digits."""
    if not isinstance(one, float | int) or not isinstance(other, float | int):
        return one == other
    return f"{one:.{DIGITS - 1}e}" == f"{other:.{DIGITS - 1}e}" or (
        abs(one - other) <= 0.5 * 10.0 ** (1 - DIGITS) * abs(one)
    )

"""Computes every stored trial's results again from its trace, on all cores.

A result that is stored under the same method must come out again to six significant digits. One
of a new version of a method has another id and is added beside it; nothing stored is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evenstance.flows.spread import Workers, spread
from evenstance.flows.trial_results import results_of
from evenstance.metrics.hold import trial_from_summary
from evenstance.signal.trace_force import hold_signals
from evenstance.store.records import ResultOf, StoredTrial

if TYPE_CHECKING:
    from evenstance.store.repository import Store

DIGITS = 6
AT_ONCE = 512  # at most so many trials of one task, whose traces are read in step
Job = tuple[int, bytes, bytes]  # trial id, summary, trace
Value = float | str | None
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """A result that did not come out again."""

    trial_id: int
    method_id: str
    stored: Value
    computed: Value


@dataclass
class Recomputed:
    """How many trials were computed, and what came of their results."""

    trials: int = 0
    without_trace: int = 0
    new: int = 0
    equal: int = 0
    differing: list[Difference] = field(default_factory=list[Difference])
    unreadable: dict[int, str] = field(default_factory=dict[int, str])

    def join(self, other: Recomputed) -> None:
        """Add other trials."""
        self.trials += other.trials
        self.without_trace += other.without_trace
        self.new += other.new
        self.equal += other.equal
        self.differing += other.differing
        self.unreadable |= other.unreadable


@dataclass(frozen=True)
class Task:
    """Some trials for one process, with the values that are stored of each, by method."""

    jobs: list[Job]
    stored: dict[int, dict[str, Value]]


def recompute(
    store: Store,
    *,
    athlete: int | None = None,
    workers: int | None = None,
    tell: Tell | None = None,
) -> Recomputed:
    """Compute, compare and add; `tell(done, total)` reports progress."""
    trials = store.trials(athlete)
    traced = [trial for trial in trials if trial.has_trace]
    done = Recomputed(without_trace=len(trials) - len(traced))
    who = Workers(workers or os.cpu_count() or 1)
    tasks = (_task(store, some) for some in _shares(traced, who.processes or 1))
    for part, added in spread(compare, tasks, who):
        done.join(part)
        if added:
            done.new += store.save_results(added)
        if tell is not None:
            tell(done.trials, len(traced))
    return done


def _shares(trials: Sequence[StoredTrial], workers: int) -> Iterator[Sequence[StoredTrial]]:
    """Parts of about one size, as many for each worker: none waits for another in the end."""
    count = len(trials)
    parts = -(-count // AT_ONCE)
    if parts > 1:
        parts = min(count, workers * -(-parts // workers))
    for n in range(parts):
        yield trials[n * count // parts : (n + 1) * count // parts]


def _task(store: Store, trials: Sequence[StoredTrial]) -> Task:
    ids = [trial.id for trial in trials]
    traces = store.traces(ids)
    return Task(
        [(t.id, t.summary, traces[t.id].data) for t in trials if t.id in traces],
        {
            n: {row.method_id: value_of(row) for row in rows}
            for n, rows in store.results(ids).items()
        },
    )


def compare(task: Task) -> tuple[Recomputed, dict[int, list[ResultOf]]]:
    """What came of a task, and the results that are not stored; runs in its own process, so only
    what is not as it was comes back."""
    done = Recomputed(trials=len(task.jobs))
    added: dict[int, list[ResultOf]] = {}
    for trial_id, found in compute(task.jobs).items():
        if isinstance(found, str):
            done.unreadable[trial_id] = found
            continue
        known = task.stored[trial_id]
        for row in found:
            if row.method_id not in known:
                added.setdefault(trial_id, []).append(row)
                continue
            before, now = known[row.method_id], value_of(row)
            if same(before, now):
                done.equal += 1
            else:
                done.differing.append(Difference(trial_id, row.method_id, before, now))
    return done, added


def compute(jobs: Sequence[Job]) -> dict[int, list[ResultOf] | str]:
    """Results of each job's trial, or what is wrong with its trace."""
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


def value_of(result: ResultOf) -> Value:
    """The value, or the name of the reason why there is none."""
    return result.missing if result.value is None else result.value


def same(one: Value, other: Value) -> bool:
    """Whether two results of one method are the same to six significant digits."""
    if not isinstance(one, float | int) or not isinstance(other, float | int):
        return one == other
    return f"{one:.{DIGITS - 1}e}" == f"{other:.{DIGITS - 1}e}" or (
        abs(one - other) <= 0.5 * 10.0 ** (1 - DIGITS) * abs(one)
    )

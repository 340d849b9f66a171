"""Every stored result of a lake once more from its trace, part by part, and what came of it.

What is kept of a part does not grow with it, and adds up exactly: counts, whole numbers, and the
first few that went wrong by their names. So the answer is the same for any number of workers and
for any cut of the lake into files.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenstance.errors import InputError
from evenstance.flows.lake import ANCHOR, Lake, Part, batches_of
from evenstance.flows.recompute import AT_ONCE, Difference, compute, same, value_of
from evenstance.flows.spread import Workers, spread
from evenstance.store.records import ResultOf

SHOWN = 20
UNIT_BITS = 40  # values are added as whole numbers of 2^-40: any order gives the same sum
_COLUMNS = ("hold_id", "rules_id", "results", "summary", "trace")
_DIGITS = re.compile(r"\d+")


@dataclass
class Values:
    """All values of one metric: how many, how many are missing, and their exact sum."""

    count: int = 0
    missing: int = 0
    total: int = 0

    @property
    def mean(self) -> float | None:
        """None without a value."""
        return self.total / (self.count << UNIT_BITS) if self.count else None

    def add(self, value: float | None) -> None:
        """Count one result."""
        if value is None:
            self.missing += 1
            return
        self.count += 1
        top, bottom = value.as_integer_ratio()
        self.total += (top << UNIT_BITS) // bottom

    def join(self, other: Values) -> None:
        """Add those of another part."""
        self.count += other.count
        self.missing += other.missing
        self.total += other.total


@dataclass
class LakeDone:
    """What came of a part or of a whole lake; holds are called CLINIC/NUMBER.

    `unreadable` counts traces by the reason why they cannot be read, `rules` trials by the rules
    of their board. Of differences and unreadable traces the first `SHOWN` by name are kept.
    """

    trials: int = 0
    without_trace: int = 0
    new: int = 0
    equal: int = 0
    differing: int = 0
    unreadable: Counter[str] = field(default_factory=Counter[str])
    rules: Counter[int] = field(default_factory=Counter[int])
    metrics: dict[str, Values] = field(default_factory=dict[str, Values])
    differences: list[tuple[str, Difference]] = field(default_factory=list[tuple[str, Difference]])
    unread: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def join(self, other: LakeDone) -> None:
        """Add another part."""
        self.trials += other.trials
        self.without_trace += other.without_trace
        self.new += other.new
        self.equal += other.equal
        self.differing += other.differing
        self.unreadable += other.unreadable
        self.rules += other.rules
        for name, values in other.metrics.items():
            self.metrics.setdefault(name, Values()).join(values)
        self.differences = _first((*self.differences, *other.differences))
        self.unread = _first((*self.unread, *other.unread))

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the order of its keys is that of their names."""
        return {
            "trials": self.trials,
            "without_trace": self.without_trace,
            "new": self.new,
            "equal": self.equal,
            "differing": self.differing,
            "unreadable": dict(sorted(self.unreadable.items())),
            "rules": {str(n): count for n, count in sorted(self.rules.items())},
            "metrics": {
                name: {"values": one.count, "missing": one.missing, "mean": one.mean}
                for name, one in sorted(self.metrics.items())
            },
            "first_differences": [
                {
                    "hold": hold,
                    "method": one.method_id,
                    "stored": one.stored,
                    "computed": one.computed,
                }
                for hold, one in self.differences
            ],
            "first_unreadable": [{"hold": hold, "why": why} for hold, why in self.unread],
        }


def recompute_lake(
    lake: Lake, who: Workers, tell: Callable[[int, int], None] | None = None
) -> LakeDone:
    """Compute and compare; nothing is written. `tell(done, total)` counts rows."""
    if lake.anonymous:
        raise InputError(
            f"{lake.folder} has codes in place of names, and so no traces.",
            cause="a trace tells the calibration of its board, and a summary the time of day",
            next_step="Recompute where the names are; `evenstance reliability analyse --lake` "
            "works without.",
            anchor=ANCHOR,
        )
    whole = LakeDone()
    seen = 0
    for part, done in zip(lake.parts(), spread(recompute_part, lake.parts(), who), strict=True):
        whole.join(done)
        seen += part.rows
        if tell is not None:
            tell(seen, lake.rows)
    return whole


def recompute_part(part: Part) -> LakeDone:
    """One part, by whoever is to compute it."""
    done = LakeDone()
    for batch in batches_of(part, _COLUMNS, AT_ONCE):
        _compute(part.file.clinic, batch, done)
    return done


def _compute(clinic: str, batch: Sequence[tuple[Any, ...]], done: LakeDone) -> None:
    computed = compute([(row[0], row[3] or b"", row[4]) for row in batch if row[4] is not None])
    for number, rules_id, results, _, trace in batch:
        hold = f"{clinic}/{number}"
        done.rules[rules_id] += 1
        if trace is None:
            done.without_trace += 1
            continue
        done.trials += 1
        found = computed[number]
        if isinstance(found, str):
            _unread(done, hold, found)
            continue
        try:
            stored: dict[str, float | str] = json.loads(results)
        except (ValueError, TypeError):
            _unread(done, hold, "the stored results are damaged")
            continue
        _compare(done, hold, found, stored)


def _compare(
    done: LakeDone, hold: str, found: Iterable[ResultOf], stored: dict[str, float | str]
) -> None:
    for row in found:
        done.metrics.setdefault(row.metric_id, Values()).add(row.value)
        before, now = stored.get(row.method_id), value_of(row)
        if before is None:
            done.new += 1
        elif same(before, now):
            done.equal += 1
        else:
            done.differing += 1
            one = Difference(0, row.method_id, before, now)
            done.differences = _first((*done.differences, (hold, one)))


def _unread(done: LakeDone, hold: str, why: str) -> None:
    done.unreadable[_DIGITS.sub("N", why)] += 1  # a size in it would make a reason of each trace
    done.unread = _first((*done.unread, (hold, why)))


def _first(named: Iterable[tuple[str, Any]]) -> list[Any]:
    return heapq.nsmallest(SHOWN, named, key=lambda one: (one[0], str(one[1])))

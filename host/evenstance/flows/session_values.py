"""One metric of every scored hold, with the method that made it; never a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from evenstance.decision.parameters import PrimaryMetric
from evenstance.errors import InputError, UsageError
from evenstance.metrics.hold import Trial
from evenstance.metrics.refused import refused
from evenstance.metrics.registry import BY_ID, like

if TYPE_CHECKING:
    from evenstance.metrics.definition import Definition
    from evenstance.store.group import AnyHold, AnyTrial, Source

PRIMARY: tuple[str, ...] = get_args(PrimaryMetric)
BOARD = "summary of the board"
_FIELDS = (
    "hold_time_s",
    "touch_down_count",
    "stray_load_pct_bw",
    "force_mean_n",
    "force_sd_n",
    "force_range_p95_p5_n",
)


@dataclass(frozen=True)
class Value:
    """The metric of one hold and the id of its method."""

    value: float
    method: str


def known_metric(name: str) -> Definition:
    """A metric of single-leg holds; an error that says what is there for another name."""
    one = BY_ID.get(name.lower())
    if one is not None and one.task == "single_leg":
        return one
    refusal = refused(name)
    if refusal is not None:
        raise InputError(
            f"{refusal.name} is not given: this board cannot know it.",
            cause=refusal.reason,
            next_step=f"Instead: {refusal.instead}",
        )
    if one is not None:
        raise UsageError(
            f"{one.id} is of two-legged stance: it has no legs to tell apart.",
            next_step="`evenstance metrics list` shows those of single-leg holds.",
        )
    close = [found for found in like(name) if found in BY_ID]
    raise UsageError(
        f"There is no metric {name!r}.",
        cause=f"Perhaps meant: {', '.join(close)}." if close else "",
        next_step="`evenstance metrics list` shows all of them.",
    )


def values_of(store: Source, trials: Sequence[AnyTrial], metric: Definition) -> dict[int, Value]:
    """The values of scored holds by trial id; holds that cannot have one are left out.

    A hold that does not count has none of what decides. Of the rest a hold that ended early
    may: how long it lasted is what is asked.
    """
    scored = [t for t in trials if t.purpose == "scored" and _may(t.hold, metric)]
    found: dict[int, Value] = {}
    newest: dict[int, int] = {}
    if metric.id != "force_sd_n":
        for trial_id, rows in store.results([t.id for t in scored]).items():
            for row in rows:
                if row.metric_id != metric.id or row.value is None:
                    continue
                if row.version >= newest.get(trial_id, 0):
                    newest[trial_id] = row.version
                    found[trial_id] = Value(row.value, row.method_id)
    for trial in scored:
        of_board = _field(trial.hold, metric.id)
        if trial.id not in found and of_board is not None:
            found[trial.id] = Value(of_board, BOARD)
    return found


def _may(hold: AnyHold, metric: Definition) -> bool:
    if metric.id in PRIMARY:
        return hold.valid
    return set(hold.reasons) <= {"too_short"} - set(metric.spoilt_by)


def _field(hold: AnyHold, metric_id: str) -> float | None:
    """What the summary has under the same name; a brief hold has force SD and time alone."""
    if metric_id == "load_share_mean_pct":
        assert isinstance(hold, Trial)
        return None if hold.load_share_pct is None else hold.load_share_pct.mean
    if metric_id not in _FIELDS:
        return None
    value: float | None = getattr(hold, metric_id)
    return value

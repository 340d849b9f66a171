"""What goes into the decision and what comes out of it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, cast

from evenstance.decision.parameters import LADDER, PRIMARY_METRIC, PrimaryMetric
from evenstance.decision.rungs import Reason
from evenstance.metrics.asymmetry import FormulaId
from evenstance.metrics.hold import Leg

ScreenState = Literal["unscreened", "clear", "restricted", "measure_only", "blocked"]
LeftOutReason = Literal["familiarisation", "too_few_holds", "other_conditions", "older"]
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True)
class SessionHolds:
    """One session of one person: force SD (N) of every valid scored hold, per stance leg.

    `conditions` is a key that is equal only where eyes, surface, footwear, arms and gaze mark
    are; `invalid` counts the holds that were stored and not scored. `familiarisation` is decided
    by the caller: a person's first session is one. `metric` names what the values are: the one
    metric that decides; `decide` refuses any other.
    """

    session_id: str
    day: datetime.date
    familiarisation: bool
    conditions: str
    left_n: tuple[float, ...]
    right_n: tuple[float, ...]
    invalid: int
    metric: PrimaryMetric = PRIMARY_METRIC


@dataclass(frozen=True)
class SessionDifference:
    """One pooled session: its own difference (`pct_larger`, %) and the side of the larger SD.

    `holds_left` and `holds_right` count the holds that had weight.
    """

    session_id: str
    day: datetime.date
    difference_pct: float
    larger: Leg | None
    holds_left: int
    holds_right: int


@dataclass(frozen=True)
class LeftOut:
    """A session that had no part in the comparison, and why."""

    session_id: str
    day: datetime.date
    reason: LeftOutReason


@dataclass(frozen=True)
class SetAside:
    """A valid hold that had no weight, and why: it is too far from its leg's other holds.

    `number` counts the valid holds of that leg in that session from 1. `times_the_others` is its
    force SD over the geometric mean of the others; `distance` is in standard errors (a
    studentised residual), `limit` what chance allows.
    """

    session_id: str
    day: datetime.date
    leg: Leg
    number: int
    force_sd_n: float
    times_the_others: float
    distance: float
    limit: float


@dataclass(frozen=True)
class HoldsNeeded:
    """About how many more holds would settle it: `sessions` more of `holds_per_leg` on each leg.

    `chance_pct`: in how many of 100 such cases, if the difference is truly what was measured;
    None where the holds only make up for their scatter.
    """

    sessions: int
    holds_per_leg: int
    chance_pct: float | None

    @property
    def more_per_leg(self) -> int:
        """All of them together, for one leg."""
        return self.sessions * self.holds_per_leg


@dataclass(frozen=True)
class Comparison:
    """The pooled comparison of the legs with its method.

    Differences are signed shares of the larger value (%): positive means the right leg has the
    larger force SD. `less_steady` is named only when the shown interval excludes zero.
    `left_n`, `right_n` (N) are geometric means. `threshold_pct` is this project's proposal.
    """

    difference_pct: float
    interval_low_pct: float
    interval_high_pct: float
    strict_low_pct: float
    strict_high_pct: float
    less_steady: Leg | None
    sessions: tuple[SessionDifference, ...]
    same_side_sessions: int
    same_side_days: int
    holds_left: int
    holds_right: int
    left_n: float
    right_n: float
    conditions: str
    within_leg_cv_pct: float
    within_leg_cv_source: str
    between_session_sd_pct: float
    between_session_sd_source: str
    degrees_of_freedom: int
    set_aside: tuple[SetAside, ...] = ()
    confidence_pct: float = LADDER.confidence_pct
    strict_confidence_pct: float = LADDER.strict_confidence_pct
    threshold_pct: float = LADDER.threshold_pct
    metric: PrimaryMetric = PRIMARY_METRIC
    formula: FormulaId = "pct_larger"


@dataclass(frozen=True)
class Verdict:
    """A step of the ladder (0 to 4), its stable reason id, and one sentence for a person.

    `notes` say which sessions were left out and which hold was set aside. `block_allowed` is true
    only for a difference in a person whose screening allows a balance block. `holds_needed` is
    None where no number of holds is the answer, or none that a person can do.
    """

    step: int
    reason: Reason
    text: str
    comparison: Comparison | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = field(default=())
    block_allowed: bool = False
    holds_needed: HoldsNeeded | None = None


def to_json(value: Verdict | Comparison) -> dict[str, JsonValue]:
    """A plain dict for `json.dumps`: dates as ISO text, tuples as lists, names unchanged."""
    return {name: _plain(item) for name, item in asdict(value).items()}


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        return {name: _plain(item) for name, item in named.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    raise TypeError(f"{type(value).__name__} has no plain form")

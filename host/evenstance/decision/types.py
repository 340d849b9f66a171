"""What goes into the decision, what comes out of it, and the limits it works with."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, cast

from evenstance.metrics.asymmetry import FormulaId
from evenstance.metrics.hold import Leg

MIN_HOLDS_PER_LEG = 3
"""Valid holds a session needs on each leg to count."""
SESSIONS = 3
"""Counted sessions that are pooled (the latest ones), and that a difference needs."""
MIN_SAME_SIDE = 2
"""Of these sessions, how many must have the larger force SD on the pooled side."""
MIN_DAYS = 2
"""On how many days those sessions on the pooled side must lie."""
CONFIDENCE_PCT = 95.0
"""Interval that is shown and that says "beyond its error"."""
STRICT_CONFIDENCE_PCT = 99.0
"""Interval that must exclude zero, too, before anything is prescribed."""
THRESHOLD_PCT = 15.0
"""Smallest difference to act on: this project's proposal, not a mark of health."""
DECIMALS = 1
"""Differences are judged as they are printed, so that no "15.0 %" is below 15 %."""

ScreenState = Literal["unscreened", "clear", "restricted", "measure_only", "blocked"]
Reason = Literal[
    "no_sessions",
    "familiarisation_only",
    "too_few_holds",
    "interval_includes_zero",
    "small_but_consistent",
    "seen_once",
    "sides_disagree",
    "one_day_only",
    "third_session_needed",
    "strict_interval_includes_zero",
    "difference",
    "red_flag",
]
LeftOutReason = Literal["familiarisation", "too_few_holds", "other_conditions", "older"]
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True)
class SessionHolds:
    """One session of one person: force SD (N) of every valid scored hold, per stance leg.

    `conditions` is a key that is equal only where eyes, surface, footwear, arms and gaze mark
    are; `invalid` counts the holds that were stored and not scored. `familiarisation` is decided
    by the caller: a person's first session is one.
    """

    session_id: str
    day: datetime.date
    familiarisation: bool
    conditions: str
    left_n: tuple[float, ...]
    right_n: tuple[float, ...]
    invalid: int


@dataclass(frozen=True)
class SessionDifference:
    """One pooled session: its own difference (`pct_larger`, %) and the side of the larger SD."""

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
    confidence_pct: float = CONFIDENCE_PCT
    strict_confidence_pct: float = STRICT_CONFIDENCE_PCT
    threshold_pct: float = THRESHOLD_PCT
    metric: Literal["force_sd_n"] = "force_sd_n"
    formula: FormulaId = "pct_larger"


@dataclass(frozen=True)
class Verdict:
    """A step of the ladder (0 to 4), its stable reason id, and one sentence for a person.

    `notes` say which sessions were left out. `block_allowed` is true only for a difference in a
    person whose screening allows a balance block.
    """

    step: int
    reason: Reason
    text: str
    comparison: Comparison | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = field(default=())
    block_allowed: bool = False


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

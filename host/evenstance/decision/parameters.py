"""Every number of the decision, in one table: value, unit, meaning and ground.

docs/evidence/decision.md shows this table and a test compares the two. Nothing else in `decision`
holds a number of the procedure; `LADDER` is the table with types.

Grounds: [V] read in the source named; [D] this project's own proposal, argued in
docs/evidence/decision.md with the error rates it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from evenstance.reliability.defaults import BETWEEN_SESSION_SD, WITHIN_LEG_CV
from evenstance.reliability.pooling import ErrorModel

PrimaryMetric = Literal["force_sd_n", "force_sd_droop_corrected_n"]
PRIMARY_METRIC: Final[PrimaryMetric] = "force_sd_n"
"""The one metric that decides, force SD: as the board gives it, or with what the converter's
filter took given back (`force_sd_droop_corrected_n`, where every hold has a trace). Never a
mixture of the two; every other metric is descriptive and changes no step."""


@dataclass(frozen=True)
class Parameter:
    """One row: what `value` (in `unit`, "" for none) means and where it comes from."""

    name: str
    value: float
    unit: str
    meaning: str
    ground: str


TABLE: tuple[Parameter, ...] = (
    Parameter(
        "min_holds_per_leg",
        3,
        "holds",
        "valid holds that a session needs on each leg to count",
        "[D] two holds cannot show which one is out",
    ),
    Parameter(
        "sessions",
        3,
        "sessions",
        "counted sessions that are pooled (the latest), and that a difference needs",
        "[D] sides and sizes change between sessions (Zoger 2025 [V])",
    ),
    Parameter(
        "min_same_side",
        2,
        "sessions",
        "of these, how many must have the larger force SD on the pooled side",
        "[D] same",
    ),
    Parameter("min_days", 2, "days", "on how many days those sessions must lie", "[D] same"),
    Parameter(
        "confidence_pct",
        95.0,
        "%",
        'interval that is shown and that says "beyond its error"',
        "[D] convention",
    ),
    Parameter(
        "strict_confidence_pct",
        99.0,
        "%",
        "interval that must exclude zero, too, before anything is prescribed",
        "[D] at most 1 % false balance blocks",
    ),
    Parameter(
        "threshold_pct",
        15.0,
        "%",
        "smallest difference to act on; no mark of health",
        "[D] 10-15 % is customary without consistent evidence (Parkinson 2021 [V])",
    ),
    Parameter(
        "decimals", 1, "digits", "differences and CVs are judged as they are printed", "[D]"
    ),
    Parameter(
        "assumed_cv_pct",
        WITHIN_LEG_CV.value_pct,
        "%",
        "CV of repeated holds of one leg within a session towards which the own CV is shrunk",
        "[D] from horizontal force, 14-15 % (Fransz 2014 [V])",
    ),
    Parameter(
        "prior_df",
        16,
        "degrees of freedom",
        "weight of the assumed CV; three sessions with 3 holds a leg bring 12 own ones",
        "[D] power at a CV of 15 %",
    ),
    Parameter(
        "between_session_sd_pct",
        BETWEEN_SESSION_SD.value_pct,
        "%",
        "wander of the right/left ratio between sessions until a personal one is known",
        "[D] nothing is published for a ratio of force SDs",
    ),
    Parameter(
        "hold_correlation",
        0.07,
        "-",
        "assumed correlation r of one hold with the next of that leg; error x (1+r)/(1-r)",
        "[D] false alarms with autocorrelated holds",
    ),
    Parameter(
        "outlier_chance_pct",
        1.0,
        "%",
        "chance that any hold of a comparison is set aside without cause",
        "[D] convention",
    ),
    Parameter(
        "cv_limit_pct",
        15.0,
        "%",
        "printed CV above which less than a difference is answered with more holds needed",
        "[D] one hold then scatters as much as the smallest difference to act on",
    ),
    Parameter(
        "cv_limit_strict_pct",
        18.0,
        "%",
        "printed CV above which a difference is not believed either",
        "[D] above 15 % beyond chance (about one-sided 1 % with 3 holds and 3 sessions)",
    ),
    Parameter(
        "made_up_cv_pct",
        12.0,
        "%",
        "more holds make up for a larger CV: a leg's mean must be as sure as 3 holds of this CV",
        "[D] so sure that the power is above 90 %",
    ),
    Parameter(
        "settle_chance_pct",
        80.0,
        "%",
        "chance that the holds asked for settle it, if the difference is what was measured",
        "[D] convention",
    ),
    Parameter(
        "max_holds_per_leg",
        20,
        "holds",
        "holds of a leg in a session beyond which no number is named",
        "[D] tiredness",
    ),
)


@dataclass(frozen=True)
class Ladder:
    """The table with types; `evenstance study` may replace single values, nothing else does."""

    min_holds_per_leg: int
    sessions: int
    min_same_side: int
    min_days: int
    confidence_pct: float
    strict_confidence_pct: float
    threshold_pct: float
    decimals: int
    assumed_cv_pct: float
    prior_df: int
    between_session_sd_pct: float
    hold_correlation: float
    outlier_chance_pct: float
    cv_limit_pct: float
    cv_limit_strict_pct: float
    made_up_cv_pct: float
    settle_chance_pct: float
    max_holds_per_leg: int

    def error_model(self, between_session_sd_pct: float | None = None) -> ErrorModel:
        """What pooling needs of it, with a personal between-session SD (%) when there is one."""
        between = (
            self.between_session_sd_pct
            if between_session_sd_pct is None
            else between_session_sd_pct
        )
        return ErrorModel(
            assumed_cv_pct=self.assumed_cv_pct,
            prior_df=self.prior_df,
            between_session_sd_pct=between,
            hold_correlation=self.hold_correlation,
            outlier_chance_pct=self.outlier_chance_pct,
        )


def _ladder() -> Ladder:
    values: dict[str, Any] = {row.name: row.value for row in TABLE}
    return Ladder(**values)


LADDER: Final = _ladder()

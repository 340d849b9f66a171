"""Every number of the re-test that the ladder does not have: value, unit, meaning and ground.

docs/evidence/retest.md shows this table and a test compares the two. What the ladder has
(sessions, holds, error sizes) is taken from `decision.parameters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from evenstance.decision.parameters import Parameter

TABLE: tuple[Parameter, ...] = (
    Parameter(
        "spread_between_people_pct",
        9.0,
        "%",
        "SD of the true right/left ratio between people, in logs; assumed and shown as such",
        "[D] nothing is published for force SD; at 9 % people who truly spread by only 6 % are "
        'told "smaller" without any effect in at most 5 % of blocks',
    ),
    Parameter(
        "confidence_pct",
        95.0,
        "%",
        'range of re-tests expected without practice; "smaller" lies below it',
        "[D] convention",
    ),
    Parameter(
        "too_little_pct",
        50.0,
        "%",
        "share of the planned sessions up to which a re-test judges no practice",
        "[D]",
    ),
    Parameter(
        "learning_sessions",
        6,
        "sessions",
        "re-test sessions that begin before a person had so many are said to be early",
        "[D] errors fell over six tests (Warren 2006 [V], R21)",
    ),
)


@dataclass(frozen=True)
class Rules:
    """The table with types; the simulation may replace single values, nothing else does."""

    spread_between_people_pct: float
    confidence_pct: float
    too_little_pct: float
    learning_sessions: int


def _rules() -> Rules:
    values: dict[str, Any] = {row.name: row.value for row in TABLE}
    return Rules(**values)


RULES: Final = _rules()

"""Error sizes that stand in until a person has enough holds of their own.

Every value says where it comes from and carries the label "assumed", which is printed wherever
the value had a part in a result.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumed:
    """An assumed spread (%) with its origin and its label."""

    value_pct: float
    origin: str
    label: str = "assumed"


WITHIN_LEG_CV = Assumed(
    value_pct=14.5,
    origin=(
        "single holds within a session, horizontal ground reaction force: 14-15 % in 25 people, "
        "2 x 5 holds of 15 s (Fransz 2014, J Biomech). Nothing is published for vertical force "
        "SD on such a board"
    ),
)
"""Coefficient of variation of repeated holds of one leg within one session."""

BETWEEN_SESSION_SD = Assumed(
    value_pct=5.0,
    origin=(
        "this project's proposal for the wander of the right/left ratio from session to session; "
        "the published 10-12 % between sessions (Fransz 2014, J Biomech) is of one measure, not "
        "of the ratio of two legs"
    ),
)
"""SD of the true right/left ratio from one session to the next."""

LEG_SESSION_SD = Assumed(
    value_pct=11.0,
    origin=(
        "middle of the published 10-12 % between sessions, horizontal ground reaction force, 25 "
        "people (Fransz 2014, J Biomech), taken as the part that more holds do not reduce: the "
        "cautious reading. Nothing is published for vertical force SD on such a board"
    ),
)
"""SD of one leg's true value from one session to the next."""

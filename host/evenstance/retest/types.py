"""What goes into a verdict on a re-test and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenstance.decision.change import LegChange
from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.metrics.hold import Leg
from evenstance.retest.expected import Expected

LegState = Literal["better", "same", "worse"]
"""The less steady leg of the plan against its MDC; "worse" where either leg is worse."""

GapState = Literal["smaller", "not", "other_side"]
"""Whether the difference lies below what is expected without any practice; other_side: beyond its
error on the side of the other leg."""

Still = Literal["yes", "no", "unclear"]
"""Whether the re-test alone is a difference of the ladder (step 3); unclear: step 0."""

Practised = Literal["enough", "too_little", "none"]
"""none: nothing was planned, the person waited."""

Next = Literal[
    "maintain", "second_block", "stop", "screen_again", "measure_again", "continue_once"
]
"""maintain: little practice, follow-up tests. second_block: one more, the last. continue_once: go
on once, to 12 weeks at most (after a wait: a first block may begin). stop: no more practice for
this difference. screen_again: the whole screen, then a re-test on another day. measure_again: the
re-test cannot be judged; measure again before any further block."""

Only = Literal["always", "both_better", "gap_larger", "not_last", "last"]
"""When a sentence of a row is said; last: no block may follow."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of a row, with placeholders in braces, and when it is said."""

    statement: Statement
    only: Only


@dataclass(frozen=True)
class Row:
    """One row of the verdict table: its conditions, what is said and what comes next.

    `next_if_last` takes the place of `next` where no block may follow.
    """

    id: str
    order: int
    less_steady: tuple[LegState, ...]
    gap: tuple[GapState, ...]
    still: tuple[Still, ...]
    practised: tuple[Practised, ...]
    headline: Statement
    sentences: tuple[Sentence, ...]
    next: Next
    next_if_last: Next

    def holds(self, leg: LegState, gap: GapState, still: Still, practised: Practised) -> bool:
        """Whether all conditions hold."""
        return (
            leg in self.less_steady
            and gap in self.gap
            and still in self.still
            and practised in self.practised
        )


@dataclass(frozen=True)
class Retest:
    """The verdict on a re-test, with everything it rests on.

    `less_steady` is the leg that had the larger force SD at the start. `statements` begin with the
    row's own sentences; numbers and cautions follow.
    """

    row_id: str
    headline: Statement
    statements: tuple[Statement, ...]
    next: Next
    too_little_practice: bool
    less_steady: Leg
    leg_state: LegState
    gap_state: GapState
    still: Still
    practised: Practised
    done: int
    planned: int
    legs: tuple[LegChange, ...]
    gap: Expected
    base_session_ids: tuple[str, ...]
    retest_session_ids: tuple[str, ...]

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "retest"."""
        return {"kind": "retest", **as_plain_dict(self)}

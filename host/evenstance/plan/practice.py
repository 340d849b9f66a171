"""One practice session as it was told, and what it means for the stage."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["done", "partly", "missed"]
Reason = Literal["time", "too_hard", "pain", "boredom", "fear", "ill", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
SCREEN_REASONS: tuple[Reason, ...] = ("pain", "fear")
"""Reasons after which the whole screen is asked again."""
PAIN_COMPLETE = 2
PAIN_FAILED = 3
TOUCHES_FAILED = 2
MAX_PAIN = 10


@dataclass(frozen=True)
class Practice:
    """`touch_downs`: most in one set, None when nobody counted; `pain` 0 to 10, None not told.

    `left_out` are items of the plan. `told_at` tells whether it was before or after the answers
    to the screen of the same day.
    """

    day: datetime.date
    state: State
    reason: Reason | None = None
    near_fall: bool = False
    touch_downs: int | None = None
    pain: int | None = None
    left_out: tuple[str, ...] = ()
    told_at: datetime.datetime | None = None

    @property
    def took_place(self) -> bool:
        """All or part of it was done."""
        return self.state != "missed"

    @property
    def complete(self) -> bool:
        """All sets, no touch-down, nothing near a fall, pain at most 2 of 10."""
        return (
            self.state == "done"
            and not self.near_fall
            and (self.touch_downs or 0) == 0
            and (self.pain or 0) <= PAIN_COMPLETE
        )

    @property
    def failed(self) -> bool:
        """Too hard, more than 2 touch-downs in a set, or pain above 3 of 10."""
        return self.took_place and (
            (self.state == "partly" and self.reason == "too_hard")
            or (self.touch_downs or 0) > TOUCHES_FAILED
            or (self.pain or 0) > PAIN_FAILED
        )

    @property
    def needs_screen(self) -> bool:
        """The whole screen comes before the next practice."""
        return self.near_fall or self.reason in SCREEN_REASONS or (self.pain or 0) > PAIN_FAILED

    @property
    def event(self) -> Literal["near_fall", "pain", "fear"] | None:
        """The kind of health event that this practice is."""
        if self.near_fall:
            return "near_fall"
        if self.reason == "fear":
            return "fear"
        return "pain" if self.needs_screen else None

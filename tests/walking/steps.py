"""What one command of a page needs and says, and what stands ready before its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from plan_people import Someone

from walking.pages import Words
from walking.stage import Stage
from walking.terminal import Reply

Do = Callable[[Stage, Someone], None]
Replies = Callable[[Stage], list[Reply]]


def nothing(stage: Stage, someone: Someone) -> None:
    """Nothing has to be done."""


def no_replies(stage: Stage) -> list[Reply]:
    """It asks nothing."""
    return []


def one_by_one(*all_of: Do) -> Do:
    """One after the other."""

    def do(stage: Stage, someone: Someone) -> None:
        for each in all_of:
            each(stage, someone)

    return do


@dataclass(frozen=True)
class Step:
    """One command of a page; `left_out` is the reason why it is not run.

    It must show what it `says`; what it `shows` must stand in the page, too.
    """

    code: int = 0
    says: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    before: Do = nothing
    after: Do = nothing
    replies: Replies = no_replies
    left_out: str = ""


@dataclass(frozen=True)
class Walk:
    """One page: what is there when it is begun, and the steps that are its own."""

    before: Do = nothing
    steps: dict[Words, Step] = field(default_factory=dict[Words, Step])
    alone: bool = False  # a history of its own: NAME with a base line is there, on a set day
    server: bool = False  # of PostgreSQL

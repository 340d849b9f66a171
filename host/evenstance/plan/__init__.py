"""Red-flag screen and balance plan: pure functions over packaged, checked knowledge."""

from __future__ import annotations

from evenstance.plan.block import Plan
from evenstance.plan.lines import plan_lines
from evenstance.plan.prescribe import make_plan
from evenstance.plan.screen import evaluate, follow_ups_for, questions_for
from evenstance.plan.screen_file import blank_screen, read_screen
from evenstance.plan.types import NoPlan, PersonResults, Screen, ScreenOutcome

__all__ = [
    "NoPlan",
    "PersonResults",
    "Plan",
    "Screen",
    "ScreenOutcome",
    "blank_screen",
    "evaluate",
    "follow_ups_for",
    "make_plan",
    "plan_lines",
    "questions_for",
    "read_screen",
]

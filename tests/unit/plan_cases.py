"""Screens, verdicts and results that the plan's tests share."""

from __future__ import annotations

import datetime
import re

from evenstance.decision.types import Comparison, Reason, Verdict
from evenstance.knowledge.question import Answer, Question
from evenstance.plan.types import PersonResults
from evenstance.screen.evaluate import follow_up_id, questions_for
from evenstance.screen.types import Screen

TODAY = datetime.date(2026, 11, 23)
FORBIDDEN = re.compile(
    r"diagnos|weak(er)? (muscle|leg)|correct\w* (the |your |an |any )?imbalance"
    r"|prevent\w* (an |any )?injur|fall[- ]risk|\b(ab)?normal(ly)?\b|activat",
    re.IGNORECASE,
)
DOSE = re.compile(r"\d+ ?x ?\d+|\bsets?\b|repetition|Week \d")
REASONS: dict[int, Reason] = {
    0: "no_sessions",
    1: "interval_includes_zero",
    2: "seen_once",
    3: "difference",
    4: "red_flag",
}


def harmless(question: Question) -> Answer:
    """The answer that leads to nothing."""
    if question.kind == "number":
        return 70
    if question.kind == "choice":
        return next(c.value for c in question.choices if c.outcome is None)
    return not question.fires_on


def firing(question: Question) -> Answer:
    """The answer that leads to the question's own action."""
    if question.kind == "number":
        assert question.above is not None
        return question.above + 1
    return question.fires_on


def clear_answers(age_y: int) -> dict[str, Answer]:
    return {question.id: harmless(question) for question in questions_for(age_y)}


def screen_with(age_y: int, changes: dict[str, Answer] | None = None) -> Screen:
    return Screen({**clear_answers(age_y), **(changes or {})}, age_y, TODAY)


def two_step(question: Question, yes: str | None = None) -> dict[str, Answer]:
    """The question fires, its follow-ups are harmless but for `yes`."""
    answers: dict[str, Answer] = {question.id: firing(question)}
    for item in question.follow_ups:
        answers[follow_up_id(question, item)] = item.fires_on == (item.id == yes)
    return answers


def verdict(step: int, less_steady: str | None = "left") -> Verdict:
    sign = 1.0 if less_steady == "right" else -1.0
    comparison = Comparison(
        difference_pct=sign * 22.0,
        interval_low_pct=sign * 12.0 if sign > 0 else -31.0,
        interval_high_pct=31.0 if sign > 0 else -12.0,
        strict_low_pct=sign * 8.0,
        strict_high_pct=sign * 35.0,
        less_steady=less_steady,  # type: ignore[arg-type]
        sessions=(),
        same_side_sessions=3,
        same_side_days=3,
        holds_left=9,
        holds_right=9,
        left_n=5.0,
        right_n=4.0,
        conditions="eyes open",
        within_leg_cv_pct=14.5,
        within_leg_cv_source="assumed",
        between_session_sd_pct=5.0,
        between_session_sd_source="assumed",
        degrees_of_freedom=4,
    )
    return Verdict(step, REASONS[step], f"What step {step} says.", comparison)


def results(age_y: int, left_s: float, right_s: float, *, at_cap: bool = False) -> PersonResults:
    return PersonResults(age_y, left_s, right_s, at_cap, min(left_s, right_s))

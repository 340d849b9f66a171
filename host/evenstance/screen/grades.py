"""From the marks of a screening question to the grade of its sentence."""

from __future__ import annotations

from collections.abc import Sequence

from evenstance.knowledge.exercise import Grade
from evenstance.knowledge.question import Mark

GRADE_BY_MARK: dict[Mark, Grade] = {"V": "C", "2": "C", "N": "D", "M": "D", "D": "D"}
"""What was read is a page, a copy or an excerpt, so it carries at most C. Our notes and our own
proposals are D; so is what is remembered, which is called unverified besides."""


def grade_of(marks: Sequence[Mark], sources: Sequence[str]) -> Grade:
    """The grade that the weakest mark carries; D without a source or a mark."""
    if not marks or not sources:
        return "D"
    return max(GRADE_BY_MARK[mark] for mark in marks)

"""Sentences that several steps say."""

from __future__ import annotations

from evenstance.knowledge.exercise import Statement


def practice_before_test() -> Statement:
    """Why nobody practises before a test."""
    return Statement(
        "No balance practice on the day of a test and in the 48 h before: one session hid a "
        "difference for half an hour and it was back at 24 h (R11); the second day is ours.",
        "B",
        ("R11",),
    )

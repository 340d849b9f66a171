"""What a clearance or a clinician who leads the practice lifts, and what nobody lifts here."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from evenstance.screen.standing import why_not_counting
from evenstance.screen.types import Clearance, Finding, HealthEvent, Lifted

LIFTED_RESTRICTIONS = frozenset({"support_lower"})
"""Whoever practises on a clearance holds on one step more (our proposal)."""


def lift(
    findings: Sequence[Finding],
    clearances: Sequence[Clearance],
    events: Sequence[HealthEvent],
    today: datetime.date,
    *,
    clinician: bool,
) -> tuple[tuple[Finding, ...], tuple[Lifted, ...], tuple[str, ...]]:
    """The findings that stay, those lifted, and a sentence for each clearance that has lapsed."""
    stay: list[Finding] = []
    lifted: list[Lifted] = []
    notes: list[str] = []
    for finding in findings:
        given = [c for c in clearances if c.answer_id == finding.answer_id and finding.clearable]
        counting = [c for c in given if why_not_counting(c, today, events) is None]
        if counting:
            lifted.append(Lifted(finding, max(counting, key=lambda c: c.expires_on)))
        elif clinician and finding.clinician_mode:
            lifted.append(Lifted(finding, None))
        else:
            stay.append(finding)
            if given:
                notes.append(_lapsed(max(given, key=lambda c: c.given_on), today, events))
    return tuple(stay), tuple(lifted), tuple(notes)


def _lapsed(given: Clearance, today: datetime.date, events: Sequence[HealthEvent]) -> str:
    return (
        f"The clearance for {given.answer_id} by {given.given_by} of {given.given_on.isoformat()} "
        f"{why_not_counting(given, today, events)}: it no longer counts."
    )

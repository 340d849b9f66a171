"""A full screen and a quick check that blocks, as one outcome."""

from __future__ import annotations

from dataclasses import replace

from evenstance.screen.findings import by_urgency
from evenstance.screen.types import ScreenOutcome


def joined(full: ScreenOutcome | None, quick: ScreenOutcome) -> ScreenOutcome:
    """What both say together, blocked; of an answer in both the quick check's counts."""
    if full is None:
        return quick
    in_quick = {finding.answer_id for finding in quick.findings}
    findings = by_urgency(
        (*quick.findings, *(f for f in full.findings if f.answer_id not in in_quick))
    )
    note = f"The quick check of {quick.answered_on.isoformat()} stands before everything else."
    return replace(
        full,
        state="blocked",
        findings=findings,
        lifted=tuple(one for one in full.lifted if one.finding.answer_id not in in_quick),
        restrictions=full.restrictions | quick.restrictions,
        notes=(note, *full.notes),
    )

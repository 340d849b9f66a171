"""Everybody of a history beside each other: what was measured, what follows, what to do first.

Values, and the same as JSON. Nobody is ordered by a number of theirs: only by what is to be done.
Of a screening nothing is told but that an answer needs a look, since others may see the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from evenstance import __version__
from evenstance.decision.rungs import Reason
from evenstance.plan.next_step import Kind
from evenstance.report.clean_text import one_line
from evenstance.report.differences import Difference, differences_json
from evenstance.report.history import WHY_NOT, WhyNot
from evenstance.report.next_step import TITLES

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison, Verdict
    from evenstance.plan.next_step import NextStep
    from evenstance.report.history import History
    from evenstance.store.records import StoredSession

Need = Literal["look", "test", "screen", "decide", "measure", "practice", "nothing"]
NEEDS: dict[Need, str] = {
    "look": "An answer of the screening needs a look",
    "test": "A re-test, look or follow-up is due",
    "screen": "The screening is to be answered",
    "decide": "A plan is to be decided on",
    "measure": "More measurements are needed",
    "practice": "Practice, rest or waiting goes on",
    "nothing": "Nothing to do",
}
"""What a person needs, the most pressing first."""
_NEED: dict[Kind, Need] = {
    "blocked": "nothing",  # where the answers allow to measure, and no plan
    "screen": "screen",
    "measure": "measure",
    "nothing": "nothing",
    "begin": "decide",
    "wait": "practice",
    "wait_for_look": "practice",
    "practise": "practice",
    "rest_day": "practice",
    "look": "test",
    "pause": "practice",
    "retest": "test",
    "verdict": "decide",
    "second_block": "decide",
    "maintain": "practice",
    "follow_up": "test",
    "stopped": "nothing",
}
_WORDS: dict[Reason, str] = {
    "no_sessions": "no session yet",
    "familiarisation_only": "more needed, a first session only",
    "too_few_holds": "more needed, too few valid holds",
    "holds_scatter": "more needed, the holds scatter",
    "interval_includes_zero": "no difference this board can see",
    "small_but_consistent": "small but consistent",
    "seen_once": "seen once, not settled",
    "sides_disagree": "sides disagree, not settled",
    "one_day_only": "seen on one day, not settled",
    "third_session_needed": "not settled, a third session is needed",
    "strict_interval_includes_zero": "not settled",
    "difference": "difference",
    "red_flag": NEEDS["look"],
}
"""The steps of the ladder in a few words."""
MEASURE_ONLY = "Measuring only, no plan"
LATEST_APART = 3
"""Sessions that are told one by one; of more the number."""


@dataclass(frozen=True)
class Apart:
    """A session that is not compared and why, or one that is although something `differs`."""

    session: StoredSession
    why_not: WhyNot | None
    differs: tuple[Difference, ...]

    @property
    def text(self) -> str:
        """The day, why, and in what it differs."""
        why = "compared" if self.why_not is None else WHY_NOT[self.why_not]
        what = "; ".join(f"{_name(d)}: {d.before}, then {d.after}" for d in self.differs)
        return f"{self.session.day.isoformat()}, {why}" + (f" ({what})" if what else "")


@dataclass(frozen=True)
class Member:
    """One person today: `athlete` in the history, `name` may be that number.

    `last` is the latest session with a scored hold.

    `apart` are the sessions that are not like the latest compared one, the newest last; a first
    session, which is never compared, is not among them.
    """

    athlete: int
    name: str
    last: StoredSession | None
    verdict: Verdict
    next: NextStep
    history: History
    apart: tuple[Apart, ...]
    blocked: bool
    """An answer of the screening comes before everything else."""

    @property
    def need(self) -> Need:
        """What this person needs."""
        if self.blocked:
            return "look"
        if self.next.kind == "measure" and self.next.day is not None:
            return "test"  # a wait is over, and what it waited for has its day
        return _NEED[self.next.kind]

    @property
    def words(self) -> str:
        """The verdict in a few words."""
        return NEEDS["look"] if self.blocked else _WORDS[self.verdict.reason]

    @property
    def compared(self) -> Comparison | None:
        """The legs, where they may be shown beside each other."""
        return None if self.blocked else self.verdict.comparison

    @property
    def gap(self) -> str:
        """The difference between the legs with its interval; empty where none is shown."""
        found = self.compared
        if found is None:
            return ""
        side = "right" if found.difference_pct > 0 else "left"
        return (
            f"{side} larger by {abs(found.difference_pct):.1f} % "
            f"({found.interval_low_pct:+.1f} to {found.interval_high_pct:+.1f})"
        )

    @property
    def coming(self) -> str:
        """What is next and on which day."""
        if self.next.kind == "blocked":
            return self.title
        day = "" if self.next.day is None else f", {self.next.day.isoformat()}"
        return f"{self.title}{day}"

    @property
    def title(self) -> str:
        """What is next."""
        if self.next.kind != "blocked":
            return TITLES[self.next.kind]
        return NEEDS["look"] if self.blocked else MEASURE_ONLY

    @property
    def holds(self) -> str:
        """Valid holds of the last session, left and right."""
        last = self.last
        return "" if last is None else f"{last.scored_left} left, {last.scored_right} right"

    @property
    def used(self) -> int:
        """How many sessions are compared with each other."""
        return sum(row.why_not is None for row in self.history.rows)

    @property
    def left_out(self) -> tuple[Apart, ...]:
        """Sessions that are not compared."""
        return tuple(one for one in self.apart if one.why_not is not None)

    @property
    def unlike(self) -> tuple[Apart, ...]:
        """Sessions that are compared although something was not as in the latest."""
        return tuple(one for one in self.apart if one.why_not is None)


@dataclass(frozen=True)
class Team:
    """Everybody who is not archived, in the order in which something is to be done."""

    made_on: date
    anonymous: bool
    members: tuple[Member, ...]

    @property
    def groups(self) -> tuple[tuple[str, tuple[Member, ...]], ...]:
        """The people by what they need, the most pressing first; no empty group."""
        found = (
            (text, tuple(one for one in self.members if one.need == need))
            for need, text in NEEDS.items()
        )
        return tuple((text, members) for text, members in found if members)


def in_order(members: Sequence[Member]) -> tuple[Member, ...]:
    """By need, then by the day of the next step, else as they came."""
    needs = list(NEEDS)
    return tuple(sorted(members, key=lambda m: (needs.index(m.need), m.next.day or date.max)))


def unlike_words(apart: Sequence[Apart]) -> str:
    """In what compared sessions were not as the latest one: each thing with their number."""
    counts: dict[str, int] = {}
    for one in apart:
        for difference in one.differs:
            counts[_name(difference)] = counts.get(_name(difference), 0) + 1
    return ", ".join(f"{name} ({number})" for name, number in counts.items())


def team_json(team: Team) -> dict[str, Any]:
    """The documented object; without names no session is named either."""
    return {
        "made_on": team.made_on.isoformat(),
        "version": __version__,
        "anonymous": team.anonymous,
        "needs": {need: sum(m.need == need for m in team.members) for need in NEEDS},
        "people": [_member_json(one, team.anonymous) for one in team.members],
    }


def _member_json(member: Member, anonymous: bool) -> dict[str, Any]:
    last, found, blocked = member.last, member.compared, member.blocked
    return {
        "name": one_line(member.name),
        "need": member.need,
        "need_text": NEEDS[member.need],
        "test_due": member.need == "test",
        "screening_needs_a_look": blocked,
        "last": None
        if last is None
        else {
            "id": None if anonymous else last.id,
            "day": last.day.isoformat(),
            "valid_left": last.scored_left,
            "valid_right": last.scored_right,
            "not_valid": last.invalid,
        },
        "sessions": len(member.history.rows),
        "compared": None if blocked else member.used,
        "verdict": None
        if blocked
        else {
            "step": member.verdict.step,
            "reason": member.verdict.reason,
            "words": member.words,
        },
        "gap": None
        if found is None
        else {
            "metric": found.metric,
            "formula": found.formula,
            "difference_pct": found.difference_pct,
            "interval_low_pct": found.interval_low_pct,
            "interval_high_pct": found.interval_high_pct,
            "confidence_pct": found.confidence_pct,
            "sessions": len(found.sessions),
        },
        "next": {
            "kind": member.next.kind,
            "title": member.title,
            "day": None if member.next.day is None else member.next.day.isoformat(),
        },
        "not_like_the_latest": [
            {
                "id": None if anonymous else one.session.id,
                "day": one.session.day.isoformat(),
                "compared": one.why_not is None,
                "why_not": one.why_not,
                "differs": differences_json(one.differs),
                "text": one.text,
            }
            for one in member.apart
        ],
    }


def _name(difference: Difference) -> str:
    return difference.name.replace("_", " ")

"""The verdict on a re-test: each leg against its MDC, the difference against what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evenstance.decision.change import Change, LegChange, Outcome, change
from evenstance.decision.parameters import LADDER
from evenstance.decision.types import SessionHolds
from evenstance.knowledge.exercise import Statement
from evenstance.metrics.hold import Leg
from evenstance.retest.expected import Expected, expected
from evenstance.retest.parameters import RULES, Rules
from evenstance.retest.rows import common, row_of
from evenstance.retest.types import GapState, LegState, Next, Only, Practised, Retest, Row, Still

_DIFFERENCE, _MORE_NEEDED, _RED_FLAG = 3, 0, 4
_OUTCOME: dict[Outcome, str] = {
    "improved": "steadier, beyond its error",
    "unchanged": "no change beyond its error",
    "worse": "less steady, beyond its error",
}


def judge(
    base: Sequence[SessionHolds],
    after: Sequence[SessionHolds],
    done: int,
    planned: int,
    ladder_step: int,
    *,
    less_steady: Leg | None = None,
    last_block: bool = False,
    sessions_before: int | None = None,
    rules: Rules = RULES,
) -> Retest:
    """The row of the verdict table, its sentences with numbers, and what comes next.

    `done` of `planned` practice sessions; nothing planned: the person waited. `ladder_step`: the
    step of `decide` over the re-test sessions. `less_steady`: the leg of the plan (default: the
    side of the base reading). `last_block`: no block may follow. `sessions_before`: how many
    sessions the person had on this board before the re-test (default: those of the base).
    Raises ValueError for what `missing` names, a count that cannot be, and step 4: with a blocking
    answer nothing is compared.
    """
    why = missing(base, after)
    if why is not None:
        raise ValueError(why)
    if not 0 <= done <= planned:
        raise ValueError(f"{done} of {planned} sessions done")
    if ladder_step not in range(_RED_FLAG):
        raise ValueError(f"nothing is judged at step {ladder_step}")
    gap = expected(base, after, less_steady, rules)
    moved = change(base, after)
    leg = leg_state(moved, gap.larger)
    still = _still(ladder_step)
    practised = practised_of(done, planned, rules)
    gap_state = _gap_state(gap)
    row = row_of(leg, gap_state, still, practised)
    words = {
        "less": gap.larger,
        "other": "left" if gap.larger == "right" else "right",
        "worse": " and ".join(
            f"the {one.leg} leg" for one in moved.legs if one.outcome == "worse"
        ),
        "done": str(done),
        "planned": str(planned),
    }
    said = _conditions(moved, gap, last_block)
    own = [filled(one.statement, words) for one in row.sentences if one.only in said]
    before = len(base) if sessions_before is None else sessions_before
    return Retest(
        row_id=row.id,
        headline=filled(row.headline, words),
        statements=(*own, *_numbers(moved, gap, practised), *_cautions(before, len(after), rules)),
        next=_next(row, last_block),
        too_little_practice=practised == "too_little",
        less_steady=gap.larger,
        leg_state=leg,
        gap_state=gap_state,
        still=still,
        practised=practised,
        done=done,
        planned=planned,
        legs=moved.legs,
        gap=gap,
        base_session_ids=tuple(one.session_id for one in base),
        retest_session_ids=tuple(one.session_id for one in after),
    )


def missing(base: Sequence[SessionHolds], after: Sequence[SessionHolds]) -> str | None:
    """Why these sessions cannot be judged, None when they can."""
    for name, sessions in (("base", base), ("re-test", after)):
        if len(sessions) < LADDER.sessions:
            return f"the {name} has {len(sessions)} of {LADDER.sessions} sessions"
        if any(min(len(s.left_n), len(s.right_n)) < LADDER.min_holds_per_leg for s in sessions):
            return f"a session of the {name} has too few holds"
        if len({s.day for s in sessions}) < LADDER.min_days:
            return f"the {name} lies on fewer than {LADDER.min_days} days"
    if any(session.familiarisation for session in (*base, *after)):
        return "a familiarisation session is not compared"
    if max(s.day for s in base) >= min(s.day for s in after):
        return "the re-test does not lie after the base"
    if len({(s.conditions, s.metric) for s in (*base, *after)}) > 1:
        return "conditions or metric of the re-test are other ones"
    return None


def practised_of(done: int, planned: int, rules: Rules = RULES) -> Practised:
    """Whether there was enough practice to speak of; none where nothing was planned."""
    if planned == 0:
        return "none"
    return "too_little" if 100.0 * done <= rules.too_little_pct * planned else "enough"


def leg_state(moved: Change, less_steady: Leg) -> LegState:
    """The less steady leg against its MDC; worse where either leg is worse."""
    outcomes = {one.leg: one.outcome for one in moved.legs}
    if "worse" in outcomes.values():
        return "worse"
    return "better" if outcomes[less_steady] == "improved" else "same"


def filled(statement: Statement, words: dict[str, str]) -> Statement:
    """The statement with its placeholders replaced."""
    return replace(statement, text=statement.text.format(**words))


def _gap_state(gap: Expected) -> GapState:
    if gap.side_changed:
        return "other_side"
    return "smaller" if gap.smaller else "not"


def _still(ladder_step: int) -> Still:
    if ladder_step == _MORE_NEEDED:
        return "unclear"
    return "yes" if ladder_step == _DIFFERENCE else "no"


def _next(row: Row, last_block: bool) -> Next:
    return row.next_if_last if last_block else row.next


def _conditions(moved: Change, gap: Expected, last_block: bool) -> set[Only]:
    found: set[Only] = {"always"}
    if all(one.outcome == "improved" for one in moved.legs):
        found.add("both_better")
    if gap.after_pct > gap.high_pct:
        found.add("gap_larger")
    found.add("last" if last_block else "not_last")
    return found


def _numbers(moved: Change, gap: Expected, practised: Practised) -> list[Statement]:
    texts = common()
    told = [filled(texts["leg"], _leg_words(one)) for one in moved.legs]
    if any(one.leg == gap.larger and one.outcome == "improved" for one in moved.legs):
        told.append(filled(texts["leg_part"], {"less": gap.larger}))
    if practised == "none":
        words = {"before": sided(gap.before_pct), "after": sided(gap.after_pct)}
        told.append(filled(texts["untreated"], words))
    told.append(filled(texts["expected"], _gap_words(gap)))
    spread = f"{gap.spread_between_people_pct:g}"
    return [*told, *_part(gap), filled(texts["assumed"], {"spread": spread})]


def _part(gap: Expected) -> list[Statement]:
    """What part of the fall is expected without practice; nothing about another side's size."""
    if gap.side_changed or gap.before_pct <= 0.0:
        return []
    texts = common()
    words = {"part": f"{gap.fall_expected_pct:.1f}", "fall": f"{gap.fall_pct:.1f}"}
    if round(gap.fall_pct, 1) <= 0.0:
        return [filled(texts["part_not_fallen"], {"part": words["part"]})]
    return [filled(texts["part" if gap.fall_pct > gap.fall_expected_pct else "part_all"], words)]


def _cautions(before: int, sessions: int, rules: Rules) -> list[Statement]:
    told: list[Statement] = []
    if before < rules.learning_sessions:
        words = {"first": str(before + 1), "last": str(before + sessions)}
        told.append(filled(common()["learning"], words))
    return [*told, common()["cause"]]


def _leg_words(one: LegChange) -> dict[str, str]:
    return {
        "leg": one.leg.capitalize(),
        "before": f"{one.before_n:.2f} N",
        "after": f"{one.after_n:.2f} N",
        "change": f"{one.change_pct:+.1f} %",
        "outcome": _OUTCOME[one.outcome],
        "drop": f"{one.drop_needed_pct:.1f} %",
        "rise": f"{one.rise_needed_pct:.1f} %",
    }


def _gap_words(gap: Expected) -> dict[str, str]:
    if gap.smaller:
        judged = "smaller than expected without practice"
    elif gap.side_changed:
        judged = "on the other side, beyond its error"
    elif gap.after_pct > gap.high_pct:
        judged = "larger than expected"
    else:
        judged = "within what is expected without practice"
    return {
        "before": sided(gap.before_pct),
        "expected": sided(gap.expected_pct),
        "after": sided(gap.after_pct),
        "low": sided(gap.low_pct),
        "high": sided(gap.high_pct),
        "share": f"{gap.confidence_pct:g}",
        "judged": judged,
    }


def sided(pct: float) -> str:
    """A difference with the side named only where it is the other one.

    >>> sided(12.04), sided(-3.0)
    ('12.0 %', '3.0 % on the other side')
    """
    shown = f"{abs(pct):.1f} %"
    return f"{shown} on the other side" if round(pct, 1) < 0.0 else shown

"""Writes the part of docs/evidence/exercises.md that is made from the packaged knowledge.

    .venv/bin/python docs/make_exercises_page.py

A test says when it must be run again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from evenstance.knowledge.advice import topics
from evenstance.knowledge.catalogue import exercises, sources, statements
from evenstance.knowledge.exercise import SUPPORT_TEXT, Exercise, Statement
from evenstance.knowledge.gates import conditions
from evenstance.knowledge.rules import Cell, Rule, When, rules
from evenstance.knowledge.words import MARK, MARK_END, claims
from evenstance.plan.lines import grade_tag

PAGE = Path(__file__).parent / "evidence" / "exercises.md"
BEGIN = "<!-- made by docs/make_exercises_page.py -->\n"
END = "<!-- end of what is made -->\n"


def renewed(text: str) -> str:
    """The page with its tables as the packaged data have them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks between which the tables stand")
    return f"{before}{begin}\n{made()}\n\n{end}{after}"


def made() -> str:
    """Everything between the marks."""
    parts = (_grades(), _catalogue(), _rules(), _shared(), _advice(), _claims(), _sources())
    return _ascii("\n\n".join("\n".join(part) for part in parts))


def _grades() -> Iterator[str]:
    yield "## Grades of the exercises"
    yield ""
    yield from _head("exercise", "effect", "on what", "dose", "smaller difference", "force SD")
    for e in exercises().values():
        yield _row(
            f"`{e.id}`",
            e.grade_effect,
            e.grade_effect_for,
            e.grade_dose,
            e.grade_gap,
            e.grade_force_sd,
        )


def _catalogue() -> Iterator[str]:
    yield "## The exercises"
    for e in exercises().values():
        yield ""
        yield from _exercise(e)


def _exercise(e: Exercise) -> Iterator[str]:
    yield f"### {e.name} (`{e.id}`)"
    yield ""
    yield f"{e.purpose} {e.setup}"
    yield ""
    yield f"- Hand support: {'; '.join(SUPPORT_TEXT[s] for s in e.support)}."
    yield f"- Ladder: {', '.join(f'`{rung.text}`' for rung in e.ladder)}."
    yield f"- Dose, {e.grade_dose}: {e.grade_dose_for}."
    yield f"- Up: {e.progress} Down: {e.regress}"
    yield f"- Stop: {e.stop} Not for: {e.not_for}"
    if not e.gates.empty:
        yield f"- Only with: {'; '.join(conditions(e.gates))}."
    yield f"- Needs: {e.equipment}. Answers: {', '.join(e.answers)}."
    yield f"- Studied: {e.population}"
    yield f"- Found, {e.grade_effect}: {e.effect} {_cited(e.evidence)}"
    yield f"- Against it: {e.counter} {_cited(e.counter_evidence)}"


def _rules() -> Iterator[str]:
    yield "## The rules"
    yield ""
    yield "The first rule whose conditions all hold decides."
    yield ""
    yield from _head("rule", "leads to", "when", "what the person is told")
    for rule in rules().values():
        said = " ".join(_graded(s) for s in (rule.say, *rule.next))
        yield _row(f"`{rule.id}`", rule.outcome.replace("_", " "), _when(rule.when), said)
    for rule in rules().values():
        if rule.weeks:
            yield ""
            yield from _weeks(rule)


def _weeks(rule: Rule) -> Iterator[str]:
    yield f"### Weeks of `{rule.id}`"
    yield ""
    yield from _head("week", "items")
    for number, cells in enumerate(rule.weeks, 1):
        yield _row(str(number), "; ".join(_cell(cell) for cell in cells))


def _cell(cell: Cell) -> str:
    doses = ", then ".join(f"`{rung.text}`" for rung in cell.rungs)
    if cell.from_start:
        doses = "start rung " + ", then ".join(f"+{step}" for step in cell.from_start)
    text = f"{cell.exercise} {doses} {cell.support}"
    return text if cell.instead is None else f"{text} (else {_cell(cell.instead)})"


def _when(when: When) -> str:
    parts = [f"step {', '.join(map(str, when.steps))}"]
    if when.legs_not_scored is not None:
        parts.append(f"legs not scored: {' or '.join(map(str, when.legs_not_scored))}")
    if when.shorter_hold_below_s is not None:
        parts.append(f"shorter hold below {when.shorter_hold_below_s:g} s")
    if when.shorter_hold_from_s is not None:
        parts.append(f"shorter hold from {when.shorter_hold_from_s:g} s")
    if when.holds_at_cap is not None:
        parts.append("holds at the cap" if when.holds_at_cap else "holds not all at the cap")
    if when.age_from_y is not None:
        parts.append(f"from {when.age_from_y} years")
    if when.age_below_y is not None:
        parts.append(f"below {when.age_below_y} years")
    if when.two_leg_split is not None:
        parts.append(f"{'an' if when.two_leg_split else 'no'} uneven two-legged load")
    return "; ".join(parts)


def _shared() -> Iterator[str]:
    yield "## Sentences of every plan"
    yield ""
    for grouped in statements():
        older = " (from 65 years)" if grouped.when == "from_65" else ""
        yield f"- {grouped.group}{older}: {_graded(grouped.statement)}"


def _advice() -> Iterator[str]:
    yield "## General advice"
    yield ""
    yield "`evenstance advice` lists these topics."
    for topic in topics().values():
        yield ""
        yield f"### {topic.title} (`{topic.id}`)"
        yield ""
        for statement in topic.say:
            yield f"- {_graded(statement)}"


def _claims() -> Iterator[str]:
    yield "## What is never said"
    yield ""
    yield MARK
    yield ""
    yield from _head("claim", "why not", "against it", "said instead")
    for claim in claims().values():
        instead = "-" if claim.allowed is None else _graded(claim.allowed)
        yield _row(claim.claim, claim.ground, ", ".join(claim.evidence) or "-", instead)
    yield ""
    yield MARK_END


def _sources() -> Iterator[str]:
    yield "## Sources"
    yield ""
    yield from _head("id", "source", "read", "not checked", "note")
    for s in sources().values():
        yield _row(s.id, s.citation, s.read, ", ".join(s.unverified) or "-", s.note)


def _ascii(text: str) -> str:
    """Pages are plain ASCII: letters lose their accents."""
    plain = unicodedata.normalize("NFKD", text.replace("\u2264", "at most "))
    return plain.encode("ascii", "ignore").decode()


def _graded(statement: Statement) -> str:
    return f"{statement.text} {grade_tag(statement)}"


def _cited(ids: tuple[str, ...]) -> str:
    return f"[{', '.join(ids)}]" if ids else "[no source]"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), encoding="utf-8")

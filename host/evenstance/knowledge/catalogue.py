"""The packaged knowledge: read once, checked against its schema, handed out as values."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal, cast

from evenstance.knowledge.exercise import (
    Exercise,
    Grade,
    Rung,
    Source,
    Statement,
    Support,
    Surface,
    Task,
)
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.gates import gates_from
from evenstance.knowledge.question import Question
from evenstance.knowledge.read_question import question_from
from evenstance.toml_file import read_toml

if TYPE_CHECKING:
    from importlib.abc import Traversable

CEILING_BY_READ: dict[str, Grade] = {
    "full": "A",
    "abstract": "B",
    "table": "C",
    "page": "C",
    "copy": "C",
    "secondary": "C",
    "title": "D",
}
"""The best grade a source can carry, by what was read of it."""
GAP_CEILING: Grade = "B"
"""No source carries more for "this makes a left-right difference smaller"."""
SHOWN_AUTHORS = 3
NONE_FOUND = re.compile(r"No (study|trial)\b.* found\b")
"""How an exercise without evidence says so."""
GUARDED_HOLD_S = 10.0
"""No eyes closed, foam, hop or one-leg hinge below this eyes-open hold (s): our proposal."""
GUARDED_WORDS = re.compile(r"\b(eyes closed|foam|hops?|hinge|deadlift|rdl|ec)\b", re.IGNORECASE)
CITED = re.compile(r"\b[RSN]\d\d[abc]?\b")
"""An id of the bibliography in a sentence."""


@dataclass(frozen=True)
class GroupedStatement:
    """A sentence that many plans share, its group, and whom it is for."""

    group: str
    when: Literal["all", "from_65"]
    statement: Statement


@dataclass(frozen=True)
class Instrument:
    """An official instrument to point to; none of our questions are part of it."""

    id: str
    name: str
    url: str


def source_from(entry: Mapping[str, object]) -> Source:
    """One CSL-JSON entry; raises KnowledgeError without a note or a known `custom.read`."""
    name = str(entry.get("id", "bibliography entry"))
    custom = Fields(cast("Mapping[str, object]", entry.get("custom", {})), name)
    source = Source(
        id=name,
        citation=_citation(entry),
        read=custom.text("read"),
        note=Fields(entry, name).text("note"),
        unverified=custom.texts("unverified"),
    )
    if source.read not in CEILING_BY_READ:
        raise KnowledgeError(f"{name}: read is {source.read!r}")
    return source


def exercise_from(
    table: Mapping[str, object], name: str, sources: Mapping[str, Source]
) -> Exercise:
    """One checked exercise.

    Raises KnowledgeError for a missing or unknown key, a rung outside the ladder grammar, a
    citation that does not resolve, a grade above what its sources can carry, missing gates, and
    missing evidence that is not admitted.
    """
    reader = Fields(table, name)
    exercise = Exercise(
        id=reader.text("id"),
        name=reader.text("name"),
        purpose=reader.text("purpose"),
        setup=reader.text("setup"),
        support=cast("tuple[Support, ...]", reader.some_of("support", Support)),
        ladder=rungs_from(reader, "ladder"),
        progress=reader.text("progress"),
        regress=reader.text("regress"),
        stop=reader.text("stop"),
        not_for=reader.text("not_for"),
        equipment=reader.text("equipment"),
        answers=reader.texts("answers"),
        evidence=reader.texts("evidence"),
        counter_evidence=reader.texts("counter_evidence"),
        population=reader.text("population"),
        effect=reader.text("effect"),
        counter=reader.text("counter"),
        grade_effect=grade_of(reader, "grade_effect"),
        grade_effect_for=reader.text("grade_effect_for"),
        grade_dose=grade_of(reader, "grade_dose"),
        grade_dose_for=reader.text("grade_dose_for"),
        grade_gap=grade_of(reader, "grade_gap"),
        grade_force_sd=grade_of(reader, "grade_force_sd"),
        eyes="closed" if reader.one_of("eyes", Literal["open", "closed"]) == "closed" else "open",
        surface=cast("Surface", reader.one_of("surface", Surface)),
        task=cast("Task", reader.one_of("task", Task)),
        one_leg=reader.flag("one_leg"),
        rep_s=reader.number("rep_s", 0.0) or 0.0,
        one_leg_rep_s=reader.number("one_leg_rep_s", 0.0) or 0.0,
        support_from_65=_optional_support(reader),
        gates=gates_from(reader.table("gates")),
    )
    reader.finish()
    _check_exercise(exercise, name, sources)
    return exercise


def rungs_from(reader: Fields, key: str) -> tuple[Rung, ...]:
    """A list of at least one rung in the ladder grammar."""
    texts = reader.texts(key)
    if not texts:
        raise reader.fail(f"{key} is empty: there is no dose")
    try:
        return tuple(Rung.parse(text) for text in texts)
    except ValueError as error:
        raise reader.fail(f"{key}: {error}") from error


def statement_from(
    table: Mapping[str, object], name: str, sources: Mapping[str, Source]
) -> GroupedStatement:
    """One checked sentence; raises KnowledgeError like `exercise_from`."""
    reader = Fields(table, name)
    statement = Statement(
        reader.text("text"), grade_of(reader, "grade"), tuple(reader.texts("sources"))
    )
    when = "from_65" if reader.text("when", "all") == "from_65" else "all"
    grouped = GroupedStatement(reader.text("group"), when, statement)
    reader.finish()
    check_cited(name, (*statement.sources, *CITED.findall(statement.text)), sources)
    check_grade(name, "grade", statement.grade, statement.sources, sources)
    return grouped


@functools.cache
def sources() -> dict[str, Source]:
    """The bibliography by id; raises KnowledgeError for an id that comes twice."""
    bibliography = (_data() / "bibliography.json").read_text("utf-8")
    entries = cast("list[Mapping[str, object]]", json.loads(bibliography))
    found = [source_from(entry) for entry in entries]
    by_id = {source.id: source for source in found}
    if len(by_id) != len(found):
        raise KnowledgeError("bibliography: an id comes twice")
    return by_id


@functools.cache
def instruments() -> dict[str, Instrument]:
    """The official instruments by id."""
    tables = Fields(read_toml(_data() / "instruments.toml"), "instruments").tables("instruments")
    found = (Instrument(t.text("id"), t.text("name"), t.text("url")) for t in tables)
    return {instrument.id: instrument for instrument in found}


@functools.cache
def questions() -> dict[str, Question]:
    """The question bank by id, in the order of asking."""
    found = [
        question_from(read_toml(path), path.name.removesuffix(".toml"), sources(), instruments())
        for path in _toml_files("questions")
    ]
    return {question.id: question for question in sorted(found, key=lambda q: q.order)}


@functools.cache
def exercises() -> dict[str, Exercise]:
    """The catalogue by id."""
    found = [
        exercise_from(read_toml(path), path.name.removesuffix(".toml"), sources())
        for path in _toml_files("exercises")
    ]
    return checked_stages({exercise.id: exercise for exercise in found})


def checked_stages(known: dict[str, Exercise]) -> dict[str, Exercise]:
    """The same catalogue; raises KnowledgeError when gates name a stage that nobody has."""
    for exercise in known.values():
        for stage in exercise.gates.needs_stage:
            name, _, rung = stage.partition(":")
            if name not in known or rung not in [r.text for r in known[name].ladder]:
                raise KnowledgeError(f"{exercise.id}: there is no stage {stage}")
    return known


@functools.cache
def statements() -> tuple[GroupedStatement, ...]:
    """The shared sentences in their order."""
    tables = cast(
        "list[Mapping[str, object]]", read_toml(_data() / "statements.toml").get("statements", [])
    )
    return tuple(
        statement_from(table, f"statement {n}", sources()) for n, table in enumerate(tables, 1)
    )


@functools.cache
def rule_tables() -> dict[str, dict[str, object]]:
    """The raw rules by the names of their files; `evenstance.knowledge.rules` checks them."""
    return {path.name.removesuffix(".toml"): read_toml(path) for path in _toml_files("rules")}


@functools.cache
def advice_tables() -> dict[str, dict[str, object]]:
    """The raw topics of general advice; `evenstance.knowledge.advice` checks them."""
    return {path.name.removesuffix(".toml"): read_toml(path) for path in _toml_files("advice")}


@functools.cache
def claim_tables() -> tuple[Mapping[str, object], ...]:
    """The raw forbidden claims; `evenstance.knowledge.words` checks them."""
    return tuple(
        cast("list[Mapping[str, object]]", read_toml(_data() / "forbidden.toml").get("claims", []))
    )


def _data() -> Traversable:
    return resources.files("evenstance.knowledge") / "data"


def _toml_files(folder: str) -> list[Traversable]:
    found = [p for p in (_data() / folder).iterdir() if p.name.endswith(".toml")]
    return sorted(found, key=lambda path: path.name)


def grade_of(reader: Fields, key: str) -> Grade:
    """One of the four grades."""
    return cast("Grade", reader.one_of(key, Grade))


def _optional_support(reader: Fields) -> Support | None:
    if not reader.has("support_from_65"):
        return None
    return cast("Support", reader.one_of("support_from_65", Support))


def _check_exercise(exercise: Exercise, name: str, known: Mapping[str, Source]) -> None:
    if exercise.id != name:
        raise KnowledgeError(f"{name}: its id is {exercise.id}")
    if not exercise.support:
        raise KnowledgeError(f"{name}: support is empty")
    texts = f"{exercise.effect} {exercise.population} {exercise.counter}"
    check_cited(
        name, (*exercise.evidence, *exercise.counter_evidence, *CITED.findall(texts)), known
    )
    cited = exercise.evidence
    check_grade(name, "grade_effect", exercise.grade_effect, cited, known)
    check_grade(name, "grade_dose", exercise.grade_dose, cited, known)
    check_grade(name, "grade_gap", exercise.grade_gap, cited, known)
    if exercise.grade_gap < GAP_CEILING:
        raise KnowledgeError(f"{name}: grade_gap {exercise.grade_gap} is above {GAP_CEILING}")
    if exercise.grade_force_sd != "D":
        raise KnowledgeError(f"{name}: grade_force_sd {exercise.grade_force_sd} is above D")
    if not cited and NONE_FOUND.match(exercise.effect) is None:
        raise KnowledgeError(f"{name}: without evidence the effect begins with 'No study found'")
    _check_guarded(exercise, name)
    if any(rung.unit == "rep" for rung in exercise.ladder) and exercise.rep_s <= 0.0:
        raise KnowledgeError(f"{name}: repetitions need rep_s")


def _check_guarded(exercise: Exercise, name: str) -> None:
    words = f"{exercise.id} {exercise.name}".replace("_", " ")
    said = None if exercise.guarded else GUARDED_WORDS.search(words)
    if said is not None:
        raise KnowledgeError(f"{name}: its name says {said.group()!r}, its fields do not")
    gates = exercise.gates
    open_gate = (
        gates.age_below_y is None
        or gates.hold_from_s is None
        or gates.hold_from_s < GUARDED_HOLD_S
        or not gates.needs_unrestricted
    )
    if exercise.guarded and open_gate:
        raise KnowledgeError(
            f"{name}: eyes closed, foam, hop and one-leg hinge need gates: age_below_y, "
            f"hold_from_s of {GUARDED_HOLD_S:g} or more, needs_unrestricted"
        )


def check_cited(name: str, cited: tuple[str, ...], known: Mapping[str, Source]) -> None:
    """Raises KnowledgeError for an id that the bibliography does not have."""
    for source in cited:
        if source not in known:
            raise KnowledgeError(f"{name}: {source} is not in the bibliography")


def check_grade(
    name: str, key: str, grade: Grade, cited: tuple[str, ...], known: Mapping[str, Source]
) -> None:
    """Raises KnowledgeError for a grade above what was read of its best source."""
    ceiling = min((CEILING_BY_READ[known[source].read] for source in cited), default="D")
    if grade < ceiling:
        raise KnowledgeError(f"{name}: {key} {grade} is above {ceiling}, which its sources carry")


def _citation(entry: Mapping[str, object]) -> str:
    authors = cast("list[Mapping[str, str]]", entry.get("author", []))
    names = ", ".join(author["family"] for author in authors[:SHOWN_AUTHORS])
    if len(authors) > SHOWN_AUTHORS:
        names += " et al."
    issued = cast("Mapping[str, list[list[int]]]", entry.get("issued", {})).get("date-parts")
    where = " ".join(str(entry[k]) for k in ("container-title", "volume") if k in entry)
    pages = f":{entry['page']}" if "page" in entry else ""
    link = next((f"{k} {entry[k]}" for k in ("DOI", "PMCID", "PMID", "URL") if k in entry), "")
    year = str(issued[0][0]) if issued else ""
    parts = (
        names.rstrip("."),
        year,
        str(entry.get("title", "")).rstrip("."),
        f"{where}{pages}",
        link,
    )
    return ". ".join(part for part in parts if part) + "."

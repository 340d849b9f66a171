"""No forbidden word or claim stands anywhere a user can read: code, data, pages, golden texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from doc_pages import ROOT

from evenstance.knowledge.catalogue import claim_tables, sources
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.words import (
    MARK,
    MARK_END,
    Claim,
    Hit,
    claim_from,
    claims,
    found,
    without_marked,
)

HOST = ROOT / "host" / "evenstance"
FORBIDDEN_DATA = HOST / "knowledge" / "data" / "forbidden.toml"
CLAIMS = list(claims().values())
EXAMPLES = [(claim, example) for claim in CLAIMS for example in claim.examples]
KINDS = ["text", "wrapped", "python", "fstring", "page", "bold", "toml", "svg"]
INNOCENT = [(claim.id, text) for claim in CLAIMS for text in claim.innocent]
MAY_REFUSE_IN_WORDS = ROOT / "docs"  # pages that name a claim to refuse it, between marks
DATA_SUFFIXES = (".toml", ".json", ".html", ".css", ".txt", ".j2", ".csv", ".mako", ".ini")
NOT_WORDS = ("wire.json",)  # recorded bytes


def literals(source: str) -> Iterator[str]:
    """Every string of a Python file, joined as Python joins it; f-strings with {} for values."""
    tree = ast.parse(source)
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "{}"  # type: ignore[misc]
                for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.value


def in_python(source: str) -> list[Hit]:
    return [hit for text in literals(source) for hit in found(text)]


def in_file(path: Path) -> list[Hit]:
    """Hits of one file; pages below docs may name claims between marks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return in_python(text)
    if path.suffix == ".md" and path.is_relative_to(MAY_REFUSE_IN_WORDS):
        text = without_marked(text)
    if path.suffix == ".md":
        text = text.replace("*", "")  # bold and italic hide nothing
    if path.suffix in (".svg", ".html"):
        text = re.sub(r"&#160;|&nbsp;", " ", re.sub(r"<[^>]+>", " ", text))
    return list(found(text))


def scanned() -> list[Path]:
    """Sources, packaged data and templates, every page, and every golden text."""
    host = [
        p
        for p in HOST.rglob("*")
        if p.is_file() and (p.suffix == ".py" or p.suffix in DATA_SUFFIXES)
    ]
    board = [*(ROOT / "firmware").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    pages += [*(ROOT / "docs").rglob("*.py"), *(ROOT / "docs").rglob("*.svg")]
    golden = [
        p
        for p in (ROOT / "tests" / "golden").rglob("*")
        if p.is_file() and p.suffix not in (".py", ".pyc") and p.name not in NOT_WORDS
    ]
    return [p for p in (*host, *board, *pages, *golden) if p != FORBIDDEN_DATA]


@pytest.mark.parametrize("path", scanned(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_forbidden_reaches_a_user(path: Path) -> None:
    assert in_file(path) == []


def test_the_scan_reaches_every_kind_of_file() -> None:
    names = {p.relative_to(ROOT).as_posix() for p in scanned()}
    for expected in (
        "host/evenstance/cli.py",
        "host/evenstance/knowledge/data/statements.toml",
        "host/evenstance/knowledge/data/bibliography.json",
        "host/evenstance/knowledge/data/exercises/sls_eo.toml",
        "host/evenstance/knowledge/data/questions/chest.toml",
        "host/evenstance/knowledge/data/rules/at_cap.toml",
        "host/evenstance/knowledge/data/advice/warm_up.toml",
        "README.md",
        "docs/evidence/screen-and-plan.md",
        "docs/pictures/terminal.svg",
    ):
        assert expected in names
    assert len(names) > 250


# -- each pattern finds what it is for, wherever that stands --------------------------------------


@pytest.mark.parametrize(("claim", "example"), EXAMPLES, ids=lambda v: getattr(v, "id", None))
@pytest.mark.parametrize("kind", KINDS)
def test_each_pattern_is_found(claim: Claim, example: str, kind: str, tmp_path: Path) -> None:
    flat = " ".join(example.split())
    first, _, rest = flat.partition(" ")
    made = {
        "text": ("golden.txt", f"Before. {flat} After."),
        "wrapped": ("golden.txt", "\n   ".join(flat.split())),
        "python": ("code.py", f"show({first + ' '!r}\n     {rest!r})"),
        "fstring": ("code.py", f"show(f{'{leg} ' + flat!r})"),
        "page": ("page.md", f"# Page\n\n{flat}\n"),
        "bold": ("page.md", f"**{first}** *{rest}*" if rest else f"**{first}**"),
        "toml": ("data.toml", f"text = {flat!r}\n"),
        "svg": ("picture.svg", f"<svg><text>{flat.replace(' ', '&#160;')}</text></svg>"),
    }
    name, text = made[kind]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert claim.id in [hit.claim_id for hit in in_file(path)]


@pytest.mark.parametrize(("claim_id", "text"), INNOCENT)
def test_what_is_innocent_passes(claim_id: str, text: str) -> None:
    assert found(text) == (), claim_id


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_allowed_sentence_passes_and_its_grade_holds(claim: Claim) -> None:
    assert set(claim.evidence) <= set(sources())
    if claim.allowed is not None:
        assert found(claim.allowed.text) == ()
        assert claim.allowed.sources == claim.evidence


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_no_pattern_matches_everything_or_nothing(claim: Claim) -> None:
    assert claim.pattern.search("Stand on one leg for 30 s, hands on the hips.") is None
    assert claim.pattern.search("") is None


# -- marks ----------------------------------------------------------------------------------------


def test_a_marked_passage_of_a_page_may_name_a_claim() -> None:
    page = f"Before. {MARK}\nIt prevents injury.\n{MARK_END} After."
    assert found(page)
    assert found(without_marked(page)) == ()
    assert [h.claim_id for h in found(without_marked(f"{page} It prevents injury."))] == [
        "prevents_injury"
    ]


@pytest.mark.parametrize("page", [f"{MARK} open", f"open {MARK_END}", f"{MARK_END} {MARK}"])
def test_a_mark_without_a_partner_is_refused(page: str) -> None:
    with pytest.raises(KnowledgeError, match="partner"):
        without_marked(page)


def test_a_mark_counts_in_pages_of_the_docs_only(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"{MARK} It prevents injury. {MARK_END}", encoding="utf-8")
    assert in_file(path)


# -- the schema -----------------------------------------------------------------------------------

RAW = dict(claim_tables()[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"evidence": ["R99"]}, "R99 is not in the bibliography"),
        ({"grade": "A"}, "grade A is above B"),
        ({"pattern": "("}, "no pattern"),
        ({"examples": []}, "examples is empty"),
        ({"ground": ""}, "ground must be a text"),
        ({"reason": "x"}, "unknown key reason"),
    ],
)
def test_the_schema_of_a_claim_refuses(changes: dict[str, object], message: str) -> None:
    assert claim_from(RAW, "x", sources()).id == "difference_injures"
    with pytest.raises(KnowledgeError, match=message):
        claim_from({**RAW, **changes}, "x", sources())

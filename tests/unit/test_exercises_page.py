"""The page of exercises is current, and the bibliography is CSL-JSON as far as it is used."""

from __future__ import annotations

import datetime
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from load_script import load_script

from evenstance.knowledge.catalogue import CEILING_BY_READ, exercises, source_from, sources
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.rules import rules

ENTRIES: list[dict[str, Any]] = json.loads(
    (resources.files("evenstance.knowledge") / "data" / "bibliography.json").read_text("utf-8")
)
TYPES = {"article-journal", "webpage", "paper-conference"}
TEXTS = {"title", "container-title", "volume", "issue", "page", "DOI", "PMID", "PMCID", "URL"}
KEYS = {"id", "type", "author", "issued", "note", "custom"} | TEXTS
FORMS = {
    "DOI": r"10\.\d{4,9}/\S+",
    "PMID": r"\d{5,9}",
    "PMCID": r"PMC\d{5,9}",
    "URL": r"https://[a-z0-9.-]+(/\S*)?",
    "volume": r"\d{1,4}",
    "issue": r"[\d()-]+",
    "page": r"[A-Za-z]{0,5}\d+(-\d+|\.pub\d+)?",
}
PARTS = {"title", "authors", "journal", "year"}
"""What `custom.unverified` may name besides a part of the content in words."""


def test_the_page_is_up_to_date() -> None:
    """Otherwise: .venv/bin/python docs/make_exercises_page.py"""
    made = load_script("docs/make_exercises_page.py")
    text = Path(made.PAGE).read_text("utf-8")
    assert made.renewed(text) == text, "run docs/make_exercises_page.py"
    before, begin, made_part = text.partition(made.BEGIN)
    spoilt = before + begin + made_part.replace("| `sls_eo` |", "| `other` |")
    assert spoilt != text
    assert made.renewed(spoilt) == text
    with pytest.raises(ValueError, match="marks"):
        made.renewed(text.replace(made.END, ""))


def test_the_page_holds_everything() -> None:
    text = Path(load_script("docs/make_exercises_page.py").PAGE).read_text("utf-8")
    for e in exercises().values():
        row = (f"`{e.id}`", e.grade_effect, e.grade_effect_for, e.grade_dose, e.grade_gap)
        assert f"| {' | '.join(row)} | {e.grade_force_sd} |" in text
        assert f"### {e.name} (`{e.id}`)" in text
    assert all(f"| `{name}` |" in text for name in rules())
    assert all(f"| {name} |" in text for name in sources())
    for read, best in CEILING_BY_READ.items():
        row = next(line for line in text.splitlines() if re.match(rf"\| .*\b{read}\b.* \|", line))
        assert row.endswith(f"| {best} |")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_every_entry_is_csl_json(entry: dict[str, Any]) -> None:
    assert set(entry) <= KEYS
    assert {"id", "type", "title", "note", "custom"} <= set(entry)
    assert entry["type"] in TYPES
    assert re.fullmatch(r"[RSN]\d\d[abc]?", entry["id"])
    for key in TEXTS & set(entry):
        assert isinstance(entry[key], str)
        assert entry[key].strip() == entry[key] != ""
        assert re.fullmatch(FORMS.get(key, r".+"), entry[key]), (entry["id"], key)
    for author in entry.get("author", []):
        assert set(author) <= {"family", "given"}
        assert author["family"]
    if "issued" in entry:
        ((year,),) = entry["issued"]["date-parts"]
        assert 1960 <= year <= datetime.date(2026, 12, 31).year


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_every_entry_says_what_was_read_and_what_nobody_checked(entry: dict[str, Any]) -> None:
    custom = entry["custom"]
    assert set(custom) == {"read", "unverified"}
    assert custom["read"] in CEILING_BY_READ
    described = "its published title was not read" in entry["note"]
    assert not described or "title" in custom["unverified"]
    article = entry["type"] == "article-journal"
    if article and "author" not in entry:
        assert "authors" in custom["unverified"]
    if article and "container-title" not in entry:
        assert "journal" in custom["unverified"] or "PMCID" in entry
    if article and "issued" not in entry:
        assert "year" in custom["unverified"]
    assert source_from(entry).note == entry["note"]


def test_ids_stand_once_and_in_order() -> None:
    ids = [entry["id"] for entry in ENTRIES]
    assert len(set(ids)) == len(ids)
    key = {"R": 0, "S": 1, "N": 2}
    assert ids == sorted(ids, key=lambda name: (key[name[0]], name[1:]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"custom": {}}, "read is missing"),
        ({"custom": {"read": "skimmed", "unverified": []}}, "skimmed"),
        ({"custom": {"read": "page"}}, "unverified is missing"),
        ({"note": " "}, "note must be a text"),
    ],
)
def test_an_entry_without_what_was_read_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(KnowledgeError, match=message):
        source_from({**ENTRIES[0], **changes})

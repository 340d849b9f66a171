"""The data dictionary of `evenstance export` explains every column, and the page has it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from load_script import load_script

from evenstance import cli
from evenstance.export import dictionary

ROOT = Path(__file__).resolve().parents[2]


def test_every_column_is_explained() -> None:
    entries = dictionary.entries()
    keys = [(one["table"], one["column"], one["where"]) for one in entries]
    assert len(set(keys)) == len(keys)
    units = {"n": "N", "s": "s", "us": "us", "pct": "%", "sps": "samples/s", "bw": "%BW"}
    for one in entries:
        assert all(one.values()), one
        ending = one["column"].rsplit("_", 1)[-1]
        if one["type"] == "number" and ending in units and "per" not in one["column"]:
            assert one["unit"] == units[ending], one
        if one["type"] in ("text", "boolean", "date", "time") and one["unit"] != "-":
            assert one["column"] in ("age_band", "touch_downs"), one


def test_the_dictionary_in_three_formats(capsys: pytest.CaptureFixture[str]) -> None:
    def shown(*more: str) -> str:
        assert cli.run(["export", "dictionary", *more]) == 0
        return capsys.readouterr().out

    entries = dictionary.entries()
    assert json.loads(shown("--format", "json")) == entries
    assert list(csv.DictReader(shown("--format", "csv").splitlines())) == entries
    page = shown()
    assert page == shown("--format", "md")
    assert len([line for line in page.splitlines() if line.startswith("| `")]) == len(entries)


def test_the_page_has_the_dictionary_of_this_version() -> None:
    """Otherwise: .venv/bin/python docs/make_export_tables.py"""
    made = load_script("docs/make_export_tables.py")
    text = (ROOT / "docs" / "export.md").read_text("utf-8")
    assert made.renewed(text) == text, "run docs/make_export_tables.py"

"""Reads the pages of the project: code, tables, links and headings of Markdown files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("sh", "bash", "console")
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file; `name` is its path from the project's root."""

    name: str
    text: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    def blocks(self, *languages: str) -> list[str]:
        """The contents of fenced blocks in one of the languages."""
        found = [(m[1], m[2]) for m in _FENCE.finditer(self.text)]
        return [content for language, content in found if language in languages]

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return _FENCE.sub("", self.text)

    def shell_lines(self) -> list[list[str]]:
        """Every line of a shell block as words, comments and a leading "$" taken off."""
        lines = [line for block in self.blocks(*SHELL) for line in block.splitlines()]
        words = [shlex.split(line.strip().removeprefix("$ "), comments=True) for line in lines]
        return [line for line in words if line]

    def spans(self) -> list[list[str]]:
        """Every code span of the prose as words; spans that no shell could read are left out."""
        found: list[list[str]] = []
        for match in _SPAN.finditer(self.prose):
            try:
                words = shlex.split(match[1])
            except ValueError:
                continue
            if words:
                found.append(words)
        return found

    def links(self) -> list[str]:
        """Targets of all links and pictures."""
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """Anchors of the headings, as GitHub makes them."""
        return {_anchor(m[1]) for m in _HEADING.finditer(self.prose)}

    def table(self, *header: str, under: str) -> list[tuple[str, ...]]:
        """The rows of the first table with this header after the heading `under`.

        Code marks are taken off. KeyError when there is no such heading or table.
        """
        for cells in self.tables(under):
            if cells[0] == header:
                return cells[2:]
        raise KeyError(f"{self.name}: no table {header} under {under!r}")

    def tables(self, under: str) -> Iterator[list[tuple[str, ...]]]:
        """Every table after the heading `under`, with its header and the line below it."""
        parts = re.split(rf"^#+ +{re.escape(under)}$", self.text, flags=re.MULTILINE)
        if len(parts) != 2:
            raise KeyError(f"{self.name}: {len(parts) - 1} headings {under!r}")
        rows: list[tuple[str, ...]] = []
        for line in [*parts[1].splitlines(), ""]:
            if line.startswith("|"):
                cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
                rows.append(tuple(cell.strip().replace("`", "") for cell in cells))
            elif rows:
                yield rows
                rows = []


def pages() -> list[Page]:
    """README, CHANGELOG and everything under docs."""
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        Page(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files
    ]


def page(name: str) -> Page:
    """One page by its path from the root."""
    return Page(name, (ROOT / name).read_text(encoding="utf-8"))


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")

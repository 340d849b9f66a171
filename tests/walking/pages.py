"""The commands that the pages print, in the order in which somebody reads them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from doc_pages import ROOT, SHELL, page

Words = tuple[str, ...]
BY_SHELL = re.compile(r"^(eval|mkdir|export) |[|>] |^\. ")


@dataclass(frozen=True)
class Printed:
    """One line of a shell block."""

    page: str
    line: str

    @property
    def words(self) -> Words:
        """Its words, as a shell would take them apart."""
        return tuple(shlex.split(self.line, comments=True))

    @property
    def by_shell(self) -> bool:
        """Whether only a shell can run it."""
        return BY_SHELL.search(self.line) is not None


def reading_order() -> list[str]:
    """README, then every page in the order of the site's navigation."""
    site = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    return ["README.md", *(f"docs/{name}" for name in re.findall(r"([\w/-]+\.md)", site))]


def printed(name: str) -> list[Printed]:
    """The lines of a page's shell blocks, from its top to its end."""
    lines = [line.strip() for block in page(name).blocks(*SHELL) for line in block.splitlines()]
    return [Printed(name, line.removeprefix("$ ")) for line in lines if line]

"""The table of the page with the figures: renewed page by page, so that a long walk may be cut."""

from __future__ import annotations

from collections.abc import Sequence

from walking.walk import Walked

BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"
HEAD = ["", "| page | command | exit code | first line |", "| --- | --- | --- | --- |"]


def row(one: Walked) -> str:
    """One line of a page and how it went."""
    line, said = one.line.replace("|", "\\|"), one.said.replace("|", "\\|")
    code = "not run" if one.code is None else str(one.code)
    return f"| {one.page} | `{line}` | {code} | {said} |"


def renewed(text: str, page: str, found: Sequence[Walked], order: Sequence[str]) -> str:
    """The text with the rows of this page anew; those of the others stay."""
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    kept = [line for line in old.splitlines() if line.startswith("| ") and line not in HEAD]
    new = [row(one) for one in found]
    rows: list[str] = []
    for name in order:
        start = f"| {name} |"
        rows += [line for line in (new if name == page else kept) if line.startswith(start)]
    whole = "\n".join([*HEAD, *rows, "", ""])
    return f"{before}{BEGIN}{whole}{END}{after}"

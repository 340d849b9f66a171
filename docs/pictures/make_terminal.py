"""Draws docs/pictures/terminal.svg from what `evenstance demo` prints.

    .venv/bin/python docs/pictures/make_terminal.py

The demo is run for real (one to three minutes); its dates are the last days before today. Parts
that are left out of the picture are marked; nothing is added but the command line.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

PICTURE = Path(__file__).with_name("terminal.svg")
WIDTH = 96
LEFT_OUT = "[...]"
COMMAND = ("evenstance", "demo")
PLAN_LINES_AFTER_WEEK = 7


def printed() -> list[Text]:
    """Run the demo as a person would see it; its lines with their styles."""
    done = subprocess.run(
        [sys.executable, "-m", *COMMAND],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)},
    )
    return [Text.from_ansi(line) for line in done.stdout.decode().splitlines()]


def excerpt(lines: list[Text]) -> list[Text]:
    """The last session, comparison, verdict, the beginning of the plan, the truth."""
    plain = [line.plain for line in lines]
    start = max(n for n, text in enumerate(plain) if re.match(r"\d{4}-\d{2}-\d{2} quick", text))
    verdict = next(n for n, text in enumerate(plain) if text.startswith("Verdict, step"))
    plan = next(n for n in range(verdict, len(plain)) if not plain[n].strip())
    shown = [*lines[start:plan], *_plan_begins(lines, plan)]
    return [Text(LEFT_OUT, "dim"), *shown, Text(), lines[-1]]


def _plan_begins(lines: list[Text], at: int) -> list[Text]:
    """The first paragraph of the plan and of its first week, or why there is no plan."""
    weeks = [n for n in range(at, len(lines)) if lines[n].plain.startswith("Week 1,")]
    if not weeks:
        return lines[at:-2]
    first = next(n for n in range(at + 1, len(lines)) if lines[n].plain.startswith("- "))
    week = weeks[0]
    return [
        *lines[at:first],
        Text(LEFT_OUT, "dim"),
        *lines[week : week + PLAN_LINES_AFTER_WEEK],
        Text(LEFT_OUT, "dim"),
    ]


def svg(lines: list[Text]) -> str:
    """The lines as a picture that loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(f"$ {' '.join(COMMAND)}", "bold"))
    for line in lines:
        console.print(line, soft_wrap=True)
    picture = console.export_svg(
        title=" ".join(COMMAND), theme=DIMMED_MONOKAI, unique_id="evenstance"
    )
    picture = re.sub(r"@font-face \{.*?\}\n?", "", picture, flags=re.DOTALL)
    picture = re.sub(r"<!--.*?-->\n?", "", picture)
    return re.sub(r"[ \t]+\n", "\n", picture)


def main() -> None:
    """Draw and write the picture."""
    PICTURE.write_text(svg(excerpt(printed())), encoding="utf-8")


if __name__ == "__main__":
    main()

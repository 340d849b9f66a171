"""The table of hold rules with the unit and meaning that stand beside each as a comment."""

from __future__ import annotations

import re
from pathlib import Path

from evenstance_wire import hold_rules, rules

_ROW = re.compile(r"^    (\w+) = (\d+)  # (\S+): (.+)$", re.MULTILINE)


def rule_rows() -> list[tuple[str, int, str, str]]:
    """Name, default, unit ("" for none) and meaning of every rule."""
    source = Path(hold_rules.__file__).read_text(encoding="utf-8")
    rows = [(m[1], int(m[2]), "" if m[3] == "-" else m[3], m[4]) for m in _ROW.finditer(source)]
    assert [row[:2] for row in rows] == list(rules.TABLE)
    return rows

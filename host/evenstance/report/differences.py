"""In what two sessions differ that moves the result, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evenstance.report.plain import plain


@dataclass(frozen=True)
class Difference:
    """One thing that was not the same: its name, both values, and why it matters."""

    name: str
    before: str
    after: str
    why: str

    @property
    def text(self) -> str:
        """One line."""
        return f"{self.name.replace('_', ' ')}: {self.before}, then {self.after} ({self.why})"


def differences_json(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Each with its text."""
    return [{**plain(one), "text": one.text} for one in found]

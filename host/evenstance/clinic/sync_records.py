"""What a sync found and did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HeldBack:
    """A person whose rows stayed on the laptop, and why."""

    name: str
    why: str


@dataclass
class Synced:
    """Rows that are new in the clinic, by table, and what was left as it is.

    `conflicts` need somebody to decide; `differences` are things that the clinic says otherwise,
    and goes on saying.
    """

    new: dict[str, int] = field(default_factory=dict[str, int])
    changed: int = 0
    held_back: list[HeldBack] = field(default_factory=list[HeldBack])
    conflicts: list[str] = field(default_factory=list[str])
    differences: list[str] = field(default_factory=list[str])

    def count(self, table: str, number: int = 1) -> None:
        """Note rows that the clinic has now."""
        if number:
            self.new[table] = self.new.get(table, 0) + number

    @property
    def complete(self) -> bool:
        """Whether everything of the laptop is in the clinic."""
        return not self.held_back and not self.conflicts

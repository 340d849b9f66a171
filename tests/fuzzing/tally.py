"""What a run of fuzzing tried, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fuzzing.memory import Memory


@dataclass
class Tally:
    """Counts of a run; `wrong` says where something was, and is empty after a good one."""

    frames: int = 0  # mutated ones
    bytes: int = 0
    accepted: int = 0
    damaged: int = 0  # lines that began as a frame, by the reference
    others: Counter[str] = field(default_factory=Counter[str])
    harms: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    memory: dict[str, Memory] = field(default_factory=dict[str, Memory])

    def __str__(self) -> str:
        counts = {
            "mutated frames": self.frames,
            "bytes": self.bytes,
            "accepted": self.accepted,
            "damaged": self.damaged,
            **self.others,
        }
        rows = ({name: n for name, n in counts.items() if n}, self.harms)
        return "\n  ".join(", ".join(f"{name} {n}" for name, n in row.items()) for row in rows)

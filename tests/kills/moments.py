"""Which moments are struck at: drawn from the measured length of each task."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Task = Literal["session", "pull", "migrate", "flash", "backup", "restore"]
Victim = Literal["host", "host and children", "board", "board and cable"]
SHARES: dict[Task, float] = {
    "session": 0.1,
    "pull": 0.2,
    "migrate": 0.34,
    "flash": 0.06,
    "backup": 0.2,
    "restore": 0.1,
}
VICTIMS: dict[Task, tuple[Victim, ...]] = {
    "session": ("host", "board", "host", "board and cable"),
    "pull": ("host", "board", "host", "board and cable"),
    "migrate": ("host",),
    "flash": ("host", "host and children", "board and cable"),
    "backup": ("host",),
    "restore": ("host",),
}


@dataclass(frozen=True)
class Length:
    """Of a task that nobody disturbs: its steps, and the seconds from the first to the last."""

    steps: int
    seconds: float


@dataclass(frozen=True)
class Moment:
    """One strike; `share` of the task's steps or of its time, whichever `by` says, or with the
    `chance`-th file that is touched."""

    task: Task
    number: int
    victim: Victim
    by: Literal["step", "time", "touch"]
    share: float
    chance: int  # for whatever else is to be drawn

    @property
    def key(self) -> str:
        """Its name in the file of results."""
        return f"{self.task}-{self.number}"

    def at_step(self, length: Length) -> int | None:
        """The step to strike with, None when it goes by time."""
        return 1 + int(self.share * length.steps) if self.by == "step" else None

    def after_s(self, length: Length) -> float | None:
        """Seconds after the first step, None when it goes by steps."""
        return self.share * length.seconds if self.by == "time" else None

    def at_touch(self) -> int | None:
        """Which touch of a file to strike before, None when it goes by something else."""
        return self.chance if self.by == "touch" else None


def drawn(task: Task, number: int, seed: int) -> Moment:
    """The `number`-th moment of a task; the same for the same seed."""
    rng = random.Random(f"{seed} {task} {number}")
    victim = VICTIMS[task][number % len(VICTIMS[task])]
    # A cable that is pulled is pulled at a frame; the others go by steps and by time in turn.
    by_step = victim == "board and cable" and task != "flash"
    by: Literal["step", "time"] = "step" if by_step or rng.random() < 0.5 else "time"
    return Moment(task, number, victim, by, rng.random(), rng.randrange(1 << 30))


def counts(total: int, left_out: Collection[Task] = ()) -> dict[Task, int]:
    """How many moments each task gets; those of tasks that are left out go to the upgrade."""
    found = {t: int(total * share) for t, share in SHARES.items() if t not in left_out}
    found["migrate"] += total - sum(found.values())
    return found

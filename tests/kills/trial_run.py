"""One moment from start to end, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from kills import board_tasks, file_tasks
from kills.board_tasks import Outcome
from kills.moments import Length, Moment, Task
from kills.prepared import Prepared

DO: dict[Task, Callable[[Prepared, Path, Moment | None, Length], Outcome]] = {
    "session": board_tasks.session,
    "pull": board_tasks.pull,
    "flash": board_tasks.flash,
    "migrate": file_tasks.migrate,
    "backup": file_tasks.backup,
    "restore": file_tasks.restore,
}
LEFT_OUT: list[Task] = [] if file_tasks.HAS_RESTORE else ["restore"]
UNKNOWN = Length(0, 0.0)


def measured(task: Task, prepared: Prepared) -> Length:
    """The length of a task that nobody disturbs; it must be without a fault."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        outcome = DO[task](prepared, Path(folder), None, UNKNOWN)
    assert not outcome.wrong, outcome.wrong
    assert outcome.length is not None
    return outcome.length


def struck(moment: Moment, prepared: Prepared, length: Length) -> Outcome:
    """One moment."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        try:
            return DO[moment.task](prepared, Path(folder), moment, length)
        except Exception as error:
            outcome = Outcome()
            outcome.hit = True
            outcome.wrong.append(f"{type(error).__name__}: {error}")
            return outcome

"""What a command costs: processor time of a process of its own; other work leaves it alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def as_installed(compiled: Path | None = None) -> dict[str, str]:
    """The environment of an installed program, whose modules are compiled once and kept, in the
    folder `compiled` where one is named."""
    known = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return known if compiled is None else {**known, "PYTHONPYCACHEPREFIX": str(compiled)}


def processor_s(words: Sequence[str], environment: Mapping[str, str]) -> float | None:
    """That of `evenstance` with these words, and of the system for it; None when it failed."""
    line = [sys.executable, "-m", "evenstance", *words]
    child = os.spawnvpe(
        os.P_NOWAIT,
        "/bin/sh",
        ["/bin/sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh", *line],
        environment,
    )
    _, status, used = os.wait4(child, 0)
    return None if status else used.ru_utime + used.ru_stime

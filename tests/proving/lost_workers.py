"""Tasks that end the process they run in, as a worker out of memory does."""

from __future__ import annotations

import os
from pathlib import Path


def always(_number: int) -> int:
    """End it."""
    os._exit(9)


def once(mark: str) -> str:
    """End it the first time, and give an answer the second time."""
    path = Path(mark)
    if path.exists():
        return "answered"
    path.touch()
    os._exit(9)


def doubled(number: int) -> int:
    """A task without mishap."""
    return 2 * number

"""Empty histories for tests, copied from one file that the migrations made."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from evenstance.store.database import open_store


def empty_history(path: Path) -> Path:
    """Write an empty history of the current schema to `path` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content())
    return path


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite3"
        open_store(path).close()
        return path.read_bytes()

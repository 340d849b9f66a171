"""What killed programs left: files that were to get their name at the end, and never did."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

LEFTOVER = re.compile(r"\.[^/]{1,60}\.[0-9a-f]{12}\.part(-journal|-wal|-shm)?")
KEPT_S = 24 * 3600.0  # longer than any program takes to write one


def remove_leftovers(folder: Path) -> None:
    """Remove from a folder the unfinished files that nobody can be writing any more."""
    with suppress(OSError):
        before_s = time.time() - KEPT_S
        for path in folder.iterdir():
            if LEFTOVER.fullmatch(path.name) and path.lstat().st_mtime < before_s:
                path.unlink()

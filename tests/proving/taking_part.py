"""To what the progress of a long proof belongs: it begins anew when one of these files changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def key_of(*values: object, parts: Iterable[str]) -> str:
    """Changes with the values and any file of `parts`; a folder stands for its Python files."""
    found = hashlib.sha256(repr(values).encode())
    for part in parts:
        place = ROOT / part
        for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()[:16]

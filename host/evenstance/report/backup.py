"""What a backup holds, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenstance.store.backup_file import Backup

_NAMES = {
    "athlete": "people",
    "session": "sessions",
    "trial": "trials",
    "trace": "traces",
    "result": "results",
    "plan": "plans",
    "board": "boards",
}


def backup_json(found: Backup) -> dict[str, Any]:
    """Schema, size, digest, seal and counts."""
    return {
        "schema": found.revision,
        "older": found.older,
        "size_bytes": found.size_bytes,
        "sha256_of_values": found.digest,
        "made_at": None if found.made_at is None else found.made_at.isoformat(),
        "version": found.version,
        "rows": {word: found.rows[name] for name, word in _NAMES.items()},
    }


def backup_lines(found: Backup) -> list[str]:
    """The same for a person."""
    counts = ", ".join(f"{found.rows[name]} {word}" for name, word in _NAMES.items())
    if found.made_at is None:
        made = "It has no seal: a copy, not made by `evenstance backup`; a changed value in it "
        made += "would not be noticed."
    else:
        made = f"Made {found.made_at.astimezone():%F %H:%M} by version {found.version}."
    older = ", older than this version's: upgraded when restored" if found.older else ""
    return [
        f"Verified: {counts}.",
        made,
        f"Schema {found.revision}{older}. SHA-256 of all values: {found.digest}",
    ]

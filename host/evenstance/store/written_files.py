"""The files that were written of people: reports, exports, plans. Named when one is forgotten."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evenstance.store.schema import WrittenFileRow

Transaction = Callable[[], AbstractContextManager[Session]]
FileState = Literal["unchanged", "changed", "gone", "unreadable"]


@dataclass(frozen=True)
class WrittenFile:
    """One file; `others` when it tells of other people, too."""

    kind: str
    path: Path
    sha256: str
    others: bool


class WrittenFiles:
    """The list in an open history: each method is one transaction.

    It is `kept` in a laptop's own history. In one that laptops share a path says nothing about
    where a file is, and whoever may only read could not be listed.
    """

    def __init__(self, read: Transaction, write: Transaction, *, kept: bool) -> None:
        self._read = read
        self._write = write
        self._kept = kept

    def note(self, kind: str, paths: Sequence[Path], athletes: Sequence[int]) -> None:
        """Files have been written of these people; what stood under their names is replaced."""
        if not paths or not self._kept:
            return
        now = datetime.now(timezone.utc)
        made = [(os.path.abspath(path), digest(path)) for path in paths]
        with self._write() as db:
            for path, sha256 in made:
                db.execute(delete(WrittenFileRow).where(WrittenFileRow.path == path))
                db.add_all(
                    WrittenFileRow(
                        athlete_id=athlete, kind=kind, path=path, sha256=sha256, written_at=now
                    )
                    for athlete in athletes
                )

    def of(self, athlete: int) -> list[WrittenFile]:
        """What was written of a person, the oldest first."""
        with self._read() as db:
            rows = db.scalars(
                select(WrittenFileRow)
                .where(WrittenFileRow.athlete_id == athlete)
                .order_by(WrittenFileRow.id)
            )
            shared = set(
                db.scalars(select(WrittenFileRow.path).where(WrittenFileRow.athlete_id != athlete))
            )
            return [
                WrittenFile(row.kind, Path(row.path), row.sha256, row.path in shared)
                for row in rows
            ]


def state_of(file: WrittenFile) -> FileState:
    """Whether it still is what was written; what another put in its place is never touched."""
    if not os.path.lexists(file.path):
        return "gone"
    if file.path.is_symlink() or not file.path.is_file():
        return "changed"
    try:
        return "unchanged" if digest(file.path) == file.sha256 else "changed"
    except OSError:
        return "unreadable"


def digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 16):
            found.update(part)
    return found.hexdigest()

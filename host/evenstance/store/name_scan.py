"""Looks for a name in the bytes of files, and in the values of a history: the proof of forgetting.

The bytes say whether anything is left at all, the values say where: a person's name may stand in
the note of somebody else, and short names are part of other words.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evenstance.store.location import BACKUPS

_PART = 1 << 20


@dataclass(frozen=True)
class Place:
    """A value of a history in which the name stands: as a word, or as part of another."""

    file: Path
    table: str
    column: str
    key: str
    word: bool


def plain_files(history: Path) -> list[Path]:
    """All plain files in the folder of the history and in that of its backups, logs too."""
    folders = [history.parent, history.parent / BACKUPS]
    return sorted(
        path
        for folder in folders
        if folder.is_dir() and not folder.is_symlink()
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink()
    )


def files_with(name: str, files: Sequence[Path]) -> dict[Path, int]:
    """How often the name stands in the bytes of each file; only files where it does."""
    found = {path: _hits(path, name) for path in files}
    return {path: hits for path, hits in found.items() if hits}


def places(history: Path, name: str) -> list[Place]:
    """Every value of the history with the name in it; read only."""
    wanted, word = name.casefold(), re.compile(rf"(?<!\w){re.escape(name.casefold())}(?!\w)")
    raw_forms = [form for form in _forms(name)]
    found: list[Place] = []
    uri = f"{history.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        for table, column, key, value in _values(database):
            if isinstance(value, bytes):
                if any(form in value for form in raw_forms):
                    found.append(Place(history, table, column, key, False))
                continue
            text = unicodedata.normalize("NFC", str(value)).casefold()
            if wanted in text:
                is_word = word.search(text) is not None
                found.append(Place(history, table, column, key, is_word))
    return found


def _values(database: sqlite3.Connection) -> Iterator[tuple[str, str, str, object]]:
    tables = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for table, made in tables.fetchall():
        yield "sqlite_master", "sql", table, made
        cursor = database.execute(f'SELECT * FROM "{table}"')  # a name of our own schema
        columns = [column[0] for column in cursor.description]
        for row in cursor:
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, (str, bytes)):
                    yield table, column, str(row[0]), value


def _hits(path: Path, name: str) -> int:
    """Places in the bytes, also across the borders of the parts that are read."""
    pattern = re.compile(b"|".join(re.escape(form) for form in _forms(name)), re.IGNORECASE)
    longest = max(map(len, _forms(name)))
    hits, before = 0, b""
    with path.open("rb") as file:
        while part := file.read(_PART):
            window = before + part
            keep = min(longest - 1, len(window))
            border = len(window) - keep
            hits += sum(1 for match in pattern.finditer(window) if match.start() < border)
            before = window[border:]
        hits += sum(1 for _ in pattern.finditer(before))
    return hits


def _forms(name: str) -> list[bytes]:
    """The name as it may have been written down: letter case, composed or not, escaped."""
    spelt = {
        unicodedata.normalize(form, change(name))
        for form in ("NFC", "NFD")
        for change in (str, str.lower, str.upper, str.title, str.casefold)
    }
    return sorted(
        {text.encode("utf-8") for text in spelt}
        | {json.dumps(text)[1:-1].encode("ascii") for text in spelt}
    )

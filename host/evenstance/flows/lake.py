"""A lake as it is read: its files, checked, in parts that any number of workers can take.

A part is one row group of one file. Its rows are read by whoever computes them, so whoever hands
the parts out never sees a trace.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenstance.errors import EvenstanceError, InputError
from evenstance.export import lake
from evenstance.flows.lake_export import FILE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ANCHOR = "the-lake-cannot-be-read"
_MEMORY = "512MB"


@dataclass(frozen=True)
class LakeFile:
    """One month of one clinic; size and time tell whether it is still the same file."""

    path: str
    clinic: str
    rows: int
    size: int
    changed_ns: int

    def require_same(self) -> None:
        """InputError when the file was replaced since the lake was opened."""
        try:
            now = Path(self.path).stat()
        except OSError as error:
            raise unreadable(self.path, error.strerror or str(error)) from error
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            raise InputError(
                f"{self.path} was replaced while the lake was read.",
                cause="somebody exported this month at the same time",
                next_step="Run it again; there is no result, rather than a mixed one.",
                anchor=ANCHOR,
            )


@dataclass(frozen=True)
class Part:
    """Rows of one file, the first counted from 0."""

    file: LakeFile
    first: int
    rows: int


@dataclass(frozen=True)
class Lake:
    """All files in the order of their paths; whether there are codes in place of names."""

    folder: str
    files: tuple[LakeFile, ...]
    anonymous: bool

    @property
    def rows(self) -> int:
        """Trials in it."""
        return sum(file.rows for file in self.files)

    def parts(self) -> Iterator[Part]:
        """Every row once."""
        for file in self.files:
            for first in range(0, file.rows, lake.GROUP_ROWS):
                yield Part(file, first, min(lake.GROUP_ROWS, file.rows - first))


def open_lake(folder: Path) -> Lake:
    """Look at every file's end, where its columns stand; InputError for any that does not fit."""
    import duckdb

    paths = sorted(str(path) for path in folder.resolve().glob(f"clinic=*/month=*/{FILE}"))
    if not paths:
        raise InputError(
            f"{folder} is not a lake.",
            cause="there is no such folder"
            if not folder.is_dir()
            else f"nothing in it is called clinic=NAME/month=MONTH/{FILE}",
            next_step="Name the folder that `evenstance export lake --to FOLDER` wrote.",
            anchor=ANCHOR,
        )
    files: list[LakeFile] = []
    kinds: dict[bool, str] = {}
    with connected() as engine:
        for path in paths:
            found = Path(path).stat()
            try:
                about = engine.execute(
                    "SELECT num_rows FROM parquet_file_metadata($1)", [path]
                ).fetchone()
                names = _columns(engine, path)
            except duckdb.Error as error:
                raise unreadable(path, str(error)) from error
            anonymous = "person_code" in names
            missing = [
                one.name for one in lake.columns(anonymous=anonymous) if one.name not in names
            ]
            if missing or about is None:
                raise unreadable(path, f"it lacks the columns {', '.join(missing)}")
            kinds.setdefault(anonymous, path)
            clinic = Path(path).parent.parent.name.removeprefix("clinic=")
            files.append(LakeFile(path, clinic, int(about[0]), found.st_size, found.st_mtime_ns))
    if len(kinds) > 1:
        raise unreadable(kinds[True], f"it has codes, and {kinds[False]} has names")
    return Lake(str(folder), tuple(files), next(iter(kinds)))


def _columns(engine: DuckDBPyConnection, path: str) -> set[str]:
    """Those that an export of Evenstance says it wrote; none of anybody else's file."""
    row = engine.execute(
        "SELECT value FROM parquet_kv_metadata($1) WHERE key = 'evenstance_columns'", [path]
    ).fetchone()
    if row is None:
        return set()
    said = {one["name"] for one in json.loads(row[0])}
    schema = engine.execute("SELECT name FROM parquet_schema($1)", [path]).fetchall()
    return said & {str(name) for (name,) in schema}


def connected() -> DuckDBPyConnection:
    """An engine of one thread and bounded memory that fetches nothing from anywhere."""
    import duckdb

    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": _MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )


def batches_of(
    part: Part, columns: Sequence[str], at_once: int
) -> Iterator[list[tuple[Any, ...]]]:
    """The wanted columns of a part's rows, some at once, in the file's order."""
    import duckdb

    part.file.require_same()
    seen = 0
    try:
        with connected() as engine:
            found = engine.execute(
                f"SELECT {', '.join(columns)} FROM read_parquet($1, file_row_number = true, "
                "hive_partitioning = false) WHERE file_row_number >= $2 AND file_row_number < $3 "
                "ORDER BY file_row_number",
                [part.file.path, part.first, part.first + part.rows],
            )
            while batch := found.fetchmany(at_once):
                yield batch
                seen += len(batch)
    except duckdb.Error as error:
        raise unreadable(part.file.path, str(error)) from error
    part.file.require_same()
    if seen != part.rows:
        raise unreadable(part.file.path, f"{seen} of {part.rows} rows came out of it")


def unreadable(path: str, why: str) -> EvenstanceError:
    """What is said of a file that cannot be used."""
    return InputError(
        f"{path} cannot be read as part of a lake.",
        cause=why,
        next_step="Export that clinic's month again, or take the file away. There is no result, "
        "rather than one of a part.",
        anchor=ANCHOR,
    )

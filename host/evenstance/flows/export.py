"""The history into files: who is meant, codes or names, and every file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from evenstance.bounded_read import read_text
from evenstance.errors import InputError
from evenstance.export.anonymous import Codes, codes_of_key, key_text, new_codes, with_people
from evenstance.export.columns import Column
from evenstance.export.dictionary import as_csv
from evenstance.export.tables import INDEX, TABLES, Selection, TableName, columns, write
from evenstance.export.writers import Format, writer
from evenstance.flows.replay import ATHLETE as REPLAY
from evenstance.private_files import need_folder, need_place, new_file, write_file

if TYPE_CHECKING:
    from evenstance.store.reading import Reading
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

MAX_KEY_BYTES = 20_000_000  # of 100,000 people


@dataclass(frozen=True)
class Request:
    """What is wanted. `athlete` None is everybody; `key` is used with `anonymous` only."""

    form: Format
    athlete: Athlete | None = None
    since: date | None = None
    until: date | None = None
    anonymous: bool = False
    key: Path | None = None
    force: bool = False


@dataclass(frozen=True)
class Written:
    """One file: its table, where it is, and how many rows it has."""

    table: str
    path: Path
    rows: int


@dataclass(frozen=True)
class Exported:
    """What was written, of how many people, and trials of nobody that stayed out."""

    files: tuple[Written, ...]
    people: int
    left_out: int


def index_path(path: Path) -> Path:
    """Where the index of a file of traces is."""
    return path.with_name(f"{path.stem}_index{path.suffix}")


def export_table(store: Store, table: TableName, path: Path, request: Request) -> Exported:
    """One table into a file; InputError, with nothing changed, when it cannot be written."""
    return _export(store, {table: path}, request)


def export_dataset(store: Store, folder: Path, request: Request) -> Exported:
    """All tables of one moment, and their dictionary, into a folder that only its owner reads.

    The codes of an anonymous export are then the same in all tables.
    """
    need_folder(folder)
    dictionary = folder / "dictionary.csv"
    need_place(dictionary, force=request.force)
    found = _export(store, {one: folder / f"{one}.{request.form}" for one in TABLES}, request)
    write_file(dictionary, as_csv(), force=request.force)
    return found


def _export(store: Store, paths: dict[TableName, Path], request: Request) -> Exported:
    places: dict[TableName, tuple[Path, ...]] = {
        table: (path, index_path(path)) if table == "traces" else (path,)
        for table, path in paths.items()
    }
    for path in (path for pair in places.values() for path in pair):
        need_place(path, force=request.force)
        if request.key is not None and _same(path, request.key):
            raise InputError(
                f"{path} is the key file, too.", next_step="Name two files, kept apart."
            )
    with store.reading() as reading, ExitStack() as files:
        selection = selected(reading, request)
        written: list[Written] = []
        for table, pair in places.items():
            names = (table, INDEX)[: len(pair)]
            made = [files.enter_context(new_file(one, force=request.force)) for one in pair]
            rows = _one(table, names, made, reading, selection, request.form)
            written += map(Written, names, pair, rows)
        found = exported(written, reading, selection, request)
    note(store, "export", found, selection, request)
    return found


def selected(reading: Reading, request: Request) -> Selection:
    """Who and which days are meant, with codes for everybody when there are no names."""
    codes = _codes(request)
    people = _people(reading, request)
    if request.anonymous:
        codes = _with_everybody(codes, reading, people, request)
        # in another order than by name, which would tell who is who
        people = sorted(people, key=codes.place)
    nobody: tuple[None, ...] = () if request.anonymous or request.athlete is not None else (None,)
    return Selection((*people, *nobody), codes, request.since, request.until, request.anonymous)


def exported(
    written: Sequence[Written], reading: Reading, selection: Selection, request: Request
) -> Exported:
    """What was written, and how many trials of nobody stayed out."""
    left_out = 0
    if request.anonymous and request.athlete is None:
        left_out = sum(1 for one in reading.trials(None) if selection.has(one.day))
    people = sum(one is not None for one in selection.people)
    return Exported(tuple(written), people, left_out)


def note(store: Store, kind: str, found: Exported, selection: Selection, request: Request) -> None:
    """List the files as written of these people, for the day when one wants to be forgotten."""
    people = [one.id for one in selection.people if one is not None]
    named = f"anonymous {kind}" if request.anonymous else kind
    store.files.note(named, [one.path for one in found.files], people)
    if request.key is not None:
        store.files.note("key", [request.key], list(selection.codes.people))


def _one(
    table: TableName,
    names: Sequence[str],
    made: Sequence[Path],
    reading: Reading,
    selection: Selection,
    form: Format,
) -> list[int]:
    """Fill the files of one table; how many rows each has."""
    with ExitStack() as open_files:
        kinds: list[tuple[Column, ...]] = [
            columns(name, anonymous=selection.anonymous) for name in names
        ]
        writers = tuple(
            open_files.enter_context(writer(form, path, kind))
            for path, kind in zip(made, kinds, strict=True)
        )
        write(table, reading, selection, writers)
    return [one.rows for one in writers]


def _people(reading: Reading, request: Request) -> list[Athlete]:
    if request.athlete is not None:
        return [request.athlete]
    return [one for one in reading.athletes() if one.name != REPLAY]


def _codes(request: Request) -> Codes:
    if request.key is None or not request.key.exists():
        if request.key is not None:
            need_place(request.key, force=False)
        return new_codes()
    need_place(request.key, force=True)
    try:
        return codes_of_key(read_text(request.key, MAX_KEY_BYTES))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{request.key} cannot be read.", cause=str(error)) from error


def _with_everybody(
    codes: Codes, reading: Reading, people: Sequence[Athlete], request: Request
) -> Codes:
    """Codes for all who are exported; the key is written before any row is."""
    known = with_people(
        codes, [(one, reading.first_day(one.id)) for one in people], reading.board_uids()
    )
    if request.key is not None:
        write_file(request.key, key_text(known), force=request.key.exists())
    return known


def _same(one: Path, other: Path) -> bool:
    return os.path.abspath(one) == os.path.abspath(other)

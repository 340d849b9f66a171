"""The history of a clinic into a lake: one Parquet file for each of its months, replaced whole.

    FOLDER/clinic=NAME/month=2026-03/holds.parquet

Rows go to their month as they are read, so the memory needed does not grow with the history.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evenstance.errors import UsageError
from evenstance.export import lake
from evenstance.export.parquet_file import ParquetFile
from evenstance.flows.export import Exported, Request, Written, exported, note, selected
from evenstance.private_files import need_folder, new_file, no_folder

if TYPE_CHECKING:
    from evenstance.store.repository import Store

FILE = "holds.parquet"
_CLINIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def export_lake(store: Store, folder: Path, clinic: str, request: Request) -> Exported:
    """Write the clinic's months that `request` means; each is whole, or as it was before.

    Without days in the request all of the clinic is meant: months that are no longer in the
    history go, so that no trial stands in two of them.
    """
    if _CLINIC.fullmatch(clinic) is None:
        raise UsageError(
            f"{clinic!r} cannot be the name of a folder.",
            next_step="Name the clinic with letters, digits, points, hyphens and underscores.",
        )
    place = folder / f"clinic={clinic}"
    columns = lake.columns(anonymous=request.anonymous)
    files: dict[str, tuple[Path, ParquetFile]] = {}
    with store.reading() as reading:
        selection = selected(reading, request)
        with ExitStack() as open_files:
            for month, row in lake.rows(reading, selection):
                if month not in files:
                    path = place / f"month={month}" / FILE
                    if not folder.absolute().parent.is_dir():  # a typing error makes no lake
                        raise no_folder(path.parent, os.strerror(errno.ENOENT))
                    need_folder(path.parent)
                    made = open_files.enter_context(new_file(path, force=True))
                    file = ParquetFile(made, columns, group_rows=lake.GROUP_ROWS)
                    files[month] = path, open_files.enter_context(file)
                files[month][1].add(row)
        written = [Written(month, path, file.rows) for month, (path, file) in files.items()]
        written.sort(key=lambda one: one.table)
        if request.since is None and request.until is None:
            _remove_others(place, {one.path for one in written})
        found = exported(written, reading, selection, request)
    note(store, "lake", found, selection, request)
    return found


def _remove_others(place: Path, kept: set[Path]) -> None:
    for path in place.glob(f"month=*/{FILE}"):
        if path not in kept:
            path.unlink()
            with suppress(OSError):  # something else is in that folder
                path.parent.rmdir()

"""Opens the history: creates or upgrades the file, and refuses one it cannot use."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from evenstance.store.engine import BUSY_TIMEOUT_MS, make_engine, writing
from evenstance.store.faults import translated
from evenstance.store.location import make_private_file, store_path
from evenstance.store.repository import Store
from evenstance.store.upgrade import ensure_current


def open_store(path: Path | None = None, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Store:
    """Open the history at `path` (the user's own when None), creating or upgrading it.

    Raises StoreError when it is damaged, read-only, locked for longer than `busy_timeout_ms`,
    or written by a newer Evenstance. Use as a context manager, or call `close()`.
    """
    file = store_path() if path is None else path
    make_private_file(file)
    with translated(file):
        return attach(make_engine(file, busy_timeout_ms=busy_timeout_ms), file)


def attach(engine: Engine, path: Path) -> Store:
    """Return the store on `engine` once its schema is current and it can be written."""
    try:
        ensure_current(engine, path)
        with writing(engine).connect() as connection, connection.begin():
            # Changes no row; SQLite lets BEGIN IMMEDIATE pass on a file it may only read.
            connection.exec_driver_sql("DELETE FROM alembic_version WHERE 0")
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, path)

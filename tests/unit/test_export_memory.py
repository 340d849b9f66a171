"""`evenstance export`: its memory does not grow with the history."""

from __future__ import annotations

import gc
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from export_history import BOARD, JOURNAL, STARTED, tiny_trace, trial
from histories import empty_history

from evenstance.export import tables
from evenstance.export.writers import FORMATS, Format, writer
from evenstance.flows.export import Request, export_dataset
from evenstance.private_files import new_file
from evenstance.store.database import open_store
from evenstance.store.repository import Store

HOLDS = 200


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A history of one person with so many holds, and the path of its file."""
    path = empty_history(tmp_path_factory.mktemp("memory") / "history.sqlite3")
    with open_store(path) as store:
        person = store.athlete("me")
        for first in range(1, HOLDS + 1, 20):
            at = STARTED + timedelta(hours=first)
            session = store.start_session(person.id, BOARD, "standard", started_at=at)
            full = [
                trial(seq, at + timedelta(minutes=seq - first), tiny_trace(2), pulled_at=at)
                for seq in range(first, first + 20)
            ]
            new = [replace(one, results=one.results[:1]) for one in full]
            purposes: Any = {one.seq: (session, person.id, "scored") for one in new}
            store.save_trials(BOARD, JOURNAL, new, purposes=purposes)
        yield store, path


def multiply(path: Path, times: int) -> None:
    """Copy every row of a history so that it has `times` as many holds, as plain SQL."""
    changed = {
        "session": {"id": "id || '-{k}'"},
        "trial": {"id": "id + {n}", "seq": "seq + {n}", "session_id": "session_id || '-{k}'"},
        "trace": {"trial_id": "trial_id + {n}"},
        "result": {"trial_id": "trial_id + {n}"},
    }
    with closing(sqlite3.connect(path)) as db, db:
        for table, new in changed.items():
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            db.execute(f"CREATE TEMP TABLE old AS SELECT * FROM {table}")
            for k in range(1, times):
                values = [new.get(one, one).format(k=k, n=1000 * k) for one in names]
                db.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM old")
            db.execute("DROP TABLE old")


def peak(work: Callable[[], Any]) -> int:
    """The most memory (bytes) that was in use at one time.

    Garbage in circles is collected early, so that it does not count as kept; what the test run
    itself holds is set aside, or each collection would look through it.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.collect()
    gc.set_threshold(200, 5, 2)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@pytest.mark.timeout(300)
def test_memory_does_not_grow_with_the_history(grown: tuple[Store, Path], tmp_path: Path) -> None:
    store, path = grown
    export_dataset(store, tmp_path / "first", Request("csv"))  # what is loaded once
    small = peak(lambda: export_dataset(store, tmp_path / "small", Request("csv")))
    multiply(path, 10)
    large = peak(lambda: export_dataset(store, tmp_path / "large", Request("csv")))
    lines = {
        path.stem: len(path.read_text().splitlines()) for path in (tmp_path / "large").iterdir()
    }
    assert lines["holds"] == lines["traces_index"] == 10 * HOLDS + 1
    assert (lines["sessions"], lines["results"]) == (101, 10 * HOLDS + 1)
    assert lines["traces"] == 40 * HOLDS + 1
    # a hold takes 2 kB and more: 1,800 that are kept would be 4 MB
    assert large < 1.25 * small + 50_000, (small, large)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_keeps_its_rows(tmp_path: Path, form: Format) -> None:
    kinds = tables.columns("traces", anonymous=False)

    def work(name: str, count: int) -> None:
        with new_file(tmp_path / name) as path, writer(form, path, kinds) as to:
            for n in range(count):
                to.add((n, "left", n, -n, n * 3, n / 7))

    work("first", 10)
    small = peak(lambda: work("small", 200))
    assert peak(lambda: work("large", 5_000)) < small + 100_000

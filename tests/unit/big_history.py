"""Histories of many thousand holds, made in seconds: the rows of one real session repeated.

One session is stored through the store itself; its rows are then copied by SQL under other
numbers, days and force SDs. So every column is what the program would have written.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from made_sessions import BOARD, FIRST, JOURNAL, add_session
from summaries import summary

from evenstance.store.database import open_store

HOLDS = 10  # of a session, five on each leg
METHOD = "force_sd_droop_corrected_n@1"
FIRST_DAY = datetime(2000, 1, 3, 9, 0, tzinfo=timezone.utc)
DAYS_APART = 3


def make_history(path: Path, people: int, sessions_each: int, *, seed: int = 1) -> None:
    """A history in which `people` persons have `sessions_each` sessions of ten holds each.

    They are called P1, P2, ... and their sessions are mixed in time, so that the holds of a person
    do not stand beside each other in the file.
    """
    with open_store(path) as store:
        person = store.athlete("P1")
        fives = [(4.0, 4.2, 3.9, 4.1, 4.0), (4.1, 4.3, 4.0, 4.1, 4.2)]
        add_session(store, person.id, FIRST, *fives, protocol="standard", droop=METHOD)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.row_factory = sqlite3.Row
        (person,), (session,) = _rows(raw, "athlete"), _rows(raw, "session")
        trials, (first, *_) = _rows(raw, "trial"), _rows(raw, "result")
        for table in ("result", "trial", "session", "athlete"):
            raw.execute(f"DELETE FROM {table}")
        persons = ({**person, "id": n, "name": f"P{n}"} for n in range(1, people + 1))
        _insert(raw, "athlete", person, persons)
        count = people * sessions_each
        _insert(raw, "session", session, _sessions(session, people, count))
        made = _trials(trials, people, count, random.Random(seed))
        _insert(raw, "trial", trials[0], made)
        sql = "INSERT INTO result SELECT id, ?, 1.02 * force_sd_n, NULL, ?, NULL, ?, ? FROM trial"
        raw.execute(sql, (METHOD, first["samples"], first["computed_at"], first["host_version"]))
        raw.execute("UPDATE pull SET acked_through = ?", (count * HOLDS,))


def _rows(raw: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in raw.execute(f"SELECT * FROM {table} ORDER BY rowid")]


def _insert(
    raw: sqlite3.Connection, table: str, like: dict[str, Any], rows: Iterator[dict[str, Any]]
) -> None:
    names = ", ".join(like)
    marks = ", ".join(f":{name}" for name in like)
    raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _began(number: int, people: int) -> datetime:
    """Everybody comes every third day, one after the other."""
    visit, person = divmod(number, people)
    return FIRST_DAY + timedelta(days=DAYS_APART * visit, seconds=person)


def _sessions(like: dict[str, Any], people: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            **like,
            "id": f"{number:032x}",
            "athlete_id": 1 + number % people,
            "started_at": _text(_began(number, people)),
            "familiarisation": int(number < people),
        }


def _trials(
    like: list[dict[str, Any]], people: int, count: int, rng: random.Random
) -> Iterator[dict[str, Any]]:
    """Force SDs are drawn anew; the summary says the same as the columns."""
    seq = 0
    for number in range(count):
        began = _began(number, people)
        for n, trial in enumerate(like):
            seq += 1
            sd_n = round(trial["force_sd_n"] * rng.lognormvariate(0.0, 0.14), 6)
            yield {
                **trial,
                "id": seq,
                "seq": seq,
                "session_id": f"{number:032x}",
                "athlete_id": 1 + number % people,
                "lift_off_at": _text(began + timedelta(minutes=n)),
                "pulled_at": _text(began + timedelta(hours=1)),
                "summary": summary(seq, trial["stance_leg"], sd_n),
                "force_sd_n": sd_n,
                "force_range_p95_p5_n": round(3.29 * sd_n, 6),
            }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


__all__ = ["BOARD", "JOURNAL", "make_history"]

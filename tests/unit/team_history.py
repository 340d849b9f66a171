"""A made team in which every kind of need stands once, and somebody archived."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path

from histories import empty_history
from made_sessions import add_session
from plan_cases import clear_answers

from evenstance.flows.plan_changes import Told, start_plan, tell_practice
from evenstance.knowledge.question import Answer
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store

TODAY = date(2026, 11, 23)
SHOES = replace(STANDARD_CONDITIONS, footwear="shoes")
HIGH, LOW, SAME = (6.0, 6.2, 6.4), (4.0, 4.1, 4.2), (4.1, 4.0, 4.2)
NAMES = ("Ada", "Ben", "Cleo", "Dov", "Eli", "Fay", "Gil")
AGE_Y = 34


def before(days: int) -> date:
    """So many days before today."""
    return TODAY - timedelta(days=days)


def team_history(path: Path) -> Path:
    """Write the history of that team to `path` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content())
    return path


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = empty_history(Path(folder) / STORE_FILE)
        with open_store(path) as store:
            fill_team(store)
        return path.read_bytes()


def fill_team(store: Store, names: Sequence[str] = NAMES) -> list[int]:
    """Seven people: a screening answer, a re-test due, no screening, a difference to decide on,
    sessions that are not comparable, practice under way, and nothing to do; returns their
    numbers."""
    gone = store.athlete("Hal").id
    base_line(store, gone, 3)
    store.update_athlete(gone, archived=True)
    ids = [store.athlete(name).id for name in names]
    ada, ben, _, dov, eli, fay, gil = ids
    base_line(store, ada, 3)
    screen(store, ada, before(1), {"stroke": True})
    base_line(store, ben, 60)
    _practising(store, names[1], ben, before(57), range(0, 39, 7))
    base_line(store, dov, 3)
    screen(store, dov, before(0))
    screen(store, eli, before(2))
    add_session(store, eli, before(20), HIGH, LOW, familiarisation=True)
    add_session(store, eli, before(12), HIGH, LOW, conditions=SHOES)
    add_session(store, eli, before(9), HIGH[:2], LOW)
    add_session(store, eli, before(7), HIGH, LOW, at=time(17, 30))
    add_session(store, eli, before(2), HIGH, LOW)
    base_line(store, fay, 17)
    _practising(store, names[5], fay, before(14), (0, 2, 4))
    base_line(store, gil, 3, HIGH, HIGH[::-1])
    screen(store, gil, before(2))
    return ids


def base_line(
    store: Store,
    athlete: int,
    until: int,
    left: Sequence[float] = HIGH,
    right: Sequence[float] = LOW,
) -> None:
    """A familiarisation session and three that count, the last one `until` days ago."""
    for n, days in enumerate((6, 4, 2, 0)):
        add_session(store, athlete, before(until + days), left, right, familiarisation=n == 0)


def screen(
    store: Store, athlete: int, on: date, changes: Mapping[str, Answer] | None = None
) -> None:
    """The whole screen, answered on a day."""
    store.care.save_screen(
        athlete,
        answered_on=on,
        age_y=AGE_Y,
        answers={**clear_answers(AGE_Y), **(changes or {})},
        state="clear",
    )


def _practising(
    store: Store, name: str, athlete: int, from_day: date, days: Sequence[int]
) -> None:
    """A plan that began on a day, with practice so many days after it."""
    screen(store, athlete, from_day)
    person = store.athlete(name, create=False)
    start_plan(store, person, from_day)
    for after in days:
        day = from_day + timedelta(days=after)
        tell_practice(store, person, day, Told("done", day))

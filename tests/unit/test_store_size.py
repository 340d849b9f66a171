"""A history that grows: what is asked of one person is found by indexes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from big_history import BOARD, FIRST_DAY, HOLDS, JOURNAL, make_history
from sqlalchemy import Engine, event

from evenstance.flows.history import history_of
from evenstance.flows.report import report_data
from evenstance.flows.results import athlete_results
from evenstance.store.backup_file import verify_backup
from evenstance.store.database import open_store
from evenstance.store.repository import Store

PEOPLE, SESSIONS = 3, 4
TODAY = date(2000, 2, 1)
GROWS = ("trial", "session", "trace", "result", "screen", "plan", "practice", "health_event")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("big") / "history.sqlite3"
    make_history(made, PEOPLE, SESSIONS)
    return made


@pytest.fixture
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent to the database, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        found.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def looked_through(path: Path, asked: list[tuple[str, Any]]) -> set[str]:
    """The growing tables that a statement would go through from end to end."""
    found: set[str] = set()
    with closing(sqlite3.connect(path)) as raw:
        for statement, values in asked:
            if not statement.lstrip().startswith("SELECT"):
                continue
            for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values):
                words = str(step).split()
                if words[0] == "SCAN" and words[1] in GROWS:
                    found.add(words[1])
    return found


Ask = Callable[[Store], object]
QUESTIONS: dict[str, Ask] = {
    "results": lambda s: athlete_results(s, s.athlete("P2", False), TODAY),
    "history": lambda s: history_of(s, s.athlete("P2", False), TODAY, None),
    "report": lambda s: report_data(s, s.athlete("P2", False), TODAY),
    "unassigned": lambda s: s.trials(unassigned=True),
    "pull": lambda s: s.stored_seqs(BOARD, JOURNAL, 100),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_growing_table_is_looked_through(
    path: Path, asked: list[tuple[str, Any]], name: str
) -> None:
    with open_store(path) as store:
        asked.clear()
        QUESTIONS[name](store)
    assert asked
    assert looked_through(path, asked) == set()


def test_looking_through_is_noticed(path: Path, asked: list[tuple[str, Any]]) -> None:
    with open_store(path) as store:
        store.sessions()  # of everybody
    assert looked_through(path, asked) == {"session", "trial"}


def test_the_made_history_is_one(path: Path) -> None:
    found = verify_backup(path)
    assert (found.rows["athlete"], found.rows["trial"]) == (PEOPLE, PEOPLE * SESSIONS * HOLDS)
    with open_store(path) as store:
        person = store.athlete("P2", False)
        results = athlete_results(store, person, TODAY)
        assert len(results.sessions) == SESSIONS
        assert [s.familiarisation for s in results.sessions] == [True, False, False, False]
        assert {trial.hold.seq for trial in results.trials} == {t.seq for t in results.trials}
        values = store.session_holds(person.id)[0]
        assert values.metric == "force_sd_droop_corrected_n"
        first = results.trials[0]
        assert values.left_n[0] == pytest.approx(1.02 * (first.hold.force_sd_n or 0.0))
        assert first.lift_off_at == datetime(2000, 1, 3, 9, 0, 1, tzinfo=timezone.utc)
    assert FIRST_DAY.date() < TODAY

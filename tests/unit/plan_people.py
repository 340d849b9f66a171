"""A person in a history of their own, on a clock that the test moves, at the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from histories import empty_history
from plan_cases import clear_answers
from summaries import summary

from evenstance import cli
from evenstance.flows import connect
from evenstance.flows.plan_changes import Told, tell_practice
from evenstance.knowledge.question import Answer
from evenstance.knowledge.words import found
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE
from evenstance.store.records import STANDARD_CONDITIONS, Conditions, NewTrial, Purpose
from evenstance.store.repository import Store

BOARD, JOURNAL = "e66164084319a12b", "0011223344556677"
MONDAY = date(2026, 11, 23)
WORSE, BETTER = (6.0, 6.2, 6.4), (4.0, 4.1, 4.2)
"""Force SD (N) of three holds of a leg; 34 % apart."""


class Someone:
    """Runs commands for one person; every output is checked for words and tracebacks."""

    def __init__(
        self, home: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.home = home
        self.today = MONDAY
        self._capsys = capsys
        self._seq = 0
        patch.setenv("EVENSTANCE_HOME", str(home))
        patch.setattr(connect, "wall_clock", self.clock)
        self.file = empty_history(home / STORE_FILE)
        with self.store() as store:
            self.id = store.athlete("Ann").id

    def clock(self) -> datetime:
        """Noon of today, local time."""
        return datetime.combine(self.today, datetime.min.time()).astimezone() + timedelta(hours=12)

    def store(self) -> Store:
        return open_store(self.file)

    def on(self, day: int) -> Someone:
        """Move the clock to so many days after the Monday of the start."""
        self.today = MONDAY + timedelta(days=day)
        return self

    def say(self, *words: str, code: int = 0) -> tuple[str, str]:
        assert cli.run(words) == code, self._capsys.readouterr()
        told = self._capsys.readouterr()
        for text in told:
            assert "Traceback" not in text
            assert not found(text), found(text)
        return told.out, told.err

    def json(self, *words: str) -> Any:
        return json.loads(self.say(*words, "--json")[0])

    def answer(self, changes: dict[str, Answer] | None = None, age_y: int = 34) -> None:
        """The whole screen, answered today."""
        with self.store() as store:
            store.care.save_screen(
                self.id,
                answered_on=self.today,
                age_y=age_y,
                answers={**clear_answers(age_y), **(changes or {})},
                state="clear",
            )

    def measure(
        self,
        left: Sequence[float] = WORSE,
        right: Sequence[float] = BETTER,
        conditions: Conditions = STANDARD_CONDITIONS,
        *,
        end_s: float | None = None,
    ) -> str:
        """A session today; `end_s`: every hold ended there and filled no record."""
        at = self.clock().astimezone(timezone.utc)
        with self.store() as store:
            session = store.start_session(
                self.id, BOARD, "standard", started_at=self.clock(), conditions=conditions
            )
            rows: list[NewTrial] = []
            for leg, values in (("left", left), ("right", right)):
                for value in values:
                    self._seq += 1
                    more: dict[str, int | None] = (
                        {}
                        if end_s is None
                        else {"reasons": 1, "end_us": round(end_s * 1e6), "end_reason": 1}
                    )
                    data = summary(self._seq, leg, None if end_s else value, **more)
                    rows.append(NewTrial(self._seq, data, None, False, at, at))
            store.save_trials(
                BOARD,
                JOURNAL,
                rows,
                purposes={row.seq: Purpose(session, self.id, "scored") for row in rows},
            )
        return session

    def practise(self, *days: int) -> None:
        """All of a session on each of these days, without the command line."""
        with self.store() as store:
            person = store.athlete("Ann")
            for day in days:
                self.on(day)
                tell_practice(store, person, self.today, Told("done", self.today))

    def base_line(self) -> None:
        """A familiarisation session and three that show a difference, before the start."""
        for day in (-9, -7, -5, -3):
            self.on(day).measure()
        self.on(0).answer()


DOSE_WORDS = re.compile(r"\d+ ?x ?\d+|\bsets?\b|repetition|Week \d", re.IGNORECASE)

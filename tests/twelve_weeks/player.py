"""Plays a case with the real program: moved clock, real history, commands in this process."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, time
from pathlib import Path

from plan_cases import clear_answers

from evenstance import cli
from evenstance.flows import connect
from twelve_weeks.script import ATHLETE, Case, Screening, Session, Typed, day_of

MASS_KG = 70.0
NOON = time(12, 0)
_SESSION_ID = re.compile(r"\b[0-9a-f]{32}\b")
Measure = Callable[[Case, int, Session], None]


class Player:
    """One case in one history; `measure` does a session, on a board or out of a file."""

    def __init__(self, case: Case, folder: Path, measure: Measure) -> None:
        self._case = case
        self._folder = folder
        self._measure = measure
        self._lines: list[str] = []

    def play(self) -> str:
        """Every step in turn; what was said, as the text of the golden file."""
        case = self._case
        self._lines = [f"# {case.title}", "", case.why, ""]
        sessions = 0
        for step in case.steps:
            with clock_at(step.day):
                if isinstance(step, Session):
                    self._measure(case, sessions, step)
                    sessions += 1
                elif isinstance(step, Screening):
                    self._screen(step)
                else:
                    self._type(step)
        return "\n".join(self._lines).rstrip() + "\n"

    def _screen(self, step: Screening) -> None:
        file = self._folder / "screen.json"
        answers = {**clear_answers(step.age_y), **step.answers}
        file.write_text(
            json.dumps(
                {
                    "age_y": step.age_y,
                    "answered_on": day_of(step.day).isoformat(),
                    "answers": answers,
                }
            ),
            encoding="utf-8",
        )
        self._run(("screen", "--file", str(file)), step.day, 0, "screen", shown=bool(step.answers))

    def _type(self, step: Typed) -> None:
        self._run(step.words, step.day, step.code, " ".join(step.words), shown=step.shown)

    def _run(
        self, words: tuple[str, ...], day: int, code: int, title: str, *, shown: bool
    ) -> None:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            ended = cli.run([*words, "--athlete", ATHLETE])
        text = said.getvalue()
        assert "Traceback" not in text, text
        assert ended == code, f"day {day}, {title}: code {ended}, not {code}\n{text}"
        if not shown:
            return
        head = f"## Day {day}, {day_of(day):%a %d %b}: `evenstance {title}`"
        if code:
            head += f" (exit code {code})"
        text = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
        self._lines += [head, "", "```text", _SESSION_ID.sub("(session)", text), "```", ""]


@contextmanager
def clock_at(day: int) -> Generator[None, None, None]:
    """The program's wall clock at noon of a case's day."""
    before = connect.wall_clock
    moment = datetime.combine(day_of(day), NOON).astimezone()
    connect.wall_clock = lambda: moment
    try:
        yield
    finally:
        connect.wall_clock = before

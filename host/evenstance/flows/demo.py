"""The main job without hardware: one synthetic person, four sessions on four days.

A blank virtual board is flashed with mpremote, calibrated with masses, and used for guided
sessions; the person hears the board's buzzer and does what the cues ask for. What the person
truly is, is known here and shown at the end; the product never sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from evenstance.flows.connect import Now, connected
from evenstance.flows.flash import flash
from evenstance.flows.guide import QUICK, Guide
from evenstance.flows.results import athlete_results
from evenstance.flows.screening import store_screen
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.flows.stand import Screenplay
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import Answer
from evenstance.metrics.hold import Leg
from evenstance.report.results import Results
from evenstance.screen.evaluate import evaluate
from evenstance.screen.types import Screen
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.person import SyntheticPerson

SESSIONS = 4
DAYS_APART = 2
START = time(9, 0)
PERSON = "synthetic person"
AGE_Y = 34


@dataclass(frozen=True)
class DemoOptions:
    """Who stands on the board: everything random is drawn from `seed`."""

    seed: int
    difference_pct: float
    less_steady: Leg
    mass_kg: float


def run_demo(
    options: DemoOptions,
    store: Store,
    folder: Path,
    show: Screenplay,
    tell: Callable[[str], None],
    last_day: date,
) -> Results:
    """Flash, calibrate, four sessions, results; `folder` keeps the board's flash meanwhile."""
    image = folder / "board-flash.img"
    athlete = store.athlete(PERSON, create=True)
    _screen(store, athlete.id, options.mass_kg, last_day)
    for number in range(SESSIONS):
        day = last_day - timedelta(days=DAYS_APART * (SESSIONS - 1 - number))
        tell("")
        tell(f"--- session {number + 1} of {SESSIONS}, {day} ---")
        masses = Masses()
        timeline = Timeline(masses)
        with VirtualBoard(
            timeline,
            Wiring.drawn(options.seed),
            speed=0.0,
            flash_image=image,
            blank=True,
        ) as board:
            now = _clock(day, board)
            if number == 0:
                flash(board.port, store, tell)
                with connected(board.port, now=now, patience_s=20.0) as (client, info):
                    tell(
                        f"board {info.board_uid}: firmware {info.firmware}, "
                        f"protocol {info.protocol}; calibrating with known masses"
                    )
                    calibrate_with_masses(client, masses, board.broker)
            person = SyntheticPerson(
                options.seed,
                options.mass_kg,
                true_difference_pct=options.difference_pct,
                less_steady=options.less_steady,
            )
            person.new_session(number)
            timeline.append(person)
            with connected(board.port, now=now, patience_s=20.0) as (client, info):
                Guide(
                    client,
                    info,
                    store,
                    show,
                    athlete_id=athlete.id,
                    conditions=STANDARD_CONDITIONS,
                    plan=QUICK,
                    now=now,
                ).run()
    return athlete_results(store, athlete, last_day)


def _clock(day: date, board: VirtualBoard) -> Now:
    start = datetime.combine(day, START).astimezone()

    def now() -> datetime:
        moment = start + timedelta(microseconds=board.broker.now_us)
        return moment.astimezone(timezone.utc)

    return now


def _screen(store: Store, athlete_id: int, mass_kg: float, today: date) -> None:
    """A person without any complaint answers the questions."""
    screen = Screen(_harmless_answers(mass_kg), AGE_Y, today)
    outcome = evaluate(screen, None, None, today)
    store_screen(store, athlete_id, screen, outcome.state)


def _harmless_answers(mass_kg: float) -> dict[str, Answer]:
    """Answers of somebody to whom no question applies."""
    answers: dict[str, Answer] = {}
    for question in questions().values():
        if question.kind == "yes_no" and question.applies_at(AGE_Y):
            answers[question.id] = not question.fires_on
        elif question.kind == "choice" and question.applies_at(AGE_Y):
            answers[question.id] = next(c.value for c in question.choices if c.outcome is None)
        elif question.kind == "number" and question.applies_at(AGE_Y):
            answers[question.id] = mass_kg
    return answers

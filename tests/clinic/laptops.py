"""Laptops with a history of everything, and the same history with more and more in it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from made_sessions import ZONE
from summaries import summary

from evenstance.store.database import open_store
from evenstance.store.records import (
    STANDARD_CONDITIONS,
    Conditions,
    NewTrial,
    ProtocolName,
    Purpose,
    ResultOf,
    ZeroCheck,
)
from evenstance.store.repository import Store

BOARDS = ("b0a7d00000000001", "b0a7d00000000002")
JOURNAL = "0011223344556677"
DAY = date(2026, 9, 1)
BAREFOOT = Conditions("open", "firm", "barefoot", "crossed", False)
PROTOCOLS: tuple[ProtocolName, ...] = ("quick", "standard", "free", "practice", "import")


def method(number: int = 1) -> str:
    """The id of a method of the droop-corrected force SD."""
    return f"force_sd_droop_corrected_n@{number}"


def result(value: float | None, number: int = 1) -> ResultOf:
    """A result, or that there is none and why."""
    missing = "no_trace" if value is None else None
    samples = None if value is None else 1850
    return ResultOf(
        method(number),
        "force_sd_droop_corrected_n",
        number,
        "N",
        {},
        value,
        missing,
        samples,
        None,
    )


def trial(rng: random.Random, seq: int, leg: str, at: datetime, trace: str = "whole") -> NewTrial:
    """A trial; `trace`: whole, part or none."""
    return NewTrial(
        seq=seq,
        summary=summary(seq, leg, rng.uniform(3.0, 6.0)),
        trace=None if trace == "none" else rng.randbytes(900),
        trace_complete=trace == "whole",
        lift_off_at=at if rng.random() < 0.8 else None,
        pulled_at=at + timedelta(hours=1),
        results=(result(rng.uniform(3, 6) if trace == "whole" else None), result(4.0, 2)),
        firmware="0.4.0",
        protocol=4,
    )


def add_session(
    store: Store,
    rng: random.Random,
    athlete: int | None,
    protocol: ProtocolName = "standard",
    *,
    day: date = DAY,
    board: str = BOARDS[0],
    journal: str = JOURNAL,
    holds: int = 2,
    conditions: Conditions = STANDARD_CONDITIONS,
    ended: bool = True,
) -> str:
    """A session with practice and scored trials; returns its id."""
    began = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
    session = store.start_session(
        athlete, board, protocol, started_at=began, conditions=conditions, note=""
    )
    first = 1 + max(store.stored_seqs(board, journal), default=0)
    rows = [
        trial(rng, first + n, "left" if n % 2 else "right", began + timedelta(minutes=n))
        for n in range(holds)
    ]
    ties = {
        row.seq: Purpose(session, athlete, "practice" if n == 0 and holds > 1 else "scored")
        for n, row in enumerate(rows)
    }
    store.save_trials(board, journal, rows, purposes=ties)
    if ended:
        store.end_session(
            session,
            ended_at=began + timedelta(minutes=20),
            zero_shift_left_n=0.5,
            zero_shift_right_n=None,
            zero_checks=[ZeroCheck("end", 0.5, None, "not still")],
            note="went well",
        )
    return session


def unassigned(
    store: Store, rng: random.Random, count: int, *, board: str = BOARDS[0], journal: str = JOURNAL
) -> list[int]:
    """Trials of nobody, one with a part of its trace, one without; returns their numbers."""
    first = 1 + max(store.stored_seqs(board, journal), default=0)
    at = datetime(2026, 9, 5, 9, tzinfo=timezone.utc)
    kinds = ("part", "none", "whole")
    rows = [trial(rng, first + n, "left", at, kinds[n % 3]) for n in range(count)]
    store.save_trials(board, journal, rows)
    return [row.seq for row in rows]


def care(store: Store, athlete: int, day: date = DAY) -> int:
    """Answers, an event, a clearance, and a plan with practice; returns the plan's id."""
    for asked in ("start", "each"):
        store.care.save_screen(
            athlete,
            answered_on=day,
            age_y=70,
            answers={"fall": False, "wörds": ["ä"]},
            state="clear",
            asked=asked,  # type: ignore[arg-type]
        )
    store.care.save_event(athlete, kind="fall", happened_on=day, note="on the stairs")
    store.care.save_clearance(
        athlete,
        answer_id="surgery",
        given_on=day,
        given_by="Dr A",
        allowed="all",
        expires_on=day + timedelta(days=90),
    )
    plan = store.care.save_plan(
        athlete, verdict={"step": 3}, body={"weeks": [1, 2.5]}, kind="block", started_on=day
    )
    for n in range(2):
        store.care.save_practice(plan, day=day + timedelta(days=n), state="done", stage=1, pain=n)
    return plan


def fill(store: Store, seed: int = 1, people: int = 2) -> None:
    """Something of everything that a laptop's history can hold."""
    rng = random.Random(seed)
    for number, uid in enumerate(BOARDS):
        store.seen_board(uid, firmware="0.4.0", protocol=4, label="blue" if number else None)
        for again in range(2):  # one that was restored stands twice
            store.save_calibration(
                uid,
                3 + number * again,
                made_at=datetime(2026, 8, 1, tzinfo=timezone.utc) if number else None,
                left_counts_per_n=-101.5,
                right_counts_per_n=99.25,
                detail={"masses": [5, 10, 20]},
            )
    for number in range(people):
        person = store.athlete(f"Person {seed}-{number}")
        if number % 2 == 0:
            store.update_athlete(person.id, born_on=date(1960, 1, 1 + number))
        for n, protocol in enumerate(PROTOCOLS):
            board = BOARDS[(number + n) % 2]
            session = add_session(
                store, rng, person.id, protocol, day=DAY + timedelta(days=n), board=board
            )
            if protocol == "standard":
                [scored] = [t for t in store.trials(session=session) if t.purpose == "scored"]
                store.set_aside(session, board, JOURNAL, scored.seq, "trial set aside")
                store.amend.note(session, "tired", on=DAY)
        plan = care(store, person.id)
        if number % 2:
            store.care.end_plan(plan, ended_on=DAY, why="done")
            store.update_athlete(person.id, archived=True)
    add_session(store, rng, None, "free", day=DAY + timedelta(days=9))
    unassigned(store, rng, 6)
    store.record_ack(BOARDS[0], JOURNAL, 3)
    replay = store.athlete("replay")
    add_session(store, rng, replay.id, "replay", board="feedfeedfeedfeed")


def laptop(path: Path, seed: int = 1, people: int = 2) -> Store:
    """An open history of everything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store = open_store(path)
    fill(store, seed, people)
    return store

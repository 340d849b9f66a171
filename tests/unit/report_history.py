"""Histories for tests of the report: holds with traces, many sessions, hostile words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

import numpy as np
from made_holds import packed, standing, times
from made_sessions import BOARD, JOURNAL, ZONE
from summaries import summary

from evenstance.store.records import STANDARD_CONDITIONS, NewTrial, Purpose
from evenstance.store.repository import Store

HOLDS = 5
DAYS_APART = 3


@cache
def trace(leg: str) -> bytes:
    """A packed trace of a quiet hold."""
    t = times(90.0, -2.0, 25.5)
    stance, swing = standing(t, seed=3)
    forces = (stance, swing) if leg == "left" else (swing, stance)
    side = "left" if leg == "left" else "right"
    return packed(forces, (t, t), (11_111, 11_111), leg=side)


def add_traced(
    store: Store,
    athlete: int,
    day: date,
    *,
    larger: float = 1.05,
    holds: int = HOLDS,
    familiarisation: bool = False,
    note: str = "",
    broken: bool = False,
) -> str:
    """A session with traces; the right leg's force SD is `larger` times that of the left."""
    began = datetime.combine(day, time(9, 0), ZONE)
    session = store.start_session(
        athlete,
        BOARD,
        "standard",
        started_at=began,
        conditions=STANDARD_CONDITIONS,
        familiarisation=familiarisation,
        note=note,
    )
    seq = 1 + max(store.stored_seqs(BOARD, JOURNAL), default=0)
    rng = np.random.default_rng(day.toordinal())
    rows: list[NewTrial] = []
    for n in range(2 * holds):
        leg = "left" if n % 2 == 0 else "right"
        sd_n = float(4.0 * (larger if leg == "right" else 1.0) * np.exp(rng.normal(0.0, 0.08)))
        data = trace(leg)
        rows.append(
            NewTrial(
                seq + n,
                summary(seq + n, leg, sd_n, touch_downs=((9_000_000, 80_000, 30_000),)),
                data[:-1] if broken else data,
                not broken,
                began + timedelta(minutes=n),
                began + timedelta(hours=1),
                firmware="0.4.0",
                protocol=4,
            )
        )
    ties = {row.seq: Purpose(session, athlete, "scored") for row in rows}
    store.save_trials(BOARD, JOURNAL, rows, purposes=ties)
    return session


def fill_years(store: Store, sessions: int, first: date) -> int:
    """One person with so many sessions, three days apart; the person's number."""
    person = store.athlete("Kim", create=True)
    for n in range(sessions):
        day = first + timedelta(days=DAYS_APART * n)
        add_traced(store, person.id, day, familiarisation=n == 0)
    return person.id

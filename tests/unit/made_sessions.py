"""Made-up sessions for tests: what was measured, when, and how the person stood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone

from summaries import summary

from evenstance.store.records import (
    STANDARD_CONDITIONS,
    Conditions,
    NewTrial,
    ProtocolName,
    Purpose,
    PurposeName,
    ResultOf,
)
from evenstance.store.repository import Store

BOARD, JOURNAL = "e66164084319a12b", "0011223344556677"
ZONE = timezone(timedelta(hours=2))
FIRST = date(2026, 9, 1)
STEADY = (4.0, 4.2, 3.9)
LOOSE = (5.0, 5.3, 5.1)


def add_session(
    store: Store,
    athlete: int | None,
    day: date,
    left_n: Sequence[float] = STEADY,
    right_n: Sequence[float] = LOOSE,
    *,
    at: time = time(9, 0),
    conditions: Conditions = STANDARD_CONDITIONS,
    protocol: ProtocolName = "quick",
    familiarisation: bool = False,
    firmware: str = "0.4.0",
    board: str = BOARD,
    note: str = "",
    purpose: PurposeName = "scored",
    droop: str | None = None,
    **summary_fields: int,
) -> str:
    """One session with these force SDs (N); `droop` is the id of the method of corrected ones."""
    began = datetime.combine(day, at, ZONE)
    session = store.start_session(
        athlete,
        board,
        protocol,
        started_at=began,
        conditions=conditions,
        familiarisation=familiarisation,
        note=note,
    )
    seq = 1 + max(store.stored_seqs(board, JOURNAL), default=0)
    legs = [("left", sd) for sd in left_n] + [("right", sd) for sd in right_n]
    rows = [
        NewTrial(
            seq + n,
            summary(seq + n, leg, sd, **summary_fields),
            None,
            False,
            began + timedelta(minutes=n),
            began + timedelta(hours=1),
            results=() if droop is None else (_corrected(droop, 1.02 * sd),),
            firmware=firmware,
            protocol=4,
        )
        for n, (leg, sd) in enumerate(legs)
    ]
    ties = {row.seq: Purpose(session, athlete, purpose) for row in rows}
    store.save_trials(board, JOURNAL, rows, purposes=ties)
    return session


def add_weeks(store: Store, athlete: int, count: int, **fields: object) -> list[str]:
    """A familiarisation and `count` sessions that count, one a week, each a little other."""
    ids = [add_session(store, athlete, FIRST, familiarisation=True)]
    for week in range(1, count + 1):
        shift = 1.0 + 0.02 * (-1) ** week
        ids.append(
            add_session(
                store,
                athlete,
                FIRST + timedelta(weeks=week),
                [shift * sd for sd in STEADY],
                [sd / shift for sd in LOOSE],
                **fields,  # type: ignore[arg-type]
            )
        )
    return ids


def _corrected(method: str, value: float) -> ResultOf:
    return ResultOf(
        method, "force_sd_droop_corrected_n", int(method[-1]), "N", {}, value, None, 1850, None
    )

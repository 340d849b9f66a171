"""A history with everything that makes an export hard: texts, gaps, traces that cannot be read."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import numpy as np
from histories import empty_history
from made_holds import COUNTS_PER_KN, packed, standing, times
from summaries import summary

from evenstance.store.database import open_store
from evenstance.store.records import Conditions, NewTrial, ResultOf
from evenstance.store.repository import Store

BOARD, OTHER_BOARD, JOURNAL = "e66164084319a12b", "0f0f0f0f0f0f0f0f", "0011223344556677"
STARTED = datetime(2025, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))  # 2 March in UTC
ESC = "\x1b"
# what was typed, what JSON lines and Parquet have, what CSV has
NAMES = {
    '=HYPERLINK("http://x";"y")': (
        '=HYPERLINK("http://x";"y")',
        '\'=HYPERLINK("http://x";"y")',
    ),
    "+49 Jo": ("+49 Jo", "'+49 Jo"),
    "-Ann": ("-Ann", "'-Ann"),
    '@Bob "the, great"': ('@Bob "the, great"', '\'@Bob "the, great"'),
    "Zo\u00eb \u6f22\u5b57 \U0001f9b6": (
        "Zo\u00eb \u6f22\u5b57 \U0001f9b6",
        "Zo\u00eb \u6f22\u5b57 \U0001f9b6",
    ),
    f"{ESC}[31mRed{ESC}[0m": ("\ufffd[31mRed\ufffd[0m", "\ufffd[31mRed\ufffd[0m"),
    "'t Hart": ("'t Hart", "''t Hart"),
    "NA": ("NA", "NA"),
    "null": ("null", "null"),
    "\uff1d1+1": ("\uff1d1+1", "'\uff1d1+1"),
}
NOTES = {
    '=1+1\r\nsecond "line"': ('=1+1\nsecond "line"', '\'=1+1\nsecond "line"'),
    "\tTab": ("\tTab", "'\tTab"),
    "\rreturn": ("\nreturn", "'\nreturn"),
    "one\ntwo,\u2028three": ("one\ntwo,\u2028three", "one\ntwo,\u2028three"),
    "  =2+2": ("  =2+2", "'  =2+2"),
    "a\x00b\x07": ("a\ufffdb\ufffd", "a\ufffdb\ufffd"),
    "": (None, None),
}


@cache
def short_trace(seed: int = 1, counts_per_kn: tuple[int, int] = COUNTS_PER_KN) -> bytes:
    """Three seconds of both plates, at two rates."""
    at = (times(93.1, -1.0, 2.0), times(88.7, -1.0, 2.0))
    stance, _ = standing(at[0], seed)
    _, swing = standing(at[1], seed)
    return packed((stance, swing), at, (10_741, 11_274), counts_per_kn=counts_per_kn)


@cache
def tiny_trace(conversions: int = 8) -> bytes:
    """Some conversions of both plates."""
    at = (np.arange(conversions) / 93.1, np.arange(conversions) / 88.7)
    return packed((at[0] * 0 + 700.0, at[1] * 0), at, (10_741, 11_274))


def result(metric: str, value: float | None, **more: object) -> ResultOf:
    """A result; without a value for a named reason."""
    return ResultOf(
        method_id=f"{metric}@1:abc",
        metric_id=metric,
        version=1,
        unit="N",
        parameters={"to_s": 25.0, "from_s": 5.0, **more},
        value=value,
        missing=None if value is not None else "gap",
        samples=None if value is None else 1862,
        error=None if value is None else value / 7,
    )


def trial(
    seq: int,
    lift_off_at: datetime | None,
    trace: bytes | None,
    *odd: object,
    pulled_at: datetime = STARTED + timedelta(days=1),
) -> NewTrial:
    """A trial; an odd one is not valid and has little to say."""
    gone: dict[str, int | None] = {
        "reasons": 3,
        "body_weight_un": None,
        "load_share_mean_ppm": None,
        "force_mean_un": None,
        "rate_left_mhz": None,
        "scored_from_us": None,
        "end_us": 4_123_457,
    }
    leg = ("left", "right")[seq % 2]
    data = (
        summary(seq, leg, None, touch_downs=[(1_000_001, 80_000, 45_000)], **gone)
        if odd
        else summary(seq, leg, 3.0 + seq / 7)
    )
    return NewTrial(
        seq=seq,
        summary=data,
        trace=trace,
        trace_complete=not odd,
        lift_off_at=lift_off_at,
        pulled_at=pulled_at,
        results=(result("force_sd_n", 1 / (seq + 2)), result("sway_n", None, k="=1")),
        firmware=None if odd else "0.5.0",
        protocol=1,
    )


def fill(store: Store) -> None:
    """Ten people with two sessions of three holds each, and a trial of nobody."""
    seq = 0
    notes = list(NOTES)
    store.seen_board(OTHER_BOARD)
    for n, name in enumerate(NAMES):
        person = store.athlete(name)
        if n % 3 != 2:
            store.update_athlete(person.id, born_on=date(1930 + 7 * n, 3, 2))
        for visit in (0, 1):
            at = STARTED + timedelta(days=3 * n + 10 * visit, minutes=n)
            session = store.start_session(
                person.id,
                BOARD,
                "standard",
                started_at=at,
                conditions=Conditions("open", "firm", None, None, (None, True, False)[n % 3]),
                note=notes[(2 * n + visit) % len(notes)],
            )
            pulled_at = at + timedelta(minutes=30)
            rows = [
                trial(
                    seq + 1,
                    at + timedelta(minutes=1, microseconds=7),
                    short_trace(n),
                    pulled_at=pulled_at,
                ),
                trial(
                    seq + 2, at + timedelta(minutes=2), tiny_trace(), "odd", pulled_at=pulled_at
                ),
                trial(
                    seq + 3,
                    None if visit else at + timedelta(minutes=3),
                    None,
                    pulled_at=pulled_at,
                ),
            ]
            purposes = {row.seq: (session, person.id, "scored") for row in rows}
            store.save_trials(BOARD, JOURNAL, rows, purposes=purposes)  # type: ignore[arg-type]
            seq += 3
            if visit == 0:
                store.end_session(
                    session,
                    ended_at=at + timedelta(minutes=20, milliseconds=1),
                    zero_shift_left_n=0.1 + 0.2,
                    zero_shift_right_n=-1e-9,
                )
    store.save_trials(BOARD, JOURNAL, [trial(seq + 1, None, b"damaged")])
    bare = short_trace(1, (0, 0))
    store.save_trials(OTHER_BOARD, JOURNAL, [trial(seq + 2, STARTED, bare)])


def filled(path: Path) -> Path:
    """A history of `fill`, made once for all tests of a process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content())
    return path


@cache
def _content() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = empty_history(Path(folder) / "history.sqlite3")
        with open_store(file) as store:
            fill(store)
        return file.read_bytes()

"""The days of a plan: chosen weekdays, dates of practice, the look, the pause, the re-test."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal, cast

from evenstance.errors import InputError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_DAYS: tuple[Weekday, ...] = ("mon", "wed", "fri")
MAX_DAYS = 3
BLOCK_WEEKS = 6
DAYS_A_WEEK = 7
LOOK_FROM = 18
"""The look is on the first free day of the block from this one (0 is its first day)."""
REST_DAYS = 2
"""By date: 48 h without practice before a test."""
STOP_DAYS = 84
"""Twelve weeks from the start of the first block."""
FOLLOW_UP_WEEKS = (8, 24)
RETEST_SESSIONS = 3


def parse_days(text: str) -> tuple[Weekday, ...]:
    """Weekdays out of `mon,wed,fri`, in the order of the week; InputError for what cannot be."""
    named = [part.strip().lower() for part in text.split(",") if part.strip()]
    unknown = [name for name in named if name not in WEEKDAYS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no weekday.", next_step=f"Use {', '.join(WEEKDAYS)}.")
    return check_days(cast("list[Weekday]", named))


def check_days(named: Sequence[Weekday]) -> tuple[Weekday, ...]:
    """One to three different weekdays, no two of them next to each other."""
    days: tuple[Weekday, ...] = tuple(day for day in WEEKDAYS if day in named)
    if not 1 <= len(days) <= MAX_DAYS or len(named) != len(days):
        raise InputError(
            f"Practice needs one to {MAX_DAYS} different weekdays, not {len(named)}.",
            next_step="For example --days mon,wed,fri.",
        )
    for day in days:
        after = WEEKDAYS[(WEEKDAYS.index(day) + 1) % DAYS_A_WEEK]
        if after in days:
            raise InputError(
                f"{day} and {after} are next to each other.",
                cause="A day of rest lies between two practice days (our proposal).",
                next_step="For example --days mon,wed,fri.",
            )
    return days


def practice_dates(
    starts_on: datetime.date, weeks: int, days: Sequence[Weekday]
) -> tuple[datetime.date, ...]:
    """Every date of practice in the `weeks` weeks from `starts_on`."""
    whole = (starts_on + datetime.timedelta(days=n) for n in range(DAYS_A_WEEK * weeks))
    return tuple(date for date in whole if WEEKDAYS[date.weekday()] in days)


def block_end(starts_on: datetime.date, weeks: int) -> datetime.date:
    """The first day after the block: the pause begins."""
    return starts_on + datetime.timedelta(days=DAYS_A_WEEK * weeks)


def retest_from(starts_on: datetime.date, weeks: int) -> datetime.date:
    """The first day on which a session counts as a re-test."""
    return block_end(starts_on, weeks) + datetime.timedelta(days=REST_DAYS)


def look_on(starts_on: datetime.date, weeks: int, days: Sequence[Weekday]) -> datetime.date | None:
    """The first day about the end of week 3 without practice on it and on the day before.

    None in a block that is over by then.
    """
    dates = set(practice_dates(starts_on, weeks, days))
    for n in range(LOOK_FROM, DAYS_A_WEEK * (weeks - 1)):
        day = starts_on + datetime.timedelta(days=n)
        if day not in dates and day - datetime.timedelta(days=1) not in dates:
            return day
    return None


def weeks_left(first_start: datetime.date, starts_on: datetime.date) -> int:
    """Whole weeks until the stop at twelve weeks, at most a block's six, at least none."""
    left = (first_start + datetime.timedelta(days=STOP_DAYS) - starts_on).days // DAYS_A_WEEK
    return max(0, min(BLOCK_WEEKS, left))


def follow_ups(starts_on: datetime.date, weeks: int) -> tuple[datetime.date, ...]:
    """Eight and 24 weeks after the block."""
    end = block_end(starts_on, weeks)
    return tuple(end + datetime.timedelta(days=DAYS_A_WEEK * n) for n in FOLLOW_UP_WEEKS)

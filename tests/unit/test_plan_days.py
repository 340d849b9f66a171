"""The days of a plan: which are allowed, when the look is, what remains of twelve weeks."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.errors import InputError
from evenstance.plan.days import (
    DEFAULT_DAYS,
    WEEKDAYS,
    Weekday,
    block_end,
    check_days,
    look_on,
    parse_days,
    practice_dates,
    retest_from,
    weeks_left,
)

MONDAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon,wed,fri", ("mon", "wed", "fri")),
        (" FRI, tue ", ("tue", "fri")),
        ("sun", ("sun",)),
        ("sat,tue,thu", ("tue", "thu", "sat")),
    ],
)
def test_days_in_the_order_of_the_week(text: str, days: tuple[str, ...]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mon,tue", "mon and tue are next to each other"),
        ("sun,mon", "sun and mon are next to each other"),
        ("mon,mon", "different weekdays"),
        ("", "one to 3 different weekdays"),
        ("mon,wed,fri,sun", "one to 3 different weekdays"),
        ("monday", "'monday' is no weekday"),
    ],
)
def test_days_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_days(text)
    assert words in caught.value.what
    assert caught.value.next_step


def test_the_usual_block() -> None:
    dates = practice_dates(MONDAY, 6, DEFAULT_DAYS)
    assert len(dates) == 18
    assert (dates[0], dates[-1]) == (MONDAY, MONDAY + 39 * DAY)
    assert look_on(MONDAY, 6, DEFAULT_DAYS) == MONDAY + 20 * DAY
    assert block_end(MONDAY, 6) == MONDAY + 42 * DAY
    assert retest_from(MONDAY, 6) == MONDAY + 44 * DAY


@st.composite
def allowed_days(draw: st.DrawFn) -> tuple[Weekday, ...]:
    chosen = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True))
    try:
        return check_days(chosen)
    except InputError:
        return DEFAULT_DAYS


@given(days=allowed_days(), start=st.integers(0, 6), weeks=st.integers(1, 6))
def test_no_practice_in_the_two_days_before_look_and_retest(
    days: tuple[Weekday, ...], start: int, weeks: int
) -> None:
    starts_on = MONDAY + start * DAY
    dates = practice_dates(starts_on, weeks, days)
    assert len(dates) == weeks * len(days)
    assert all(later - day >= 2 * DAY for day, later in pairwise(dates))
    assert retest_from(starts_on, weeks) - dates[-1] > 2 * DAY
    look = look_on(starts_on, weeks, days)
    if weeks <= 3:
        assert look is None
    if weeks >= 5:
        assert look is not None
        assert 18 <= (look - starts_on).days <= 24
        assert look not in dates
        assert look - DAY not in dates


@pytest.mark.parametrize(
    ("days_later", "weeks"), [(0, 6), (42, 6), (43, 5), (56, 4), (77, 1), (78, 0), (200, 0)]
)
def test_what_remains_of_twelve_weeks(days_later: int, weeks: int) -> None:
    assert weeks_left(MONDAY, MONDAY + days_later * DAY) == weeks

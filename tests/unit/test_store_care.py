"""Health events, clearances, plans and practice in the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from histories import empty_history

from evenstance.errors import InputError, StoreError
from evenstance.store.database import open_store
from evenstance.store.repository import Store

DAY = date(2026, 3, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_history(tmp_path / "history.sqlite3")


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with open_store(path) as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> int:
    return store.athlete("Anna").id


@pytest.fixture
def plan(store: Store, anna: int) -> int:
    return save_plan(store, anna)


def save_plan(
    store: Store, athlete: int, kind: str = "balance_block", started_on: date | None = DAY
) -> int:
    return store.care.save_plan(
        athlete, verdict={"step": 3}, body={"weeks": [1]}, kind=kind, started_on=started_on
    )


def practise(store: Store, plan: int, day: date = DAY, state: str = "done") -> int:
    return store.care.save_practice(plan, day=day, state=state, stage=1)  # type: ignore[arg-type]


def recent(at: datetime) -> bool:
    return abs(datetime.now(timezone.utc) - at) < timedelta(minutes=1)


# -- screens ------------------------------------------------------------------------------------


def test_full_screen_and_quick_check_do_not_replace_each_other(store: Store, anna: int) -> None:
    def save(asked: str, day: date, **answers: bool) -> int:
        return store.care.save_screen(
            anna, answered_on=day, age_y=40, answers=answers, state="clear", asked=asked
        )  # type: ignore[arg-type]

    full = save("start", DAY, chest=False)
    save("each", DAY + timedelta(days=1), chest=True)
    quick = save("each", DAY + timedelta(days=1), chest=False)
    save("each", DAY, chest=True)
    found = store.care.latest_screen(anna)
    assert found is not None
    assert (found.id, found.asked, found.answers) == (full, "start", {"chest": False})
    each = store.care.latest_screen(anna, "each")
    assert each is not None
    assert (each.id, each.answered_on) == (quick, DAY + timedelta(days=1))
    assert recent(each.created_at)
    assert store.care.latest_screen(store.athlete("Ben").id, "each") is None


# -- events -------------------------------------------------------------------------------------


def test_events_come_back_by_day_and_belong_to_one_person(store: Store, anna: int) -> None:
    ben = store.athlete("Ben").id
    later = store.care.save_event(anna, kind="fall", happened_on=DAY, note="on the stairs")
    earlier = store.care.save_event(anna, kind="illness", happened_on=DAY - timedelta(days=9))
    same_day = store.care.save_event(anna, kind="pain", happened_on=DAY)
    store.care.save_event(ben, kind="medicine", happened_on=DAY)
    found = store.care.events(anna)
    assert [one.id for one in found] == [earlier, later, same_day]
    assert [one.kind for one in found] == ["illness", "fall", "pain"]
    assert [one.note for one in found] == ["", "on the stairs", ""]
    assert {one.athlete_id for one in found} == {anna}
    assert all(recent(one.created_at) for one in found)
    assert found[0].created_at.utcoffset() == timedelta(0)
    assert [one.kind for one in store.care.events(ben)] == ["medicine"]


# -- clearances ---------------------------------------------------------------------------------


def clear(store: Store, athlete: int, answer: str = "heart_bp", given_on: date = DAY) -> int:
    return store.care.save_clearance(
        athlete,
        answer_id=answer,
        given_on=given_on,
        given_by="cardiologist",
        allowed="standing on one leg with a hand support",
        expires_on=given_on + timedelta(days=365),
    )


def test_a_clearance_keeps_who_when_and_what(store: Store, anna: int) -> None:
    number = clear(store, anna)
    (found,) = store.care.clearances(anna)
    assert (found.id, found.athlete_id, found.answer_id) == (number, anna, "heart_bp")
    assert (found.given_on, found.expires_on) == (DAY, DAY + timedelta(days=365))
    assert (found.given_by, found.ended_on) == ("cardiologist", None)
    assert found.allowed == "standing on one leg with a hand support"
    assert recent(found.created_at)


def test_an_ended_clearance_is_kept_and_shown_as_ended(store: Store, anna: int) -> None:
    newer = clear(store, anna, "msk")
    older = clear(store, anna, "preg", DAY - timedelta(days=30))
    store.care.end_clearance(anna, newer, DAY + timedelta(days=3))
    found = store.care.clearances(anna)
    assert [one.id for one in found] == [older, newer]
    assert [one.ended_on for one in found] == [None, DAY + timedelta(days=3)]


def test_nobody_ends_another_persons_clearance(store: Store, anna: int) -> None:
    number, ben = clear(store, anna), store.athlete("Ben").id
    for athlete, wanted in ((ben, number), (anna, number + 1)):
        with pytest.raises(InputError, match=f"no clearance number {wanted}"):
            store.care.end_clearance(athlete, wanted, DAY)
    assert store.care.clearances(anna)[0].ended_on is None
    assert store.care.clearances(ben) == []


# -- plans --------------------------------------------------------------------------------------


def test_only_begun_plans_unless_all_are_wanted(store: Store, anna: int) -> None:
    proposed = save_plan(store, anna, "proposed:balance_block", None)
    begun = save_plan(store, anna)
    waiting = save_plan(store, anna, "proposed:wait", None)
    save_plan(store, store.athlete("Ben").id)
    assert [one.id for one in store.care.plans(anna)] == [begun]
    everything = store.care.plans(anna, started_only=False)
    assert [one.id for one in everything] == [proposed, begun, waiting]
    assert [one.started_on for one in everything] == [None, DAY, None]
    latest = store.care.latest_plan(anna)
    assert latest is not None
    assert (latest.id, latest.kind) == (waiting, "proposed:wait")
    assert latest.verdict == {"step": 3}
    assert latest.body == {"weeks": [1]}
    assert recent(latest.created_at)


def test_without_a_plan_there_is_none(store: Store, anna: int) -> None:
    assert store.care.latest_plan(anna) is None
    assert store.care.plans(anna, started_only=False) == []


def test_an_ended_plan_keeps_its_first_end(store: Store, anna: int, plan: int) -> None:
    (running,) = store.care.plans(anna)
    assert (running.ended_on, running.ended_why) == (None, None)
    store.care.end_plan(plan, ended_on=DAY + timedelta(days=10), why="pain")
    store.care.end_plan(plan, ended_on=DAY + timedelta(days=40), why="finished")
    (ended,) = store.care.plans(anna)
    assert (ended.ended_on, ended.ended_why) == (DAY + timedelta(days=10), "pain")
    assert (ended.started_on, ended.body) == (running.started_on, running.body)


# -- practice -----------------------------------------------------------------------------------


def test_practice_keeps_everything_that_was_told(store: Store, plan: int) -> None:
    number = store.care.save_practice(
        plan,
        day=DAY,
        state="partly",
        stage=2,
        reason="too_hard",
        near_fall=True,
        touch_downs=3,
        pain=2,
        detail={"left_out": ["sls_eo"]},
    )
    (found,) = store.care.practices(plan)
    assert (found.id, found.plan_id, found.day) == (number, plan, DAY)
    assert (found.state, found.reason, found.stage) == ("partly", "too_hard", 2)
    assert (found.near_fall, found.touch_downs, found.pain) == (True, 3, 2)
    assert found.detail == {"left_out": ["sls_eo"]}
    assert recent(found.created_at)


def test_what_was_not_told_is_missing_and_not_zero(store: Store, plan: int) -> None:
    practise(store, plan)
    (found,) = store.care.practices(plan)
    assert (found.reason, found.touch_downs, found.pain) == (None, None, None)
    assert found.near_fall is False
    assert found.detail == {}


def test_a_later_row_of_a_day_replaces_the_earlier_one(
    store: Store, plan: int, path: Path
) -> None:
    first = practise(store, plan, DAY, "missed")
    other_day = practise(store, plan, DAY - timedelta(days=2))
    second = practise(store, plan, DAY, "done")
    assert [one.id for one in store.care.practices(plan)] == [other_day, second]
    assert [one.state for one in store.care.practices(plan)] == ["done", "done"]
    with closing(sqlite3.connect(path)) as raw:  # nothing that was told is deleted
        kept = [row[0] for row in raw.execute("SELECT id FROM practice ORDER BY id")]
    assert kept == [first, other_day, second]


def test_the_practice_of_two_plans_is_kept_apart(store: Store, anna: int, plan: int) -> None:
    second = save_plan(store, anna)
    mine, theirs = practise(store, plan), practise(store, second)
    assert [one.id for one in store.care.practices(plan)] == [mine]
    assert [one.id for one in store.care.practices(second)] == [theirs]


def test_an_unknown_state_is_refused_by_the_file(store: Store, plan: int) -> None:
    with pytest.raises(StoreError):
        practise(store, plan, state="perhaps")
    assert store.care.practices(plan) == []


# -- who and what there is not ------------------------------------------------------------------


def test_an_unknown_plan_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="no plan number 77"):
        practise(store, 77)
    with pytest.raises(InputError, match="no plan number 77"):
        store.care.end_plan(77, ended_on=DAY, why="never begun")
    assert store.care.practices(77) == []


def test_nothing_is_stored_for_an_unknown_person(store: Store, path: Path) -> None:
    for save in (
        lambda: store.care.save_event(9, kind="fall", happened_on=DAY),
        lambda: clear(store, 9),
        lambda: save_plan(store, 9),
        lambda: store.care.save_screen(
            9, answered_on=DAY, age_y=40, answers={}, state="clear", asked="each"
        ),
    ):
        with pytest.raises(InputError):
            save()
    with closing(sqlite3.connect(path)) as raw:
        for table in ("health_event", "clearance", "plan", "screen"):
            assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_everything_is_there_when_the_history_is_opened_again(path: Path) -> None:
    with open_store(path) as store:
        anna = store.athlete("Anna").id
        plan = save_plan(store, anna)
        practise(store, plan)
        clear(store, anna)
        store.care.save_event(anna, kind="near_fall", happened_on=DAY)
        before = (
            store.care.plans(anna),
            store.care.practices(plan),
            store.care.clearances(anna),
            store.care.events(anna),
        )
    with open_store(path) as store:
        assert before == (
            store.care.plans(anna),
            store.care.practices(plan),
            store.care.clearances(anna),
            store.care.events(anna),
        )
        assert all(before)

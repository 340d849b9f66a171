"""Sessions: familiarisation, purposes, assignment to days, and what the decision reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from histories import empty_history
from summaries import summary

from evenstance.decision.types import SessionHolds
from evenstance.errors import InputError, StoreError
from evenstance.store.database import open_store
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
START = datetime(2025, 3, 1, 12, 0, tzinfo=timezone.utc)
UTC = timezone.utc


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> int:
    return store.athlete("Anna").id


def save(store: Store, *rows: tuple[int, str, float | None], at: datetime | None = START) -> None:
    store.save_trials(
        BOARD,
        JOURNAL,
        [
            NewTrial(seq, summary(seq, leg, sd), None, False, at, START + timedelta(days=9))
            for seq, leg, sd in rows
        ],
    )


def measured(
    store: Store,
    athlete: int | None,
    first_seq: int,
    started_at: datetime,
    protocol: ProtocolName = "quick",
    purpose: PurposeName = "scored",
) -> str:
    """One session with a hold on each leg."""
    session = store.start_session(
        athlete, BOARD, protocol, started_at=started_at, conditions=STANDARD_CONDITIONS
    )
    save(store, (first_seq, "left", 4.0), (first_seq + 1, "right", 5.0), at=started_at)
    ties = {seq: Purpose(session, athlete, purpose) for seq in (first_seq, first_seq + 1)}
    store.set_purpose(BOARD, JOURNAL, ties)
    return session


def test_a_session_comes_back_as_it_was_stored(store: Store, anna: int) -> None:
    began = datetime(2025, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    session = store.start_session(
        anna, BOARD, "standard", started_at=began, conditions=STANDARD_CONDITIONS, note="tired"
    )
    ended = began + timedelta(minutes=12)
    store.end_session(session, ended_at=ended, zero_shift_left_n=0.0, zero_shift_right_n=-1.5)
    [stored] = store.sessions(anna)
    assert (stored.id, stored.board_uid, stored.protocol_name) == (session, BOARD, "standard")
    assert (stored.started_at, stored.ended_at) == (began, ended)
    assert stored.started_at.utcoffset() == timedelta(0)
    assert (stored.day, stored.utc_offset_minutes) == (date(2025, 3, 1), -300)
    assert (stored.zero_shift_left_n, stored.zero_shift_right_n) == (0.0, -1.5)
    assert (stored.conditions, stored.note) == (STANDARD_CONDITIONS, "tired")
    assert stored.host_version
    store.end_session(session, ended_at=ended, note="rested")
    [again] = store.sessions()
    assert again == replace(stored, note="rested")


def test_a_hold_set_aside_is_practice_and_the_note_says_so(store: Store, anna: int) -> None:
    session = measured(store, anna, 1, START)
    store.set_aside(session, BOARD, JOURNAL, 1, "hold 1 was set aside")
    store.set_aside(session, BOARD, JOURNAL, 2, "hold 2 was set aside")
    store.end_session(session, ended_at=START, add_note="stopped")
    store.end_session(session, ended_at=START)
    (found,) = store.sessions(anna)
    assert found.note == "hold 1 was set aside; hold 2 was set aside; stopped"
    assert (found.scored_left, found.scored_right, found.practice) == (0, 0, 2)
    assert store.session_holds(anna) == []


@pytest.mark.parametrize("seq", [1, 9])
def test_only_a_scored_hold_of_the_session_is_set_aside_and_nothing_is_noted(
    store: Store, anna: int, seq: int
) -> None:
    """Hold 1 is practice already, and there is no hold 9."""
    session = measured(store, anna, 1, START, purpose="practice")
    other = measured(store, anna, 3, START)
    with pytest.raises(StoreError, match=f"Trial {seq} is not a scored one"):
        store.set_aside(session, BOARD, JOURNAL, seq, "never")
    with pytest.raises(StoreError, match="Trial 3 is not a scored one"):
        store.set_aside(session, BOARD, JOURNAL, 3, "never")
    assert [found.note for found in store.sessions(anna)] == ["", ""]
    assert store.sessions(anna)[-1].id in (session, other)


def test_the_first_measured_session_is_familiarisation(store: Store, anna: int) -> None:
    days = [START + timedelta(days=n) for n in range(5)]
    measured(store, anna, 1, days[0], protocol="replay")
    store.start_session(anna, BOARD, "quick", started_at=days[1])  # nothing was measured in it
    measured(store, anna, 3, days[2])
    measured(store, anna, 5, days[3])
    ben = store.athlete("Ben").id
    measured(store, ben, 7, days[4])
    assert [s.familiarisation for s in store.sessions(anna)] == [False, True, True, False]
    assert [s.familiarisation for s in store.sessions(ben)] == [True]


@pytest.mark.parametrize("told", [True, False])
def test_familiarisation_can_be_told(store: Store, anna: int, told: bool) -> None:
    measured(store, anna, 1, START)
    for athlete in (anna, store.athlete("Ben").id):
        store.start_session(
            athlete, BOARD, "quick", started_at=START + timedelta(days=1), familiarisation=told
        )
        assert store.sessions(athlete)[-1].familiarisation is told


def test_a_session_without_a_person_is_no_familiarisation(store: Store) -> None:
    measured(store, None, 1, START)
    [session] = store.sessions()
    assert (session.athlete_id, session.familiarisation) == (None, False)
    assert [trial.purpose for trial in store.trials()] == ["scored", "scored"]


def test_unknown_people_sessions_and_protocols_are_refused(store: Store, anna: int) -> None:
    with pytest.raises(InputError, match="no athlete number 99"):
        store.start_session(99, BOARD, "quick", started_at=START)
    with pytest.raises(StoreError, match="contradicts"):
        store.start_session(anna, BOARD, "slow", started_at=START)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no session"):
        store.end_session("nowhere", ended_at=START)
    with pytest.raises(ValueError, match="no zone"):
        store.start_session(anna, BOARD, "quick", started_at=datetime(2025, 3, 1))
    assert store.sessions() == []


def test_holds_for_the_decision(store: Store, anna: int) -> None:
    first = measured(store, anna, 1, START)
    second = store.start_session(
        anna,
        BOARD,
        "standard",
        started_at=datetime(2025, 3, 3, 23, 50, tzinfo=timezone(timedelta(hours=-3))),
        conditions=STANDARD_CONDITIONS,
    )
    rows = [(11, "left", 4.1), (12, "right", 5.1), (13, "left", 4.3), (14, "right", 9.9)]
    save(store, *rows, (15, "left", None))
    spoilt = summary(16, "right", 7.0, reasons=2)
    store.save_trials(
        BOARD,
        JOURNAL,
        [NewTrial(16, spoilt, None, False, None, START)],
        purposes={16: (second, anna, "scored")},
    )
    ties = {seq: Purpose(second, anna, "scored") for seq in (11, 12, 13, 15)}
    store.set_purpose(BOARD, JOURNAL, {**ties, 14: Purpose(second, anna, "practice")})
    measured(store, anna, 21, START + timedelta(days=20), protocol="replay")
    measured(store, anna, 23, START + timedelta(days=21), purpose="practice")
    key = STANDARD_CONDITIONS.key
    expected = [
        SessionHolds(first, date(2025, 3, 1), True, key, (4.0,), (5.0,), 0),
        SessionHolds(second, date(2025, 3, 3), False, key, (4.1, 4.3), (5.1,), 2),
    ]
    assert store.session_holds(anna) == expected
    assert len(store.session_holds(anna, include_replay=True)) == 3
    listed = next(session for session in store.sessions(anna) if session.id == second)
    assert (listed.scored_left, listed.scored_right) == (2, 1)
    assert (listed.invalid, listed.practice) == (2, 1)


def corrected(store: Store, *seqs: int) -> None:
    """Results of traces: 2 % more than the board says."""
    rows = {
        trial.id: [
            ResultOf(
                f"force_sd_droop_corrected_n@{version}",
                "force_sd_droop_corrected_n",
                version,
                "N",
                {},
                (trial.hold.force_sd_n or 0.0) * (1.02 if version == 2 else 2.0),
                None,
                1860,
                None,
            )
            for version in (1, 2)
        ]
        for trial in store.trials()
        if trial.seq in seqs
    }
    assert store.save_results(rows) == 2 * len(seqs)


def test_legs_are_compared_with_the_filters_loss_given_back_or_all_without(
    store: Store, anna: int
) -> None:
    measured(store, anna, 1, START)
    later = measured(store, anna, 3, START + timedelta(days=2))
    corrected(store, 1, 2, 3)
    plain = store.session_holds(anna)
    assert {one.metric for one in plain} == {"force_sd_n"}, "one has no trace"
    assert [one.right_n for one in plain] == [(5.0,), (5.0,)]
    corrected(store, 4)
    both = store.session_holds(anna)
    assert {one.metric for one in both} == {"force_sd_droop_corrected_n"}
    assert [one.left_n for one in both] == [pytest.approx((4.08,))] * 2, "the newest version"
    assert [one.right_n for one in both] == [pytest.approx((5.1,))] * 2
    (alone,) = store.session_holds(anna, session=later)
    assert alone == both[1]


def test_tying_twice_is_the_same_as_once(store: Store, anna: int) -> None:
    session = measured(store, anna, 1, START)
    before = store.trials()
    store.set_purpose(BOARD, JOURNAL, {1: (session, anna, "scored")})
    assert store.trials() == before
    assert {trial.conditions for trial in before} == {STANDARD_CONDITIONS}
    assert {trial.session_id for trial in store.trials(athlete=anna)} == {session}


def test_tying_is_all_or_nothing(store: Store, anna: int) -> None:
    session = store.start_session(anna, BOARD, "quick", started_at=START)
    save(store, (1, "left", 4.0))
    with pytest.raises(StoreError, match="Trial 2 is not in the history"):
        store.set_purpose(
            BOARD, JOURNAL, {1: (session, anna, "scored"), 2: (session, anna, "scored")}
        )
    assert [trial.purpose for trial in store.trials()] == ["unassigned"]


def test_a_trial_does_not_change_hands_silently(store: Store, anna: int) -> None:
    session = measured(store, anna, 1, START)
    ben = store.athlete("Ben").id
    other = store.start_session(ben, BOARD, "quick", started_at=START)
    for tie in (Purpose(other, ben, "scored"), Purpose(session, ben, "scored")):
        with pytest.raises(StoreError, match="another session or person"):
            store.set_purpose(BOARD, JOURNAL, {1: tie})
    with pytest.raises(StoreError, match="needs a session"):
        store.set_purpose(BOARD, JOURNAL, {1: (None, None, "unassigned")})
    assert {trial.athlete_id for trial in store.trials()} == {anna}


def test_assignment_makes_one_session_per_day_and_keeps_using_it(store: Store, anna: int) -> None:
    zone = timezone(timedelta(hours=2))
    evening = datetime(2025, 3, 1, 23, 50, tzinfo=zone)
    save(store, (1, "left", 4.0), (2, "right", 5.0), at=evening)
    save(store, (3, "left", 4.2), at=evening + timedelta(minutes=20))
    save(store, (4, "right", 5.2), at=evening - timedelta(minutes=5))
    ids = {trial.seq: trial.id for trial in store.trials(unassigned=True)}
    used = store.assign(range(ids[1], ids[3] + 1), anna, STANDARD_CONDITIONS, zone=zone)
    assert store.assign([ids[4]], anna, STANDARD_CONDITIONS, zone=zone) == used[:1]
    first, second = store.sessions(anna)
    assert [first.id, second.id] == used
    assert (first.day, second.day) == (date(2025, 3, 1), date(2025, 3, 2))
    assert first.protocol_name == "free"
    assert first.started_at == evening - timedelta(minutes=5)
    assert first.ended_at == evening + timedelta(seconds=25)
    assert (first.familiarisation, second.familiarisation) == (True, False)
    assert (first.scored_left, first.scored_right, first.note) == (1, 2, "")
    assert store.trials(unassigned=True) == []


def test_other_conditions_make_another_session(store: Store, anna: int) -> None:
    save(store, (1, "left", 4.0), (2, "left", 4.0))
    one, two = (trial.id for trial in store.trials())
    closed = replace(STANDARD_CONDITIONS, eyes="closed")
    used = [store.assign([one], anna, STANDARD_CONDITIONS, zone=UTC)]
    used.append(store.assign([two], anna, closed, zone=UTC))
    assert used[0] != used[1]
    assert {holds.conditions for holds in store.session_holds(anna)} == {
        STANDARD_CONDITIONS.key,
        closed.key,
    }


def test_without_a_clock_the_day_is_that_of_the_pull_and_is_said(store: Store, anna: int) -> None:
    save(store, (1, "left", 4.0), at=None)
    store.assign([store.trials()[0].id], anna, Conditions(), zone=UTC)
    [session] = store.sessions(anna)
    assert session.day == (START + timedelta(days=9)).date()
    assert "no clock" in session.note


def test_assignment_to_a_given_session(store: Store, anna: int) -> None:
    session = measured(store, anna, 1, START)
    save(store, (5, "left", 4.0))
    [loose] = store.trials(unassigned=True)
    ben = store.athlete("Ben").id
    for athlete, conditions in ((ben, STANDARD_CONDITIONS), (anna, Conditions(eyes="open"))):
        with pytest.raises(InputError, match="another person's or was under other conditions"):
            store.assign([loose.id], athlete, conditions, session=session)
    used = store.assign([loose.id], anna, STANDARD_CONDITIONS, session=session, purpose="practice")
    assert used == [session]
    assert [trial.purpose for trial in store.trials(session=session)] == [
        "scored",
        "scored",
        "practice",
    ]


def test_assignment_refuses_taken_and_unknown_trials_whole(store: Store, anna: int) -> None:
    measured(store, anna, 1, START)
    save(store, (5, "left", 4.0))
    [loose] = store.trials(unassigned=True)
    taken = store.trials(athlete=anna)[0]
    for ids, match in (([loose.id, taken.id], "assigned already"), ([loose.id, 999], "999")):
        with pytest.raises(InputError, match=match):
            store.assign(ids, anna, STANDARD_CONDITIONS, zone=UTC)
    assert [trial.id for trial in store.trials(unassigned=True)] == [loose.id]
    assert len(store.sessions()) == 1


def test_release_undoes_an_assignment(store: Store, anna: int) -> None:
    save(store, (1, "left", 4.0))
    [before] = store.trials()
    store.assign([before.id], anna, STANDARD_CONDITIONS, zone=UTC)
    store.release([before.id])
    assert store.trials() == [before]
    assert store.session_holds(anna) == []
    ben = store.athlete("Ben").id
    store.assign([before.id], ben, STANDARD_CONDITIONS, zone=UTC)
    assert [holds.left_n for holds in store.session_holds(ben)] == [(4.0,)]


def test_keys_of_conditions_tell_them_apart() -> None:
    assert STANDARD_CONDITIONS.key == (
        "eyes open, surface firm, footwear barefoot, arms hips, gaze mark yes"
    )
    marks = [Conditions(gaze_mark=mark) for mark in (None, False, True)]
    assert len({conditions.key for conditions in marks}) == 3
    with pytest.raises(InputError, match="eyes cannot be 'shut'") as caught:
        Conditions(eyes="shut")
    assert "open, closed" in caught.value.next_step

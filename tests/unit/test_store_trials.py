"""Trials in the history: stored once, never changed, traces that come later, damage refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from histories import empty_history
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from summaries import summary

from evenstance.errors import StoreError
from evenstance.store.database import open_store
from evenstance.store.records import Conditions, NewTrial, SaveResult
from evenstance.store.repository import Store

BOARD, JOURNAL = "e66164084319a12b", "0011223344556677"
PULLED = datetime(2025, 3, 1, 12, 0, tzinfo=timezone.utc)
KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as opened:
        yield opened


def new(
    seq: int,
    *,
    trace: bytes | None = None,
    complete: bool = True,
    lift_off_at: datetime | None = None,
    data: bytes | None = None,
) -> NewTrial:
    return NewTrial(
        seq=seq,
        summary=summary(seq) if data is None else data,
        trace=trace,
        trace_complete=complete,
        lift_off_at=lift_off_at,
        pulled_at=PULLED,
    )


def test_pulling_twice_changes_nothing(store: Store) -> None:
    rows = [new(1, trace=b"abc"), new(2)]
    assert store.save_trials(BOARD, JOURNAL, rows) == SaveResult(new=2, known=0, traces=1)
    first = store.trials()
    assert store.save_trials(BOARD, JOURNAL, rows) == SaveResult(new=0, known=2, traces=0)
    assert store.trials() == first
    assert [trial.summary for trial in first] == [summary(1), summary(2)]


def test_values_of_a_new_trial(store: Store) -> None:
    data = summary(
        9, "right", 6.25, reasons=3, touch_downs=[(7_000_000, 80_000, 45_000)], end_us=9_500_000
    )
    store.save_trials(BOARD, JOURNAL, [new(9, data=data)])
    [trial] = store.trials()
    assert (trial.board_uid, trial.journal_id, trial.seq) == (BOARD, JOURNAL, 9)
    assert (trial.session_id, trial.athlete_id, trial.purpose) == (None, None, "unassigned")
    assert trial.conditions == Conditions()
    assert trial.hold.touch_downs[0].peak_n == pytest.approx(45.0)
    with closing(sqlite3.connect(store.path)) as raw:
        raw.row_factory = sqlite3.Row
        row = dict(raw.execute("SELECT * FROM trial").fetchone())
    assert row["summary"] == data
    expected = {
        "stance_leg": "right",
        "valid": 0,
        "reasons": "too_short,stray_load",
        "end_reason": "time_limit",
        "hold_time_s": 9.5,
        "body_weight_n": 700.0,
        "force_mean_n": 697.0,
        "force_sd_n": 6.25,
        "force_range_p95_p5_n": 20.5625,
        "load_share_mean_pct": 99.5,
        "stray_load_pct_bw": 0.5,
        "touch_down_count": 1,
        "calibration_id": 3,
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_missing_values_stay_missing_and_zero_stays_zero(store: Store) -> None:
    store.save_trials(
        BOARD,
        JOURNAL,
        [
            new(1, data=summary(1, force_sd_n=None, stray_load_ppm_bw=0)),
            new(2, data=summary(2, force_sd_n=0.0, stray_load_ppm_bw=None)),
        ],
    )
    with closing(sqlite3.connect(store.path)) as raw:
        found = raw.execute("SELECT force_sd_n, stray_load_pct_bw FROM trial ORDER BY seq")
        assert found.fetchall() == [(None, 0.0), (0.0, None)]


def test_the_largest_numbers_of_the_wire_fit(store: Store) -> None:
    seq = 0xFFFFFFFF
    data = summary(seq, calibration_id=0xFFFFFFFF, lift_off_device_us=1)
    store.save_trials(BOARD, JOURNAL, [new(seq, data=data)])
    [trial] = store.trials()
    assert (trial.seq, trial.hold.calibration_id) == (seq, 0xFFFFFFFF)


@pytest.mark.parametrize("others_first", [False, True])
def test_other_bytes_under_the_same_number_are_refused(store: Store, others_first: bool) -> None:
    store.save_trials(BOARD, JOURNAL, [new(1)])
    batch = [new(1, data=summary(1, force_sd_n=4.6)), new(2)]
    with pytest.raises(StoreError, match="differs from the one stored") as caught:
        store.save_trials(BOARD, JOURNAL, batch[::-1] if others_first else batch)
    assert caught.value.next_step
    assert [(trial.seq, trial.summary) for trial in store.trials()] == [(1, summary(1))]


def test_one_number_twice_in_a_batch(store: Store) -> None:
    assert store.save_trials(BOARD, JOURNAL, [new(1), new(1)]) == SaveResult(new=1, known=1)
    with pytest.raises(StoreError):
        store.save_trials(BOARD, JOURNAL, [new(2), new(2, data=summary(2, dropped=1))])
    assert [trial.seq for trial in store.trials()] == [1]


def test_two_journals_of_a_board_and_two_boards_keep_their_trials_apart(store: Store) -> None:
    for board, journal in ((BOARD, JOURNAL), (BOARD, "ff" * 8), ("aa" * 8, JOURNAL)):
        assert store.save_trials(board, journal, [new(1)]).new == 1
    assert len(store.trials()) == 3
    assert {trial.seq for trial in store.trials()} == {1}
    assert {board.uid for board in store.boards()} == {BOARD, "aa" * 8}


def test_the_file_itself_refuses_a_second_row_of_one_number(store: Store) -> None:
    store.save_trials(BOARD, JOURNAL, [new(1)])
    with closing(sqlite3.connect(store.path)) as raw:
        columns = [row[1] for row in raw.execute("PRAGMA table_info(trial)") if row[1] != "id"]
        names = ", ".join(columns)
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            raw.execute(f"INSERT INTO trial ({names}) SELECT {names} FROM trial")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 20, summary(1)[:-1], summary(1) + b"x", summary(2), summary(1, stance_leg=2)],
    ids=["empty", "short", "cut", "long", "other seq", "unknown leg"],
)
def test_a_summary_that_cannot_be_read_stores_nothing(store: Store, data: bytes) -> None:
    with pytest.raises(StoreError, match="Trial 1 cannot be") as caught:
        store.save_trials(BOARD, JOURNAL, [new(5), new(1, data=data)])
    assert "same version" in caught.value.next_step
    assert store.trials() == []


@pytest.mark.parametrize(
    ("first", "then", "kept", "changed"),
    [
        (None, (b"abc", True), (b"abc", True), 1),
        (None, (b"", False), (b"", False), 1),
        ((b"abc", True), None, (b"abc", True), 0),
        ((b"ab", False), (b"abc", True), (b"abc", True), 1),
        ((b"ab", False), (b"abc", False), (b"abc", False), 1),
        ((b"abc", False), (b"ab", False), (b"abc", False), 0),
        ((b"abc", True), (b"ab", False), (b"abc", True), 0),
        ((b"abc", True), (b"abc", True), (b"abc", True), 0),
        ((b"abc", False), (b"abc", True), (b"abc", True), 1),
    ],
)
def test_a_trace_that_comes_later(
    store: Store,
    first: tuple[bytes, bool] | None,
    then: tuple[bytes, bool] | None,
    kept: tuple[bytes, bool],
    changed: int,
) -> None:
    for trace, traces in ((first, None), (then, changed)):
        row = new(1) if trace is None else new(1, trace=trace[0], complete=trace[1])
        result = store.save_trials(BOARD, JOURNAL, [row])
        assert traces in (None, result.traces)
    [trial] = store.trials()
    found = store.trace(trial.id)
    assert found is not None
    assert (found.data, found.complete) == kept
    assert trial.has_trace
    assert store.stored_seqs(BOARD, JOURNAL) == {1: kept[1]}


@pytest.mark.parametrize(
    ("first", "then"),
    [((b"abc", True), (b"abX", True)), ((b"abc", True), (b"abcd", True)),
     ((b"abc", False), (b"abX", False))],
)  # fmt: skip
def test_another_trace_of_one_trial_is_refused(
    store: Store, first: tuple[bytes, bool], then: tuple[bytes, bool]
) -> None:
    store.save_trials(BOARD, JOURNAL, [new(1, trace=first[0], complete=first[1])])
    with pytest.raises(StoreError, match="trace of trial 1"):
        store.save_trials(BOARD, JOURNAL, [new(1, trace=then[0], complete=then[1]), new(2)])
    [trial] = store.trials()
    assert store.trace(trial.id) is not None
    assert store.stored_seqs(BOARD, JOURNAL) == {1: first[1]}


def test_without_a_trace_there_is_none(store: Store) -> None:
    store.save_trials(BOARD, JOURNAL, [new(1)])
    [trial] = store.trials()
    assert (trial.has_trace, store.trace(trial.id)) == (False, None)


def test_times_come_back_aware_and_equal(store: Store) -> None:
    lift_off_at = datetime(2025, 3, 1, 2, 30, 0, 123456, tzinfo=KATHMANDU)
    store.save_trials(BOARD, JOURNAL, [new(1, lift_off_at=lift_off_at), new(2)])
    dated, undated = sorted(store.trials(), key=lambda trial: trial.seq)
    assert dated.lift_off_at == lift_off_at
    assert dated.happened_at.utcoffset() == timedelta(0)
    assert dated.clock_known
    assert (undated.lift_off_at, undated.clock_known) == (None, False)
    assert undated.happened_at == PULLED


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="could not be used") as caught:
        store.save_trials(BOARD, JOURNAL, [new(1, lift_off_at=datetime(2025, 3, 1, 2, 30))])
    assert "without a zone" in caught.value.cause
    assert store.trials() == []


def test_the_newest_come_last_and_a_limit_keeps_them(store: Store) -> None:
    def at(seq: int, hour: int) -> NewTrial:
        return new(seq, lift_off_at=PULLED.replace(hour=hour))

    store.save_trials(BOARD, JOURNAL, [at(3, 9), at(1, 7), new(5), new(4), at(2, 8)])
    assert [trial.seq for trial in store.trials()] == [1, 2, 3, 4, 5]
    assert [trial.seq for trial in store.trials(limit=2)] == [4, 5]
    assert store.trials(limit=0) == []


def test_the_acknowledged_place_never_moves_backwards(store: Store) -> None:
    assert store.latest_journal(BOARD) is None
    assert store.acked_through(BOARD, JOURNAL) is None
    store.save_trials(BOARD, JOURNAL, [new(1), new(2)])
    assert store.latest_journal(BOARD) == JOURNAL
    assert store.acked_through(BOARD, JOURNAL) is None
    for through, expected in ((0, 0), (2, 2), (1, 2)):
        store.record_ack(BOARD, JOURNAL, through)
        assert store.acked_through(BOARD, JOURNAL) == expected
    store.record_ack(BOARD, "ff" * 8, 7)
    assert store.latest_journal(BOARD) == "ff" * 8
    assert store.acked_through(BOARD, JOURNAL) == 2
    assert store.stored_seqs(BOARD, JOURNAL) == {1: False, 2: False}


def test_what_was_saved_is_on_disk_when_the_call_returns(store: Store) -> None:
    store.save_trials(BOARD, JOURNAL, [new(1)])
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("SELECT seq FROM trial").fetchall() == [(1,)]


def test_a_failure_in_the_middle_leaves_nothing_half_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("evenstance.store.boards.note_pull", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.save_trials(BOARD, JOURNAL, [new(1, trace=b"abc")])
    assert store.trials() == []
    assert store.boards() == []
    assert store.save_trials(BOARD, JOURNAL, [new(1)]).new == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    batches=st.lists(
        st.tuples(
            st.sampled_from([JOURNAL, "ff" * 8]),
            st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=6),
        ),
        max_size=8,
    )
)
def test_any_order_and_repetition_stores_each_trial_once(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[tuple[str, list[tuple[int, bool]]]],
) -> None:
    path = empty_history(tmp_path_factory.mktemp("order") / "history.sqlite3")
    total_new = 0
    with open_store(path) as store:
        for journal, seqs in batches:
            rows = [new(seq, trace=bytes([seq]) if traced else None) for seq, traced in seqs]
            result = store.save_trials(BOARD, journal, rows)
            assert result.new + result.known == len(rows)
            total_new += result.new
        stored = store.trials()
        sent = {(journal, seq) for journal, seqs in batches for seq, _ in seqs}
        traced = {(journal, seq) for journal, seqs in batches for seq, with_it in seqs if with_it}
        assert len(stored) == total_new == len(sent)
        assert {(trial.journal_id, trial.seq) for trial in stored} == sent
        assert {(t.journal_id, t.seq) for t in stored if t.has_trace} == traced
        assert all(trial.summary == summary(trial.seq) for trial in stored)

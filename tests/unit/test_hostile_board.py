"""Boards whose frames are whole and whose content cannot be true: refused in words, nothing kept.

Each speaks through a real pseudo-terminal to the real commands.
"""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from histories import empty_history
from summaries import summary

from evenstance import cli
from evenstance.store.database import open_store
from evenstance_wire import frames, messages, trace
from evenstance_wire.messages import Table
from fuzzing.hostile_board import HostileBoard
from fuzzing.plausible import JOURNAL, UID, Sound, spoilt
from fuzzing.streams import damaged_stream, table_frame

CANNOT_BE = 7
UNEXPECTED = 70
NEVER = 2**32 - 1
PEAK_B = 30_000_000
Change = dict[str, dict[str, object] | bytes]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command against a board; its exit code and what it said."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    monkeypatch.delenv("EVENSTANCE_DEBUG", raising=False)
    empty_history(tmp_path / "history.sqlite3")

    def command(sound: Sound, *words: str) -> tuple[int, str, str]:
        with HostileBoard(sound) as board:
            code = cli.run([*words, "--port", board.port])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return command


class WithTrials(Sound):
    """Answers for two trials: their summaries by seq, one trace for both."""

    def __init__(
        self,
        change: Change | None = None,
        summaries: dict[int, bytes] | None = None,
        trace_of: Callable[[dict[str, object]], dict[str, object]] | None = None,
    ) -> None:
        super().__init__(change)
        self._summaries = summaries or {}
        self._trace_of = trace_of

    def reply(self, reply: Table, tag: int, asked: dict[str, object]) -> bytes:
        if reply is messages.GET_HOLD_REPLY:
            seq = asked["seq"]
            assert isinstance(seq, int)
            packed = self._summaries.get(seq, summary(seq))
            return frames.encode(reply.kind, tag, reply.pack({"summary": packed}))
        if reply is messages.GET_TRACE_REPLY and self._trace_of is not None:
            return frames.encode(reply.kind, tag, reply.pack(self._trace_of(asked)))
        return super().reply(reply, tag, asked)


def stored() -> int:
    with open_store() as store:
        return len(store.trials(unassigned=True))


def test_a_sound_board_is_pulled(run: Run) -> None:
    board = WithTrials()
    code, out, err = run(board, "pull", "--json")
    assert code == 0, err
    assert json.loads(out)["seqs"] == [1, 2]
    assert stored() == 2
    assert board.asked[-1] == "ack"


@pytest.mark.parametrize(
    "numbers",
    [
        {"first_seq": 1, "next_seq": NEVER},
        {"first_seq": 0, "next_seq": NEVER, "acked_through": NEVER - 1},
        {"first_seq": NEVER, "next_seq": 1},
        {"first_seq": 1, "next_seq": 3, "acked_through": NEVER},
        {"first_seq": 1, "next_seq": 100_000},
    ],
)
def test_numbers_of_trials_that_no_board_has(run: Run, numbers: dict[str, object]) -> None:
    board = WithTrials({"status_reply": numbers})
    tracemalloc.start()
    try:
        code, _, err = run(board, "pull")
        _, peak_b = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert code == CANNOT_BE
    assert "no board holds such trials" in err
    assert "the-board-says-what-cannot-be" in err
    assert peak_b < PEAK_B
    assert stored() == 0
    assert not {"get_hold", "ack"} & set(board.asked)


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (summary(7), "it is that of trial 7"),
        (b"", "bytes, expected"),
        (summary(2)[:-1], "bytes, expected"),
        (summary(2) + b"\0", "touch-downs of 1 bytes"),
        (summary(2, end_reason=250), "code 250"),
        (summary(2, stance_leg=255), "code 255"),
        (summary(2, body_weight_source=99), "code 99"),
    ],
)
def test_a_summary_that_cannot_be_read(run: Run, packed: bytes, why: str) -> None:
    board = WithTrials(summaries={2: packed})
    code, _, err = run(board, "pull")
    assert code == CANNOT_BE
    assert "summary of trial 2 cannot be read" in err
    assert why in err
    assert stored() == 0
    assert "ack" not in board.asked, "the board keeps what was not stored"


@pytest.mark.parametrize("limit", [-(2**63) + 1, 2**63 - 1])
@pytest.mark.parametrize("name", ["lift_off_unix_ms", "lift_off_device_us"])
def test_a_time_that_no_calendar_has_is_none(run: Run, name: str, limit: int) -> None:
    packed = summary(2, **{name: limit})
    code, out, err = run(WithTrials(summaries={2: packed}), "pull", "--json")
    assert code == 0, err
    assert 2 in json.loads(out)["time_unknown"]
    with open_store() as store:
        times = {one.seq: one.lift_off_at for one in store.trials(unassigned=True)}
    assert times[2] is None


def test_an_acknowledgement_of_trials_that_nobody_has(run: Run) -> None:
    code, _, err = run(WithTrials({"ack_reply": {"acked_through": NEVER}}), "pull")
    assert code == 0, err
    with open_store() as store:
        assert store.acked_through(UID.hex(), JOURNAL.hex()) == 2


def part(total: int, data: bytes, offset: int | None = None) -> Callable[[Any], dict[str, object]]:
    return lambda asked: {
        "seq": asked["seq"],
        "offset": asked["offset"] if offset is None else offset,
        "total": total,
        "data": data,
    }


@pytest.mark.parametrize(
    ("trace_of", "code", "says"),
    [
        (part(NEVER, b"x" * 1000), CANNOT_BE, "4294967295 bytes"),
        (part(65536, b"x" * 1000), CANNOT_BE, "none has more than 65535"),
        (part(65535, b"x" * 1000, offset=0), 5, "stopped answering"),
        (part(65535, b""), 8, "shorter than the board says"),
    ],
)
def test_traces_of_impossible_sizes(
    run: Run, trace_of: Callable[[Any], dict[str, object]], code: int, says: str
) -> None:
    board = WithTrials(summaries={1: summary(1, trace_bytes=1000)}, trace_of=trace_of)
    found, _, err = run(board, "pull")
    assert (found, says in err) == (code, True), err
    assert stored() == 0
    assert "ack" not in board.asked


def test_the_trace_of_another_trial_is_none(run: Run) -> None:
    header = {name: 0 for name, _ in trace.HEADER.fields}
    data = trace.pack({**header, "version": trace.VERSION, "seq": 2}, b"")
    board = WithTrials(
        summaries={seq: summary(seq, trace_bytes=len(data)) for seq in (1, 2)},
        trace_of=part(len(data), data),
    )
    code, out, err = run(board, "pull", "--json")
    assert code == 0, err
    assert json.loads(out)["without_trace"] == [1]


@pytest.mark.parametrize("name", ["hello_reply", "status_reply", "set_clock_reply"])
def test_an_answer_of_a_wrong_size(run: Run, name: str) -> None:
    code, _, err = run(Sound({name: b"\xff" * 5}), "info")
    assert code == CANNOT_BE, err
    assert "bytes, expected" in err


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"left_counts_per_kn": 0}, "sensitivity of the left plate is zero"),
        ({"right_counts_per_kn": 0}, "sensitivity of the right plate is zero"),
        ({"made_unix_ms": -1}, "no calendar has"),
        ({"made_unix_ms": 2**63 - 1}, "no calendar has"),
    ],
)
def test_calibrations_that_cannot_be(run: Run, values: dict[str, object], says: str) -> None:
    sound = Sound({"get_calibration_reply": values})
    code, _, err = run(sound, "calibration", "list")
    assert (code, says in err) == (CANNOT_BE, True), err


class Spoiling(Sound):
    """Every answer has some fields at random; before it come unasked and damaged frames."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._rng = random.Random(seed)

    def reply(self, reply: Table, tag: int, asked: dict[str, object]) -> bytes:
        rng = self._rng
        unasked = table_frame(rng, rng.choice(messages.UNASKED), 0)
        noise = damaged_stream(rng, 3).data + b"~"
        values = spoilt(rng, reply)
        return noise + frames.encode(*unasked) + frames.encode(reply.kind, tag, reply.pack(values))


@pytest.mark.parametrize("words", ["info --json", "pull", "zero", "calibration list --json"])
@pytest.mark.parametrize("seed", range(12))
def test_spoilt_answers_end_in_words(run: Run, words: str, seed: int) -> None:
    code, out, err = run(Spoiling(seed), *words.split())
    assert code != UNEXPECTED, err
    if code == 0 and "--json" in words:
        json.loads(out, parse_constant=pytest.fail)  # no NaN, no Infinity
    if code:
        assert "Next:" in err

"""Trials of a board that makes its numbers up: kept as they are, and no command breaks on them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from histories import empty_history
from summaries import summary

from evenstance import cli
from evenstance.metrics.hold import trial_from_summary
from evenstance_wire import flags, frames, messages, trace
from evenstance_wire.messages import Table
from fuzzing.hostile_board import HostileBoard
from fuzzing.plausible import Sound
from fuzzing.seeds import seeds
from fuzzing.streams import LIMITS

UNEXPECTED = 70
TRIALS = 8
NAMED = {"seq": None, "stance_leg": 2, "end_reason": 5, "body_weight_source": 2}
Say = Callable[..., tuple[int, str, str]]


def made_up(rng: random.Random, seq: int) -> bytes:
    """A summary with every second field at a limit or at random; codes that have a name."""
    values = messages.SUMMARY.unpack(summary(seq, rng.choice(("left", "right"))))
    for name, code in messages.SUMMARY.fields:
        if code == "*" or name in NAMED or rng.random() < 0.5:
            continue
        low, high = LIMITS[code[0]]
        values[name] = rng.choice((low, high, 0, 1, rng.randint(low, high)))
    values["reasons"] = rng.choice((0, 0, values["reasons"]))
    values["trace_bytes"] = 1000
    values["trace_complete"] = rng.randrange(2)
    return messages.SUMMARY.pack(values)


def made_up_trace(rng: random.Random, seq: int) -> bytes:
    """A sound trace by its checksum, its header at random or its stream damaged."""
    data = seeds()["trace_file"][0]
    header = trace.HEADER.unpack(data[: trace.HEADER.size])
    stream = bytearray(data[trace.HEADER.size : -4])
    for name, code in rng.sample(trace.HEADER.fields, rng.randint(0, 4)):
        if name not in ("version", "samples_left", "samples_right", "stream_bytes"):
            low, high = LIMITS[code[0]]
            header[name] = rng.choice((low, high, 1, rng.randint(low, high)))
    if rng.random() < 0.3:
        stream[rng.randrange(len(stream))] ^= 1 << rng.randrange(8)
    return trace.pack({**header, "seq": seq}, stream)


class MadeUp(Sound):
    """A board of TRIALS such trials."""

    def __init__(self, seed: int) -> None:
        super().__init__({"status_reply": {"next_seq": TRIALS + 1}})
        rng = random.Random(f"trials {seed}")
        self._summaries = [made_up(rng, seq) for seq in range(1, TRIALS + 1)]
        self._traces = [made_up_trace(rng, seq) for seq in range(1, TRIALS + 1)]

    def reply(self, reply: Table, tag: int, asked: dict[str, object]) -> bytes:
        seq = asked.get("seq")
        values: dict[str, object]
        if reply is messages.GET_HOLD_REPLY and isinstance(seq, int):
            values = {"summary": self._summaries[seq - 1]}
        elif reply is messages.GET_TRACE_REPLY and isinstance(seq, int):
            whole, at = self._traces[seq - 1], asked["offset"]
            assert isinstance(at, int)
            part = whole[at : at + 1000]
            values = {"seq": seq, "offset": at, "total": len(whole), "data": part}
        else:
            return super().reply(reply, tag, asked)
        line = frames.encode(reply.kind, tag, reply.pack(values))
        if reply is messages.GET_TRACE_REPLY and int(values["offset"]) + 1000 < len(whole):
            return line + self.reply(reply, tag, {**asked, "offset": int(values["offset"]) + 1000})
        return line


@pytest.mark.parametrize(
    "values",
    [
        {"force_sd_un": 0},
        {"force_sd_3_un": 0},
        {"body_weight_un": 0},
        {"force_mean_un": 0},
        {"force_sd_un": None, "scored_from_us": 25_000_001},
    ],
)
def test_a_trial_that_no_person_made_does_not_count(values: dict[str, int | None]) -> None:
    hold = trial_from_summary(summary(1, **{**values, "reasons": 0}))  # type: ignore[arg-type]
    assert (hold.valid, hold.reasons) == (False, ("out_of_range",))
    flagged = trial_from_summary(summary(1, **{**values, "reasons": flags.TOO_SHORT}))  # type: ignore[arg-type]
    assert flagged.reasons == ("too_short",)


def test_what_was_not_measured_is_possible() -> None:
    nothing = dict.fromkeys(name for name, code in messages.SUMMARY.fields if code.endswith("?"))
    assert trial_from_summary(summary(1, **nothing)).valid  # type: ignore[arg-type]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Runs a command on a history of its own; its exit code and what it printed."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    monkeypatch.delenv("EVENSTANCE_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    empty_history(tmp_path / "history.sqlite3")

    def run(words: str) -> tuple[int, str, str]:
        code = cli.run(words.split())
        said = capsys.readouterr()
        assert code != UNEXPECTED, f"{words}: {said.err}"
        assert "Traceback" not in said.err
        if code == 0 and "--json" in words:
            json.loads(said.out, parse_constant=pytest.fail)  # no NaN, no Infinity
        return code, said.out, said.err

    return run


@pytest.mark.parametrize("seed", range(2))
def test_whatever_was_pulled_can_be_shown(say: Say, seed: int) -> None:
    with HostileBoard(MadeUp(seed)) as board:
        code, out, err = say(f"pull --json --port {board.port}")
    assert code == 0, err
    assert json.loads(out)["new"] == TRIALS
    for words in (
        "results --unassigned",
        "results --unassigned --json",
        "assign --all --athlete Ada",
        "results",
        "results --json",
        "history",
        "report --to page.html --json",
        "recompute --workers 1 --json",
        "export holds --to holds.csv",
        "export traces --to traces.csv",
        "plan",
    ):
        say(words)

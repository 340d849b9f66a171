"""The board's summaries against the same trials computed again from their traces."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import mpy_runner
import numpy as np
import pytest

from evenstance.device.client import BoardInfo
from evenstance.flows.pull import pull
from evenstance.metrics import agreement, two_legged
from evenstance.metrics.definition import NotAvailable
from evenstance.metrics.evaluate import Facts, evaluate_hold
from evenstance.metrics.hold import LoadShare, Trial, trial_from_summary
from evenstance.metrics.measured import Measured, Missing
from evenstance.signal.grid import Pairs
from evenstance.signal.trace_force import hold_signal
from evenstance.store.database import open_store
from evenstance_wire import PROTOCOL, messages, trace

WHOLE = {
    "force_mean_n",
    "force_sd_n",
    *(f"force_sd_{k}_n" for k in (1, 2, 3, 4)),
    "force_range_p95_p5_n",
    *(f"load_share_{what}_pct" for what in ("mean", "min", "sd")),
    "stray_load_pct_bw",
    "touch_down_count",
    "samples_left",
    "samples_right",
}
COUNTED = [
    "left",
    "right",
    "touches",
    "touches, right leg, slow left chip",
    "touches, slow left chip",
    "touches, slow right chip",
    "twelve touches",
    "a foot down at the end of the record",
]
SPOILT = {
    "one in 40 lost": "dropped_samples",
    "a gap": "gap",
    "saturated": "saturation",
    "overloaded": "overload",
}
SHORT = {
    "foot put down 0": "touch_down",
    "foot put down 1": "touch_down",
    "stepped off 0": "step_off",
    "stepped off 1": "step_off",
    "moved over 0": "step_off",
    "moved over 1": "step_off",
    "hold-time protocol": "touch_down",
    "stopped": "stopped",
    "a chip falls silent": "sensor_fault",
}
ALL = [*COUNTED, *SPOILT, *SHORT, "stray load", "weight from the hold"]


@dataclass(frozen=True)
class Told:
    """One trial as the board made it."""

    trial: Trial
    trace: bytes


@pytest.fixture(scope="module")
def lines(micropython: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script printed, by name; it runs once."""
    done = subprocess.run(
        [micropython, "-X", mpy_runner.HEAP, str(mpy_runner.CHECKS / "tell_trials.py")],
        cwd=tmp_path_factory.mktemp("trials"),
        env=mpy_runner.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def told(lines: dict[str, Any]) -> Callable[[str], Told]:
    def get(name: str) -> Told:
        line = lines[name]
        summary = bytes.fromhex(line["summary"])
        return Told(trial_from_summary(summary), bytes.fromhex(line["trace"]))

    return get


def test_every_trial_is_looked_at(lines: dict[str, Any]) -> None:
    assert set(lines) == {*ALL, "body weight"}


@pytest.mark.parametrize("name", ALL)
def test_board_and_laptop_agree(told: Callable[[str], Told], name: str) -> None:
    one = told(name)
    found = agreement.compare(one.trial, one.trace)
    assert found.disagreements == ()
    if name not in SHORT:
        assert set(found.compared) >= WHOLE


def test_the_numbers_of_the_issue_are_well_inside_their_limits(
    told: Callable[[str], Told],
) -> None:
    for name in COUNTED:
        one = told(name)
        values = evaluate_hold(one.trace, Facts.of(one.trial))
        mean, sd = values["force_mean_n"], values["force_sd_n"]
        assert isinstance(mean, Measured)
        assert isinstance(sd, Measured)
        assert one.trial.force_mean_n == pytest.approx(mean.value, abs=0.02)
        assert one.trial.force_sd_n == pytest.approx(sd.value, rel=0.001)


def test_touches_are_the_same_ones(told: Callable[[str], Told]) -> None:
    """Shorter than 50 ms, or within 100 ms of the last: none; what is down at the end counts."""
    counts = {name: told(name).trial.touch_down_count for name in COUNTED}
    assert counts["touches"] == counts["touches, slow left chip"] == 3
    assert counts["twelve touches"] == 12
    assert counts["a foot down at the end of the record"] == 1
    for name, count in counts.items():
        one = told(name)
        value = evaluate_hold(one.trace, Facts.of(one.trial))["touch_down_count"]
        assert isinstance(value, Measured)
        assert value.value == count


@pytest.mark.parametrize(("name", "reason"), SPOILT.items())
def test_what_spoils_a_trial_leaves_no_number(
    told: Callable[[str], Told], name: str, reason: str
) -> None:
    one = told(name)
    values = evaluate_hold(one.trace, Facts.of(one.trial))
    for metric in ("force_sd_n", "force_mean_n", "load_share_mean_pct", "touch_down_count"):
        found = values[metric]
        assert isinstance(found, Missing), found
        assert found.reason == reason


@pytest.mark.parametrize(("name", "end_reason"), SHORT.items())
def test_a_short_hold_has_its_time_and_no_score(
    told: Callable[[str], Told], name: str, end_reason: str
) -> None:
    one = told(name)
    values = evaluate_hold(one.trace, Facts.of(one.trial))
    assert one.trial.end_reason == end_reason
    score, time_s = values["force_sd_n"], values["hold_time_s"]
    assert isinstance(score, Missing)
    assert score.reason == "too_short"
    if end_reason in ("stopped", "sensor_fault"):
        assert isinstance(time_s, Missing)
        assert time_s.reason == end_reason
    else:
        assert isinstance(time_s, Measured)
        assert time_s.value == pytest.approx(one.trial.hold_time_s, abs=0.005)


def wrong_by(trial: Trial, name: str, times: float) -> Trial:
    """The trial with one number off by so many times its limit."""
    if name.startswith("load_share"):
        share = trial.load_share_pct
        assert share is not None
        what = name.split("_")[2]
        off = getattr(share, what) - times * agreement.LIMITS[name].of(getattr(share, what))
        return replace(trial, load_share_pct=replace(share, **{what: off}))
    if name.startswith("force_sd_") and name != "force_sd_n":
        sds = list(trial.force_sd_windows_n)
        k = int(name[9]) - 1
        sd = sds[k]
        assert sd is not None
        sds[k] = sd + times * agreement.LIMITS[name].of(sd)
        return replace(trial, force_sd_windows_n=tuple(sds))
    if name.startswith("touch_down_") and name != "touch_down_count":
        first = trial.touch_downs[0]
        what = name.removeprefix("touch_down_")
        off = getattr(first, what) + times * agreement.LIMITS[name].absolute
        return replace(trial, touch_downs=(replace(first, **{what: off}), *trial.touch_downs[1:]))
    value = getattr(trial, name)
    step = agreement.LIMITS[name].of(value) or 1.0
    return replace(trial, **{name: value + times * step})


@pytest.mark.parametrize("name", sorted({*agreement.LIMITS} - {"body_weight_n"}))
def test_a_wrong_number_of_the_board_is_noticed(told: Callable[[str], Told], name: str) -> None:
    one = told("stepped off 0" if name == "hold_time_s" else "touches")
    for times in (-3.0, 3.0):
        found = agreement.compare(wrong_by(one.trial, name, times), one.trace).disagreements
        assert [d.name for d in found] == [name]
        assert abs(found[0].board - found[0].host) > found[0].limit


def test_a_wrong_weight_of_a_hold_is_noticed(told: Callable[[str], Told]) -> None:
    one = told("weight from the hold")
    wrong = replace(one.trial, body_weight_n=641.0)
    found = {d.name for d in agreement.compare(wrong, one.trace).disagreements}
    assert "body_weight_n" in found


def test_a_number_that_only_one_of_them_has_is_noticed(told: Callable[[str], Told]) -> None:
    one = told("touches")
    for change in ({"force_sd_n": None}, {"load_share_pct": None}, {"stray_load_pct_bw": None}):
        assert agreement.compare(replace(one.trial, **change), one.trace).disagreements
    short = told("foot put down 0")
    made_up = replace(short.trial, force_mean_n=700.0, load_share_pct=LoadShare(100.0, 100.0, 0.0))
    found = agreement.compare(made_up, short.trace).disagreements
    assert {"force_mean_n", "load_share_mean_pct"} <= {d.name for d in found}
    assert all(d.host is None for d in found)


def test_a_damaged_trace_and_one_of_another_leg_are_refused(told: Callable[[str], Told]) -> None:
    one, other = told("left"), told("right")
    with pytest.raises(ValueError, match="checksum"):
        agreement.compare(one.trial, one.trace[:-1])
    with pytest.raises(ValueError, match="right leg"):
        agreement.compare(one.trial, other.trace)


def test_times_have_the_filter_s_delay_taken_off(told: Callable[[str], Told]) -> None:
    one = told("touches, slow left chip")
    header, (left_us, left_counts), (right_us, _) = trace.unpack(one.trace)
    signal = hold_signal(one.trace)
    assert signal.delay_s == (0.025, 0.020618)
    assert signal.left.times_s[0] == pytest.approx(left_us[0] / 1e6 - 0.025, abs=1e-9)
    assert signal.right.times_s[-1] == pytest.approx(right_us[-1] / 1e6 - 0.020618, abs=1e-9)
    away = left_counts[7] - int(str(header["zero_left_counts"]))
    per_kn = int(str(header["left_counts_per_kn"]))
    assert signal.left.force_n[7] == pytest.approx(1000.0 * away / per_kn, rel=1e-12)


def test_body_weight_is_made_as_on_the_board(lines: dict[str, Any]) -> None:
    """Every renewal of it, from the samples until then; none where somebody moved or left."""
    rows = np.array(lines["body weight"]["pairs"], dtype=np.float64)
    told_mn = lines["body weight"]["told"]
    assert 10 < len(told_mn) < 60
    pairs = Pairs(rows[:, 0] / 1e6, rows[:, 1] / 1e3, rows[:, 2] / 1e3)
    for n, value_mn in told_mn:
        until = Pairs(*(x[: n + 1] for x in (pairs.times_s, pairs.left_n, pairs.right_n)))
        assert two_legged.body_weight_n(until) == pytest.approx(value_mn / 1e3, abs=0.002)
    first = told_mn[0][0]
    with pytest.raises(NotAvailable, match="not_quiet"):
        two_legged.body_weight_n(Pairs(*(x[:first] for x in rows.T)))


def test_the_script_is_no_check() -> None:
    """It prints instead of asserting, so the checks' runner must not take it for one."""
    assert Path(mpy_runner.CHECKS / "tell_trials.py").exists()
    assert "tell_trials" not in mpy_runner.scripts()


# -- the pull


class Board:
    """A board that has these trials, seen from the client's side."""

    def __init__(self, rows: dict[int, tuple[bytes, bytes]]) -> None:
        self._rows = rows

    def status(self) -> dict[str, int]:
        last = max(self._rows)
        return {"first_seq": 1, "next_seq": last + 1, "acked_through": 0, "device_us": 10**9}

    def summary(self, seq: int) -> bytes:
        return self._rows[seq][0]

    def trace(self, seq: int) -> bytes:
        return self._rows[seq][1]

    def request(self, _table: messages.Table, **values: Any) -> dict[str, int]:
        return {"acked_through": values["through_seq"]}


def renumbered(line: dict[str, Any], seq: int, **changes: int) -> tuple[bytes, bytes]:
    values = messages.SUMMARY.unpack(bytes.fromhex(line["summary"]))
    summary = messages.SUMMARY.pack({**values, "seq": seq, **changes})
    return summary, of_trial(seq, bytes.fromhex(line["trace"]))


def of_trial(seq: int, data: bytes) -> bytes:
    """The same trace under another number."""
    header = trace.HEADER.unpack(data[: trace.HEADER.size])
    return trace.pack({**header, "seq": seq}, data[trace.HEADER.size : -4])


def test_a_pull_compares_every_trial_and_stores_it_as_it_is(
    lines: dict[str, Any], tmp_path: Path
) -> None:
    rows = {n: renumbered(lines[name], n) for n, name in enumerate(ALL, 1)}
    last = len(rows)
    rows[last + 1] = renumbered(lines["left"], last + 1, force_sd_un=3_900_000)
    rows[last + 2] = renumbered(lines["left"], last + 2, trace_complete=0, force_sd_un=3_900_000)
    right = renumbered(lines["right"], last + 3)[0]
    rows[last + 3] = (right, of_trial(last + 3, rows[1][1]))
    info = BoardInfo(PROTOCOL, "e66164084319a12b", "0011223344556677", 99, "0")
    with open_store(tmp_path / "history.sqlite3") as store:
        board: Any = Board(rows)
        found = pull(board, info, store)
        stored = store.trials()
    assert found.new == last + 3
    assert found.compared == last + 2
    assert [one.seq for one in found.disagreeing] == [last + 1, last + 3]
    (number,) = found.disagreeing[0].numbers
    assert (number.name, number.board) == ("force_sd_n", 3.9)
    assert "left leg" in str(found.disagreeing[1].unreadable)
    assert {trial.seq: trial.summary for trial in stored} == {n: r[0] for n, r in rows.items()}
    assert json.loads(json.dumps(asdict(found)))["disagreeing"][0]["numbers"][0]["limit"] > 0

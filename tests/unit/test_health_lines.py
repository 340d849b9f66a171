"""What each line says of made-up boards: ok, look or fault, and advice wherever it is not ok."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from health_cases import GAIN, PLATE, STATUS, ZERO, channel, examined, quiet, times_us

from evenstance.device.client import BoardInfo
from evenstance.health.limits import LIMITS, limit
from evenstance.health.lines import Examined, Line, Plate
from evenstance.report.diagnosis import (
    diagnosis_json,
    diagnosis_lines,
    diagnosis_text,
    issue_block,
    own_lines,
)
from evenstance_wire import flags

UNCALIBRATED = Plate(None, None, None, 1961.0)
N = times_us().size
INFO = BoardInfo(2, "5649525455414c31", "aa" * 8, 1, "0.1.0")


def line(found: Examined, name: str, part: str = "left") -> Line:
    (one,) = [x for x in diagnosis_lines(found) if (x.part, x.name) == (part, name)]
    return one


def test_a_sound_board_is_ok_in_every_line() -> None:
    lines = diagnosis_lines(examined())
    assert {one.state for one in lines} == {"ok"}
    assert {one.advice for one in lines} == {None}
    assert diagnosis_text(lines)[-1] == f"All {len(lines)} lines are ok."
    names = ["rate", "jitter", "noise", "values", "saturated", "errors", "range", "zero", "faults"]
    assert [x.name for x in lines if x.part == "left"] == names
    assert [x.name for x in lines if x.part == "right"] == names
    board = ["memory", "flash", "journal", "watchdog", "clock", "link"]
    assert [x.name for x in lines if x.part == "board"] == board


COUNTERS = {"conversions_left": 930}
JUDGED = [
    ("rate", {"left": channel(times_us(11.7))}, "fault", "RATE is low"),
    ("rate", {"left": channel(times_us(74.0))}, "look", "3V3"),
    ("rate", {"left": channel(times_us(101.0))}, "look", "3V3"),
    ("rate", {"left": channel(times_us(80.0))}, "ok", ""),
    ("noise", {"left": channel(counts=quiet(N, sd=0.09 * GAIN))}, "ok", ""),
    ("noise", {"left": channel(counts=quiet(N, sd=0.12 * GAIN))}, "look", "shorten"),
    ("noise", {"left": channel(counts=quiet(N, sd=1.7 * GAIN))}, "fault", "wire is open"),
    ("noise", {"left": channel(counts=quiet(N, mean=ZERO + 700 * GAIN))}, "look", "Empty"),
    ("noise", {"left": channel(counts=quiet(N, sd=250)), "plate": UNCALIBRATED}, "ok", ""),
    ("noise", {"left": channel(counts=quiet(N, sd=350)), "plate": UNCALIBRATED}, "look", "short"),
    ("noise", {"left": channel(counts=quiet(N, sd=6000)), "plate": UNCALIBRATED}, "fault", "open"),
    ("noise", {"left": channel(times_us(6.5))}, "look", "RATE"),
    ("noise", {"left": channel(counts=np.full(N, 0x7FFFFF))}, "look", "saturation"),
    ("noise", {"left": channel(counts=np.full(N, ZERO))}, "look", "values"),
    ("range", {"left": channel(counts=np.full(N, -0x800000))}, "look", "saturation"),
    ("values", {"left": channel(counts=np.full(N, ZERO))}, "fault", "never so quiet"),
    ("values", {"left": channel(counts=ZERO + np.arange(N) % 2)}, "fault", "never so quiet"),
    ("values", {"left": channel(counts=ZERO + np.arange(N) % 3)}, "look", "never so quiet"),
    ("values", {"left": channel(counts=ZERO + np.arange(N) % 11)}, "ok", ""),
    ("values", {"left": channel(counts=np.full(N, 0x7FFFFF))}, "look", "saturation"),
    ("saturated", {"left": channel(counts=np.full(N, -0x800000))}, "fault", "open or exchanged"),
    ("errors", {"after": {**COUNTERS, "desynced_left": 1}}, "look", "did not prove"),
    ("errors", {"after": {**COUNTERS, "desynced_left": 40}}, "fault", "did not prove"),
    ("errors", {"after": {**COUNTERS, "restarts_left": 1}}, "look", "did not prove"),
    ("errors", {"after": {**COUNTERS, "dropped_left": 1}}, "look", "were lost"),
    ("errors", {"after": {**COUNTERS, "dropped_left": 40}}, "fault", "were lost"),
    ("errors", {"after": {**COUNTERS, "overruns_left": 1}}, "look", "were lost"),
    ("errors", {"after": {**COUNTERS, "late_left": 10}}, "ok", ""),
    ("errors", {"after": {**COUNTERS, "late_left": 30}}, "look", "busy"),
    ("range", {"left": channel(counts=quiet(N, mean=6_500_000))}, "look", "before the rail"),
    ("range", {"plate": Plate(GAIN, ZERO, ZERO, 3900.0)}, "look", "--rating"),
    ("zero", {"left": channel(counts=quiet(N, mean=ZERO + 4.9 * GAIN))}, "ok", ""),
    ("zero", {"left": channel(counts=quiet(N, mean=ZERO - 5.1 * GAIN))}, "look", "warmed up"),
    ("zero", {"left": channel(counts=quiet(N, mean=ZERO + 25 * GAIN))}, "look", "Empty the plate"),
    ("zero", {"left": channel(counts=quiet(N, sd=1.7 * GAIN))}, "look", "hands"),
    ("zero", {"plate": UNCALIBRATED}, "look", "evenstance calibrate"),
    ("zero", {"left": channel(counts=np.full(N, 0x7FFFFF))}, "look", "saturation"),
    (
        "zero",
        {"plate": dataclasses.replace(PLATE, calibration_zero_counts=ZERO - round(51 * GAIN))},
        "look",
        "calibrate again",
    ),
]


@pytest.mark.parametrize(("name", "case", "state", "advice"), JUDGED)
def test_each_line_of_a_channel(
    name: str, case: dict[str, object], state: str, advice: str
) -> None:
    found = examined(**case)  # type: ignore[arg-type]
    one = line(found, name)
    assert one.state == state, one
    assert advice in (one.advice or "")
    assert (one.advice is None) == (state == "ok")
    assert line(found, name, "right").state == "ok", "the other channel is judged by itself"


def test_a_jitter_that_moves_a_force_is_told() -> None:
    t_us = 10_000 * np.arange(1, 990)
    t_us[1::2] += 250
    assert line(examined(channel(t_us)), "jitter").state == "look"
    t_us = times_us()
    t_us[400] += 2500
    found = line(examined(channel(t_us)), "jitter")
    assert found.state == "look"
    assert "250" in found.text


def test_a_channel_that_gives_nothing_has_one_fault_and_no_numbers() -> None:
    found = examined(channel(times_us()[:0]))
    left = {x.name: x for x in diagnosis_lines(found) if x.part == "left"}
    assert list(left) == ["conversions", "errors", "zero", "faults"]
    assert left["conversions"].state == "fault"
    assert "SCK GP14, DOUT GP15" in (left["conversions"].advice or "")
    assert "gave too little" in left["zero"].text
    values = diagnosis_json(INFO, found, diagnosis_lines(found))
    assert values["passed"] is False
    for name in ("rate_sps", "noise_n", "jitter_sd_us", "mean_pct", "zero_shift_n"):
        assert values["left"][name] is None, name
        assert values["right"][name] is not None, name


@pytest.mark.parametrize(
    ("name", "after", "state", "advice"),
    [
        ("memory", {"memory_free_b": 10_000}, "look", "Reset"),
        ("flash", {"flash_free_b": 8192, "next_seq": 5}, "look", "evenstance pull"),
        ("flash", {"flash_free_b": 8192, "next_seq": 5, "acked_through": 4}, "ok", ""),
        ("journal", {"holds_lost": 2}, "look", "evenstance pull"),
        ("journal", {"traces_given_up": 1}, "look", "evenstance pull"),
        ("journal", {"quarantined": 1}, "look", "worn"),
        ("watchdog", {"hung_restarts": 1}, "look", "--report"),
        ("clock", {"clock_set": 0}, "look", "evenstance info"),
        ("link", {"frames_dropped": 1}, "look", "USB"),
        ("link", {"frames_damaged": 1}, "look", "USB"),
    ],
)
def test_each_line_of_the_board(name: str, after: dict[str, int], state: str, advice: str) -> None:
    one = line(examined(after=after), name, "board")
    assert one.state == state
    assert advice in (one.advice or "")
    assert (one.advice is None) == (state == "ok")


def test_frames_that_never_arrived_are_told() -> None:
    one = line(examined(channel(lost=48)), "link", "board")
    assert one.state == "look"
    assert one.text.startswith("48 conversion(s) lost")


def test_what_grew_before_the_test_is_shown_and_not_judged() -> None:
    counted = {"late_left": 18, "desynced_left": 3}
    one = line(examined(before=counted, after={**COUNTERS, **counted}), "errors")
    assert one.state == "ok"
    assert "since power-up 0, 18, 3, 0, 0" in one.text


def test_faults_of_the_board_are_listed_by_name() -> None:
    status = {**STATUS, "left_faults": flags.NO_DATA | flags.SPIKES, "right_faults_seen": 2}
    left, right = own_lines(status)
    assert (left.state, left.text) == ("fault", "no_data, spikes now, none since power-up")
    assert (right.state, right.text) == ("look", "none now, stuck_low since power-up")
    assert left.advice
    assert right.advice


def test_a_block_for_an_issue_names_nobody() -> None:
    found = examined(after={"body_weight_un": 712_345_678})
    block = issue_block(INFO, found, diagnosis_lines(found))
    assert block.count("```") == 2
    assert INFO.board_uid not in block
    assert INFO.journal_id not in block
    assert "712" not in block
    assert "rate        93.10" in block


def test_the_limits_have_names_of_their_own_and_a_ground_each() -> None:
    assert len({one.name for one in LIMITS}) == len(LIMITS)
    assert all(one.ground and one.meaning for one in LIMITS)
    with pytest.raises(KeyError):
        limit("nothing")

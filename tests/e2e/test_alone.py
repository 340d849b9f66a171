"""Holds without a laptop: the board cues them, keeps them, and their time is never made up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from boards import UNHURRIED, Images, SwitchOn, client_on, wait_for
from people import Scripted, Steps
from programs import Run, until

from evenstance.virtual.board import VirtualBoard
from evenstance_wire import messages

BUTTON = 22
TWO_HOLDS = ["lift", "down", "stored", "lift", "down", "stored"]
OBEYS: dict[tuple[str, int], Steps] = {("lift", 0): ((0, "left"),), ("lift", 1): ((0, "right"),)}
STEPS_ON = [(0.0, "both")]


def wait_heard(person: Scripted, cue: str, times: int) -> None:
    until(lambda: person.heard.count(cue) >= times, f"{cue} heard {times} times")


def two_holds(board: VirtualBoard, person: Scripted) -> None:
    """Nobody but the board says what to do."""
    person.plan(board.broker.now_us + 1_000_000, STEPS_ON)
    wait_heard(person, "stored", 2)
    assert person.heard == TWO_HOLDS


def short_hold(board: VirtualBoard, person: Scripted) -> None:
    """One that is too short to count."""
    steps = [(0.0, "both"), (7.0, "left"), (9.5, "both")]
    person.plan(board.broker.now_us + 1_000_000, steps)
    wait_heard(person, "not_counted", 1)
    board.broker.set_speed(UNHURRIED)
    assert person.heard == ["lift", "not_counted"]


def summaries(board: VirtualBoard, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with client_on(board.port) as client:
        for seq in range(1, count + 1):
            summary = client.summary(seq)
            assert summary is not None
            found.append(messages.SUMMARY.unpack(summary))
    return found


def unassigned(evenstance: Run) -> list[dict[str, Any]]:
    return evenstance("results", "--unassigned", "--json").json()


def test_holds_that_the_board_cued_are_pulled_with_their_time_counted_back(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    person = Scripted(OBEYS)
    board = switch_on_copy(images.calibrated, person, speed=0.0)
    two_holds(board, person)
    board.broker.set_speed(1.0)
    said = evenstance("pull", "--port", board.port)
    assert "counted back" in said.out
    assert "no time" not in said.out
    on_board = summaries(board, 2)
    with client_on(board.port) as client:
        device_us = client.status()["device_us"]
    now = datetime.now(timezone.utc)
    assert [values["lift_off_unix_ms"] for values in on_board] == [None, None]
    trials = unassigned(evenstance)
    assert [trial["counted_back"] for trial in trials] == [True, True]
    assert [trial["valid"] for trial in trials] == [True, True]
    for trial, values in zip(trials, on_board, strict=True):
        ago_s = (now - datetime.fromisoformat(trial["lift_off_at"])) / timedelta(seconds=1)
        assert ago_s == pytest.approx((device_us - values["lift_off_device_us"]) / 1e6, abs=5.0)
    assert evenstance("results", "--unassigned").out.count("(counted back at the pull)") == 2


def test_a_board_that_was_told_the_time_keeps_it_without_the_laptop(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=5.0)
    told = datetime(2031, 5, 6, 12, tzinfo=timezone.utc)
    with client_on(board.port) as client:
        at_us = client.status()["device_us"]
        client.request(messages.SET_CLOCK, unix_ms=round(told.timestamp() * 1000))
    board.broker.set_speed(0.0)
    short_hold(board, person)
    said = evenstance("pull", "--port", board.port)
    assert "counted back" not in said.out
    (values,) = summaries(board, 1)
    (trial,) = unassigned(evenstance)
    since_s = (datetime.fromisoformat(trial["lift_off_at"]) - told) / timedelta(seconds=1)
    wanted_s = (values["lift_off_device_us"] - at_us) / 1e6
    assert since_s == pytest.approx(wanted_s, abs=3.0)
    assert not trial["counted_back"]


def test_after_a_loss_of_power_the_time_is_unknown_and_nobody_makes_it_up(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=0.0)
    short_hold(board, person)
    board.broker.power_cycle()
    until(lambda: board.broker.restarts == 1, "power")
    said = evenstance("pull", "--port", board.port)
    assert "1 of them have no time" in said.out
    trials = unassigned(evenstance)
    assert [trial["lift_off_at"] for trial in trials] == [None]
    shown = evenstance("results", "--unassigned").out
    assert shown.count("time unknown") == 1
    assert f"{datetime.now(timezone.utc).astimezone():%F}" not in shown
    assigned = evenstance("assign", "--all", "--athlete", "somebody")
    assert "nobody knows when 1 of them were made" in assigned.err
    note = "The board had no clock: the day is that of the pull."
    assert note in evenstance("results", "--athlete", "somebody").out


def test_the_button_takes_a_zero_and_says_so(switch_on_copy: SwitchOn, images: Images) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=10.0)
    with client_on(board.port) as client:
        assert client.status()["zero_device_us"] is None
        press(board)
        wait_heard(person, "done", 1)
        assert client.status()["zero_device_us"] is not None
    person.plan(board.broker.now_us + 1_000_000, STEPS_ON)
    with client_on(board.port) as client:
        before = wait_for(client, lambda status: status["body_weight_un"] is not None)
        press(board)
        wait_heard(person, "fault", 1)
        assert client.status()["zero_device_us"] == before["zero_device_us"]


def press(board: VirtualBoard) -> None:
    """Press the button for about half a second of the board's time."""
    from_us = board.broker.now_us
    board.broker.press(BUTTON)
    until(lambda: board.broker.now_us > from_us + 500_000, "the button is down")
    board.broker.press(BUTTON, False)

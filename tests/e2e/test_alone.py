"""Holds without a laptop: the board cues them, keeps them, and their time is never made up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from boards import UNHURRIED, Images, SwitchOn, client_on, wait_for
from people import Scripted, Steps
from programs import Run, until

from evenstance.virtual.board import VirtualBoard
from evenstance_wire import messages

BUTTON = 22
TWO_HOLDS = ["lift", "down", "stored", "lift", "down", "stored"]
# Who stays on the board is asked for another hold after the rest: they leave.
OBEYS: dict[tuple[str, int], Steps] = {
    ("lift", 0): ((0, "left"),),
    ("lift", 1): ((0, "right"),),
    ("stored", 1): ((0, "off"),),
}
STEPS_ON = [(0.0, "both")]
ROUNDED_S = 0.01


def wait_heard(person: Scripted, cue: str, times: int) -> None:
    until(lambda: person.heard.count(cue) >= times, f"{cue} heard {times} times")


def two_holds(board: VirtualBoard, person: Scripted) -> None:
    """Nobody but the board says what to do."""
    person.plan(board.broker.now_us + 1_000_000, STEPS_ON)
    wait_heard(person, "stored", 2)
    assert person.heard == TWO_HOLDS


def short_hold(board: VirtualBoard, person: Scripted) -> None:
    """One that is too short to count, of somebody who leaves then."""
    steps = [(0.0, "both"), (7.0, "left"), (9.5, "both"), (12.0, "off")]
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


def clocks(board: VirtualBoard) -> tuple[datetime, int]:
    """This computer's time, and the board's (us)."""
    with client_on(board.port) as client:
        device_us = int(client.status()["device_us"])
    return datetime.now(timezone.utc), device_us


def unassigned(evenstance: Run) -> list[dict[str, Any]]:
    return evenstance("results", "--unassigned", "--json").json()


def test_holds_that_the_board_cued_are_pulled_with_their_time_counted_back(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    person = Scripted(OBEYS)
    board = switch_on_copy(images.calibrated, person, speed=0.0)
    two_holds(board, person)
    board.broker.set_speed(1.0)
    now, device_us = clocks(board)
    said = evenstance("pull", "--port", board.port)
    later, later_us = clocks(board)
    assert "counted back" in said.out
    assert "no time" not in said.out
    on_board = summaries(board, 2)
    assert [values["lift_off_unix_ms"] for values in on_board] == [None, None]
    trials = unassigned(evenstance)
    assert [trial["counted_back"] for trial in trials] == [True, True]
    assert [trial["valid"] for trial in trials] == [True, True]
    for trial, values in zip(trials, on_board, strict=True):
        at, at_us = datetime.fromisoformat(trial["lift_off_at"]), values["lift_off_device_us"]
        assert at > now - timedelta(microseconds=later_us - at_us)
        assert at < later - timedelta(microseconds=device_us - at_us)
    assert evenstance("results", "--unassigned").out.count("(counted back at the pull)") == 2


def test_a_board_that_was_told_the_time_keeps_it_without_the_laptop(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=5.0)
    told = datetime(2031, 5, 6, 12, tzinfo=timezone.utc)
    with client_on(board.port) as client:
        from_us = client.status()["device_us"]
        client.request(messages.SET_CLOCK, unix_ms=round(told.timestamp() * 1000))
        to_us = client.status()["device_us"]
    board.broker.set_speed(0.0)
    short_hold(board, person)
    said = evenstance("pull", "--port", board.port)
    assert "counted back" not in said.out
    (values,) = summaries(board, 1)
    (trial,) = unassigned(evenstance)
    since_s = (datetime.fromisoformat(trial["lift_off_at"]) - told) / timedelta(seconds=1)
    at_us = values["lift_off_device_us"]
    assert (at_us - to_us) / 1e6 - ROUNDED_S < since_s < (at_us - from_us) / 1e6 + ROUNDED_S
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
    """Press the button for about half a second of the board's time, which waits for the finger:
    a press of two seconds means nothing."""
    broker = board.broker
    broker.advance_to(broker.now_us)
    broker.press(BUTTON)
    broker.advance_to(broker.now_us + 500_000)
    broker.press(BUTTON, False)
    broker.release()

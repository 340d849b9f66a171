"""`evenstance watch`: what both plates feel, on a terminal, for programs, and without a trace."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
from boards import UNHURRIED, Images, SwitchOn, client_on
from people import Scripted, Steps
from programs import Program, Run, until
from terminal import Terminal

from evenstance.errors import MeasurementError
from evenstance.store.database import open_store
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses

BOTH_THEN_LEFT: Steps = ((0.3, "both"), (5.0, "left"), (10.0, "both"))


@pytest.fixture
def loaded(switch_on_copy: SwitchOn, images: Images) -> VirtualBoard:
    """A board with 20 kg on its left and 30 kg on its right plate."""
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses, speed=5.0)
    masses.place(0, 20.0)
    masses.place(1, 30.0)
    return board


def test_json_lines_tell_loads_share_and_state_and_nothing_is_recorded(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """Seconds on one leg would be a trial if nobody watched: they begin when somebody does."""
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=1.0)
    with client_on(board.port) as client:
        before = client.status()["next_seq"]
    with Program("watch", "--port", board.port, "--seconds", "25", "--json", home=home) as watch:
        watch.line("left_n", stream="out")
        person.plan(board.broker.now_us + 1_000_000, BOTH_THEN_LEFT)
        board.broker.set_speed(UNHURRIED)
        said = watch.ended()
    assert said.code == 0, said.err
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert 188 < len(lines) <= 252
    assert lines[-1]["device_s"] - lines[0]["device_s"] == pytest.approx(25.0, abs=0.2)
    both = [line for line in lines if line["state"] == "both_feet" and line["body_weight_n"]]
    assert both[-1]["left_n"] == pytest.approx(350.0, abs=5)
    assert both[-1]["left_share_pct"] == pytest.approx(50.0, abs=0.5)
    assert both[-1]["body_weight_n"] == pytest.approx(700.0, abs=2)
    one_leg = [line for line in lines if line["left_n"] > 690]
    assert len(one_leg) > 40
    with client_on(board.port) as client:
        assert client.status()["next_seq"] == before
    with open_store() as store:
        assert store.sessions() == []
        assert store.trials() == []


def test_plain_lines_where_there_is_no_terminal(loaded: VirtualBoard, evenstance: Run) -> None:
    said = evenstance("watch", "--port", loaded.port, "--seconds", "5")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert 5 <= len(lines) <= 6
    assert re.search(r"left +196 N right +294 N left +40%", lines[-1])
    assert "\r" not in said.out + said.err


def test_an_empty_board_has_no_share(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    board = switch_on_copy(images.calibrated)
    said = evenstance("watch", "--port", board.port, "--seconds", "1", "--json")
    last = json.loads(said.out.splitlines()[-1])
    assert last["left_share_pct"] is None
    assert abs(last["left_n"]) < 1.0


def test_a_board_without_calibration_is_refused_with_advice(
    switch_on_copy: SwitchOn, evenstance: Run
) -> None:
    said = evenstance("watch", "--port", switch_on_copy(None).port, "--seconds", "1")
    assert said.code == MeasurementError.exit_code
    assert "not calibrated" in said.err
    assert "evenstance calibrate" in said.advice


@pytest.mark.parametrize("option", ["", "--no-browser"])
def test_on_a_terminal_one_line_follows_the_loads_q_ends_it_and_a_browser_opens(
    option: str, loaded: VirtualBoard, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setenv("DISPLAY", ":9")
    options = ("--display", *([option] if option else []))
    with Terminal("watch", "--port", loaded.port, *options, home=home) as terminal:
        terminal.wait_for("[######")
        terminal.wait_for("left   196 N right   294 N left  40%")
        address = re.findall(r"http://\S+", terminal.text)[0]
        with urllib.request.urlopen(address, timeout=10) as page:
            assert page.status == 200
        if not option:
            until(opened.exists, "the browser is opened")
            assert opened.read_text().strip() == address
        terminal.type("q")
        assert terminal.obey(lambda _: None) == 0
    assert opened.exists() == (not option)

"""Every fault has advice and its place in the page of symptoms."""

from __future__ import annotations

import pytest
from doc_pages import page

from evenstance.report.faults import FAULT_ADVICE, faults_json, faults_text
from evenstance.report.terminal import REASONS
from evenstance_wire import flags

NAMES = [name for _, name in flags.FAULTS]
QUIET = {f"{side}_faults{when}": 0 for side in ("left", "right") for when in ("", "_seen")}


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_has_advice_and_an_anchor(name: str) -> None:
    advice = FAULT_ADVICE[name]
    assert advice.what and advice.cause
    assert advice.next_step.endswith(".")
    assert not advice.what.endswith(".") and not advice.cause.endswith(".")
    target, _, anchor = advice.anchor.partition("#")
    assert anchor == name
    assert anchor in page(target).anchors()


def test_no_advice_without_a_fault() -> None:
    assert list(FAULT_ADVICE) == NAMES


def test_every_reason_has_words() -> None:
    assert set(REASONS) >= {name for _, name in flags.REASONS}


def test_what_is_present_has_advice_and_what_is_over_is_named() -> None:
    status = {**QUIET, "left_faults": flags.SPIKES, "left_faults_seen": flags.SPIKES | 1}
    found = faults_json(status)
    assert found["left"] == {"now": ["spikes"], "seen": ["no_data", "spikes"]}
    assert found["right"] == {"now": [], "seen": []}
    text = faults_text(found)
    assert text[0] == f"left plate: spikes: {FAULT_ADVICE['spikes'].what}"
    assert FAULT_ADVICE["spikes"].next_step in text[2]
    assert text[3:] == ["left plate: earlier since power-up, over now: no_data"]
    assert faults_text(faults_json(QUIET)) == []


def test_a_fault_of_a_newer_board_is_shown() -> None:
    found = faults_json({**QUIET, "right_faults": 1 << 15})
    assert faults_text(found) == ["right plate: bit_15, which this program does not know"]

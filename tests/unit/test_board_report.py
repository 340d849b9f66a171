"""What `evenstance info` warns of."""

from __future__ import annotations

import pytest

from evenstance.device.client import BoardInfo
from evenstance.report.board import board_lines, board_values
from evenstance_wire import messages

INFO = BoardInfo(protocol=2, board_uid="ab", journal_id="cd", boot_id=1, firmware="0")
QUIET = {name: 0 for name, _ in messages.STATUS_REPLY.fields}


def warnings(**counters: int) -> list[str]:
    lines = board_lines(INFO, board_values(INFO, {**QUIET, **counters}))
    return [line.split(maxsplit=1)[1] for line in lines if line.startswith("warning")]


def test_nothing_to_warn_of() -> None:
    assert warnings() == []


@pytest.mark.parametrize(
    ("counter", "words"),
    [
        ("holds_lost", "3 trial(s) lost: the flash is full"),
        ("traces_given_up", "3 trial(s) stored without a trace: the flash is full"),
        ("quarantined", "3 damaged file(s)"),
    ],
)
def test_a_counter_of_the_journal_is_a_warning(counter: str, words: str) -> None:
    (said,) = warnings(**{counter: 3})
    assert said.startswith(words)
    assert board_values(INFO, {**QUIET, counter: 3})["counters"][counter] == 3

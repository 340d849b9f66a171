"""A guided session on a terminal: keys, Ctrl-C at five moments, a narrow window, no colours."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import short_session
from boards import Images, SwitchOn
from people import Scripted, Steps
from tmux import Tmux

from evenstance import cli
from evenstance.store.database import open_store
from evenstance.store.records import StoredSession, StoredTrial
from evenstance.virtual.board import VirtualBoard

pytestmark = pytest.mark.program("tmux")
STAY_OFF: Steps = ((0.0, "off"),)
STAY_ON: Steps = ((0.0, "both"),)
REAL_TIME = 1.0  # while something is to be seen that does not stay
FORCE = re.compile(r"\d (N|%|kg)(?!\w)")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[;m]")


def session(
    board: VirtualBoard,
    home: Path,
    *arguments: str,
    columns: int = 80,
    rows: int = 24,
    **variables: str,
) -> Tmux:
    """The short session in a window; nobody has a complaint today."""
    command = [sys.executable, short_session.__file__, *arguments]
    command += ["--port", board.port, "--quick-check", "none"]
    around = {"EVENSTANCE_HOME": str(home), "PYTHONPATH": ":".join(p for p in sys.path if p)}
    return Tmux(command, {**around, **variables}, columns=columns, rows=rows)


def slowly_from(cue: tuple[str, int], board: VirtualBoard, person: Scripted) -> None:
    """From this cue on the board's time is that of whoever looks."""
    person.at[cue] = lambda: board.broker.set_speed(REAL_TIME)


def kept() -> tuple[StoredSession, list[StoredTrial]]:
    """The only session of the history, which is closed, and its trials."""
    with open_store() as store:
        (found,) = store.sessions()
        assert found.ended_at is not None
        trials = store.trials(session=found.id)
        assert store.trials(unassigned=True) == []
    return found, trials


def purposes(trials: list[StoredTrial]) -> list[tuple[str, str, bool]]:
    return [(t.purpose, t.hold.stance_leg, t.hold.valid) for t in trials]


def hides_everything(rows: list[str]) -> bool:
    """Whether a window in a scored hold has no number of a force, no bar and no trace."""
    text = "\n".join(rows)
    return (
        FORCE.search(text) is None
        and not re.search(r"^ (Left|Right|10 s) ", text, re.MULTILINE)
        and not re.search("[░▁▂▃▅▆▇]", text)
    )


# -- a whole session


@pytest.mark.timeout(400)
def test_a_whole_session_with_its_keys(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person)
    slowly_from(("left", 1), board, person)
    with session(board, home) as window:
        window.see("Rest on both feet.")
        window.press("r")
        window.see("Only a scored hold can be made again.")
        window.press("p")
        window.see("Press p to go on.")
        rows = window.see("Practice hold 1: left,")
        assert sum(bool(re.match(r" (Left|Right) .*\d N +\d+ %", row)) for row in rows) == 2
        assert any(row.startswith(" 10 s ") for row in rows)
        assert any(re.search(r"p pause +s skip rest +r repeat last hold +q stop", r) for r in rows)
        window.press("p")
        window.see("Rest on both feet.")
        window.press("s")
        window.see("checked after the practice block")
        window.see("Rest on both feet.")
        window.press("s")
        rows = window.see("Scored hold on your LEFT leg.")
        assert hides_everything(rows), rows
        board.broker.set_speed(0.0)
        rows = window.see("Scored hold 3: left, 25.0 s, force SD")
        assert any("left ● 1 of 1" in row and "right ○ 0 of 1" in row for row in rows)
        window.press("r")
        rows = window.see("Hold 3 is kept as practice, and the left hold is made again")
        assert any("left ○ 0 of 1" in row for row in rows)
        window.press("r")
        window.see("The left hold is made again after the rest.")
        window.press("s")
        window.see("Scored hold 4: left, 25.0 s, force SD")
        window.press("s")
        assert window.ended() == 0
        shown = window.text
    for said in ("Going on.", "Hold 3 is kept as practice", "Zero checked after the scored block"):
        assert said in shown, "what was said is printed at the end"
    note = r"hold 3 \(left, 25\.0 s, force SD \d+\.\d\d N\) was set aside as practice by key r"
    assert re.search(note, shown), "the result says it"
    found, trials = kept()
    assert re.fullmatch(note + ", to be made again", found.note)
    assert [(purpose, leg) for purpose, leg, _ in purposes(trials)] == [
        ("practice", "left"),
        ("practice", "right"),
        ("practice", "left"),
        ("scored", "left"),
        ("scored", "right"),
    ]
    assert (found.scored_left, found.scored_right, found.practice) == (1, 1, 3)


# -- Ctrl-C


def interrupted(window: Tmux) -> tuple[StoredSession, list[StoredTrial]]:
    """Press Ctrl-C now; what the history has then."""
    window.press("C-c")
    assert window.ended() == cli.INTERRUPTED
    assert "Whatever was stored before is kept." in window.text
    found, trials = kept()
    assert found.note == "stopped"
    assert found.zero_checks[-1].reason == "stopped"
    return found, trials


def test_ctrl_c_before_the_zero(switch_on_copy: SwitchOn, images: Images, home: Path) -> None:
    person = Scripted()
    person.plan(0, [(0.0, "both")])
    board = switch_on_copy(images.calibrated, person, speed=REAL_TIME)
    with session(board, home) as window:
        window.see("Leave both plates empty until the zero is read.")
        assert interrupted(window)[1] == []


def test_ctrl_c_in_the_baseline(switch_on_copy: SwitchOn, images: Images, home: Path) -> None:
    person = Scripted({("both_feet", 0): STAY_OFF})
    board = switch_on_copy(images.calibrated, person)
    slowly_from(("both_feet", 0), board, person)
    with session(board, home) as window:
        window.see("One foot on each plate. Stand still.")
        assert interrupted(window)[1] == []


def test_ctrl_c_in_a_practice_hold(switch_on_copy: SwitchOn, images: Images, home: Path) -> None:
    """In a window 60 columns wide, without colours."""
    person = Scripted()
    board = switch_on_copy(images.calibrated, person)
    slowly_from(("left", 0), board, person)
    with session(board, home, columns=60, NO_COLOR="1") as window:
        window.see(re.compile("Practice hold, [1-7] s"))
        _, trials = interrupted(window)
        assert not COLOUR.search(window.sent)
        assert "\x1b[?1049l" in window.sent, "the terminal is given back"
    ((purpose, leg, valid),) = purposes(trials)
    assert (purpose, leg, valid) == ("practice", "left", False)
    assert "stopped" in trials[0].hold.reasons


def test_ctrl_c_in_a_scored_hold(switch_on_copy: SwitchOn, images: Images, home: Path) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person)
    slowly_from(("left", 0), board, person)
    with session(board, home, "--no-practice") as window:
        rows = window.see(re.compile(r"Scored hold, 1\d s"))
        assert hides_everything(rows), rows
        _, trials = interrupted(window)
        assert COLOUR.search(window.sent)
    assert purposes(trials) == [("scored", "left", False)]
    assert trials[0].hold.reasons[-1] == "stopped"
    assert 5.0 < trials[0].hold.hold_time_s < 25.0


def test_ctrl_c_in_a_rest(switch_on_copy: SwitchOn, images: Images, home: Path) -> None:
    """No line is broken in a number at 60 columns; a narrower window gets plain lines."""
    board = switch_on_copy(images.calibrated, Scripted())
    with session(board, home, "--no-practice", columns=60) as window:
        rows = window.see("force SD")
        assert any(re.search(r"force SD \d+\.\d\d N", row) for row in rows), rows
        loads = [row for row in rows if re.match(" (Left|Right) ", row)]
        assert all(re.search(r" -?\d+ N +(\d+|-) %$", row) for row in loads), loads
        assert max(map(len, rows)) <= 60
        window.resize(59, 24)
        window.see("Rest 3600 s on both feet.")
        assert purposes(interrupted(window)[1]) == [("scored", "left", True)]

"""The guided session on a terminal: what is drawn, what is hidden, and when there are lines."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Generator
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summaries import summary

from evenstance.commands.big_letters import big, width
from evenstance.commands.session_scene import Scene, draw
from evenstance.commands.session_words import result_line, step_of
from evenstance.commands.terminal_view import LEAST_COLUMNS, LEAST_ROWS, TerminalView, can_draw
from evenstance.flows.live import Live
from evenstance.flows.phases import is_instruction
from evenstance.flows.stand import SET_ASIDE
from evenstance.metrics.hold import trial_from_summary

PHASES = (
    "empty plates",
    "body weight",
    "both feet",
    "rest",
    "paused",
    "lift the left foot",
    "lift the right foot",
    "left leg",
    "practice hold",
    "foot down",
    "something new",
)
KEYS = (("p", "pause"), ("s", "skip rest"), ("r", "repeat last hold"), ("q", "stop"))
DEADLINE_S = 60.0
FORCE = re.compile(r"\d (N|%)(?!\w)")
ZERO = "checked after the practice block; since the beginning it moved by +12.34 N left, 0.00 N"


def full_scene(phase: str, left_s: float | None, *, scored: bool, name: str = "somebody") -> Scene:
    """A scene in which everything has something to show."""
    scene = Scene(f"{name}, standard session, eyes open", 5, KEYS)
    for n in range(200):
        scene.feel(Live(n / 10, 1, 350.0 + n, 350.0 - n, 700.0), scored=False)
    scene.step = step_of(phase, "left", left_s, scored=scored)
    scene.left_s = left_s
    scene.done = {"left": 3, "right": 2}
    scene.result = "Scored hold 12: left, 25.0 s, force SD 12.34 N, 2 touch-down(s)."
    scene.zero = ZERO
    scene.told.append("More than 5 N: the mean forces of this session are off by as much.")
    if scored:
        scene.told.clear()
        scene.feel(Live(20.0, 4, 700.0, 0.0, 700.0), scored=True)
    return scene


# -- the picture


@given(
    phase=st.sampled_from(PHASES),
    columns=st.integers(LEAST_COLUMNS, 200),
    rows=st.integers(LEAST_ROWS, 70),
    left_s=st.one_of(st.none(), st.floats(-5, 4000)),
    plain=st.booleans(),
    name=st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=60),
)
def test_no_line_is_too_long_and_none_is_missing(
    phase: str, columns: int, rows: int, left_s: float | None, plain: bool, name: str
) -> None:
    scene = full_scene(phase, left_s, scored=False, name=name)
    lines = draw(scene, columns, rows, plain=plain)
    assert len(lines) == rows
    assert max(line.cell_len for line in lines) <= columns
    assert all("\n" not in line.plain for line in lines)
    if plain:
        assert not re.search("[█░●○▁─]", "".join(line.plain for line in lines))


@pytest.mark.parametrize("columns", [60, 61, 64, 70, 80, 97])
def test_no_number_is_cut_from_its_unit(columns: int) -> None:
    lines = [
        line.plain.strip() for line in draw(full_scene("rest", 12.3, scored=False), columns, 40)
    ]
    text = " ".join(" ".join(lines).split())
    for whole in ("Rest, 13 s", "25.0 s", "force SD 12.34 N", "+12.34 N left", "More than 5 N:"):
        assert whole in text
        number = re.search(r"[+\d.]+ \w", whole)
        assert number is not None
        assert any(number[0] in line for line in lines), whole


def test_the_usual_terminal_shows_everything() -> None:
    text = "\n".join(line.plain for line in draw(full_scene("rest", 30.0, scored=False), 80, 24))
    for words in ("somebody", "Rest on both feet.", " Left ", " Right ", " 10 s ", "3 of 5"):
        assert words in text
    for words in ("2 of 5", "Scored hold 12", "More than 5 N", "p pause", "q stop"):
        assert words in text


@given(
    columns=st.integers(LEAST_COLUMNS, 200),
    rows=st.integers(LEAST_ROWS, 70),
    left_s=st.floats(0.1, 25),
)
def test_a_scored_hold_has_no_number_of_a_force_no_bar_and_no_trace(
    columns: int, rows: int, left_s: float
) -> None:
    lines = draw(full_scene("scored hold", left_s, scored=True), columns, rows)
    text = "\n".join(line.plain for line in lines)
    assert not FORCE.search(text)
    assert not re.search("[░▁▂▃▅▆▇]", text)
    assert "Left" not in text and "12.34" not in text
    assert "The loads are hidden" in " ".join(text.split())


def test_an_empty_plate_that_reads_below_zero_carries_no_share() -> None:
    scene = full_scene("rest", 9.0, scored=False)
    scene.feel(Live(21.0, 1, -0.7, 700.0, 700.0), scored=False)
    rows = [line.plain for line in draw(scene, 80, 24)]
    assert any(row.endswith(" -1 N    0 %") for row in rows)
    assert any(row.endswith(" 700 N  100 %") for row in rows)
    scene.feel(Live(22.0, 1, -0.3, 0.2, 700.0), scored=False)
    assert sum(line.plain.endswith(" 0 N    - %") for line in draw(scene, 80, 24)) == 2


def test_after_a_scored_hold_the_trace_begins_anew() -> None:
    scene = full_scene("scored hold", 3.0, scored=True)
    scene.feel(Live(21.0, 1, 350.0, 350.0, 700.0), scored=False)
    assert [live.device_s for live in scene.trace] == [21.0]


def test_large_letters_are_as_wide_as_they_say_and_all_words_have_them() -> None:
    for phase in PHASES[:-1]:
        for leg in ("left", "right"):
            words = step_of(phase, leg, 5.0, scored=False).large
            assert width(words.upper()) <= LEAST_COLUMNS - 2
            rows = big(words, LEAST_COLUMNS - 2)
            assert len(rows) == 5
            assert len(big(words, LEAST_COLUMNS - 2, low=True)) == 3
            assert {len(row) for row in rows} <= {width(words.upper()), 2 * width(words.upper())}
    assert big("Hold still  25", 58) != big("Hold still  24", 58)
    assert big("a/b", 58) == ["A/B"]
    assert len(set(map(tuple, (big(str(n), 58) for n in range(10))))) == 10


# -- on a terminal


class Window:
    """A pseudo-terminal of a known size, and what was written to it."""

    def __init__(self, columns: int, rows: int) -> None:
        self._ours, theirs = os.openpty()
        self.stream: TextIO = open(theirs, "w", encoding="utf-8")  # noqa: SIM115
        self.resize(columns, rows)
        self._heard = bytearray()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._marks = 0

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, size)

    @property
    def text(self) -> str:
        """Everything that was written before now."""
        self._marks += 1
        mark = f"\0{self._marks}\0"
        self.stream.write(mark)
        self.stream.flush()
        with self._changed:
            assert self._changed.wait_for(lambda: mark.encode() in self._heard, DEADLINE_S)
            return re.sub("\0\\d+\0", "", self._heard.decode())

    def _read(self) -> None:
        data = b"?"
        while data:
            data = b""
            with contextlib.suppress(OSError):  # the other end is closed
                data = os.read(self._ours, 65536)
            with self._changed:
                self._heard += data
                self._changed.notify_all()

    def close(self) -> None:
        self.stream.close()
        self._reader.join(DEADLINE_S)
        os.close(self._ours)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Generator[Window, None, None]:
    """A terminal of 80 x 24 with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = Window(80, 24)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("columns", "rows", "term", "drawn"),
    [
        (60, 14, "xterm", True),
        (59, 24, "xterm", False),
        (80, 13, "xterm", False),
        (80, 24, "dumb", False),
        (80, 24, "unknown", False),
    ],
)
def test_where_a_picture_can_be_drawn(
    window: Window,
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    rows: int,
    term: str,
    drawn: bool,
) -> None:
    window.resize(columns, rows)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "200")  # says nothing of the terminal
    assert can_draw(window.stream) is drawn


def test_a_file_gets_lines(tmp_path: Path) -> None:
    with (tmp_path / "lines").open("w") as stream:
        assert not can_draw(stream)


def view_on(window: Window) -> TerminalView:
    return TerminalView(lambda: None, "somebody", wanted_n=3, stream=window.stream)


def test_numbers_said_in_a_scored_hold_wait_for_its_end(window: Window) -> None:
    trial = trial_from_summary(summary(5, "left"))
    standing = Live(1.0, 4, 700.0, 0.0, 700.0)
    with view_on(window) as view:
        view.live(standing, "lift the right foot", None, scored=False)
        view.live(standing, "scored hold", 20.0, scored=True)
        view.say("left plate: 812 N are more than it may carry.")
        view.say("That is the wrong leg.")
        assert list(view.scene.told) == ["That is the wrong leg."]
        view.live(Live(2.0, 1, 350.0, 350.0, 700.0), "foot down", None, scored=False)
        assert view.scene.told[-1] == "left plate: 812 N are more than it may carry."
        view.trial(trial, "scored")
        assert view.scene.done == {"left": 1, "right": 0}
        view.trial(trial, SET_ASIDE)
        assert view.scene.done == {"left": 0, "right": 0}
        view.live(Live(3.0, 1, 350.0, 350.0, 700.0), "rest", 20.0, scored=False)
        assert [key for key, _ in view.scene.keys] == ["p", "s", "r", "q"]
    over = window.text.rpartition("\x1b[?1049l")[2]
    for line in ("left plate: 812 N", "scored hold 5: left, 25.0 s", "5: left, set aside"):
        assert line in over, "what was said is printed when the picture is gone"


def test_a_window_made_too_small_gets_lines_and_the_picture_comes_back(window: Window) -> None:
    live = Live(1.0, 1, 350.0, 350.0, 700.0)
    with view_on(window) as view:
        view.live(live, "body weight", None, scored=False)
        view.say("one")
        window.resize(50, 24)
        view.live(live, "rest", 9.0, scored=False)
        assert window.text.endswith("one\r\n")
        view.say("two")
        assert window.text.endswith("one\r\ntwo\r\n")
        window.resize(80, 24)
        view.live(live, "paused", 8.0, scored=False)
        assert "Press p to go on." in window.text.rpartition("\x1b[?1049h")[2]
        view.say("three")
    assert window.text.count("three\r\n") == 1
    assert window.text.count("\x1b[?1049h") == window.text.count("\x1b[?1049l") == 2


@pytest.mark.parametrize("no_color", [False, True])
def test_no_color_is_respected(
    window: Window, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with view_on(window) as view:
        view.live(Live(1.0, 1, 350.0, 350.0, 700.0), "rest", 9.0, scored=False)
    assert bool(re.search(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d)[;m]", window.text)) is not no_color


# -- words


def test_a_line_for_each_hold() -> None:
    trial = trial_from_summary(summary(5, "right", 4.567))
    assert result_line(trial, "scored") == "scored hold 5: right, 25.0 s, force SD 4.57 N"
    assert result_line(trial, "practice") == "practice hold 5: right, 25.0 s, not scored"
    assert result_line(trial, SET_ASIDE) == "hold 5: right, set aside as practice"


def test_lines_that_the_picture_says_anyway_are_not_said_twice() -> None:
    assert is_instruction("Rest 30 s on both feet.")
    assert not is_instruction("That is the wrong leg: foot down, then stand on the left.")


def test_nothing_here_needs_rich_before_it_draws() -> None:
    code = "import sys, evenstance.commands.terminal_view as v; sys.exit('rich' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )

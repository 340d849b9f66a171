"""The picture of a session on a terminal: what there is to show, and how it is drawn.

A scene is drawn into a given number of columns and rows; nothing is ever wider, and what is left
out of a low terminal is the least needed. While a scored hold runs it has neither a load nor a
result in it.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evenstance.commands.big_letters import big
from evenstance.commands.session_words import START, Step
from evenstance.flows.live import Live
from evenstance.metrics.hold import Leg

if TYPE_CHECKING:
    from rich.text import Text

TRACE_S = 10.0
FULL_N = 800.0  # fills a bar while the body weight is not known [D]
SHARE_FROM_N = 50.0  # below it a share is one of next to nothing [D]
MARGIN = 1
LABEL = 7
LEGS: tuple[Leg, Leg] = ("left", "right")
COLOURS = {"left": "cyan", "right": "magenta"}
_UNIT = re.compile(r"(\d) (N|s|%)(?!\w)")
_TIE = "\N{NO-BREAK SPACE}"
_EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass
class Scene:
    """Everything that a session shows at one moment; `wanted_n` scored holds on each leg."""

    title: str
    wanted_n: int | None = None
    keys: Sequence[tuple[str, str]] = ()
    step: Step = START
    left_s: float | None = None
    scored: bool = False
    live: Live | None = None
    trace: deque[Live] = field(default_factory=deque[Live])
    done: dict[Leg, int] = field(default_factory=lambda: {"left": 0, "right": 0})
    result: str = ""
    zero: str = ""
    told: deque[str] = field(default_factory=lambda: deque[str](maxlen=4))

    def feel(self, live: Live, *, scored: bool) -> None:
        """What the plates feel now; of a scored hold nothing is kept."""
        self.scored = scored
        self.live = None if scored else live
        if scored:
            self.trace.clear()
            return
        self.trace.append(live)
        while self.trace[0].device_s < live.device_s - TRACE_S:
            self.trace.popleft()


def draw(scene: Scene, columns: int, rows: int, *, plain: bool = False) -> list[Text]:
    """The scene as at most `rows` lines of at most `columns` columns; `plain` has no blocks."""
    room = columns - 2 * MARGIN
    head = _head(scene, room, plain=plain)
    foot = [*_keys(scene, room)]
    parts = _parts(scene, room, rows, plain=plain)
    free = rows - len(head) - len(foot)
    body = _body(parts)
    while len(body) > free and parts:
        del parts[next(name for name in _LEAST_NEEDED if name in parts)]
        body = _body(parts)
    body += [_text()] * (free - len(body))
    lines = [*head, *body[: max(free, 0)], *foot]
    for line in lines:
        line.pad_left(MARGIN)
    return lines


# What a low terminal leaves out first, and what needs no empty line above it.
_LEAST_NEEDED = ("zero", "trace", "told", "result", "progress", "loads", "plain", "large")
_CLOSE = ("result", "zero", "told")


def _body(parts: Mapping[str, list[Text]]) -> list[Text]:
    lines: list[Text] = []
    for name, part in parts.items():
        lines += part if name in _CLOSE else [_text(), *part]
    return lines


def _parts(scene: Scene, room: int, rows: int, *, plain: bool) -> dict[str, list[Text]]:
    """The parts of the picture that have something to show, from the top."""
    parts = {
        "large": _large(scene, room, low=rows < 22, plain=plain),
        "plain": _wrapped(scene.step.plain, room, "bold"),
    }
    if scene.live is not None:
        parts["loads"] = _loads(scene.live, room, plain=plain)
        if len(scene.trace) > 1:
            parts["trace"] = _trace(scene, room, 1 if rows < 28 else 2, plain=plain)
    if scene.wanted_n is not None:
        parts["progress"] = _progress(scene, scene.wanted_n, plain=plain)
    if scene.result and not scene.scored:
        parts["result"] = _labelled("Last", scene.result, room)
    if scene.zero and not scene.scored:
        parts["zero"] = _labelled("Zero", scene.zero, room)
    told = [line for text in list(scene.told)[-2:] for line in _labelled("", text, room)]
    if told:
        parts["told"] = told
    return parts


def _text(text: str = "", style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style, no_wrap=True, overflow="crop", end="")


def _head(scene: Scene, room: int, *, plain: bool) -> list[Text]:
    seconds = _seconds(scene.left_s)
    phase = scene.step.title + ("" if seconds is None else f", {seconds} s")
    title = scene.title.encode("ascii", "replace").decode() if plain else scene.title
    line = _text(title, "dim")
    line.truncate(room - len(phase) - 1, overflow="crop" if plain else "ellipsis")
    line.append(" " * (room - len(phase) - line.cell_len))
    line.append(phase, "not dim bold")
    return [line, _text(("-" if plain else "─") * room, "dim")]


def _large(scene: Scene, room: int, *, low: bool, plain: bool) -> list[Text]:
    """What to do now and the countdown, in one row of large letters."""
    style = "bold yellow" if scene.step.large.startswith(("Lift", "Step", "Foot")) else "bold"
    seconds = _seconds(scene.left_s)
    words = scene.step.large if seconds is None else f"{scene.step.large}  {seconds}"
    if plain:
        return [_text(words.upper(), style)]
    return [_text(row, style) for row in big(words, room, low=low)]


def _seconds(left_s: float | None) -> int | None:
    """Seconds as a countdown shows them: 1 until the last one is over."""
    return None if left_s is None else max(math.ceil(left_s - 1e-6), 0)


def _wrapped(text: str, room: int, style: str = "") -> list[Text]:
    """Lines that break between words only, and never between a number and its unit."""
    tied = _UNIT.sub(rf"\1{_TIE}\2", text)
    lines = textwrap.wrap(tied, room, break_on_hyphens=False)
    return [_text(line.replace(_TIE, " "), style) for line in lines]


def _labelled(label: str, text: str, room: int) -> list[Text]:
    lines: list[Text] = []
    for wrapped in _wrapped(text, room - LABEL):
        line = _text(("" if lines else label).ljust(LABEL), "dim")
        lines.append(line.append(wrapped.plain, "not dim"))
    return lines


def _full_n(live: Live) -> float:
    return live.body_weight_n or FULL_N


def _loads(live: Live, room: int, *, plain: bool) -> list[Text]:
    """A bar for each plate with its load and its share."""
    if live.left_n is None or live.right_n is None:
        return [_text("The board is not calibrated: no loads.")]
    whole_n = live.left_n + live.right_n
    lines: list[Text] = []
    full, empty = ("#", ".") if plain else ("█", "░")
    for leg, force_n in zip(LEGS, (live.left_n, live.right_n), strict=True):
        share = "-"
        if whole_n > SHARE_FROM_N:
            share = str(min(max(round(100 * force_n / whole_n), 0), 100))
        number = f"{round(force_n):>6d} N {share:>4} %"
        size = room - LABEL - len(number)
        filled = min(max(round(size * force_n / _full_n(live)), 0), size)
        line = _text(leg.capitalize().ljust(LABEL))
        line.append(full * filled, COLOURS[leg])
        line.append(empty * (size - filled), "dim")
        line.append(number)
        lines.append(line)
    return lines


def _trace(scene: Scene, room: int, high: int, *, plain: bool) -> list[Text]:
    """The last seconds of each plate, each `high` rows."""
    if plain:
        return []
    assert scene.live is not None
    size = room - LABEL
    end_s = scene.live.device_s
    lines: list[Text] = []
    for leg in LEGS:
        columns: list[float | None] = [None] * size
        for one in scene.trace:
            force_n = one.left_n if leg == "left" else one.right_n
            place = size - 1 - int((end_s - one.device_s) / TRACE_S * size)
            if force_n is not None and 0 <= place < size:
                columns[place] = force_n
        _fill(columns)
        for row in reversed(range(high)):
            label = f"{TRACE_S:.0f} s" if row == 0 and (high > 1 or leg == "left") else ""
            line = _text(label.ljust(LABEL), "dim")
            drawn = "".join(_block(force_n, _full_n(scene.live), row, high) for force_n in columns)
            line.append(drawn, f"not dim {COLOURS[leg]}")
            lines.append(line)
    return lines


def _fill(columns: list[float | None]) -> None:
    """Columns between two samples show the earlier one."""
    last = None
    for n, value in enumerate(columns):
        if value is None:
            columns[n] = last
        else:
            last = value


def _block(force_n: float | None, full_n: float, row: int, high: int) -> str:
    """One row, counted from below, of a column that is `high` rows of eighths."""
    if force_n is None:
        return " "
    eighths = min(max(round(8 * high * force_n / full_n), 1), 8 * high)
    return _EIGHTHS[min(max(eighths - 8 * row, 0), 8)]


def _progress(scene: Scene, wanted_n: int, *, plain: bool) -> list[Text]:
    line = _text("Holds".ljust(LABEL), "dim")
    made, missing = ("#", ".") if plain else ("●", "○")
    for leg in LEGS:
        done_n = min(max(scene.done[leg], 0), wanted_n)
        line.append(f"{leg} ", "not dim")
        line.append(made * done_n, f"not dim {COLOURS[leg]}")
        line.append(missing * (wanted_n - done_n))
        line.append(f" {done_n} of {wanted_n}    ", "not dim")
    line.rstrip()
    return [line]


def _keys(scene: Scene, room: int) -> list[Text]:
    if not scene.keys:
        return []
    line = _text()
    for key, what in scene.keys:
        line.append("   " if line.plain else "")
        line.append(key, "bold reverse")
        line.append(f" {what}")
    return [line] if line.cell_len <= room else _wrapped(line.plain, room)

"""Draws docs/pictures/session.svg from a guided session on the virtual board.

    .venv/bin/python docs/pictures/make_session.py

A short session is really guided (a minute or two); three moments of it are drawn as the terminal
would show them: the cue, a scored hold, and the rest after it.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from evenstance.commands.session_scene import draw
from evenstance.commands.terminal_view import TerminalView
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan
from evenstance.flows.live import Live
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.person import SyntheticPerson

PICTURE = Path(__file__).with_name("session.svg")
COLUMNS, ROWS = 84, 24
SEED = 11
PLAN = SessionPlan("quick", 3, rest_s=30.0)


class Enough(Exception):
    """Everything that is drawn has been seen."""


class Camera(TerminalView):
    """The terminal's view, which keeps the moments that are drawn."""

    def __init__(self) -> None:
        super().__init__(
            lambda: None, "anna, quick session, eyes open", wanted_n=3, stream=io.StringIO()
        )
        self.taken: dict[str, list[Text]] = {}

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        super().live(live, phase, left_s, scored=scored)
        if self.scene.done["left"] < 1:
            return
        if phase == "lift the left foot":
            self._take("While a cue is given")
        elif scored and left_s is not None and left_s < 18:
            self._take("While a scored hold runs: no load, no bar, no trace")
        elif phase == "rest" and left_s is not None and left_s < 24 and self.scene.done["right"]:
            self._take("In the rest after it")
            raise Enough

    def _take(self, caption: str) -> None:
        self.taken.setdefault(caption, draw(self.scene, COLUMNS, ROWS))


def moments() -> dict[str, list[Text]]:
    """Guide a synthetic person until everything has been seen."""
    camera = Camera()
    folder = Path(tempfile.mkdtemp(prefix="session-"))
    masses = Masses()
    timeline = Timeline(masses)
    try:
        with (
            open_store(folder / "history.sqlite3") as store,
            VirtualBoard(timeline, Wiring.drawn(SEED), speed=0.0) as board,
            connected(board.port, patience_s=20.0) as (client, info),
        ):
            calibrate_with_masses(client, masses, board.broker)
            timeline.append(SyntheticPerson(SEED))
            Guide(
                client,
                info,
                store,
                camera,
                athlete_id=store.athlete("anna").id,
                conditions=STANDARD_CONDITIONS,
                plan=PLAN,
                now=wall_clock,
            ).run()
    except Enough:
        pass
    finally:
        shutil.rmtree(folder)
    return camera.taken


def svg(taken: dict[str, list[Text]]) -> str:
    """The moments below each other, as a picture that loads nothing from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False)
    for n, (caption, lines) in enumerate(taken.items()):
        if n:
            console.print()
        console.print(Text(f"[{caption}]", "italic yellow"))
        for line in lines:
            line.end = "\n"
            console.print(line, soft_wrap=True)
    picture = console.export_svg(
        title="evenstance session", theme=DIMMED_MONOKAI, unique_id="session"
    )
    picture = re.sub(r"@font-face \{.*?\}\n?", "", picture, flags=re.DOTALL)
    picture = re.sub(r"<!--.*?-->\n?", "", picture)
    return re.sub(r"[ \t]+\n", "\n", picture)


def main() -> None:
    """Draw and write the picture."""
    PICTURE.write_text(svg(moments()), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Draws docs/pictures/team.png: the report of a team of twelve.

    .venv/bin/python docs/pictures/make_team.py [FOLDER]

The team are the twelve synthetic people of tests/twelve_weeks, measured on the virtual board and
played by the real program up to a day on which re-tests are due (half a minute); the picture is
the page's first screen in Debian's Chromium. With a FOLDER history and page stay there, and a
history that is there already is used again.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
TESTS = HERE.parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]
SCREEN = (1000, 1414)


def main() -> None:
    """Play, write, take the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH: apt install chromium")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else scratch).resolve()
        page = _report(home)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium)
            shown = browser.new_page(viewport={"width": SCREEN[0], "height": SCREEN[1]})
            shown.goto(page.as_uri())
            shown.screenshot(path=HERE / "team.png")
            browser.close()


def _report(home: Path) -> Path:
    """The page on that day."""
    from evenstance import cli
    from twelve_weeks.player import clock_at
    from twelve_weeks.team import DAY, play_team

    os.environ["EVENSTANCE_HOME"] = str(home)
    if not (home / "history.sqlite3").exists():
        home.mkdir(parents=True, exist_ok=True)
        play_team(home)
    page = home / "team.html"
    with clock_at(DAY):
        if cli.run(["report", "--team", "--to", str(page), "--force"]) != 0:
            sys.exit("no report")
    return page


if __name__ == "__main__":
    main()

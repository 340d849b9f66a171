"""Draws docs/pictures/display.png and display_scored.png: the big display during two holds.

    .venv/bin/python docs/pictures/make_display.py [FOLDER]

A real session on a virtual board, at several times its speed, in Debian's Chromium at 1920x1080:
once in a practice hold, where the loads are shown, and once in a scored hold, where they are not.
With a FOLDER also every other step of the session, for a look at them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SPEED = "3"
STEPS = ("baseline", "lift", "practice", "rest", "scored", "over")
PICTURES = {"practice": "display.png", "scored": "display_scored.png"}
SECONDS = {"practice": 6, "scored": 17, "rest": 12}  # when the countdown shows this
SIZE = {"width": 1920, "height": 1080}
PATIENCE_MS = 200_000


def main() -> None:
    """Run the session and take the pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH: apt install chromium")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport=SIZE)
        with _session(home) as address:
            page.goto(address)
            for step in STEPS if folder else PICTURES:
                _take(page, step, folder)
        browser.close()


def _take(page: Page, step: str, folder: Path | None) -> None:
    second = SECONDS.get(step)
    digits = "" if second is None else f" #big:text-is('{second}')"
    page.wait_for_selector(f"body[data-step={step}]{digits}", timeout=PATIENCE_MS)
    if folder is not None:
        page.screenshot(path=folder / f"{step}.png")
    elif step in PICTURES:
        page.screenshot(path=HERE / PICTURES[step])


@contextlib.contextmanager
def _session(home: str) -> Iterator[str]:
    """The address of the display of a quick session that runs meanwhile."""
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(_program(home, "sim", "--speed", SPEED, "--seed", "4"))
        assert board.stdout is not None
        port = board.stdout.readline().strip()
        arguments = ("session", "--port", port, "--athlete", "Kim", "--protocol", "quick")
        session = stack.enter_context(_program(home, *arguments, "--display", "--no-browser"))
        assert session.stderr is not None
        found = next(m for line in session.stderr if (m := re.search(r"http://\S+", line)))
        stack.callback(session.stderr.close)
        yield found[0]


@contextlib.contextmanager
def _program(home: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "evenstance", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "EVENSTANCE_HOME": home},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


if __name__ == "__main__":
    main()

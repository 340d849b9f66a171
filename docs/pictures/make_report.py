"""Draws docs/pictures/report.png and report_print.png: the report of the demo's person.

    .venv/bin/python docs/pictures/make_report.py [FOLDER]

Runs the demo on the virtual board (a minute or two), lets `evenstance report` write page and PDF,
and takes the page's first screen in Debian's Chromium and the first page of the PDF with pdftoppm
(Debian: poppler-utils). With a FOLDER
the demo's history, page and PDF stay there, and a history that is there already is used again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from evenstance.commands.show import SessionView
from evenstance.flows.demo import PERSON, DemoOptions, run_demo
from evenstance.store.database import open_store

HERE = Path(__file__).parent
SEED = 2
SCREEN = {"width": 1000, "height": 1414}
PAPER_DPI = 100


def main() -> None:
    """Measure, write, take the pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on the PATH: apt install chromium")
    if shutil.which("pdftoppm") is None:
        sys.exit("no pdftoppm on the PATH: apt install poppler-utils")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        _measure(home)
        page, pdf = home / "report.html", home / "report.pdf"
        _report(home, page, pdf)
        browser = playwright.chromium.launch(executable_path=chromium)
        _take(browser, page, HERE / "report.png")
        browser.close()
        words = ["-png", "-r", str(PAPER_DPI), "-f", "1", "-l", "1", "-singlefile", str(pdf)]
        subprocess.run(["pdftoppm", *words, str(HERE / "report_print")], check=True)


def _measure(home: Path) -> None:
    """The demo's four sessions, up to today, unless they are there."""
    place = home / "history.sqlite3"
    if place.exists():
        return
    with open_store(place) as store:
        run_demo(
            DemoOptions(SEED, 25.0, "left", 70.0),
            store,
            home,
            SessionView(lambda: None, on_terminal=False),
            lambda text: print(text, file=sys.stderr),
            date.today(),
        )


def _report(home: Path, page: Path, pdf: Path) -> None:
    words = ["report", "--athlete", PERSON, "--to", str(page), "--pdf", str(pdf), "--force"]
    subprocess.run(
        [sys.executable, "-m", "evenstance", *words],
        check=True,
        env={**os.environ, "EVENSTANCE_HOME": str(home)},
    )


def _take(browser: Browser, page: Path, to: Path) -> None:
    """What is seen without scrolling."""
    shown = browser.new_page(viewport={"width": SCREEN["width"], "height": SCREEN["height"]})
    shown.goto(page.as_uri())
    shown.screenshot(path=to)
    shown.close()


if __name__ == "__main__":
    main()

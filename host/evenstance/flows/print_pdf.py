"""A page of HTML as a PDF, by a browser of the Chromium family that is on this computer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from evenstance.errors import InputError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
PATIENCE_S = 120.0
ANCHOR = "no-pdf-is-made"


def find_browser() -> str:
    """The program; InputError that says what to do without one."""
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    for place in PLACES:
        if Path(place).is_file():
            return place
    raise InputError(
        "No browser of the Chromium family was found, so no PDF was made.",
        cause=f"Looked for {', '.join(NAMES)}.",
        next_step="Write the page with --to FILE.html and print it from any browser, or install "
        "Chromium.",
        anchor=ANCHOR,
    )


def print_pdf(browser: str, html: str, target: Path) -> None:
    """Write the PDF to `target`; InputError when the browser did not make one.

    Processes of the browser may outlive it and still write into its profile, whose folder then
    cannot be emptied: what is left of it is no reason to call the PDF a failure.
    """
    with (
        tempfile.TemporaryDirectory(prefix="report-") as folder,
        tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile,
    ):
        page, made = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-extensions",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={made}",
            *_as_root(),
            page.as_uri(),
        ]
        why = ""
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
            why = f"exit code {done.returncode}"
        except (OSError, subprocess.TimeoutExpired) as error:
            why = type(error).__name__
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            raise InputError(
                "The browser made no PDF.",
                cause=f"{browser}: {why}.",
                next_step="Write the page with --to FILE.html and print it from the browser.",
                anchor=ANCHOR,
            )
        target.write_bytes(made.read_bytes())


def _as_root() -> tuple[str, ...]:
    """Chromium's own cage does not work for root, and it would not start."""
    if sys.platform == "win32":
        return ()
    return ("--no-sandbox",) if os.geteuid() == 0 else ()

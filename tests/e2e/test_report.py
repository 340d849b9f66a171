"""The report in a real browser: accessibility, no request, the first printed page whole."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import PATIENCE_MS, chromium
from plan_people import Someone
from playwright.sync_api import Browser, Page
from report_history import add_traced
from team_history import TODAY as TEAM_DAY
from team_history import team_history

from evenstance.flows.report import report_data
from evenstance.flows.team import team_of
from evenstance.report.html.page import report_html
from evenstance.report.html.team_page import team_html
from evenstance.store.database import open_store

PX_PER_MM = 96.0 / 25.4
PAPER_MM = (210.0 - 2 * 10.0, 297.0 - 2 * 9.0)
PAPER = {"width": int(PAPER_MM[0] * PX_PER_MM), "height": int(PAPER_MM[1] * PX_PER_MM)}


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """One browser for all tests of this file."""
    with chromium() as one:
        yield one


@pytest.fixture
def ann(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Someone:
    return Someone(tmp_path / "home", capsys, monkeypatch)


def steady(ann: Someone) -> None:
    for day in (-9, -7, -5, -3):
        ann.on(day).measure((4.0, 4.1, 4.2), (4.1, 4.0, 4.2))
    with ann.store() as store:
        add_traced(store, ann.id, ann.on(-1).today)
    ann.on(0).answer()


def running(ann: Someone) -> None:
    """A day of practice with its doses and stop signs: the fullest page."""
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(0, 2)
    ann.on(4)


def older(ann: Someone) -> None:
    """From 65 years the sentences are longer."""
    ann.base_line()
    ann.answer(age_y=70)
    ann.say("plan", "start")


def blocked(ann: Someone) -> None:
    running(ann)
    ann.answer({"stroke": True, "ces_saddle": True})


def empty(ann: Someone) -> None:
    """Nothing was measured."""


PEOPLE = pytest.mark.parametrize("person", [steady, running, older, blocked, empty])


def page_of(ann: Someone, browser: Browser, name: str = "x.html") -> tuple[Page, list[str]]:
    """The page of the person, and every address it asks for."""
    with ann.store() as store:
        data = report_data(store, store.athlete("Ann"), ann.today)
    return opened(ann.home / name, report_html(data), browser)


def opened(file: Path, html: str, browser: Browser) -> tuple[Page, list[str]]:
    """A page in the browser, and every address it asks for."""
    file.write_text(html, "utf-8")
    page = browser.new_page(viewport=PAPER)
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(file.as_uri())
    return page, asked


def faults(page: Page) -> list[tuple[str, str]]:
    """Serious faults of accessibility, each with where it is."""
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in serious]


@PEOPLE
def test_no_serious_fault_of_accessibility_and_no_request(
    person: Callable[[Someone], None], ann: Someone, browser: Browser
) -> None:
    person(ann)
    page, asked = page_of(ann, browser)
    assert asked == [page.url], "itself and nothing else, and no complaint"
    serious = faults(page)
    assert not serious, serious
    page.close()


@PEOPLE
def test_the_first_printed_page_is_whole(
    person: Callable[[Someone], None], ann: Someone, browser: Browser
) -> None:
    person(ann)
    page, _ = page_of(ann, browser)
    whole = printed_pages(page)
    page.evaluate("document.getElementById('appendix').remove()")
    assert printed_pages(page) == 1, "the person's page fits one sheet"
    assert whole > 1
    page.emulate_media(media="print")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PAPER["width"], "nothing is cut off on the right"
    page.close()


def test_the_page_can_be_read_on_a_small_screen(ann: Someone, browser: Browser) -> None:
    steady(ann)
    page, _ = page_of(ann, browser)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_the_command_prints_a_pdf(ann: Someone, browser: Browser, tmp_path: Path) -> None:
    steady(ann)
    assert browser.is_connected()
    target = tmp_path / "out.pdf"
    ann.say("report", "--pdf", str(target))
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert sheets(data) > 1
    assert target.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("anonymous", [False, True])
def test_the_page_of_a_team(browser: Browser, tmp_path: Path, anonymous: bool) -> None:
    with open_store(team_history(tmp_path / "history.sqlite3")) as store:
        html = team_html(team_of(store, TEAM_DAY, anonymous=anonymous))
    page, asked = opened(tmp_path / "team.html", html, browser)
    assert asked == [page.url], "itself and nothing else, and no complaint"
    serious = faults(page)
    assert not serious, serious
    assert printed_pages(page) >= 2
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def printed_pages(page: Page) -> int:
    return sheets(page.pdf(prefer_css_page_size=True))


def sheets(pdf: bytes) -> int:
    """How many pages a PDF has, whether its objects are packed in streams or not."""
    text = pdf
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text += zlib.decompress(part)
        except zlib.error:
            continue
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", text))

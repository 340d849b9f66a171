"""The site of the pages: built in strict mode, with every link, picture and drawing looked at."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from doc_pages import ROOT, page

DOCS = ROOT / "docs"
DRAWINGS = ("wiring", "rate_pad", "plate", "corner_test")
HEADER = ("from", "to the Pico", "pin of the Pico")
SVG = "{http://www.w3.org/2000/svg}"

# What is at the 40 pins of a Pico, from pin 1 on.
PICO = tuple(
    name
    for row in (
        "GP0 GP1 GND GP2 GP3 GP4 GP5 GND GP6 GP7",
        "GP8 GP9 GND GP10 GP11 GP12 GP13 GND GP14 GP15",
        "GP16 GP17 GND GP18 GP19 GP20 GP21 GND GP22 RUN",
        "GP26 GP27 GND GP28 ADC_VREF 3V3(OUT) 3V3_EN GND VSYS VBUS",
    )
    for name in row.split()
)


def build(config: Path, to: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(to)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT / "mkdocs.yml", folder)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


NO_WORDS = ("code", "script", "strong", "style")


class Reader(HTMLParser):
    """What a page asks for, where one can jump to in it, and the words not in code or bold."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, str]] = []
        self.anchors: set[str] = set()
        self.words = ""
        self.pictures: list[dict[str, str | None]] = []
        self._code = 0
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "srcset", "poster", "action") and value is not None:
                self.asked.append((tag, name, value))
            if name == "id" and value:
                self.anchors.add(value)
        if tag == "img":
            self.pictures.append(dict(attrs))
        self._code += tag in NO_WORDS

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in NO_WORDS

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.words += data


def html(site: Path) -> Iterator[tuple[Path, Reader]]:
    for file in sorted(site.rglob("*.html")):
        if file.name != "404.html":  # its links begin at the root of a server
            yield file, Reader(file)


def test_every_page_is_in_the_site_and_nothing_else_but_its_files(site: Path) -> None:
    pages = {p.relative_to(DOCS).with_suffix(".html") for p in DOCS.rglob("*.md")}
    made = {p.relative_to(site) for p in site.rglob("*.html")}
    assert made == {*pages, Path("404.html")}
    assert list(site.rglob("*.py*")) == []
    for one in (*DOCS.rglob("*.svg"), *DOCS.rglob("*.png"), *DOCS.rglob("*.csv")):
        assert (site / one.relative_to(DOCS)).read_bytes() == one.read_bytes()


def test_every_page_can_be_reached_from_every_page(site: Path) -> None:
    made = {p.resolve() for p in site.rglob("*.html") if p.name != "404.html"}
    for file, reader in html(site):
        linked = {
            (file.parent / unquote(value.partition("#")[0])).resolve()
            for tag, _, value in reader.asked
            if tag == "a" and not re.match(r"\w+:", value)
        }
        assert made - {file.resolve()} <= linked, file.name


def test_every_link_leads_to_a_file_and_a_place_of_the_site(site: Path) -> None:
    readers = {file.resolve(): reader for file, reader in html(site)}
    checked = 0
    for file, reader in readers.items():
        for tag, _, value in reader.asked:
            if re.match(r"(https?|mailto):", value):
                assert tag == "a", f"{file.name} loads {value}"
                continue
            assert not re.match(r"\w+:|/", value), f"{file.name}: {value}"
            target, _, anchor = value.partition("#")
            aim = (file.parent / unquote(target)).resolve() if target else file
            assert aim.is_file(), f"{file.name}: {value}"
            assert aim.is_relative_to(site.resolve())
            if anchor and aim in readers:
                assert unquote(anchor) in readers[aim].anchors, f"{file.name}: {value}"
            checked += 1
    assert checked > 1000


def test_styles_and_scripts_load_nothing_from_elsewhere(site: Path) -> None:
    for file in site.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"@import\s|url\(\s*['\"]?(https?:)?//", text), file.name
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(import|fetch|src=)[ (]*['\"](https?:)?//", text), file.name


def test_every_picture_has_words(site: Path) -> None:
    pictures = [one for _, reader in html(site) for one in reader.pictures]
    assert len(pictures) >= len(DRAWINGS)
    assert all(len(one.get("alt") or "") > 20 for one in pictures)


def test_no_mark_of_the_source_is_left_in_a_page(site: Path) -> None:
    for file, reader in html(site):
        for mark in ("```", "| ---", "](", "**"):
            assert mark not in reader.words, f"{file.name}: {mark}"
        assert not re.search(r"^(- |\d\. )\S", reader.words, re.MULTILINE), file.name


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](index.md#nowhere)", "#nowhere"),
        ("![A picture of nothing](pictures/nothing.svg)", "nothing.svg"),
    ],
)
def test_a_wrong_link_fails_the_build(wrong: str, told: str, tmp_path: Path) -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(text.partition("\nnav:")[0] + "\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# One page\n\n{wrong}\n", encoding="utf-8")
    built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert built.returncode != 0
    assert told in built.stderr


def test_a_page_outside_the_navigation_fails_the_build(tmp_path: Path) -> None:
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    compiled = shutil.ignore_patterns("__pycache__")  # other tests make them meanwhile
    shutil.copytree(DOCS, tmp_path / "docs", ignore=compiled)
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n", encoding="utf-8")
    built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert built.returncode != 0
    assert "forgotten.md" in built.stderr


# -- drawings -------------------------------------------------------------------------------------


def drawing(name: str) -> ElementTree.Element:
    return ElementTree.fromstring((DOCS / "pictures" / f"{name}.svg").read_text("utf-8"))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_says_what_it_shows_and_loads_nothing(name: str) -> None:
    text = (DOCS / "pictures" / f"{name}.svg").read_text("utf-8")
    assert text.isascii()
    assert len(text) < 20_000
    assert re.findall(r"https?://[^\"' ]+|url\(|href|<script|@import", text) == [
        "http://www.w3.org/2000/svg"
    ]
    root = drawing(name)
    assert root.get("aria-labelledby") == "title desc"
    for part, at_least in (("title", 5), ("desc", 100)):
        [found] = root.findall(SVG + part)
        assert found.get("id") == part
        assert len(found.text or "") > at_least
    assert f"(pictures/{name}.svg)" in page("docs/build-the-board.md").text


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_keeps_its_words_inside(name: str) -> None:
    """A letter of a wide face such as DejaVu Sans is 0.5 of its size on the average."""
    root = drawing(name)
    _, _, width, height = (float(x) for x in (root.get("viewBox") or "").split())
    base = float(root.get("font-size") or 0)
    sizes = {
        found[1]: float(found[2])
        for found in re.finditer(
            r"\.(\w+) \{[^}]*font-size: (\d+)px", root.findtext(f"{SVG}style") or ""
        )
    }
    for one in root.iter(f"{SVG}text"):
        kinds = (one.get("class") or "").split()
        size = next((sizes[kind] for kind in kinds if kind in sizes), base)
        long = 0.52 * size * len(one.text or "")
        x, y = float(one.get("x") or 0), float(one.get("y") or 0)
        middle = "m" in kinds or "number" in kinds
        left = x - long if "e" in kinds else x - long / 2 if middle else x
        assert left >= 0, one.text
        assert left + long <= width, one.text
        assert size < y < height, one.text


def test_wires_differ_without_their_colour() -> None:
    style = drawing("wiring").findtext(f"{SVG}style") or ""
    looks = {
        name: tuple(re.findall(r"stroke-(?:width|dasharray): ([\d. ]+)", rule))
        for name, rule in re.findall(r"\.(power|ground|signal) \{([^}]*)\}", style)
    }
    assert len(set(looks.values())) == 3


def test_the_wiring_is_that_of_the_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = types.ModuleType("machine")
    fake.__dict__.update(Pin=None, unique_id=None)
    monkeypatch.setitem(sys.modules, "machine", fake)
    pins = runpy.run_path(str(ROOT / "firmware" / "evenstance_board" / "pins.py"))
    rows = page("docs/build-the-board.md").table(*HEADER, under="Wiring")
    assert page("README.md").table(*HEADER, under="Wiring") == rows
    for _, at, pin in rows:
        name = PICO[int(pin) - 1]
        assert at == ("high: 3V3" if at.startswith("high") else name)
        assert name == "3V3(OUT)" or not at.startswith("high")
    told = {row[0].partition(" (")[0]: row[1] for row in rows}
    for words, name in (
        ("left HX711, SCK", "LEFT_SCK"),
        ("left HX711, DOUT", "LEFT_DOUT"),
        ("right HX711, SCK", "RIGHT_SCK"),
        ("right HX711, DOUT", "RIGHT_DOUT"),
        ("buzzer +, optional", "BUZZER"),
        ("push button, optional", "BUTTON"),
    ):
        assert told[words] == f"GP{pins[name]}", words


def test_the_drawing_of_the_wiring_is_the_table() -> None:
    """Each pin of the table is drawn where it is on a Pico, with its number and its name."""
    root = drawing("wiring")
    shown = {" ".join(sorted((one.text or "").split())) for one in root.iter(f"{SVG}text")}
    rows = page("docs/build-the-board.md").table(*HEADER, under="Wiring")
    used = {int(row[2]) for row in rows}
    for pin in used:
        assert " ".join(sorted((str(pin), PICO[pin - 1]))) in shown
    for group, pins in (("pin", used), ("other", set(range(1, 41)) - used)):
        [circles] = [one for one in root.iter(f"{SVG}g") if one.get("class") == group]
        places = {(float(c.get("cx") or 0), float(c.get("cy") or 0)) for c in circles}
        expected = {
            (500.0, 125.0 + 21 * (pin - 1)) if pin <= 20 else (700.0, 125.0 + 21 * (40 - pin))
            for pin in pins
        }
        assert places == expected

"""What the pages say is what the program does: commands, targets, links, tables, words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import click
import pytest
from doc_pages import ROOT, Page, page, pages

from evenstance import cli
from evenstance.knowledge.words import without_marked

PAGES = pages()
ALL = pytest.mark.parametrize("doc", PAGES, ids=[p.name for p in PAGES])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
PICTURE = ROOT / "docs" / "pictures" / "terminal.svg"

# -- commands -------------------------------------------------------------------------------------


def parse(words: list[str], *, complete: bool) -> None:
    """Parse a command line of evenstance without running it; click's error says what is wrong."""
    context = click.Context(cli.cli, info_name="evenstance")
    if words[:1] and words[0].startswith("-"):
        assert words[0] in ("--help", "-h", "--version"), words
        return
    command = cli.cli.get_command(context, words[0])
    assert command is not None, f"no command {words[0]}"
    words = words[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    if words not in (["--help"], ["-h"]) and not isinstance(command, click.Group):
        command.make_context(command.name, words, resilient_parsing=not complete)


def evenstance_words(words: list[str]) -> list[str] | None:
    """The words behind `evenstance`, also of `make run ARGS="..."`; None for other programs."""
    words = [w for w in words if not re.fullmatch(r"EVENSTANCE_\w+=\S*", w)]
    if words[:2] == ["make", "run"] and not any(w.startswith("PORT=") for w in words):
        extra = [w.removeprefix("ARGS=").split() for w in words[2:] if w.startswith("ARGS=")]
        return ["demo", *(word for part in extra for word in part)]
    if words and words[0].removeprefix(".venv/bin/") == "evenstance":
        ends = [words.index(mark) for mark in (">", "|") if mark in words]  # the shell's part
        return words[1 : min(ends, default=len(words))]
    return None


@ALL
def test_every_command_in_a_block_parses(doc: Page) -> None:
    for words in doc.shell_lines():
        rest = evenstance_words(words)
        if rest:
            parse(rest, complete=True)


@ALL
def test_every_command_in_the_prose_exists(doc: Page) -> None:
    for words in doc.spans():
        rest = evenstance_words(words)
        if rest:
            parse(rest, complete=len(rest) > 2)


@ALL
def test_every_option_in_the_prose_belongs_to_a_command(doc: Page) -> None:
    context = click.Context(cli.cli, info_name="evenstance")
    commands = [cli.cli.get_command(context, name) for name in cli.COMMANDS]
    commands += [
        part for one in commands if isinstance(one, click.Group) for part in one.commands.values()
    ]
    known = {"--help", "--version"}
    for command in commands:
        assert command is not None
        for parameter in command.params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    for words in doc.spans():
        if words[0].startswith("--"):
            assert words[0] in known, f"{doc.name}: {words[0]}"


def test_every_command_has_its_place_in_the_docs() -> None:
    shown = {
        rest[0]
        for doc in PAGES
        for words in [*doc.shell_lines(), *doc.spans()]
        if (rest := evenstance_words(words))
    }
    assert set(cli.COMMANDS) <= shown


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["info", "--nothing"],
        ["session", "--protocol", "long"],
        ["check", "nothing"],
        ["check", "corners", "--mass", "20"],
        ["calibration", "restore"],
    ],
)
def test_a_wrong_command_is_noticed(words: list[str]) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        parse(words, complete=True)


@ALL
def test_every_make_target_exists(doc: Page) -> None:
    for words in [*doc.shell_lines(), *doc.spans()]:
        if words[0] == "make" and len(words) > 1:
            assert words[1] in TARGETS, f"{doc.name}: make {words[1]}"


def test_the_readme_begins_with_the_two_commands() -> None:
    assert page("README.md").shell_lines()[:2] == [["make", "run"], ["make", "test"]]


def test_every_documented_target_of_the_makefile_is_explained() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    offered = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    table = page("docs/contributing.md").table("command", "what it does", under="Commands")
    assert {row[0].removeprefix("make ") for row in table} == offered


@ALL
def test_python_blocks_run_on_an_empty_history(
    doc: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    for block in doc.blocks("python"):
        exec(compile(block, doc.name, "exec"), {})


# -- links and pictures ---------------------------------------------------------------------------


@ALL
def test_internal_links_lead_somewhere(doc: Page) -> None:
    for link in doc.links():
        if re.match(r"https?://", link):
            continue
        target, _, anchor = link.partition("#")
        path = (doc.path.parent / target).resolve() if target else doc.path
        assert path.is_relative_to(ROOT), f"{doc.name}: {link}"
        assert path.exists(), f"{doc.name}: {link}"
        if anchor:
            anchors = page(path.relative_to(ROOT).as_posix()).anchors()
            assert anchor in anchors, f"{doc.name}: {link}"


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in page("README.md").links()}
    assert {p.name for p in PAGES} - {"README.md"} <= linked


def test_the_picture_is_small_whole_and_loads_nothing() -> None:
    text = PICTURE.read_text("utf-8")
    assert len(text.encode()) < 60_000
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    shown = text.replace("&#160;", " ")
    for words in ("$ evenstance demo", "Verdict, step", "Not a medical device."):
        assert words in shown


# -- words ----------------------------------------------------------------------------------------

FORBIDDEN = re.compile(
    r"(?<!evenstance )(?<!`)diagnos|weak(er)? muscle"  # `evenstance diagnose`: the board
    r"|corrects? (an |the |your )?imbalance|prevents? injur"
    r"|fall[- ]risk|\b(ab)?normal(ly)?\b"  # medical claims
    r"|pypi|pythonhosted|registry\.npmjs|proxy\.golang"  # where packages are from
    r"|/(?:home|tmp)/\w|/(?:root\b|work/)|[A-Z]:\\\\Users"  # somebody's computer
    r"|\bTODO\b|\bFIXME\b|\bTBD\b|lorem ipsum",
    re.IGNORECASE,
)


@ALL
def test_no_forbidden_words(doc: Page) -> None:
    found = [match[0] for match in FORBIDDEN.finditer(without_marked(doc.text))]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "It diagnoses you.",
        "evenstance can diagnose",
        "a fall-risk score",
        "an abnormal gait",
        "see /home/me/x",
    ],
)
def test_forbidden_words_are_noticed(text: str) -> None:
    assert FORBIDDEN.search(text)


def test_the_picture_has_no_forbidden_words() -> None:
    assert FORBIDDEN.search(PICTURE.read_text("utf-8").replace("&#160;", " ")) is None


@ALL
def test_pages_are_plain_ascii(doc: Page) -> None:
    for number, line in enumerate(doc.text.splitlines(), 1):
        assert line.isascii(), f"{doc.name}:{number}"


@pytest.mark.parametrize("name", ["README.md", "docs/safety.md"])
def test_not_a_medical_device(name: str) -> None:
    assert "not a medical device" in page(name).text.lower()

"""What the pages say is what the program does: commands, targets, links, tables, words."""

from __future__ import annotations

import inspect
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import fields
from pathlib import Path

import click
import pytest
from doc_pages import ROOT, Page, page, pages
from health_cases import examined
from rule_rows import rule_rows
from summaries import summary

from evenstance import cli, errors
from evenstance.decision.ladder import decide
from evenstance.decision.types import Comparison
from evenstance.device import client
from evenstance.device.client import BoardInfo
from evenstance.doctor.check import ANCHORS
from evenstance.flows.stand import WAITED
from evenstance.health.limits import LIMITS
from evenstance.knowledge.words import without_marked
from evenstance.metrics.hold import trial_from_summary
from evenstance.report.diagnosis import diagnosis_json, diagnosis_lines
from evenstance.report.faults import FAULT_ADVICE
from evenstance.report.sides import OUTCOMES
from evenstance.report.values import hold_json, verdict_json
from evenstance.store import faults
from evenstance.virtual.beeps import Ear
from evenstance_wire import PROTOCOL, flags, messages, rules, trace

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


# -- tables that mirror the code ------------------------------------------------------------------


def test_the_rule_table() -> None:
    doc = page("docs/metrics.md")
    header = ("rule", "default", "unit", "meaning", "ground")
    rows = doc.table(*header, under="The rules of a hold")
    assert [row[:4] for row in rows] == [
        (name, str(default), unit or "-", meaning) for name, default, unit, meaning in rule_rows()
    ]
    assert all(row[4] for row in rows)
    assert f"It is id {rules.RULES_ID}." in doc.text


def test_the_reasons_table() -> None:
    rows = page("docs/metrics.md").table(
        "reason", "when", "what to do", under="What makes a trial invalid"
    )
    assert [row[0] for row in rows] == [name for _, name in flags.REASONS]


def test_the_message_table() -> None:
    doc = page("docs/protocol.md")
    sent = [table for pair in messages.REQUESTS for table in pair]
    sent += [*messages.UNASKED, messages.ERROR]
    elsewhere = {"status_reply": "see [the status](#the-status)"}
    expected = [
        (
            f"0x{table.kind:02x}",
            table.name,
            elsewhere.get(table.name)
            or ", ".join(f"{name}:{code}" for name, code in table.fields)
            or "none",
        )
        for table in sent
    ]
    assert doc.table("kind", "message", "body", under="All messages") == expected
    assert f"The protocol has version **{PROTOCOL}**." in doc.text
    header = ("request", "what it does", "may be refused with")
    told = doc.table(*header, under="What each request does")
    assert [row[0] for row in told] == [request.name for request, _ in messages.REQUESTS]
    named = {code for row in told for code in re.findall(r"\w+_\w+|\w+", row[2])}
    assert set(flags.ERRORS) & named == set(flags.ERRORS) - {"bad_request"}


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("The status", messages.STATUS_REPLY),
        ("Calibrations", messages.GET_CALIBRATION_REPLY),
        ("The summary", messages.SUMMARY),
        ("The trace", trace.HEADER),
    ],
)
def test_the_tables_of_fields(heading: str, table: messages.Table) -> None:
    rows = page("docs/protocol.md").table("field", "code", "meaning", under=heading)
    assert [row[:2] for row in rows] == list(table.fields)
    assert all(row[2] for row in rows)


def test_the_table_of_codes() -> None:
    rows = dict(page("docs/protocol.md").table("code", "values", under="Codes"))

    def counted(names: tuple[str, ...]) -> str:
        return ", ".join(f"{n} {name}" for n, name in enumerate(names))

    assert rows == {
        "state": counted(flags.STATES),
        "end_reason": counted(flags.END_REASONS),
        "reasons (bits)": ", ".join(f"{bit} {name}" for bit, name in flags.REASONS),
        "faults (bits)": ", ".join(f"{bit} {name}" for bit, name in flags.FAULTS),
        "body_weight_source": counted(flags.BODY_WEIGHT_SOURCES),
        "event": counted(flags.EVENTS),
        "calibration_kind": counted(flags.CALIBRATION_KINDS),
        "cue": counted(flags.CUES),
        "error": counted(flags.ERRORS),
    }


def test_the_table_of_exit_codes() -> None:
    rows = page("docs/troubleshooting.md").table(
        "code", "name", "meaning", "next step", under="Exit codes"
    )
    classes = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.EvenstanceError)
    ]
    special = {("0", "-"), (str(cli.UNEXPECTED), "UNEXPECTED"), ("130", "INTERRUPTED")}
    assert cli.INTERRUPTED == 130
    assert {row[:2] for row in rows} == special | {
        (str(kind.exit_code), kind.__name__) for kind in classes
    }
    told = {row[1]: row[2] for row in rows}
    for kind in classes:
        if kind is not errors.EvenstanceError:
            assert told[kind.__name__] == inspect.getdoc(kind).removesuffix(".")
    assert [int(row[0]) for row in rows] == sorted(int(row[0]) for row in rows)
    assert all(row[3] for row in rows)


def test_the_table_of_beeps() -> None:
    doc = page("docs/first-session.md")
    guided = doc.table("beeps", "cue", "do this", under="The beeps")
    alone = doc.table("beeps", "cue", "what it means", under="The beeps")
    rows = [row[:2] for row in (*guided, *alone)]
    numbers = {"one": 1, "two": 2, "three": 3}
    lengths_us = {"click": 40_000, "short": 100_000, "long": 600_000}
    for words, cue in rows:
        ear, t_us = Ear(), 0
        for part in words.split(", "):
            number, length = part.split()
            for _ in range(numbers[number]):
                ear.hear(t_us, 1)
                t_us += lengths_us[length]
                ear.hear(t_us, 0)
                t_us += 100_000
        heard = ear.silent_until(t_us + 1_000_000)
        assert heard is not None
        assert heard[1] == cue
    assert {row[1] for row in rows} == set(flags.CUES) - {"quiet"}


def test_the_json_of_a_replay() -> None:
    doc = page("docs/virtual-board.md")
    tables = [rows[2:] for rows in doc.tables("The JSON object") if rows[0] == ("key", "value")]
    whole, trial, comparison = ([row[0] for row in rows] for rows in tables)
    assert whole == ["board", "holds", "asymmetry", "verdict", "plan", "plan_reason"]
    assert trial == list(hold_json(trial_from_summary(summary(force_sd_n=4.5))))
    assert comparison == [field.name for field in fields(Comparison)]
    told = next(row[1] for row in tables[0] if row[0] == "verdict")
    assert all(key in told for key in verdict_json(decide(())))


def test_the_limits_of_the_test_of_a_board() -> None:
    rows = page("docs/test-the-board.md").table(
        "limit", "value", "unit", "beyond it", "ground", under="The limits"
    )
    assert rows == [
        (
            one.name,
            f"{one.value:g}",
            one.unit,
            *(x.replace("`", "") for x in (one.meaning, one.ground)),
        )
        for one in LIMITS
    ]
    for one in rows:
        assert "[V]" in one[4] or "[D]" in one[4] or one[4].startswith("rule "), one


def test_the_json_of_the_test_of_a_board() -> None:
    doc = page("docs/test-the-board.md")
    tables = [r[2:] for r in doc.tables("The JSON objects") if r[0] == ("key", "value")]
    whole, channel = ([row[0] for row in rows] for rows in tables)
    found = examined()
    info = BoardInfo(PROTOCOL, "00", "00", 1, "0")
    lines = diagnosis_lines(found)
    shown = diagnosis_json(info, found, lines)
    assert whole == list(shown)
    assert channel == list(shown["left"]) == list(shown["right"])
    told = {row[0]: row[1] for row in tables[0]}
    assert told["board"] == ", ".join(shown["board"])
    assert all(key in told["lines"] for key in shown["lines"][0])
    named = {
        n
        for row in doc.table("line", "what it is", under="Ten seconds of everything")
        for n in row[0].split(", ")
    }
    assert named == {line.name for line in lines} | {"conversions"}


def test_the_outcomes_of_the_test_of_sides() -> None:
    rows = page("docs/test-the-board.md").table(
        "outcome", "meaning", "names of faults", under="Sides"
    )
    assert [row[0] for row in rows] == list(OUTCOMES)


def test_the_checks_of_the_doctor_and_their_places() -> None:
    doc = page("docs/troubleshooting.md")
    rows = doc.table("check", "what is looked at", "more", under="What evenstance doctor checks")
    linked = {row[0]: row[2].partition("(#")[2].rstrip(")") for row in rows}
    assert [row[0] for row in rows] == list(ANCHORS)
    assert linked == ANCHORS
    assert set(ANCHORS.values()) <= doc.anchors()


def test_every_error_that_names_a_place_of_the_page_has_it_there() -> None:
    """Anchors are spelled out in the source: as `anchor=`, in a table, or behind a fault."""
    anchors = page("docs/troubleshooting.md").anchors()
    host = ROOT / "host" / "evenstance"
    named: set[str] = {anchor for _, _, anchor in client._CAUSES.values()}
    named |= {row[3] for row in faults._KNOWN} | set(WAITED.values())
    for file in host.rglob("*.py"):
        named |= set(re.findall(r'\banchor="([^"]+)"', file.read_text("utf-8")))
        named |= set(re.findall(r"troubleshooting\.md#([\w-]+)", file.read_text("utf-8")))
    named |= {advice.anchor.partition("#")[2] for advice in FAULT_ADVICE.values()}
    assert named - {""} <= anchors
    assert len(named) > 25


# -- words ----------------------------------------------------------------------------------------

FORBIDDEN = re.compile(
    r"(?<!evenstance )(?<!`)diagnos|weak(er)? muscle"  # `evenstance diagnose`: the board
    r"|corrects? (an |the |your )?imbalance|prevents? injur"
    r"|fall[- ]risk|\b(ab)?normal(ly)?\b"  # medical claims
    r"|pypi|pythonhosted|registry\.npmjs|proxy\.golang"  # where packages are from
    r"|/home/\w|/root\b|/work/|/tmp/\w|[A-Z]:\\\\Users"  # somebody's computer
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

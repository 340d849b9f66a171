"""The tables of the pages say what the code says."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest
from doc_pages import ROOT, page
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
from evenstance.metrics.hold import trial_from_summary
from evenstance.report.diagnosis import diagnosis_json, diagnosis_lines
from evenstance.report.faults import FAULT_ADVICE
from evenstance.report.sides import OUTCOMES
from evenstance.report.values import hold_json, verdict_json
from evenstance.store import faults
from evenstance.virtual.beeps import Ear
from evenstance_wire import PROTOCOL, flags, messages, rules, trace


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

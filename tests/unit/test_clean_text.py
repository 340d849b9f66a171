"""Names and notes act on no terminal, wherever they are printed."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from histories import empty_history
from made_sessions import FIRST, add_session, add_weeks

from evenstance import cli
from evenstance.report.clean_text import clean, one_line
from evenstance.store.database import open_store
from evenstance.store.location import store_path

CODES = [*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x202E, 0x2067, 0xFEFF]
HOSTILE = "Zoé\x1b[2J\x1b]0;own\x07 \u202eevil\u2066 \x9b31m\u2028[bold]x"


def acts(text: str) -> list[str]:
    """Characters that a terminal would act on."""
    return [
        one
        for one in text
        if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


@pytest.mark.parametrize(
    "code", [*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x202E, 0x2067, 0xFEFF]
)
def test_every_character_that_acts_is_shown_by_its_code(code: int) -> None:
    shown = one_line(f"a{chr(code)}b")
    assert acts(shown) == []
    assert "\n" not in shown
    assert shown.startswith("a")
    assert shown.endswith("b")


def test_letters_of_every_script_stay() -> None:
    for text in (
        "Inês Silva",
        "Οδυσσέας",
        "山田 太郎",
        "\u0645\u06cc\u200c\u062e",
        "👩\u200d🦰 O'Neill",
    ):
        assert clean(text) == text


def test_line_breaks_stay_in_paragraphs_only() -> None:
    assert clean("a\nb") == "a\nb"
    assert one_line("a\r\nVerdict\u2029b") == "a Verdict b"


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    with open_store(empty_history(store_path())) as store:
        person = store.athlete(HOSTILE).id
        store.athlete("B\x1b[1m")
        add_weeks(store, person, 4)
        session = add_session(store, person, FIRST + timedelta(days=50), note=f"note {HOSTILE}")
        store.amend.note(session, HOSTILE, on=FIRST)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["history"],
        ["results"],
        ["results", "--session", "last"],
        ["compare", "last", "last-1"],
        ["note", "last", HOSTILE],
        ["conditions", "last"],
        ["clearance", "list"],
        ["athlete", "list"],
        ["athlete", "show"],
        ["athlete", "rename", "x\x1b[0m"],
        ["athlete", "archive"],
        ["athlete", "merge", "B\x1b[1m", "--yes"],
    ],
    ids=lambda words: "-".join(words[:2]).replace("\x1b", "ESC"),
)
def test_no_command_prints_what_a_name_or_a_note_would_do(history: Path, words: list[str]) -> None:
    command = [*words[:2], HOSTILE, *words[2:]] if words[0] == "athlete" else words
    if words == ["athlete", "list"]:
        command = words
    if words[0] not in ("athlete",):
        command = [*command, "--athlete", HOSTILE]
    done = CliRunner().invoke(cli.cli, command)
    assert done.exit_code == 0, (done.output, done.exception)
    assert acts(done.output) == []
    assert "Zo" in done.output or words[0] in ("note", "conditions")
    as_json = CliRunner().invoke(cli.cli, ["athlete", "list", "--archived", "--json"])
    assert json.loads(as_json.stdout)
    assert acts(as_json.stdout) == []


def test_failures_print_no_name_either(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["history"], ["athlete", "merge", HOSTILE, "B\x1b[1m"], ["compare", "x", "y"]):
        assert cli.run(words) in (2, 3)
        told = capsys.readouterr()
        assert acts(told.out + told.err) == []
        assert told.err.startswith("Error: ")


def test_every_printed_paragraph_goes_through_the_helper() -> None:
    """What commands print of people is said with `say` and `tell`, never with plain echo."""
    folder = Path(cli.__file__).parent / "commands"
    named = ("athlete", "assign", "clearance", "compare", "history", "note", "session_conditions")
    for name in named:
        assert "click.echo" not in (folder / f"{name}.py").read_text("utf-8")

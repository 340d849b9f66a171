"""The examples of the pages are run, not only read: those that need no board and no person."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_pages import Page, page, pages
from docs_people import BEFORE, fill_in, not_written, nothing_more
from plan_people import Someone
from test_docs import evenstance_words

from evenstance import cli
from evenstance.errors import InputError, UsageError

Words = tuple[str, ...]

BOARD = "needs a board; tests/e2e and tests/board run it on the virtual one"
PERSON = "a person answers at a terminal; here the answers are stored in their place"
COMPUTER = "tells of the computer that runs the tests; test_doctor_computer.py makes its faults"

# Every example that begins with these words is left out, for the reason.
LEFT_OUT: dict[Words, str] = {
    ("calibrate",): BOARD,
    ("calibration",): BOARD,
    ("check",): BOARD,
    ("demo",): "is the whole product on the virtual board, in minutes; tests/e2e",
    ("devices",): COMPUTER,
    ("diagnose",): BOARD,
    ("doctor",): COMPUTER,
    ("flash",): BOARD,
    ("info",): BOARD,
    ("lsl",): BOARD,
    ("practice",): BOARD,
    ("pull",): BOARD,
    ("recompute", "--lake", "lake", "--scheduler"): "needs a scheduler; test_spread.py has one",
    ("replay",): "needs the recording of a person; tests/e2e makes one",
    ("report", "--pdf"): "needs a browser; tests/e2e/test_report.py",
    ("screen", "--athlete", "NAME", "--quick"): PERSON,
    ("session",): BOARD,
    ("sim",): "runs until it is stopped; tests/e2e",
    ("sync",): "needs a clinic's server; tests/clinic",
    ("watch",): BOARD,
    ("zero",): BOARD,
}
# Exactly these are left out, for the reason.
LEFT_OUT_WHOLE: dict[Words, str] = {
    ("screen", "--athlete", "NAME"): PERSON,
    ("screen", "--athlete", "P01"): PERSON,
}

# Programs that are not Evenstance: what the page asks of the computer itself.
OTHER_PROGRAMS = {
    ".": "the environment of a shell",
    ".venv/bin/python": "scripts of the repository; each has a test or is a proof run by hand",
    "echo": "writes a rule of the system",
    "export": "a variable of the shell",
    "eval": "the shell's own completion; test_completion.py runs the shells",
    "make": "targets; test_docs.py knows them all",
    "mkdir": "a folder of the shell",
    "mpremote": BOARD,
    "pipx": "installs; test_wheel.py does it",
    "sudo": "rights of the system",
}

# Commands in the prose that read and ask nothing; the rest of the prose names parts of commands.
PROSE: dict[Words, str] = {
    ("advice",): "README.md",
    ("completion", "zsh"): "docs/install.md",
    ("export", "dictionary"): "docs/export.md",
    ("metrics", "explain", "force_sd_n"): "README.md",
    ("metrics", "list"): "docs/metrics.md",
}

USAGE, INPUT = UsageError.exit_code, InputError.exit_code

# What an example of a page says where the page itself tells of a refusal: code and words.
REFUSED: dict[Words, tuple[int, str]] = {
    ("athlete", "forget", "NAME"): (USAGE, "Nothing was changed."),  # nobody to ask
    ("athlete", "merge", "Inez", "Ines Silva"): (USAGE, "Nothing was changed."),
    ("athlete", "rename", "Inez", "Ines Silva"): (INPUT, "'Ines Silva' already"),
    ("compare", "3fa9", "last", "--metric", "force_sd_n", "--json"): (
        INPUT,  # ids of sessions are drawn: nobody else has this one
        "There is no session whose id begins with 3fa9",
    ),
}

# The same on a history that holds nothing.
EMPTY: dict[Words, tuple[int, str]] = {
    ("results",): (USAGE, "Nobody is in the history yet."),
    ("history",): (USAGE, "Nobody is in the history yet."),
    ("plan", "--athlete", "NAME"): (INPUT, "There is nobody called 'NAME' in the history"),
    ("plan", "next", "--athlete", "NAME"): (INPUT, "There is nobody called 'NAME'"),
    ("compare", "last-1", "last"): (USAGE, "Nobody is in the history yet."),
    ("note", "last", "slept badly"): (USAGE, "Nobody is in the history yet."),
    ("export", "holds", "--to", "holds.csv"): (USAGE, "Nobody is in the history yet."),
    ("assign", "12", "13", "14", "--athlete", "NAME"): (INPUT, "There is no trial with number"),
    ("reliability", "analyse", "--history"): (INPUT, "The history holds no study."),
    ("results", "--unassigned"): (0, "Every trial in the history belongs to somebody."),
    ("recompute",): (0, "0 trial(s) with a trace"),
    ("athlete", "list"): (0, ""),
}


def examples(doc: Page) -> list[Words]:
    """The commands of Evenstance in the blocks of a page, from its top to its end."""
    found = [evenstance_words(words) for words in doc.shell_lines()]
    return [tuple(words) for words in found if words]


def why_left_out(words: Words) -> str | None:
    if words in LEFT_OUT_WHOLE:
        return LEFT_OUT_WHOLE[words]
    return next((why for start, why in LEFT_OUT.items() if words[: len(start)] == start), None)


FOLLOWED = [doc for doc in pages() if any(why_left_out(one) is None for one in examples(doc))]


def before(words: Words, someone: Someone) -> None:
    """What a person does between two commands of a page."""
    if words[:4] == ("screen", "--athlete", "NAME", "--file"):
        fill_in(Path(words[4]), someone)
    if words[:2] == ("plan", "missed"):
        someone.on(4)


@pytest.fixture
def someone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Someone:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Someone(tmp_path / "home", capsys, monkeypatch)


@pytest.mark.parametrize("doc", FOLLOWED, ids=[doc.name for doc in FOLLOWED])
def test_a_page_followed_from_its_top_to_its_end(doc: Page, someone: Someone) -> None:
    BEFORE.get(doc.name, nothing_more)(someone, Path.cwd())
    for words in examples(doc):
        if why_left_out(words) == PERSON:
            someone.answer()
        elif why_left_out(words) is None:
            before(words, someone)
            code, told = REFUSED.get(words, (0, ""))
            out, err = someone.say(*words, code=code)
            assert told in err + out
            assert (out + err).strip(), words
            assert not_written(words, Path.cwd()) == []


@pytest.mark.parametrize("words", PROSE, ids=" ".join)
def test_what_the_prose_offers_to_read_can_be_read(words: Words, someone: Someone) -> None:
    assert list(words) in [evenstance_words(span) for span in page(PROSE[words]).spans()]
    out, _ = someone.say(*words)
    assert len(out.splitlines()) > 3


@pytest.mark.parametrize("words", EMPTY, ids=" ".join)
def test_an_example_on_an_empty_history(
    words: Words,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert any(words == one[: len(words)] for doc in pages() for one in examples(doc))
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    code, told = EMPTY[words]
    assert cli.run(words) == code
    said = capsys.readouterr()
    assert told in said.out + said.err
    if code:
        assert said.out == ""
        assert "\nNext: " in said.err
        assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


def test_the_help_of_every_command_that_a_page_names(capsys: pytest.CaptureFixture[str]) -> None:
    named = {words[0] for doc in pages() for words in examples(doc) if words[0] in cli.COMMANDS}
    assert len(named) > 20
    for name in sorted(named):
        assert cli.run([name, "--help"]) == 0
        assert f"evenstance {name}" in capsys.readouterr().out


# -- nothing is left out by chance ----------------------------------------------------------------


def test_every_command_of_another_program_has_its_reason() -> None:
    others = {
        words[0]
        for doc in pages()
        for words in doc.shell_lines()
        if evenstance_words(words) is None
    }
    assert others == set(OTHER_PROGRAMS)


def test_every_reason_is_still_needed() -> None:
    shown = [words for doc in pages() for words in examples(doc)]
    for start in LEFT_OUT:
        assert any(words[: len(start)] == start for words in shown), start
    for whole in (*LEFT_OUT_WHOLE, *REFUSED):
        assert whole in shown, whole
    assert set(BEFORE) <= {doc.name for doc in FOLLOWED}


def test_most_examples_without_a_board_are_run() -> None:
    shown = {words for doc in pages() for words in examples(doc)}
    reasons = [why_left_out(words) for words in shown]
    assert reasons.count(None) > 60
    assert reasons.count(PERSON) <= 4

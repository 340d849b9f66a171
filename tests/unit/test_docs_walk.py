"""The walk of the pages itself: it leaves nothing out by chance and sees what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from doc_pages import page, pages
from docs_people import not_written

from walking import terminal
from walking.pages import Printed, printed, reading_order
from walking.script import EVERYWHERE, OTHERS, PAGES
from walking.steps import Step, Walk
from walking.table import BEGIN, END, renewed
from walking.terminal import Ended, Reply, run
from walking.walk import Walked, differs, first_line, of_longest, step_of, with_port

LINE = Printed("README.md", "evenstance diagnose")
ASKS = """
import sys
print("\\x1b[1mWho?\\x1b[0m ", end="", file=sys.stderr, flush=True)
name = input()
print("hello", name, file=sys.stderr)
print('{"sum": 4}')
sys.exit(3)
"""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm"}


def test_every_page_with_a_command_is_walked() -> None:
    with_commands = {doc.name for doc in pages() if doc.shell_lines()}
    assert with_commands <= set(reading_order())
    assert reading_order()[0] == "README.md"


def test_every_line_is_run_or_has_its_reason() -> None:
    lines = [one.words for name in reading_order() for one in printed(name)]
    left_out = {line[0] for line in lines if of_longest(OTHERS, line)}
    run_here = {"evenstance", "mpremote", "eval", "mkdir", "export"}
    assert {line[0] for line in lines} == run_here | left_out
    for start in OTHERS:
        assert any(line[: len(start)] == start for line in lines), start


@pytest.mark.parametrize("name", list(PAGES))
def test_every_step_belongs_to_a_line_of_its_page(name: str) -> None:
    lines = [one.words[one.words[0] == "evenstance" :] for one in printed(name)]
    for start, step in PAGES[name].steps.items():
        assert any(line[: len(start)] == start for line in lines), start
        told = " ".join(page(name).text.split())
        assert [words for words in step.shows if words not in told] == []


def test_the_longest_beginning_decides_and_the_page_comes_first() -> None:
    own, other = Step(code=2), Step(code=3)
    walk = Walk(steps={("check",): own, ("check", "swap"): other})
    assert step_of(walk, ("check", "swap")) is other
    assert step_of(walk, ("check", "sides")) is own
    assert step_of(walk, ("session", "--json")) is EVERYWHERE[("session",)]


def test_a_port_is_put_where_a_board_is_found_by_its_usb_id() -> None:
    def words(line: str) -> str:
        return " ".join(with_port(Printed("README.md", line).words, "/dev/pts/9"))

    assert words("evenstance flash --verify") == "evenstance flash --verify --port /dev/pts/9"
    assert words("evenstance info --port PORT") == "evenstance info --port /dev/pts/9"
    assert words("evenstance results") == "evenstance results"
    assert words("mpremote connect PORT repl") == "mpremote connect /dev/pts/9 repl"
    assert with_port(("evenstance", "zero"), None) == ["evenstance", "zero"]


@pytest.mark.parametrize(
    ("code", "text", "out", "step", "wrong"),
    [
        (0, "Ten seconds", None, Step(), ""),
        (3, "Error: no.", None, Step(), "exit code 3 in place of 0"),
        (0, "Traceback (most recent call last)", None, Step(), "a traceback"),
        (3, "Error: no.", None, Step(code=3), "without a next step"),
        (3, "Error: no.\nNext:  go.", None, Step(code=3), ""),
        (0, "a hold\nis kept", None, Step(shows=("hold is lost",)), "it does not say"),
        (0, "a hold is kept", None, Step(says=("hold is lost",)), "it does not say"),
        (0, "no such words here", None, Step(shows=("no such words",)), "the page does not say"),
        (0, "", '{"a": 1}\n{"a": 2}\n', Step(), ""),
        (0, "", "{\n  1\n}\n", Step(), "is no JSON"),
    ],
)
def test_what_differs_is_seen(
    code: int, text: str, out: str | None, step: Step, wrong: str
) -> None:
    found = differs(Ended(code, text, out), step, LINE, apart=out is not None)
    assert wrong in found
    assert bool(found) == bool(wrong)


def test_a_file_that_was_not_written_is_seen(tmp_path: Path) -> None:
    words = ("export", "--to", "lake", "--key", "empty.json", "--page", "none.html")
    (tmp_path / "lake" / "month").mkdir(parents=True)
    (tmp_path / "empty.json").touch()
    assert not_written(words, tmp_path) == ["lake", "empty.json", "none.html"]
    (tmp_path / "lake" / "month" / "holds").write_text("1")
    assert not_written(words, tmp_path) == ["empty.json", "none.html"]


def test_the_first_line_names_no_folder_and_is_no_bar(tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    shown = (
        f"recomputing \u2501\u2501 2/7\n2026-11-26 06:49:50.1 (  1 s) [A] log\n{home}/a {here}/b\n"
    )
    assert first_line(Ended(0, shown, None), home, here) == "~/a ./b"
    drawn = Ended(0, "page http://127.0.0.1:36111/6OFtPnma-P68/", None)
    assert first_line(drawn, home, here) == "page http://127.0.0.1:PORT/TOKEN/"
    assert first_line(Ended(0, shown, '{"a": 1}\n'), home, here) == '{"a": 1}'


def test_a_page_walked_again_renews_its_rows_and_no_others() -> None:
    order = ["README.md", "docs/a.md", "docs/b.md"]
    text = f"# Page\n{BEGIN}{END}\nend\n"
    for one in (
        Walked("docs/b.md", "x | y", 0, "b"),
        Walked("docs/a.md", "old", None, "why"),
        Walked("docs/a.md", "new", 3, "a"),
    ):
        text = renewed(text, one.page, [one], order)
    rows = [line for line in text.splitlines() if line.startswith("| docs")]
    assert rows == ["| docs/a.md | `new` | 3 | a |", "| docs/b.md | `x \\| y` | 0 | b |"]
    assert text.startswith("# Page\n") and text.endswith("\nend\n")


def test_somebody_answers_at_the_terminal(tmp_path: Path) -> None:
    replies = [Reply(r"Who\? $", "somebody\n")]
    command = [sys.executable, "-c", ASKS]
    shown = run(command, replies, env=ENVIRONMENT, folder=tmp_path, deadline_s=60.0)
    assert (shown.code, shown.out) == (3, None)
    assert "hello somebody" in shown.text
    assert "\x1b" not in shown.text
    apart = run(command, replies, env=ENVIRONMENT, folder=tmp_path, apart=True, deadline_s=60.0)
    assert apart.out is not None
    assert apart.out.endswith('{"sum": 4}\n')
    assert '{"sum"' not in apart.text


def test_a_command_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0

    def time_is_up(_: object) -> str:
        nonlocal now_s
        now_s = 60.0
        return ""

    monkeypatch.setattr(terminal, "time", SimpleNamespace(monotonic=lambda: now_s))
    waits = [sys.executable, "-c", "input('for ever')"]
    with pytest.raises(TimeoutError, match="for ever"):
        run(
            waits,
            [Reply("for ever", time_is_up)],
            env=ENVIRONMENT,
            folder=tmp_path,
            deadline_s=59.0,
        )

"""The quick check in front of a terminal: asked before a session, and by itself."""

from __future__ import annotations

from pathlib import Path

from terminal import Terminal

from evenstance.errors import NoBoardError, ScreenBlockedError
from evenstance.knowledge.catalogue import questions
from evenstance.screen.quick import quick_check
from evenstance.store.database import open_store

NO_PORT = ("--port", "/dev/no-such-port")
ANY = "Yes to any of them?"


def ended(terminal: Terminal) -> int:
    """Its exit code, when it asks nothing more."""
    return terminal.obey(lambda asked: None)


def answer(terminal: Terminal, text: str, reply: str) -> None:
    """Wait for a question, answer it."""
    terminal.wait_for(f"{text.removesuffix('?')}? [y/n]: ")
    terminal.type(reply)


def kept(home: Path) -> dict[str, object]:
    """The quick check in the history."""
    with open_store() as store:
        stored = store.care.latest_screen(store.athlete("me").id, "each")
    assert stored is not None
    return {"state": stored.state, **stored.answers}


def test_enter_says_none_and_the_session_goes_on(home: Path) -> None:
    with Terminal("session", *NO_PORT, home=home) as session:
        session.wait_for(ANY)
        for line in quick_check().lines:
            assert line.text in session.text
        session.type("")
        assert ended(session) == NoBoardError.exit_code
    assert kept(home) == {
        "state": "clear",
        **{line.answer_id: False for line in quick_check().lines},
    }


def test_a_yes_opens_the_lines_one_by_one_and_an_emergency_ends_it(home: Path) -> None:
    bank = questions()
    with Terminal("session", *NO_PORT, home=home) as session:
        session.wait_for(ANY)
        session.type("y")
        for line in quick_check().lines:
            answer(session, line.text, "y" if line.id == "chest_faint" else "n")
            if line.id == "chest_faint":
                answer(session, bank["chest"].text, "y")
                answer(session, bank["chest"].follow_ups[0].text, "y")
                answer(session, bank["faint"].text, "n")
        assert ended(session) == ScreenBlockedError.exit_code
        assert "Error: No session. EMERGENCY NOW: Pain or pressure in the chest" in session.text
        assert "Next:  Call your emergency number now." in session.text
    answers = kept(home)
    assert (answers["state"], answers["chest.now"], answers["faint"]) == ("blocked", True, False)
    with Terminal("session", *NO_PORT, home=home) as session:
        assert ended(session) == ScreenBlockedError.exit_code
        assert ANY not in session.text


def test_a_yes_that_no_question_confirms_is_not_today(home: Path) -> None:
    with Terminal("screen", "--quick", home=home) as screen:
        screen.wait_for(ANY)
        screen.type("y")
        for line in quick_check().lines:
            answer(screen, line.text, "y" if line.id == "both_legs" else "n")
            if line.id == "both_legs":
                answer(screen, questions()["ces_legs"].text, "n")
        assert ended(screen) == 0
        assert "that is not clear" in screen.text
        assert "[D: own proposal]" in screen.text
        assert "Quick check: blocked." in screen.text
    assert kept(home)["state"] == "blocked"
    # it may be answered again
    with Terminal("session", *NO_PORT, home=home) as session:
        session.wait_for(ANY)
        session.type("n")
        assert ended(session) == NoBoardError.exit_code

"""Ctrl-C while a command waits for keys."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import types
from collections.abc import Generator

import pytest

from evenstance.commands.keys import Keys


class Destroyed:
    """Gets Ctrl-C while it is destroyed, where Python cannot raise it."""

    def __del__(self) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_ctrl_c_that_python_dropped_is_raised_at_the_next_look_for_keys() -> None:
    with Keys() as keys:
        assert keys.get() is None
        Destroyed()
        with pytest.raises(KeyboardInterrupt):
            keys.get()


def test_ctrl_c_is_raised_at_once_and_the_handler_from_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), Keys():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_disturb_the_closing_and_a_third_ends_it() -> None:
    with Keys() as keys:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            keys.get()


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Generator[int, None, None]:
    """The other end of a pseudo-terminal that is standard input."""
    ours, theirs = os.openpty()
    with open(theirs) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield ours
    os.close(ours)


def test_letters_come_one_by_one_however_they_were_typed(keyboard: int) -> None:
    with Keys() as keys:
        assert keys.listening
        os.write(keyboard, b"sP\x1b[A\x1bOB\x1b[3~ 7\xc3\xa4q")
        assert select.select([sys.stdin], [], [], 60.0)[0], "it goes through the system"
        assert [keys.get() for _ in range(4)] == ["s", "p", "q", None]


def test_nobody_listens_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        with Keys() as keys:
            assert not keys.listening
            assert keys.get() is None


class FakeConsole(types.ModuleType):
    """The two functions of msvcrt, with what was typed."""

    def __init__(self, typed: str) -> None:
        super().__init__("msvcrt")
        self._typed = list(typed)

    def kbhit(self) -> bool:
        return bool(self._typed)

    def getwch(self) -> str:
        return self._typed.pop(0)


def test_keys_on_windows(keyboard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", FakeConsole("s\x00P\xe0HR "))
    with Keys() as keys:
        assert keys.listening
        assert [keys.get() for _ in range(3)] == ["s", "r", None]

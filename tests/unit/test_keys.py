"""Ctrl-C while a command waits for keys."""

from __future__ import annotations

import contextlib
import signal

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

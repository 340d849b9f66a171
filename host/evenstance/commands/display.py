"""`--display` and `--no-browser`: the big display beside the terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evenstance.commands.common import tell

if TYPE_CHECKING:
    from evenstance.display.hub import Hub

F = TypeVar("F", bound=Callable[..., Any])


def display_options(function: F) -> F:
    """`--display` and `--no-browser`."""
    function = click.option(
        "--no-browser", is_flag=True, help="With --display: only print the address."
    )(function)
    return click.option(
        "--display",
        is_flag=True,
        help="Also show it in a browser, in letters for three metres; on this computer only.",
    )(function)


@contextmanager
def shown_on(
    wanted: bool, title: str, *, wanted_n: int | None = None, open_browser: bool = True
) -> Generator[Hub | None, None, None]:
    """The hub of a page that is served meanwhile, its address told; None when not `wanted`.

    `wanted_n` scored holds on each leg make the progress; without it the page is a live view.
    """
    if not wanted:
        yield None
        return
    from evenstance.display.hub import Hub
    from evenstance.display.server import Display

    hub = (
        Hub(title, mode="watch")
        if wanted_n is None
        else Hub(title, wanted={"left": wanted_n, "right": wanted_n})
    )
    with Display(hub) as display:
        tell(f"Big display: {display.address}")
        if open_browser and sys.stdin.isatty() and sys.stderr.isatty() and _has_windows():
            threading.Thread(target=_open, args=(display.address,), daemon=True).start()
        yield hub


def _has_windows() -> bool:
    """Whether a browser would have a window of its own and not take over the terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)

"""Options for the conditions that must be equal before sessions are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evenstance.store.records import ARMS, EYES, FOOTWEAR, SURFACES

if TYPE_CHECKING:
    from evenstance.store.records import Conditions

F = TypeVar("F", bound=Callable[..., Any])


def conditions_options(function: F) -> F:
    """--eyes --surface --footwear --arms --gaze-mark/--no-gaze-mark, as the protocol has them."""
    for option in (
        click.option(
            "--gaze-mark/--no-gaze-mark",
            default=True,
            show_default=True,
            help="A mark at eye level to look at.",
        ),
        click.option("--arms", type=click.Choice(ARMS), default="hips", show_default=True),
        click.option(
            "--footwear", type=click.Choice(FOOTWEAR), default="barefoot", show_default=True
        ),
        click.option("--surface", type=click.Choice(SURFACES), default="firm", show_default=True),
        click.option("--eyes", type=click.Choice(EYES), default="open", show_default=True),
    ):
        function = option(function)
    return function


def conditions_from(
    eyes: str, surface: str, footwear: str, arms: str, gaze_mark: bool
) -> Conditions:
    """The options as one value."""
    from evenstance.store.records import Conditions

    return Conditions(eyes, surface, footwear, arms, gaze_mark)

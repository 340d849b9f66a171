"""`evenstance metrics`: what every number is, and why some are not given."""

from __future__ import annotations

import click

from evenstance.commands.common import json_option, show_json
from evenstance.errors import InputError, UsageError


@click.group("metrics")
def command() -> None:
    """Show what every number is, how it is made, and what this board cannot know."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show all metrics with unit and grade, and the names that are refused."""
    from evenstance.report.metrics import list_json, list_lines

    if as_json:
        show_json(list_json())
        return
    for line in list_lines():
        click.echo(line)


@command.command("explain")
@click.argument("name", metavar="ID")
@json_option
def explain_command(name: str, as_json: bool) -> None:
    """Show one metric: formula, unit, what it needs, error, source and grade.

    A number that this board cannot know is answered with the reason and exit code 3; an unknown
    name with those that are like it and exit code 2.
    """
    from evenstance.metrics.refused import refused
    from evenstance.metrics.registry import BY_ID, like
    from evenstance.report.metrics import (
        definition_json,
        definition_lines,
        refused_json,
    )

    one = BY_ID.get(name.lower())
    if one is not None:
        if as_json:
            show_json(definition_json(one))
        else:
            click.echo("\n".join(definition_lines(one)))
        return
    refusal = refused(name)
    if refusal is None:
        close = like(name)
        raise UsageError(
            f"There is no metric {name!r}.",
            cause=f"Perhaps meant: {', '.join(close)}." if close else "",
            next_step="`evenstance metrics list` shows all of them.",
        )
    if as_json:
        show_json(refused_json(refusal))
    raise InputError(
        f"{refusal.name} is not given: this board cannot know it.",
        cause=refusal.reason,
        next_step=f"Instead: {refusal.instead}",
    )

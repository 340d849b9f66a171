"""`evenstance screen`: the questions before any plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    interactive,
    json_option,
    open_history,
    show_json,
    tell,
)
from evenstance.errors import InputError, UsageError

if TYPE_CHECKING:
    from evenstance.knowledge.question import Answer, Question


@click.command("screen")
@athlete_option
@click.option("--age", "age_y", type=click.IntRange(0, 120), help="Age in years.")
@click.option(
    "--file",
    "screen_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answers from a file instead of asking.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a file with every question open, to be filled in, and stop.",
)
@json_option
def command(
    athlete: str | None,
    age_y: int | None,
    screen_file: Path | None,
    template: Path | None,
    as_json: bool,
) -> None:
    """Ask the screening questions; without clear answers there are measurements, never a plan."""
    from evenstance.flows.advice import screen_outcome
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.screening import ask_screen, screen_from_file, store_screen

    today = wall_clock().astimezone().date()
    if template is not None:
        _write_template(template)
        return
    with open_history() as store:
        person = chosen_athlete(store, athlete, create=True)
        if screen_file is not None:
            screen = screen_from_file(screen_file)
        elif interactive():
            age_y = (
                click.prompt("Age in years", type=click.IntRange(0, 120))
                if age_y is None
                else age_y
            )
            screen = ask_screen(age_y, today, _ask)
        else:
            raise UsageError(
                "The questions need a terminal.",
                next_step="`evenstance screen --template FILE` writes a file to fill in; then "
                "`evenstance screen --file FILE`.",
            )
        outcome = screen_outcome(screen, today)
        assert outcome is not None
        store_screen(store, person.id, screen, outcome.state)
    if as_json:
        show_json(outcome.as_dict())
        return
    for finding in outcome.findings:
        click.echo(f"{finding.say} {finding.see}".strip())
    for note in outcome.notes:
        tell(note)
    if outcome.missing:
        click.echo(f"Not answered yet: {', '.join(outcome.missing)}.")
    click.echo(f"Screening: {outcome.state.replace('_', ' ')}.")


def _ask(text: str, question: Question | None) -> Answer:
    if question is None or question.kind == "yes_no":
        return click.confirm(text, default=None)
    if question.kind == "number":
        return click.prompt(f"{text} ({question.unit})", type=float)
    for choice in question.choices:
        click.echo(f"  {choice.value}: {choice.text}")
    return click.prompt(text, type=click.Choice([c.value for c in question.choices]))


def _write_template(path: Path) -> None:
    from evenstance.screen.file import blank_screen

    try:
        with path.open("x", encoding="utf-8") as file:
            json.dump(blank_screen(), file, indent=2)
            file.write("\n")
    except FileExistsError as error:
        raise InputError(
            f"{path} exists already.", next_step="Name a new file; answers are not overwritten."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be written.", cause=str(error)) from error
    click.echo(f"Fill in {path}, then: evenstance screen --file {path}")

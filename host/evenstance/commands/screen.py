"""`evenstance screen`: the questions before any plan, the quick check, and health events."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from evenstance.commands.asking import ask, quick_answers
from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    day_of,
    interactive,
    json_option,
    open_history,
    say,
    show_json,
    tell,
)
from evenstance.errors import InputError, UsageError
from evenstance.screen.types import EventKind

if TYPE_CHECKING:
    from evenstance.knowledge.plain import JsonValue
    from evenstance.screen.types import Screen, ScreenOutcome
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

AFTER_A_BLOW = ("fall", "injury", "near_fall")


@click.command("screen")
@athlete_option
@click.option("--age", "age_y", type=click.IntRange(0, 120), help="Age in years.")
@click.option("--quick", is_flag=True, help="Only the six lines before a session.")
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
@click.option(
    "--event",
    type=click.Choice(get_args(EventKind)),
    help="Store a health event; the whole screen is needed again after it.",
)
@click.option(
    "--on",
    "happened_on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day of the event (YYYY-MM-DD); default: today.",
)
@click.option("--note", metavar="TEXT", help="A note on the event.")
@click.option(
    "--clinician",
    metavar="NAME",
    help="A clinician leads the practice: what waits for that alone does not count.",
)
@json_option
def command(
    athlete: str | None,
    age_y: int | None,
    quick: bool,
    screen_file: Path | None,
    template: Path | None,
    event: str | None,
    happened_on: datetime | None,
    note: str | None,
    clinician: str | None,
    as_json: bool,
) -> None:
    """Ask the screening questions; without clear answers there are measurements, never a plan."""
    from evenstance.flows.connect import wall_clock

    now = wall_clock()
    today = now.astimezone().date()
    _refuse_mixtures(
        event is not None,
        others=quick or screen_file is not None or template is not None or clinician is not None,
        belongs=happened_on is not None or note is not None,
    )
    if clinician is not None and not clinician.strip():
        raise UsageError("--clinician needs a name.", next_step="Say who leads the practice.")
    if template is not None:
        _write_template(template, quick=quick)
        return
    with open_history("measure") as store:
        if event is None and screen_file is None and not interactive():
            which = "--quick " if quick else ""
            raise UsageError(
                "The questions need a terminal.",
                next_step=f"`evenstance screen {which}--template FILE` writes a file to fill in; "
                f"then `evenstance screen {which}--file FILE`.",
            )
        person = chosen_athlete(store, athlete, create=True)
        if event is not None:
            _event(store, person, event, day_of(happened_on, today), note or "", today, as_json)
            return
        if quick:
            outcome = _quick(store, person, age_y, today, screen_file)
        else:
            screen = replace(_full(age_y, today, screen_file), told_at=now)
            outcome = _store_full(store, person, screen, today, clinician=clinician is not None)
    if as_json:
        show_json({**outcome.as_dict(), "clinician": clinician})
    else:
        _show(outcome, clinician)


def _refuse_mixtures(event: bool, *, others: bool, belongs: bool) -> None:
    if event and others:
        raise UsageError(
            "--event stores one thing and asks nothing.",
            next_step="Store the event first, then answer the screen.",
        )
    if belongs and not event:
        raise UsageError("--on and --note belong to --event.", next_step="Give --event, too.")


def _full(age_y: int | None, today: date, screen_file: Path | None) -> Screen:
    from evenstance.flows.screening import ask_screen, screen_from_file

    if screen_file is not None:
        return screen_from_file(screen_file)
    if age_y is None:
        age_y = click.prompt("Age in years", type=click.IntRange(0, 120), err=True)
    return ask_screen(age_y, today, ask)


def _store_full(
    store: Store, person: Athlete, screen: Screen, today: date, *, clinician: bool
) -> ScreenOutcome:
    from evenstance.flows.screening import outcome_of, store_screen

    outcome = outcome_of(store, person, today, screen=screen, clinician=clinician)
    assert outcome is not None
    store_screen(store, person.id, screen, outcome.state)
    return outcome


def _quick(
    store: Store, person: Athlete, age_y: int | None, today: date, given: Path | None
) -> ScreenOutcome:
    from evenstance.flows.screening import known_age_y, refuse_blocked, store_quick

    refuse_blocked(store, person, today, renewed=True)
    age_y = known_age_y(store, person.id) if age_y is None else age_y
    path = None if given is None else str(given)
    return store_quick(store, person, quick_answers(age_y, today, path))


def _event(
    store: Store,
    person: Athlete,
    kind: str,
    happened_on: date,
    note: str,
    today: date,
    as_json: bool,
) -> None:
    from evenstance.flows.screening import outcome_of
    from evenstance.screen.types import EVENT_WORDS

    if happened_on > today:
        raise InputError(
            f"{happened_on.isoformat()} is still to come.", next_step="Give the day it happened."
        )
    store.care.save_event(person.id, kind=kind, happened_on=happened_on, note=note)
    outcome = outcome_of(store, person, today)
    needed = outcome is None or outcome.voided_by is not None or outcome.state == "unscreened"
    if as_json:
        stored: dict[str, JsonValue] = {
            "kind": kind,
            "happened_on": happened_on.isoformat(),
            "note": note,
        }
        show_json({"athlete": person.name, "event": stored, "screen_needed": needed})
        return
    click.echo(f"Stored: {EVENT_WORDS[kind]} on {happened_on.isoformat()}.")
    if kind in AFTER_A_BLOW:
        _ask_for_signs()
    if needed:
        click.echo(
            "Answers and clearances from before it no longer count, and there is no plan until "
            "the whole screen is answered again: `evenstance screen`. [D: own proposal]"
        )
    else:
        assert outcome is not None
        click.echo(
            f"The answers of {outcome.answered_on.isoformat()} were given after it and still "
            "count. If one would now be different: `evenstance screen`."
        )


def _ask_for_signs() -> None:
    """After a fall or an injury the signs of an emergency come before the screen."""
    from evenstance.knowledge.catalogue import questions
    from evenstance.screen.grades import grade_of

    signs = questions()["head_flag"]
    assert signs.outcome is not None
    grade, cited = grade_of(signs.marks, signs.sources), ", ".join(signs.sources)
    click.echo(f"First: {signs.text} Then: {signs.outcome.see} [{grade}: {cited}]")


def _show(outcome: ScreenOutcome, clinician: str | None) -> None:
    from evenstance.flows.screening import finding_line
    from evenstance.knowledge.exercise import Statement
    from evenstance.plan.lines import grade_tag

    if clinician is not None:
        say(f"Clinician mode: {clinician} leads the practice.")
    for finding in outcome.findings:
        say(finding_line(finding))
    for one in outcome.lifted:
        say(f"{one.statement.text} {grade_tag(one.statement)}")
    for note in outcome.notes:
        tell(f"{note} {grade_tag(Statement(note, 'D'))}")
    if outcome.missing:
        click.echo(f"Not answered yet: {', '.join(outcome.missing)}.")
    name = "Quick check" if outcome.when == "each" else "Screening"
    say(f"{name}: {outcome.state.replace('_', ' ')}.")


def _write_template(path: Path, *, quick: bool) -> None:
    from evenstance.private_files import need_place, write_file
    from evenstance.screen.file import blank_quick, blank_screen

    need_place(path, force=True)
    if path.exists():
        raise InputError(
            f"{path} exists already.", next_step="Name a new file; answers are not overwritten."
        )
    blank = blank_quick() if quick else blank_screen()
    write_file(path, json.dumps(blank, indent=2) + "\n")
    which = "--quick " if quick else ""
    click.echo(f"Fill in {path}, then: evenstance screen {which}--file {path}")

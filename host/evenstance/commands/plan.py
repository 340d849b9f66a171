"""`evenstance plan`: what to practise, or why nothing; from its start to the re-test."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    say,
    show_json,
)
from evenstance.commands.plan_show import show_whole
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.plan.practice import State

_DAY = click.DateTime(["%Y-%m-%d"])
_on = click.option(
    "--on", type=_DAY, metavar="DATE", help="The day, as 2026-11-30; default today."
)


@click.group("plan", invoke_without_command=True)
@athlete_option
@json_option
@click.option("--why", "why_too", is_flag=True, help="The chain from data to source.")
@click.option("--full", is_flag=True, help="Also why each item, how well supported, and sources.")
@click.option(
    "--wait",
    "wait_for",
    metavar="SPAN",
    help="Practise nothing for 3w or 10d, then measure again: the first untreated comparison.",
)
@click.option(
    "--screen",
    "screen_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answers to use instead of the stored ones.",
)
@click.option(
    "--clinician",
    metavar="NAME",
    help="Clinician mode: who leads the practice and answers for it.",
)
@click.option(
    "--ics", type=click.Path(path_type=Path), metavar="FILE", help="Write the days as a calendar."
)
@click.option(
    "--page", type=click.Path(path_type=Path), metavar="FILE", help="Write a page to print."
)
@click.pass_context
def command(
    context: click.Context,
    athlete: str | None,
    as_json: bool,
    why_too: bool,
    full: bool,
    wait_for: str | None,
    screen_file: Path | None,
    clinician: str | None,
    ics: Path | None,
    page: Path | None,
) -> None:
    """Show the plan that follows from verdict and screening, or say why there is none."""
    if context.invoked_subcommand is not None:
        _only_athlete(context)
        return
    if wait_for is not None:
        _wait(athlete, wait_for, as_json)
        return
    show_whole(
        athlete,
        as_json=as_json,
        why_too=why_too,
        full=full,
        screen_file=screen_file,
        clinician=_name(clinician),
        ics=ics,
        page=page,
    )


@command.command("start")
@athlete_option
@click.option("--on", type=_DAY, metavar="DATE", help="First day of the block; default today.")
@click.option(
    "--days",
    metavar="DAYS",
    default="mon,wed,fri",
    show_default=True,
    help="Weekdays of practice.",
)
@click.option("--clinician", metavar="NAME", help="Clinician mode: who leads the practice.")
@json_option
@click.pass_context
def start(
    context: click.Context,
    athlete: str | None,
    on: datetime | None,
    days: str,
    clinician: str | None,
    as_json: bool,
) -> None:
    """Begin the plan that is given today."""
    from evenstance.flows.plan_changes import start_plan
    from evenstance.plan.days import parse_days
    from evenstance.plan.lines import clinician_line, headline

    with open_history("measure") as store:
        person = chosen_athlete(store, _whose(context, athlete))
        plan = start_plan(
            store,
            person,
            _today(),
            on=_date(on),
            days=parse_days(days),
            clinician=_name(clinician or _of_parent(context, "clinician")),
        )
        if as_json:
            show_json({"athlete": person.name, "plan": plan.as_dict()})
            return
        say(f"Begun. {headline(plan)}")
        if plan.clinician is not None:
            say(clinician_line(plan.clinician))
        _show_next(store, person)


def _practice_command(state: State, text: str) -> None:
    @command.command(state, help=text)
    @athlete_option
    @_on
    @click.option(
        "--reason", metavar="REASON", help="time, too_hard, pain, boredom, fear, ill, other."
    )
    @click.option("--touch-downs", type=int, metavar="N", help="The most in one set.")
    @click.option("--near-fall", is_flag=True, help="You nearly fell.")
    @click.option("--pain", type=int, metavar="N", help="0 to 10, during and the next morning.")
    @click.option("--left-out", multiple=True, metavar="ITEM", help="Id of an item not done.")
    @json_option
    @click.pass_context
    def told(
        context: click.Context,
        athlete: str | None,
        on: datetime | None,
        reason: str | None,
        touch_downs: int | None,
        near_fall: bool,
        pain: int | None,
        left_out: tuple[str, ...],
        as_json: bool,
    ) -> None:
        from evenstance.flows.plan_changes import Told, tell_practice

        day = _date(on) or _today()
        with open_history("measure") as store:
            person = chosen_athlete(store, _whose(context, athlete))
            said = Told(state, day, reason, touch_downs, near_fall, pain, left_out)
            practice = tell_practice(store, person, _today(), said)
            if not as_json:
                click.echo(f"Noted: {state} on {day.isoformat()}.")
                _show_next(store, person)
                return
            from evenstance.flows.course import course_of
            from evenstance.knowledge.plain import as_plain_dict
            from evenstance.plan.next_step import next_step

            step = next_step(course_of(store, person, _today()), _today())
            show_json(
                {
                    "athlete": person.name,
                    "practice": as_plain_dict(practice),
                    "next": step.as_dict(),
                }
            )

    del told  # click keeps it


_practice_command("done", "All of a session was done.")
_practice_command("partly", "Part of a session was done; say why with --reason.")
_practice_command("missed", "A session was missed; say why with --reason.")


@command.command("next")
@athlete_option
@json_option
@click.pass_context
def next_command(context: click.Context, athlete: str | None, as_json: bool) -> None:
    """Say what comes next today."""
    from evenstance.flows.course import course_of
    from evenstance.plan.next_step import next_step

    with open_history() as store:
        person = chosen_athlete(store, _whose(context, athlete))
        if not as_json:
            _show_next(store, person)
            return
        course = course_of(store, person, _today())
    led_by = None if course.running is None else course.running.plan.clinician
    step = next_step(course, _today())
    show_json({"athlete": person.name, "clinician": led_by, **step.as_dict()})


@command.command("history")
@athlete_option
@json_option
@click.pass_context
def history_command(context: click.Context, athlete: str | None, as_json: bool) -> None:
    """Show every block: dates, sessions done of planned, stage reached, verdict."""
    from evenstance.flows.course import course_of
    from evenstance.plan.history import history
    from evenstance.plan.next_step import next_step
    from evenstance.report.next_step import next_lines
    from evenstance.report.plan_history import show_history
    from evenstance.report.terminal import DISCLAIMER, Terminal

    with open_history() as store:
        person = chosen_athlete(store, _whose(context, athlete))
        course = course_of(store, person, _today())
    blocks = history(course, _today())
    if as_json:
        show_json({"athlete": person.name, "blocks": [block.as_dict() for block in blocks]})
        return
    terminal = Terminal()
    if course.blocked:
        terminal.lines(next_lines(next_step(course, _today())))
        terminal.line()
    show_history(blocks, terminal)
    terminal.line(DISCLAIMER, "dim")


@command.command("stop")
@athlete_option
@click.option("--reason", "why", required=True, metavar="TEXT", help="Why it is ended.")
@click.pass_context
def stop(context: click.Context, athlete: str | None, why: str) -> None:
    """End the running plan."""
    from evenstance.flows.plan_changes import stop_plan

    with open_history("measure") as store:
        person = chosen_athlete(store, _whose(context, athlete))
        begun = stop_plan(store, person, _today(), why)
        click.echo(f"Ended the plan of {begun.isoformat()}.")


def _wait(athlete: str | None, span: str, as_json: bool) -> None:
    from evenstance.flows.plan_changes import begin_wait
    from evenstance.report.results import show_plan

    with open_history("measure") as store:
        person = chosen_athlete(store, athlete)
        wait = begin_wait(store, person, _today(), span)
    if as_json:
        show_json({"athlete": person.name, "plan": wait.as_dict()})
    else:
        show_plan(wait)


def _show_next(store: Any, person: Any) -> None:
    from evenstance.flows.course import course_of
    from evenstance.plan.lines import clinician_line
    from evenstance.plan.next_step import next_step
    from evenstance.report.next_step import next_lines
    from evenstance.report.terminal import DISCLAIMER, Terminal

    course = course_of(store, person, _today())
    terminal = Terminal()
    running = course.running
    if running is not None and running.plan.clinician is not None:
        terminal.line(clinician_line(running.plan.clinician))
    terminal.lines(next_lines(next_step(course, _today())))
    terminal.line(DISCLAIMER, "dim")


def _only_athlete(context: click.Context) -> None:
    """Options of the group that a subcommand would silently ignore are refused."""
    given = [
        name
        for name in context.params
        if name not in ("athlete", "clinician")
        and context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    ]
    if given:
        option = {"as_json": "json", "why_too": "why", "wait_for": "wait", "screen_file": "screen"}
        raise UsageError(
            f"--{option.get(given[0], given[0])} does not belong before "
            f"`{context.invoked_subcommand}`.",
            next_step=f"See `evenstance plan {context.invoked_subcommand} --help`.",
        )


def _whose(context: click.Context, athlete: str | None) -> str | None:
    return athlete if athlete is not None else _of_parent(context, "athlete")


def _of_parent(context: click.Context, name: str) -> str | None:
    return None if context.parent is None else context.parent.params.get(name)


def _name(clinician: str | None) -> str | None:
    if clinician is not None and not clinician.strip():
        raise UsageError("Clinician mode needs a name.", next_step="--clinician NAME.")
    return None if clinician is None else clinician.strip()


def _today() -> date:
    from evenstance.flows.connect import wall_clock

    return wall_clock().astimezone().date()


def _date(on: datetime | None) -> date | None:
    return None if on is None else on.date()

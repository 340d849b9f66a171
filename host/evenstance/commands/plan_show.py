"""`evenstance plan` without a subcommand: the plan, why it is so, calendar and page."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import chosen_athlete, open_history, show_json, tell
from evenstance.errors import ScreenBlockedError, UsageError

TEST_NEXT = ("pause", "retest")
"""Steps after the practice of a block: its weeks are over and only in the way."""
RETEST_SAID = ("verdict", "second_block")

if TYPE_CHECKING:
    from evenstance.plan.course import Course
    from evenstance.plan.types import Plan


def show_whole(
    athlete: str | None,
    *,
    as_json: bool,
    why_too: bool,
    full: bool,
    screen_file: Path | None,
    clinician: str | None,
    ics: Path | None,
    page: Path | None,
) -> None:
    """Show it, and write the files that are wanted; nothing is written without a plan."""
    from evenstance.decision.types import to_json
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.course import course_of, person_results_of
    from evenstance.flows.plan_changes import store_proposal
    from evenstance.flows.screening import screen_from_file
    from evenstance.flows.why import why
    from evenstance.plan.lines import WIDTH, headline
    from evenstance.plan.next_step import next_step
    from evenstance.plan.types import NoPlan
    from evenstance.report.next_step import next_lines
    from evenstance.report.plan_why import show_why
    from evenstance.report.results import show_plan
    from evenstance.report.terminal import DISCLAIMER, Terminal

    today = wall_clock().astimezone().date()
    screen = None if screen_file is None else screen_from_file(screen_file)
    with open_history() as store:
        person = chosen_athlete(store, athlete)
        course = course_of(store, person, today, screen=screen, clinician=clinician)
        if course.running is None and course.waiting is None:
            store_proposal(store, person, course)
        results = person_results_of(store, person, course.screen)
        chain = why(store, person.id, course, results) if why_too else None
        for path, kind in ((ics, "calendar"), (page, "page")):
            if path is not None:
                _write(path, kind, _exported(course), person.name)
                store.files.note(f"plan {kind}", [path], [person.id])
    step = next_step(course, today)
    if as_json:
        shown = {
            "athlete": person.name,
            "verdict": to_json(course.verdict),
            "running": course.running is not None,
            "plan": course.shown.as_dict(),
            "next": step.as_dict(),
        }
        show_json(shown if chain is None else {**shown, "why": chain})
        return
    terminal = Terminal()
    if course.blocked:  # nothing stands above whom to see
        terminal.lines(next_lines(step))
        terminal.line(DISCLAIMER, "dim")
        return
    begun = course.running is not None or course.waiting is not None
    terminal.verdict(course.verdict)
    click.echo()
    judged = step.kind in RETEST_SAID
    if judged:  # before what may follow from it
        terminal.lines([*next_lines(step), ""])
    if chain is not None:
        show_why(chain, terminal)
    elif step.kind in TEST_NEXT and not full:
        if course.running is not None:
            terminal.lines(textwrap.wrap(headline(course.running.plan), WIDTH))
    elif not (begun and isinstance(course.shown, NoPlan)):  # the step says it all
        show_plan(course.shown, full=full, said=course.verdict.text)
    if begun and not judged:
        click.echo()
        terminal.lines(next_lines(step))


def _exported(course: Course) -> Plan:
    """The plan to write; without one the reason, emergencies first."""
    from evenstance.plan.lines import grade_tag
    from evenstance.plan.types import NoPlan, Plan

    shown = course.shown
    if isinstance(shown, Plan):
        return shown
    if not isinstance(shown, NoPlan):
        raise UsageError("There is no practice to write down while you wait.")
    said = " ".join(f"{s.text} {grade_tag(s)}" for s in (shown.text, *shown.next_steps))
    if course.blocked:
        raise ScreenBlockedError(said, cause="answers of the screening")
    raise UsageError(f"Nothing was written: there is no plan. {said}")


def _write(path: Path, kind: str, plan: Plan, athlete: str) -> None:
    from evenstance.flows.connect import wall_clock
    from evenstance.private_files import write_file
    from evenstance.report.plan_calendar import calendar
    from evenstance.report.plan_page import plan_page

    data = (
        calendar(plan, athlete, wall_clock())
        if kind == "calendar"
        else plan_page(plan, athlete).encode("utf-8")
    )
    write_file(path, data, force=True)  # the plan of last week gives way
    tell(f"Wrote {path}.")

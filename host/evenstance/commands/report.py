"""`evenstance report`: one page for the person, an appendix for the professional."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    refuse_with_team,
    show_json,
    tell,
)
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.store.repository import Store

_FILE = click.Path(dir_okay=False, path_type=Path)


class Made(NamedTuple):
    """A report that was read, to be written as a page and as JSON; of whom it tells."""

    kind: str
    people: Sequence[int]
    html: Callable[[], str]
    json: Callable[[], dict[str, Any]]


Make = Callable[["Store", date], Made]


@click.command("report")
@athlete_option
@click.option(
    "--to",
    type=_FILE,
    metavar="FILE.html",
    help="Where to write the page; default: report-DATE.html in this folder.",
)
@click.option("--pdf", type=_FILE, metavar="FILE.pdf", help="Print it, too; needs Chromium.")
@click.option(
    "--session",
    metavar="SESSION",
    help="Which session is shown hold by hold: `last`, `last-1`, a date, or the beginning of its "
    "id. Default: the latest.",
)
@click.option("--team", is_flag=True, help="One page about everybody who is not archived.")
@click.option("--anonymous", is_flag=True, help="With --team: numbers in place of names.")
@click.option("--force", is_flag=True, help="Replace files that exist already.")
@json_option
def command(
    athlete: str | None,
    to: Path | None,
    pdf: Path | None,
    session: str | None,
    team: bool,
    anonymous: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write a report: what was measured, how well, the verdict, what to do next.

    One file of HTML that needs no network and prints on A4. With --json or --pdf alone no page
    is written.
    """
    if team:
        refuse_with_team(("--athlete", athlete), ("--session", session))
    elif anonymous:
        raise UsageError(
            "--anonymous is for the report of a team.", next_step="Add --team, or leave it out."
        )
    made = _team(anonymous) if team else _person(athlete, session)
    with _no_search_for_circles():
        _report(made, to, pdf, "team-report" if team else "report", force=force, as_json=as_json)


@contextmanager
def _no_search_for_circles() -> Generator[None, None, None]:
    """Thousands of holds live until the end and none is in a circle: to look for circles takes a
    fifth of the time, and without `freeze` the end of the program would look once more."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()


def _report(
    make: Make, to: Path | None, pdf: Path | None, name: str, *, force: bool, as_json: bool
) -> None:
    from evenstance.flows.connect import wall_clock
    from evenstance.private_files import need_place

    today = wall_clock().astimezone().date()
    if to is None and pdf is None and not as_json:
        to = Path(f"{name}-{today.isoformat()}.html")
    for path in (to, pdf):
        if path is not None:
            need_place(path, force=force)
    browser = None
    if pdf is not None:
        from evenstance.flows.print_pdf import find_browser

        browser = find_browser()
    with open_history() as store:
        made = make(store, today)
        written = _write(made, to, pdf, browser, force=force)
        store.files.note(made.kind, [Path(one) for one in written.values() if one], made.people)
    if as_json:
        show_json({**made.json(), "written": written})


def _write(
    made: Made, to: Path | None, pdf: Path | None, browser: str | None, *, force: bool
) -> dict[str, str | None]:
    """Write what is wanted; the names of the files."""
    from evenstance.private_files import new_file, write_file

    written: dict[str, str | None] = {"html": None, "pdf": None}
    if to is None and pdf is None:
        return written
    html = made.html()
    if to is not None:
        write_file(to, html, force=force)
        written["html"] = str(to)
        tell(f"Wrote {to}.")
    if pdf is not None and browser is not None:
        from evenstance.flows.print_pdf import print_pdf

        with new_file(pdf, force=force) as file:
            print_pdf(browser, html, file)
        written["pdf"] = str(pdf)
        tell(f"Wrote {pdf}.")
    return written


def _person(athlete: str | None, session: str | None) -> Make:
    """The report of one person."""

    def make(store: Store, today: date) -> Made:
        from evenstance.commands.whose import named_session, owner
        from evenstance.flows.report import report_data

        chosen = None if session is None else named_session(store, session, athlete)
        person = chosen_athlete(store, athlete) if chosen is None else owner(store, chosen)
        data = report_data(store, person, today, chosen)

        def html() -> str:
            from evenstance.report.html.page import report_html

            return report_html(data)

        def as_json() -> dict[str, Any]:
            from evenstance.report.html.as_json import report_json

            return report_json(data)

        return Made("report", [person.id], html, as_json)

    return make


def _team(anonymous: bool) -> Make:
    """The report of everybody."""

    def make(store: Store, today: date) -> Made:
        from evenstance.flows.team import team_of
        from evenstance.report.team import team_json

        team = team_of(store, today, anonymous=anonymous)

        def html() -> str:
            from evenstance.report.html.team_page import team_html

            return team_html(team)

        kind = "anonymous team report" if anonymous else "team report"
        people = [member.athlete for member in team.members]
        return Made(kind, people, html, lambda: team_json(team))

    return make

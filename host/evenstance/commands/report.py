"""`evenstance report`: one page for the person, an appendix for the professional."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    show_json,
    tell,
)

if TYPE_CHECKING:
    from evenstance.report.html.report_data import ReportData

_FILE = click.Path(dir_okay=False, path_type=Path)


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
@click.option("--force", is_flag=True, help="Replace files that exist already.")
@json_option
def command(
    athlete: str | None,
    to: Path | None,
    pdf: Path | None,
    session: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write a report: what was measured, how well, the verdict, what to do next.

    One file of HTML that needs no network and prints on A4. With --json or --pdf alone no page
    is written.
    """
    with _no_search_for_circles():
        _report(athlete, to, pdf, session, force=force, as_json=as_json)


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
    athlete: str | None,
    to: Path | None,
    pdf: Path | None,
    session: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from evenstance.commands.whose import named_session, owner
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.report import report_data
    from evenstance.private_files import need_place

    today = wall_clock().astimezone().date()
    if to is None and pdf is None and not as_json:
        to = Path(f"report-{today.isoformat()}.html")
    for path in (to, pdf):
        if path is not None:
            need_place(path, force=force)
    browser = None
    if pdf is not None:
        from evenstance.flows.print_pdf import find_browser

        browser = find_browser()
    with open_history() as store:
        chosen = None if session is None else named_session(store, session, athlete)
        person = chosen_athlete(store, athlete) if chosen is None else owner(store, chosen)
        data = report_data(store, person, today, chosen)
        written = _write(data, to, pdf, browser, force=force)
        store.files.note("report", [Path(one) for one in written.values() if one], [person.id])
    if as_json:
        from evenstance.report.html.as_json import report_json

        show_json({**report_json(data), "written": written})


def _write(
    data: ReportData, to: Path | None, pdf: Path | None, browser: str | None, *, force: bool
) -> dict[str, str | None]:
    """Write what is wanted; the names of the files."""
    from evenstance.private_files import new_file, write_file

    written: dict[str, str | None] = {"html": None, "pdf": None}
    if to is None and pdf is None:
        return written
    from evenstance.report.html.page import report_html

    html = report_html(data)
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

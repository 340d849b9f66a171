"""`evenstance reliability`: a whole test-retest study, from its plan to its tables."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    json_option,
    open_history,
    say,
    show_json,
    tell,
    workers_of,
    workers_options,
)
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.decision.parameters import PrimaryMetric
    from evenstance.reliability.study_table import StudyTable
    from evenstance.report.reliability import Origin

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("reliability")
def command() -> None:
    """Run a test-retest study: how large the error of a result is (ICC, SEM, MDC)."""


@command.command("plan")
@click.option("--people", type=click.IntRange(2, 1000), default=24, show_default=True)
@click.option("--seed", type=click.IntRange(0), required=True, help="Draws who begins left.")
@click.option("--first-day", type=DAY, metavar="YYYY-MM-DD", help="Default: today.")
@click.option(
    "--days-apart",
    type=click.IntRange(1, 365),
    default=7,
    show_default=True,
    help="Days from one visit of a person to the next.",
)
@click.option(
    "--per-day",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="People who begin on one day.",
)
@click.option(
    "--holds",
    type=click.IntRange(1, 20),
    default=5,
    show_default=True,
    help="Scored holds on each leg in a session.",
)
@click.option(
    "--familiarisation/--no-familiarisation",
    default=True,
    show_default=True,
    help="One visit before the two that are analysed.",
)
@click.option("--csv", "csv_file", type=FILE, metavar="FILE", help="Write the list of visits.")
@json_option
def plan_command(
    people: int,
    seed: int,
    first_day: datetime | None,
    days_apart: int,
    per_day: int,
    holds: int,
    familiarisation: bool,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Write the protocol and the list of visits of a study.

    Who begins with which leg is drawn from the seed, half of the people with each. People are
    codes; who they are stays with you.
    """
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.reliability import schedule_csv, write_new
    from evenstance.reliability.study_plan import protocol, schedule

    begin: date = wall_clock().astimezone().date() if first_day is None else first_day.date()
    try:
        visits = schedule(
            people,
            seed=seed,
            first_day=begin,
            days_apart=days_apart,
            per_day=per_day,
            holds=holds,
            familiarisation=familiarisation,
        )
    except OverflowError as error:
        raise UsageError("The visits would lie beyond the calendar.") from error
    steps = protocol(holds, days_apart, familiarisation=familiarisation)
    if csv_file is not None:
        write_new(csv_file, schedule_csv(visits))
        tell(f"{len(visits)} visits written to {csv_file}.")
    if as_json:
        show_json(
            {
                "seed": seed,
                "people": people,
                "holds_per_leg": holds,
                "days_apart": days_apart,
                "familiarisation": familiarisation,
                "protocol": list(steps),
                "visits": [
                    {
                        "person": one.person,
                        "visit": one.visit,
                        "day": one.day.isoformat(),
                        "first_leg": one.first_leg,
                        "order": one.order,
                    }
                    for one in visits
                ],
            }
        )
        return
    for number, step in enumerate(steps, 1):
        click.echo(f"{number}. {step}")
    click.echo()
    if csv_file is None:
        click.echo(schedule_csv(visits), nl=False)


def _input_options(function: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option(
            "--include-familiarisation",
            is_flag=True,
            help="Of the history or a lake, use a person's first session, too.",
        ),
        click.option(
            "--holds",
            type=click.IntRange(1, 100),
            help="Analyse the first holds of each leg and session; default: all of a file, 5 of "
            "the history or a lake.",
        ),
    ):
        function = option(function)
    return function


@command.command("analyse")
@click.argument("file", type=FILE, required=False)
@click.option("--history", is_flag=True, help="Analyse the history instead of a file.")
@click.option(
    "--lake",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Analyse a lake that `evenstance export lake` wrote.",
)
@workers_options()
@_input_options
@click.option(
    "--complete-only",
    is_flag=True,
    help="Leave people with a missing hold or session out, by name, instead of refusing.",
)
@click.option("--metric", default="force_sd_n", show_default=True, help="What `value` is.")
@click.option("--unit", default="N", show_default=True, help="Its unit.")
@click.option("--csv", "csv_file", type=FILE, metavar="FILE", help="Write the results as rows.")
@click.option("--plot", type=FILE, metavar="FILE.svg", help="Draw the sessions and limits.")
@json_option
def analyse_command(
    file: Path | None,
    history: bool,
    lake: Path | None,
    workers: int | None,
    scheduler: str | None,
    include_familiarisation: bool,
    holds: int | None,
    complete_only: bool,
    metric: str,
    unit: str,
    csv_file: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Analyse a study: FILE (long CSV: person, session, leg, hold, value), --history or --lake.

    A row that cannot be used is named with its line and stops the analysis; nothing is dropped
    silently.
    """
    from evenstance.flows.reliability import (
        csv_text,
        need_new,
        study_of,
        table_from_file,
        write_new,
    )
    from evenstance.report.reliability import RESULT_COLUMNS, result_rows, show_study, study_json

    who = workers_of(workers, scheduler)
    given = (file is not None) + history + (lake is not None)
    if given != 1:
        more = ", not two of them" if given else ""
        raise UsageError(
            f"One of a FILE, --history and --lake is needed{more}.",
            next_step="`evenstance reliability analyse FILE`",
        )
    if plot is not None and plot.suffix.lower() != ".svg":
        raise UsageError(f"{plot} does not end in .svg.", next_step="Pictures are SVG files.")
    need_new(csv_file, plot)
    if lake is not None:
        from evenstance.flows.lake import open_lake
        from evenstance.flows.lake_reliability import study_of_lake

        table, origin, metric = study_of_lake(
            open_lake(lake),
            who,
            holds=holds or 5,
            include_familiarisation=include_familiarisation,
        )
    elif file is not None:
        table, origin = table_from_file(file, holds=holds, complete_only=complete_only)
    else:
        table, origin, metric = _of_history(holds, include_familiarisation)
    study = study_of(table, metric=metric, unit=unit)
    if csv_file is not None:
        write_new(csv_file, csv_text(RESULT_COLUMNS, result_rows(study)))
        tell(f"Results written to {csv_file}.")
    if plot is not None:
        from evenstance.report.reliability_plot import study_svg

        write_new(plot, study_svg(study))
        tell(f"Picture written to {plot}.")
    if as_json:
        show_json(study_json(study, origin))
    else:
        show_study(study, origin)


@command.command("export")
@click.argument("file", type=FILE)
@_input_options
@click.option("--names", is_flag=True, help="Write names instead of the codes P01, P02 ...")
@json_option
def export_command(
    file: Path,
    include_familiarisation: bool,
    holds: int | None,
    names: bool,
    as_json: bool,
) -> None:
    """Write the study of the history as the long CSV that `analyse` reads, to be published."""
    from evenstance.flows.reliability import need_new, rows_csv, write_new

    need_new(file)
    table, origin, metric = _of_history(holds, include_familiarisation)
    write_new(file, rows_csv(table, codes=not names))
    with open_history() as store:
        everybody = store.athletes(archived=True)
        told = [one.id for one in everybody if one.name in table.people]
        store.files.note("study with names" if names else "study", [file], told)
    if as_json:
        show_json(
            {
                "file": str(file),
                "people": len(table.people),
                "metric": metric,
                "sessions": len(table.sessions),
                "holds_per_leg": table.holds,
                "conditions": origin.conditions,
                "left_out": [
                    {"person": one.person, "reason": one.reason} for one in table.left_out
                ],
            }
        )
        return
    click.echo(f"{len(table.people)} people written to {file}, values: {metric}.")
    for one in table.left_out:
        say(f"left out: {one.person}: {one.reason}")


def _of_history(
    holds: int | None, include_familiarisation: bool
) -> tuple[StudyTable, Origin, PrimaryMetric]:
    from evenstance.flows.reliability import table_from_history

    with open_history() as store:
        return table_from_history(
            store, holds=holds or 5, include_familiarisation=include_familiarisation
        )

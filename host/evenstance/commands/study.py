"""`evenstance study`: how often the verdict is wrong, by simulation."""

from __future__ import annotations

import sys

import click

from evenstance.commands.common import (
    json_option,
    show_json,
    tell,
    workers_of,
    workers_options,
)

TABLES = ("naive", "equal", "power", "curve", "control")
SCENARIOS = ("plain", "wander", "unequal", "autocorrelated", "learning", "outlier")


@click.command("study")
@click.option(
    "--table",
    "tables",
    type=click.Choice(TABLES),
    multiple=True,
    help="Only this table; may be given again. Default: all.",
)
@click.option(
    "--people",
    type=click.IntRange(1, 10_000_000),
    default=10_000,
    show_default=True,
    help="Simulated people a cell.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--cv",
    "cvs_pct",
    type=click.FloatRange(0.1, 100),
    multiple=True,
    help="Within-leg CV (%); may be given again.",
)
@click.option(
    "--holds",
    type=click.IntRange(1, 100),
    multiple=True,
    help="Holds per leg in a session; may be given again.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 50),
    default=3,
    show_default=True,
    help="Sessions of a person, judged after each.",
)
@click.option(
    "--difference",
    "differences_pct",
    type=click.FloatRange(0, 90),
    multiple=True,
    help="True difference (%) of the tables power and curve; may be given again.",
)
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(SCENARIOS),
    multiple=True,
    help="What the holds do; may be given again.",
)
@click.option(
    "--wander",
    "wander_pct",
    type=click.FloatRange(0, 50),
    help="True wander of the ratio (%) in every scenario; default: 5 in that of this name.",
)
@click.option(
    "--correlation",
    type=click.FloatRange(0, 0.9),
    help="Of a hold with the next in the scenario autocorrelated; default: 0.2.",
)
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another value of a parameter of the ladder, in this study alone.",
)
@workers_options("this one alone")
@json_option
def command(
    tables: tuple[str, ...],
    people: int,
    seed: int,
    cvs_pct: tuple[float, ...],
    holds: tuple[int, ...],
    sessions: int,
    differences_pct: tuple[float, ...],
    scenarios: tuple[str, ...],
    wander_pct: float | None,
    correlation: float | None,
    settings: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Simulate people and count what the verdict says of them: false alarms and power.

    The tables are those of docs/evidence/decision.md: naive rules, equal legs, power, the curve of
    power against difference, holds and sessions, and the negative control.
    """
    from evenstance.flows import study as flow
    from evenstance.report.study import TABLES as ALL
    from evenstance.report.study import StudyOptions, study_json, study_lines
    from evenstance.report.terminal import Terminal

    options = StudyOptions(
        tables=tuple(name for name in ALL if not tables or name in tables),
        people=people,
        seed=seed,
        cvs_pct=tuple(sorted(set(cvs_pct))),
        holds=tuple(sorted(set(holds))),
        sessions=sessions,
        differences_pct=tuple(sorted(set(differences_pct))),
        scenarios=scenarios,
        wander_pct=wander_pct,
        correlation=correlation,
        ladder=flow.changed_ladder(settings),
    )
    alone = workers is None and scheduler is None
    who = flow.HERE if alone else workers_of(workers, scheduler)
    cells = len(flow.cells(options))
    with click.progressbar(length=cells, label=f"{cells} cells", file=sys.stderr) as bar:
        found = flow.run_study(options, lambda: bar.update(1), who)
    tell(
        f"{found.sessions} sessions in {found.seconds:.1f} s: "
        f"{found.sessions_per_s:.0f} sessions a second."
    )
    if as_json:
        show_json(study_json(found))
    else:
        Terminal().lines(list(study_lines(found)))

"""`evenstance demo`: the whole product on the virtual board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from evenstance.commands.common import json_option, show_json, tell

DEFAULT_SEED = 2


@click.command("demo")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=DEFAULT_SEED,
    show_default=True,
    help="Draws the board and the person.",
)
@click.option(
    "--difference",
    "difference_pct",
    type=click.FloatRange(0, 90),
    default=25.0,
    show_default=True,
    help="True difference between the legs (%).",
)
@click.option(
    "--less-steady", type=click.Choice(["left", "right"]), default="left", show_default=True
)
@click.option(
    "--mass",
    "mass_kg",
    type=click.FloatRange(40, 140),
    default=70.0,
    show_default=True,
    help="Mass of the person (kg).",
)
@json_option
def command(
    seed: int, difference_pct: float, less_steady: str, mass_kg: float, as_json: bool
) -> None:
    """Flash a virtual board and measure a synthetic person in four sessions on four days.

    Uses a history of its own, thrown away afterwards; yours is not touched.
    """
    from evenstance.commands.show import SessionView
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.demo import DemoOptions, run_demo
    from evenstance.report.results import results_json, show_plan, show_results
    from evenstance.store.database import open_store

    leg = "left" if less_steady == "left" else "right"
    options = DemoOptions(seed, difference_pct, leg, mass_kg)
    today = wall_clock().astimezone().date()
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        home = Path(folder)
        with open_store(home / "history.sqlite3") as store:
            view = SessionView(lambda: None, on_terminal=False)
            results = run_demo(options, store, home, view, tell, today)
    truth = {
        "difference_pct": difference_pct,
        "less_steady": leg if difference_pct > 0 else None,
        "seed": seed,
    }
    if as_json:
        show_json({**results_json(results), "truth": truth})
        return
    show_results(results)
    click.echo()
    show_plan(results.plan)
    click.echo()
    side = f"the {leg} leg is less steady by" if difference_pct > 0 else "the legs differ by"
    found = results.verdict.comparison
    measured = "" if found is None else f"; measured {abs(found.difference_pct):.1f} %"
    click.echo(
        f"The synthetic person's truth: {side} {difference_pct:g} %{measured} (seed {seed})."
    )

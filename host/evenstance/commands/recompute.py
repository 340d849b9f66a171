"""`evenstance recompute`: every stored result once more, from its trace."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from evenstance.commands.common import json_option, open_history, show_json, tell
from evenstance.errors import NotReproducedError


@click.command("recompute")
@click.option("--athlete", metavar="NAME", help="Of this person only; default: of everybody.")
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; default: one for each core."
)
@json_option
def command(athlete: str | None, workers: int | None, as_json: bool) -> None:
    """Compute every result again from its trace, compare it with the stored one, add new ones.

    A result is compared with the one of the same method and must be equal to six significant
    digits. A new version of a method is another method: its results are added, and the old ones
    stay. Ends with exit code 15 when a result did not come out again.
    """
    from evenstance.flows.recompute import recompute

    with open_history("measure") as store:
        person = None if athlete is None else store.athlete(athlete, create=False).id
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            with Progress(console=Console(stderr=True)) as bar:
                task = bar.add_task("recomputing", total=None)
                done = recompute(
                    store,
                    athlete=person,
                    workers=workers,
                    tell=lambda n, total: bar.update(task, completed=n, total=total),
                )
        else:
            done = recompute(store, athlete=person, workers=workers)
    if as_json:
        show_json(asdict(done))
    else:
        click.echo(
            f"{done.trials} trial(s) with a trace: {done.equal} stored result(s) came out again, "
            f"{done.new} added."
        )
        if done.without_trace:
            click.echo(f"{done.without_trace} trial(s) have no trace and stay as they are.")
    for difference in done.differing[:20]:
        tell(
            f"trial {difference.trial_id}, {difference.method_id}: stored {difference.stored}, "
            f"computed {difference.computed}"
        )
    for trial_id, why in list(done.unreadable.items())[:20]:
        tell(f"trial {trial_id}: {why}")
    if done.differing or done.unreadable:
        raise NotReproducedError(
            f"{len(done.differing)} stored result(s) did not come out again, "
            f"{len(done.unreadable)} trace(s) cannot be read.",
            cause="another version of numpy or scipy than the one that is locked, or a damaged "
            "history",
            next_step="Nothing that was stored is changed. Run it with the locked packages "
            "(`make setup`); if it repeats, report it.",
        )

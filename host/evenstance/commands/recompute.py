"""`evenstance recompute`: every stored result once more, from its trace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    json_option,
    open_history,
    show_json,
    tell,
    workers_of,
    workers_options,
)
from evenstance.errors import NotReproducedError, UsageError

if TYPE_CHECKING:
    from evenstance.flows.spread import Workers


@click.command("recompute")
@click.option("--athlete", metavar="NAME", help="Of this person only; default: of everybody.")
@click.option(
    "--lake",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Of a lake that `evenstance export lake` wrote; nothing is added to it.",
)
@workers_options()
@json_option
def command(
    athlete: str | None,
    lake: Path | None,
    workers: int | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Compute every result again from its trace, compare it with the stored one, add new ones.

    A result is compared with the one of the same method and must be equal to six significant
    digits. A new version of a method is another method: its results are added, and the old ones
    stay. Ends with exit code 15 when a result did not come out again.
    """
    who = workers_of(workers, scheduler)
    if lake is not None:
        if athlete is not None:
            raise UsageError(
                "--athlete and --lake are two choices.", next_step="A lake is computed as a whole."
            )
        _lake(lake, who, as_json)
        return
    if scheduler is not None:
        raise UsageError(
            "--scheduler computes a lake.",
            next_step="Add --lake FOLDER: workers elsewhere cannot read this history.",
        )
    from evenstance.flows.recompute import recompute

    with open_history("measure") as store:
        person = None if athlete is None else store.athlete(athlete, create=False).id
        with _progress() as show:
            done = recompute(store, athlete=person, workers=workers, tell=show)
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
    _require_reproduced(len(done.differing), len(done.unreadable))


def _lake(folder: Path, who: Workers, as_json: bool) -> None:
    from evenstance.flows.lake import open_lake
    from evenstance.flows.lake_recompute import recompute_lake

    with _progress() as show:
        done = recompute_lake(open_lake(folder), who, show)
    if as_json:
        show_json(done.as_dict())
    else:
        click.echo(
            f"{done.trials} trial(s) with a trace: {done.equal} stored result(s) came out again, "
            f"{done.new} are not stored."
        )
        if done.without_trace:
            click.echo(f"{done.without_trace} trial(s) have no trace.")
        for why, count in sorted(done.unreadable.items()):
            click.echo(f"{count} trace(s) cannot be read: {why}.")
        if len(done.rules) > 1:
            several = ", ".join(f"{n} ({count})" for n, count in sorted(done.rules.items()))
            click.echo(f"The boards had several rules: {several}.")
    for hold, one in done.differences:
        tell(f"{hold}, {one.method_id}: stored {one.stored}, computed {one.computed}")
    for hold, why in done.unread:
        tell(f"{hold}: {why}")
    _require_reproduced(done.differing, sum(done.unreadable.values()))


@contextmanager
def _progress() -> Generator[Callable[[int, int], None] | None, None, None]:
    """A bar on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("recomputing", total=None)
        yield lambda n, total: bar.update(task, completed=n, total=total)


def _require_reproduced(differing: int, unreadable: int) -> None:
    if differing or unreadable:
        raise NotReproducedError(
            f"{differing} stored result(s) did not come out again, "
            f"{unreadable} trace(s) cannot be read.",
            cause="another version of numpy or scipy than the one that is locked, or a damaged "
            "history",
            next_step="Nothing that was stored is changed. Run it with the locked packages "
            "(`make setup`); if it repeats, report it.",
        )

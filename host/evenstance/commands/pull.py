"""`evenstance pull`: bring what the board has stored."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import json_option, open_history, port_option, show_json, tell


@click.command("pull")
@port_option
@json_option
def command(port: str | None, as_json: bool) -> None:
    """Bring every trial that is on the board and not yet in the history."""
    from evenstance.flows.connect import connected
    from evenstance.flows.pull import pull
    from evenstance.report.disagreements import disagreement_lines

    with open_history("measure") as store, connected(port) as (client, info):
        found = pull(
            client, info, store, tell=lambda done, total: tell(f"pulled {done} of {total}")
        )
    for seq in found.lost:
        tell(f"Trial {seq} is damaged in the board's flash and cannot be read.")
    if found.given_up:
        tell(
            f"Warning: the board gave up the trace of {len(found.given_up)} trial(s): its flash "
            "was full of trials that were not pulled. Their results are whole. Pull more often."
        )
    if found.not_forgotten:
        tell(
            f"{found.not_forgotten} trial(s) of people who were forgotten are still on the board: "
            f"{found.not_forgotten_why} `evenstance flash` puts firmware on it that can remove "
            "them; the next pull asks again."
        )
    for line in disagreement_lines(found.disagreeing):
        tell(line)
    if as_json:
        show_json(asdict(found))
        return
    click.echo(f"{found.new} new trial(s) from board {found.board_uid}.")
    if found.forgotten:
        click.echo(f"{found.forgotten} trial(s) of people who were forgotten are off the board.")
    if found.without_trace:
        click.echo(f"Without a trace: {', '.join(map(str, found.without_trace))}.")
    if found.counted_back:
        click.echo(
            f"{len(found.counted_back)} of them were made before the board knew the time; theirs "
            "is counted back from now."
        )
    if found.time_unknown:
        click.echo(
            f"{len(found.time_unknown)} of them have no time: the board has restarted since, and "
            "no computer had told it the time before."
        )
    if found.new:
        click.echo(
            "See them with `evenstance results --unassigned`, give them to a person with "
            "`evenstance assign`."
        )

"""`evenstance replay`: a recording through the whole product."""

from __future__ import annotations

from pathlib import Path

import click

from evenstance.commands.common import json_option, open_history, show_json, tell


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Times real time; 0 is as fast as it goes.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Draws gains, offsets and noise.",
)
@click.option(
    "--rate-left",
    type=click.FloatRange(75, 99),
    default=93.1,
    show_default=True,
    metavar="SPS",
    help="Conversions per second of the left chip.",
)
@click.option(
    "--rate-right",
    type=click.FloatRange(75, 99),
    default=91.8,
    show_default=True,
    metavar="SPS",
    help="Conversions per second of the right chip.",
)
@click.option(
    "--screen",
    "screen_file",
    default="none",
    metavar="FILE|none",
    show_default=True,
    help="Answers of `evenstance screen`; without them there is no plan.",
)
@json_option
def command(
    file: Path,
    speed: float,
    seed: int,
    rate_left: float,
    rate_right: float,
    screen_file: str,
    as_json: bool,
) -> None:
    """Play a recording (t_s,left_n,right_n) to a virtual board and measure it."""
    from evenstance.flows.replay import ReplayOptions, replay
    from evenstance.flows.screening import screen_from_file
    from evenstance.report.terminal import Terminal
    from evenstance.virtual.recording import read_recording

    screen = None if screen_file == "none" else screen_from_file(Path(screen_file))
    recording = read_recording(file)
    options = ReplayOptions(speed, seed, rate_left, rate_right)
    with open_history("measure") as store:
        result = replay(recording, options, store, screen, tell)
    if as_json:
        show_json(result)
        return
    Terminal().replay(result)

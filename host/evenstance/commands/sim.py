"""`evenstance sim`: a virtual board on a serial port of its own."""

from __future__ import annotations

from pathlib import Path

import click

from evenstance.commands.common import tell


@click.command("sim")
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="Times real time; 0 is as fast as it goes.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Draws board and person.")
@click.option(
    "--mass",
    "mass_kg",
    type=click.FloatRange(20, 200),
    default=70.0,
    show_default=True,
    help="Mass of the person (kg).",
)
@click.option(
    "--difference",
    "difference_pct",
    type=click.FloatRange(0, 90),
    default=25.0,
    show_default=True,
    help="True difference of the legs (%).",
)
@click.option(
    "--less-steady", type=click.Choice(["left", "right"]), default="left", show_default=True
)
@click.option(
    "--recording",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Loads from a file (t_s,left_n,right_n), from 5 s on, instead of a person.",
)
@click.option("--empty", is_flag=True, help="Nobody stands on the board.")
@click.option("--blank", is_flag=True, help="MicroPython without the firmware, as from the shop.")
@click.option(
    "--flash",
    "flash_image",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the board's flash in this file (made when missing).",
)
@click.option("--uncalibrated", is_flag=True, help="Leave the calibration to you.")
def command(
    speed: float,
    seed: int,
    mass_kg: float,
    difference_pct: float,
    less_steady: str,
    recording: Path | None,
    empty: bool,
    blank: bool,
    flash_image: Path | None,
    uncalibrated: bool,
) -> None:
    """Serve a virtual board and print its port; Ctrl-C ends it.

    The synthetic person hears the board's buzzer and does what the cues of `evenstance session`
    ask for.
    """
    from evenstance.flows.simulate import SimOptions, serve

    def ready(port: str) -> None:
        click.echo(port)
        tell(f"A virtual board listens on {port}; try: evenstance info --port {port}")

    serve(
        SimOptions(
            speed=speed,
            seed=seed,
            mass_kg=mass_kg,
            difference_pct=difference_pct,
            less_steady="left" if less_steady == "left" else "right",
            recording=recording,
            empty=empty,
            blank=blank,
            flash_image=flash_image,
            calibrated=not (uncalibrated or blank),
        ),
        ready,
    )

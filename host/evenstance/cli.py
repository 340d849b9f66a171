"""The command line: loads a command only when it is called, and turns failures into advice."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from evenstance import __version__
from evenstance.errors import TROUBLESHOOTING, EvenstanceError
from evenstance.report.clean_text import clean

INTERRUPTED = 130
UNEXPECTED = 70

GROUPS: dict[str, dict[str, str]] = {
    "Board": {
        "flash": "Put the firmware on a board and start it.",
        "devices": "List serial ports and say which are boards.",
        "doctor": "Check the whole set-up and say how to mend it.",
        "info": "Show firmware, state, calibration and counters of a board.",
        "diagnose": "Test the board and its wiring.",
        "zero": "Take the empty plates as zero.",
        "calibrate": "Calibrate both plates with known masses.",
        "calibration": "Show the last ten calibrations, or restore one.",
        "check": "Press each plate, move a mass, or exchange the sides.",
    },
    "Measure": {
        "session": "Guide a session from the zero to the result.",
        "watch": "Show both plates live; nothing is recorded.",
        "pull": "Bring the trials that are on the board.",
        "assign": "Give unassigned trials to a person.",
        "import": "Take holds from a force file of another plate.",
    },
    "Results": {
        "results": "Show sessions, holds, comparison and verdict.",
        "history": "Show each leg and the gap over time.",
        "compare": "Compare two sessions of one person.",
        "metrics": "Say what every number is, and what cannot be known.",
        "recompute": "Compute every result again from its trace.",
        "report": "Write a page to read, print and hand on.",
        "export": "Write holds, traces and results to files.",
        "lsl": "Stream both plates to a laboratory's recorder.",
    },
    "What to do": {
        "screen": "Answer the safety questions that come before any plan.",
        "clearance": "Keep what a clinician allowed.",
        "plan": "Show what to practise and why, or why nothing.",
        "practice": "Lead through today's practice and note it.",
        "advice": "Show general advice, each sentence with its grade.",
    },
    "People": {
        "athlete": "Add, list, show, rename, merge, archive, forget.",
        "note": "Add a line to the note of a session.",
        "conditions": "Show or correct how the person stood in a session.",
    },
    "History": {
        "backup": "Write the whole history into one verified file.",
        "restore": "Put a backup in the place of the history, which is kept.",
        "clinic": "Set up a history that several laptops share.",
        "sync": "Copy this laptop's history into the clinic's.",
    },
    "Study and try": {
        "reliability": "Find how large the error of a result is.",
        "study": "Simulate people and count wrong verdicts.",
        "demo": "Measure a synthetic person on a virtual board.",
        "sim": "Serve a virtual board.",
        "replay": "Play a recording to a virtual board and measure it.",
        "completion": "Print a completion script for bash, zsh or fish.",
    },
}
"""Every command in a few words, so that `--help` loads none of them; each is in its module of
evenstance.commands, whose own help says more."""
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}
MODULES = {
    "import": "import_force",
    "conditions": "session_conditions",
}  # where the name is not the module's


class LazyGroup(click.Group):
    """Imports a command's module when it is used, so that `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = MODULES.get(cmd_name, cmd_name)
        return importlib.import_module(f"evenstance.commands.{module}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([*group.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Not a medical device. Exit codes: docs/troubleshooting.md.",
)
@click.version_option(__version__, prog_name="evenstance")
def cli() -> None:
    """Measure single-leg holds on a dual-plate board; decide honestly whether the legs differ."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the documented code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every failure is told in words, never as a traceback."""
    try:
        ended = cli.main(args=arguments, prog_name="evenstance", standalone_mode=False)
    except EvenstanceError as error:
        explain(error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped. Whatever was stored before is kept.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("EVENSTANCE_DEBUG"):
            raise
        click.echo(
            f"Error: something unexpected happened ({type(error).__name__}: "
            f"{clean(str(error))}).\n"
            "Next:  run it again with EVENSTANCE_DEBUG=1 and report what it prints.\n"
            f"More:  {TROUBLESHOOTING}#something-unexpected-happened",
            err=True,
        )
        return UNEXPECTED
    return ended if isinstance(ended, int) else 0  # click gives the code of an early exit back


def explain(error: EvenstanceError) -> None:
    """Print what happened, the likely cause, the next step and where to read on, to standard
    error."""
    click.echo(f"Error: {clean(error.what)}", err=True)
    if error.cause:
        click.echo(f"Cause: {clean(error.cause)}", err=True)
    if error.next_step:
        click.echo(f"Next:  {clean(error.next_step)}", err=True)
    if error.anchor:
        click.echo(f"More:  {TROUBLESHOOTING}#{error.anchor}", err=True)

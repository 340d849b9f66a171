"""The exit code of a command that ends early by itself."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from evenstance import cli, commands
from evenstance.errors import EvenstanceError


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_code_of_an_early_exit_is_that_of_the_program(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("results")
    @click.pass_context
    def command(context: click.Context) -> None:
        context.exit(code)

    def chosen(_group: cli.LazyGroup, _context: click.Context, _name: str) -> click.Command:
        return command

    monkeypatch.setattr(cli.LazyGroup, "get_command", chosen)
    assert cli.run(["results"]) == code


def test_every_command_is_in_the_list_and_the_other_way_round() -> None:
    context = click.Context(cli.cli)
    for name, text in cli.COMMANDS.items():
        command = cli.cli.get_command(context, name)
        assert command is not None and command.name == name
        assert text.endswith(".") and len(f"  {name:<11}  {text}") <= 78, name
    folder = Path(commands.__file__).parent
    modules = {
        path.stem for path in folder.glob("*.py") if "@click" in path.read_text(encoding="utf-8")
    }
    known = {cli.MODULES.get(name, name) for name in cli.COMMANDS}
    assert known <= {path.stem for path in folder.glob("*.py")}
    assert {
        m for m in modules if hasattr(import_module(f"evenstance.commands.{m}"), "command")
    } == (known)


def test_help_loads_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    script = (
        "import sys; from evenstance import cli; cli.run(['--help']);"
        "print(*[m for m in sys.modules if m.startswith('evenstance.')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert set(done.stderr.split()) <= {
        "evenstance.cli",
        "evenstance.errors",
        "evenstance.report",
        "evenstance.report.clean_text",
    }
    for name in cli.COMMANDS:
        assert f"  {name} " in done.stdout


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert cli.run(["--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_an_error_ends_with_its_place_in_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    cli.explain(EvenstanceError("It broke.", cause="wear", next_step="Mend it.", anchor="there"))
    assert capsys.readouterr().err.splitlines() == [
        "Error: It broke.",
        "Cause: wear",
        "Next:  Mend it.",
        "More:  docs/troubleshooting.md#there",
    ]
    cli.explain(EvenstanceError("It broke."))
    assert capsys.readouterr().err == "Error: It broke.\n"

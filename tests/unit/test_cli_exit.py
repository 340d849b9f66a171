"""The exit code of a command that ends early by itself."""

from __future__ import annotations

import click
import pytest

from evenstance import cli


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


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert cli.run(["--help"]) == 0
    assert "Usage" in capsys.readouterr().out

"""The exit code of a command that ends early by itself."""

from __future__ import annotations

import click
import pytest

from evenstance import cli
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

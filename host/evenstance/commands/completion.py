"""`evenstance completion`: a script that lets a shell complete commands and options."""

from __future__ import annotations

import click

VARIABLE = "_EVENSTANCE_COMPLETE"  # with it in its environment the program answers the shell
INSTALL = {
    "bash": 'add this line to ~/.bashrc: eval "$(evenstance completion bash)"',
    "zsh": 'add this line to ~/.zshrc, below compinit: eval "$(evenstance completion zsh)"',
    "fish": "run once: mkdir -p ~/.config/fish/completions; "
    "evenstance completion fish > ~/.config/fish/completions/evenstance.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(INSTALL)))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and choices in bash, zsh or fish.

    Its last line says how to install it.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # the choices are click's own
    root = context.find_root()
    script = kind(root.command, {}, "evenstance", VARIABLE).source()
    click.echo(script.rstrip())
    click.echo(f"# To install, {INSTALL[shell]}")

"""The shell completes: bash for real where there is one, the scripts of the others as text."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evenstance import cli
from evenstance.commands.completion import INSTALL
from walking.terminal import Reply, run

BASH = shutil.which("bash")
ASK = """
eval "$(evenstance completion bash)" || exit 9
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$(complete -p evenstance | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" evenstance
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.run(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", list(INSTALL))
def test_the_script_and_one_line_how_to_install_it(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = script(shell, capsys).splitlines()
    assert any(f"_EVENSTANCE_COMPLETE={shell}_complete" in line for line in lines)
    assert [line for line in lines if line.startswith("# To install")] == lines[-1:]
    assert f"evenstance completion {shell}" in lines[-1]
    if shell == "zsh":
        assert lines[0] == "#compdef evenstance"
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input="\n".join(lines), text=True, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture(scope="module")
def path_with_evenstance(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `evenstance` is this very program."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "evenstance"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evenstance "$@"\n')
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


@pytest.mark.skipif(BASH is None, reason="no bash on this computer")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["doc"], ["doctor"]),
        (["calibration", ""], ["list", "restore"]),
        (["session", "--proto"], ["--protocol"]),
        (["session", "--protocol", ""], ["standard", "quick"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["nothing-like-this"], [""]),
    ],
)
def test_bash_completes(words: list[str], offered: list[str], path_with_evenstance: str) -> None:
    assert BASH is not None
    done = subprocess.run(
        [BASH, "--norc", "-c", ASK, "bash", "evenstance", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path_with_evenstance},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == offered


@pytest.mark.skipif(BASH is None, reason="no bash on this computer")
def test_bash_offers_every_command(path_with_evenstance: str) -> None:
    assert BASH is not None
    done = subprocess.run(
        [BASH, "--norc", "-c", ASK, "bash", "evenstance", ""],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path_with_evenstance},
        timeout=60,
    )
    assert set(done.stdout.split()) == set(cli.COMMANDS)


def as_the_page_says(shell: str, home: Path, path: str) -> dict[str, str]:
    """The environment of a new user who did what the command prints as the way to install it."""
    around = {"HOME": str(home), "PATH": path, "TERM": "dumb", "LANG": "C.UTF-8"}
    if shell == "fish":
        how = INSTALL["fish"].partition(": ")[2]
        subprocess.run(["sh", "-c", how], check=True, env=around, timeout=60)
    else:
        lines = ("PS1='ready> '", "autoload -U compinit", "compinit -u")
        how = INSTALL["zsh"].partition("compinit: ")[2]
        (home / ".zshrc").write_text("\n".join([*lines, how]) + "\n", "utf-8")
    return around


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish on this computer")
def test_fish_completes_for_a_new_user(tmp_path: Path, path_with_evenstance: str) -> None:
    around = as_the_page_says("fish", tmp_path, path_with_evenstance)
    done = subprocess.run(
        ["fish", "-c", 'complete -C "evenstance calibration "'],
        capture_output=True,
        text=True,
        check=True,
        env=around,
        timeout=60,
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["list", "restore"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh on this computer")
def test_zsh_completes_for_a_new_user(tmp_path: Path, path_with_evenstance: str) -> None:
    around = as_the_page_says("zsh", tmp_path, path_with_evenstance)
    replies = [
        Reply(r"ready> $", "evenstance doc\t", once=True),
        Reply(r"evenstance doctor ", "--help\n", once=True),
        Reply(r"ready> $", "exit\n"),
    ]
    shown = run(["zsh", "-i"], replies, env=around, folder=tmp_path, deadline_s=60.0)
    assert "Usage: evenstance doctor" in shown.text


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err


def test_ports_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    import click
    from click.shell_completion import ShellComplete

    from evenstance.device import ports

    found = [
        ports.FoundPort("/dev/ttyACM0", "Board in FS mode", 0x2E8A, 5, None),
        ports.FoundPort("/dev/ttyS0", "n/a", None, None, None),
    ]
    monkeypatch.setattr(ports, "list_ports", lambda: found)
    complete = ShellComplete(cli.cli, {}, "evenstance", "_EVENSTANCE_COMPLETE")
    assert isinstance(cli.cli, click.Group)
    offered = complete.get_completions(["info", "--port"], "/dev/ttyA")
    assert [item.value for item in offered] == ["/dev/ttyACM0"]


def test_the_page_says_the_same() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "install.md").read_text("utf-8")
    for how in INSTALL.values():
        command = how[how.index(": ") + 2 :]
        assert command.replace("; ", "\n") in text or "zsh" in command

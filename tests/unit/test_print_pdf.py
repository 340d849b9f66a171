"""The PDF of a report, where the browser behaves as browsers do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from evenstance.errors import InputError
from evenstance.flows.print_pdf import print_pdf

BROWSER = """#!/bin/sh
for word in "$@"; do
    case $word in
        --print-to-pdf=*) echo '%PDF-1.4' > "${word#*=}" ;;
        --user-data-dir=*) mkdir -p "${word#*=}"; echo kept > "${word#*=}/state" ;;
    esac
done
"""


def test_a_profile_that_is_still_written_to_is_no_failure_of_the_pdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes of the browser outlive it: the system then says that the folder is not empty."""
    browser, target, refused = tmp_path / "browser", tmp_path / "report.pdf", []
    browser.write_text(BROWSER)
    browser.chmod(0o755)
    rmdir = os.rmdir

    def in_use(path: Any, **more: Any) -> None:
        if Path(path).name.startswith(("browser-", "profile")):
            refused.append(path)
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        rmdir(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", in_use)
        print_pdf(str(browser), "<p>Somebody</p>", target)
    assert target.read_bytes().startswith(b"%PDF")
    assert refused, "the folder was to be removed"
    for folder in refused:
        rmdir(folder)


def test_a_browser_that_makes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="made no PDF"):
        print_pdf("/bin/true", "<p>Somebody</p>", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()

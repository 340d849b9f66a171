"""The checks as lines for a person and as JSON."""

from __future__ import annotations

import platform
from typing import Any

from evenstance import __version__
from evenstance.doctor.check import Check
from evenstance.doctor.examine import Examined
from evenstance.errors import TROUBLESHOOTING

MARKS = {"ok": "ok   ", "look": "LOOK ", "wrong": "WRONG", "not_checked": "-    "}
_NAME = 20


def examined_text(examined: Examined) -> list[str]:
    """One line each, the advice below it, and a sum."""
    lines: list[str] = []
    for check in examined.checks:
        lines += _check_lines(check)
    wrong, looks = examined.count("wrong"), examined.count("look")
    left = examined.count("not_checked")
    told = f"{examined.count('ok')} ok, {looks} to look at, {wrong} wrong, {left} not checked."
    return [*lines, told]


def _check_lines(check: Check) -> list[str]:
    name = check.name.replace("_", " ")
    text = f"not checked: {check.text}" if check.state == "not_checked" else check.text
    lines = [f"{MARKS[check.state]} {name:<{_NAME}} {text}"]
    if check.advice is not None:
        lines += [f"      -> {check.advice}", f"         {TROUBLESHOOTING}#{check.anchor}"]
    return lines


def examined_json(examined: Examined) -> dict[str, Any]:
    """The documented object."""
    return {
        "passed": not examined.count("wrong"),
        "evenstance": __version__,
        "system": f"{platform.system()} {platform.machine()}",
        "port": examined.port,
        "checks": [
            {
                "name": check.name,
                "state": check.state,
                "text": check.text,
                "advice": check.advice,
                "anchor": f"{TROUBLESHOOTING}#{check.anchor}",
            }
            for check in examined.checks
        ],
    }

"""The directions of imports hold in this project, and the checker notices when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from import_rules import LAYERS, PURE, source_files, violations

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    "host/evenstance/__init__.py": "__version__ = '1'\n",
    "host/evenstance/errors.py": "from __future__ import annotations\n",
    "host/evenstance/cli.py": "import click\nfrom evenstance import __version__, commands\n",
    "host/evenstance/commands/__init__.py": "import click\nimport evenstance.virtual\n",
    "host/evenstance/flows/session.py": "from evenstance import device, errors, store, virtual\n",
    "host/evenstance/device/__init__.py": "import serial, time\nfrom . import client\n",
    "host/evenstance/device/client.py": "from ..errors import LinkLostError\n",
    "host/evenstance/store/__init__.py": "import sqlalchemy\nfrom evenstance.metrics import x\n",
    "host/evenstance/virtual/broker.py": "import serial, subprocess\nfrom .. import errors\n",
    "host/evenstance/virtual/board_side/machine.py": "import lockstep, umachine\n",
    "host/evenstance/virtual/board_side/lockstep.py": "import utime, select\n",
    "host/evenstance/decision/__init__.py": "from evenstance.reliability import pooling\n",
    "host/evenstance/metrics/hold.py": (
        "from evenstance import signal\nimport evenstance_wire.flags, numpy\n"
    ),
    "shared/evenstance_wire/__init__.py": "import struct\n",
    "shared/evenstance_wire/frames.py": (
        "import binascii\nfrom . import flags\n"
        "try:\n    from micropython import const\nexcept ImportError:\n    const = int\n"
    ),
    "firmware/main.py": "import sys\nfrom evenstance_board import pins\nimport evenstance_wire\n",
    "firmware/evenstance_board/pins.py": "from machine import Pin\n",
    "firmware/evenstance_board/hx711_pio.py": "import rp2, machine, array\n",
    "firmware/evenstance_board/nau7802.py": "import machine\n",
}

# file, its text, the rule it breaks, the module named
BAD = [
    ("host/evenstance/flows/a.py", "import evenstance.cli", "import upwards", "evenstance.cli"),
    ("host/evenstance/device/a.py", "from .. import flows", "import upwards", "evenstance.flows"),
    (
        "host/evenstance/metrics/a.py",
        "def f():\n    from evenstance.decision import ladder",
        "import upwards",
        "evenstance.decision",
    ),
    (
        "host/evenstance/reliability/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from evenstance import plan",
        "import upwards",
        "evenstance.plan",
    ),
    (
        "host/evenstance/decision/a.py",
        "import importlib\nimportlib.import_module('evenstance.store.engine')",
        "import upwards",
        "evenstance.store.engine",
    ),
    (
        "host/evenstance/store/a.py",
        "from evenstance.plan import screen",
        "import across a layer",
        "evenstance.plan",
    ),
    (
        "host/evenstance/metrics/a.py",
        "from ..reliability.pooling import pool",
        "import across a layer",
        "evenstance.reliability.pooling",
    ),
    (
        "host/evenstance/signal/a.py",
        "from ..metrics.hold import Trial",
        "import upwards",
        "evenstance.metrics.hold",
    ),
    (
        "host/evenstance/device/a.py",
        "import evenstance.virtual.broker",
        "virtual only from flows and commands",
        "evenstance.virtual.broker",
    ),
    (
        "host/evenstance/cli.py",
        "from evenstance import virtual",
        "virtual only from flows and commands",
        "evenstance.virtual",
    ),
    ("host/evenstance/new/a.py", "", "package has no layer", "new"),
    (
        "host/evenstance/store/a.py",
        "import evenstance.new",
        "package has no layer",
        "evenstance.new",
    ),
    (
        "host/evenstance/errors.py",
        "from evenstance.metrics import hold",
        "leaf imports a layer",
        "evenstance.metrics",
    ),
    (
        "host/evenstance/__init__.py",
        "from .cli import main",
        "leaf imports a layer",
        "evenstance.cli",
    ),
    (
        "host/evenstance/virtual/a.py",
        "import evenstance_board.pins",
        "host imports firmware",
        "evenstance_board.pins",
    ),
    ("host/evenstance/virtual/a.py", "import main", "host imports firmware", "main"),
    ("host/evenstance/virtual/a.py", "import rp2", "hardware outside drivers and pins", "rp2"),
    (
        "host/evenstance/store/a.py",
        "from click import echo",
        "click only in cli, __main__, commands",
        "click",
    ),
    (
        "host/evenstance/flows/a.py",
        "import serial.tools.list_ports",
        "serial only in device, virtual",
        "serial.tools.list_ports",
    ),
    (
        "host/evenstance/virtual/board_side/a.py",
        "import evenstance_board",
        "board side imports what MicroPython has not",
        "evenstance_board",
    ),
    (
        "shared/evenstance_wire/a.py",
        "import json",
        "wire imports more than struct and binascii",
        "json",
    ),
    (
        "shared/evenstance_wire/a.py",
        "from evenstance import errors",
        "wire imports more than struct and binascii",
        "evenstance.errors",
    ),
    (
        "shared/evenstance_wire/a.py",
        "import micropython",
        "micropython not guarded",
        "micropython",
    ),
    (
        "shared/evenstance_wire/a.py",
        "try:\n    import micropython\nexcept ValueError:\n    pass",
        "micropython not guarded",
        "micropython",
    ),
    ("firmware/main.py", "import machine", "hardware outside drivers and pins", "machine"),
    (
        "firmware/evenstance_board/sampler.py",
        "def f():\n    import rp2",
        "hardware outside drivers and pins",
        "rp2",
    ),
    (
        "firmware/hx711_pio.py",
        "import machine",
        "hardware outside drivers and pins",
        "machine",
    ),
    (
        "firmware/evenstance_board/a.py",
        "from dataclasses import dataclass",
        "firmware imports what the board has not",
        "dataclasses",
    ),
    (
        "firmware/evenstance_board/a.py",
        "import evenstance.errors",
        "firmware imports what the board has not",
        "evenstance.errors",
    ),
    (
        "firmware/evenstance_board/a.py",
        "import main",
        "firmware imports what the board has not",
        "main",
    ),
    *(
        (f"host/evenstance/{package}/a.py", f"import {module}", rule, module)
        for rule in ["pure package imports the outside"]
        for package in PURE
        for module in (
            "click",
            "serial",
            "sqlite3",
            "sqlalchemy.orm",
            "time",
            "random",
            "subprocess",
        )
    ),
]


def make(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_this_project_keeps_the_directions() -> None:
    found = violations(ROOT)
    assert not found, "\n".join(map(str, found))


def test_the_checker_sees_all_three_parts_of_this_project() -> None:
    seen = {inside.parts[0] for _, inside in source_files(ROOT)}
    assert seen == {"host", "shared", "firmware"}
    names = {inside.as_posix() for _, inside in source_files(ROOT)}
    assert {"shared/evenstance_wire/frames.py", "host/evenstance/errors.py"} <= names
    assert "firmware/evenstance_board/pins.py" in names


def test_a_tree_that_keeps_the_directions_is_clean(tmp_path: Path) -> None:
    assert violations(make(tmp_path, GOOD)) == []


@pytest.mark.parametrize(("file", "text", "rule", "module"), BAD)
def test_each_rule_is_noticed(
    tmp_path: Path, file: str, text: str, rule: str, module: str
) -> None:
    found = violations(make(tmp_path, GOOD | {file: text + "\n"}))
    assert [(v.file, v.rule, v.module) for v in found] == [(file, rule, module)]
    if text:
        assert found[0].line == len(text.splitlines()) or "try" in text


def test_every_lower_layer_may_be_imported_and_no_higher_one(tmp_path: Path) -> None:
    for level, owners in enumerate(LAYERS):
        for other, targets in enumerate(LAYERS):
            if level == other:
                continue
            for owner, target in [(o, t) for o in owners for t in targets]:
                root = tmp_path / f"{owner}-{target}"
                make(root, {f"host/evenstance/{owner}/a.py": f"import evenstance.{target}\n"})
                downwards = other > level
                allowed = downwards and (target != "virtual" or owner in ("flows", "commands"))
                assert (violations(root) == []) is allowed, f"{owner} -> {target}"

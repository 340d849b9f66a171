"""Nothing leaves this computer: no module knows how to, and a process that tried would be seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session
from test_hostile_inputs import calls_and_imports

from evenstance.store.database import open_store

# What can open a connection to somewhere. asyncio, starlette and uvicorn serve the big display.
CLIENTS = {
    *("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib"),
    *("xmlrpc", "requests", "httpx", "httpcore", "aiohttp", "urllib3", "websocket", "websockets"),
    *("paramiko", "grpc", "boto3", "sentry_sdk", "opentelemetry", "posthog", "socketserver"),
    *("asyncio", "uvicorn", "starlette", "webbrowser", "pylsl", "psycopg", "asyncpg"),
    *("distributed", "dask"),
}
ALLOWED = {
    "display/server.py": {"socket", "uvicorn"},  # listens on 127.0.0.1
    "display/app.py": {"asyncio", "starlette"},
    "commands/display.py": {"webbrowser"},  # opens that page
    "flows/spread.py": {"distributed"},  # to the scheduler that --scheduler names
    "flows/lsl_outlet.py": {
        "pylsl"
    },  # `evenstance lsl`: to a recorder on the laboratory's network
}
WATCH = """
import json, os, sys
def seen(event, arguments):
    if event.startswith(("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo",
                         "socket.gethostby", "urllib", "http", "ftplib", "smtplib")):
        with open(os.environ["SEEN"], "a") as file:
            file.write(json.dumps([event, [str(one) for one in arguments[1:]]]) + "\\n")
sys.addaudithook(seen)
"""


def test_no_module_can_open_a_connection_but_the_local_page() -> None:
    imports, _ = calls_and_imports()
    found: dict[str, set[str]] = {}
    for file, module in imports:
        if module in CLIENTS:
            found.setdefault(file, set()).add(module)
    assert found == ALLOWED


class Watched:
    """Python programs whose every connection, name look-up and listening socket is noted."""

    def __init__(self, folder: Path) -> None:
        (folder / "watch").mkdir()
        (folder / "watch" / "sitecustomize.py").write_text(WATCH)
        self._seen = folder / "seen"
        self._seen.touch()
        path = os.pathsep.join([str(folder / "watch"), *filter(None, sys.path)])
        self.environment = {
            **os.environ,
            "PYTHONPATH": path,
            "SEEN": str(self._seen),
            "EVENSTANCE_HOME": str(folder / "home"),
        }

    def run(self, *command: str) -> None:
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    def seen(self) -> list[tuple[str, list[str]]]:
        return [tuple(json.loads(line)) for line in self._seen.read_text().splitlines()]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_the_watch_sees_a_connection(watched: Watched) -> None:
    watched.run(
        "-c",
        "import socket, contextlib\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "with contextlib.suppress(OSError):\n"
        "    s.connect(('192.0.2.1', 9))\n",
    )
    assert watched.seen() == [("socket.connect", ["('192.0.2.1', 9)"])]


def test_a_visit_to_the_history_opens_no_connection(watched: Watched, tmp_path: Path) -> None:
    """Results, report, export, plan, ports, forgetting: as the commands run."""
    with open_store(empty_history(tmp_path / "home" / "history.sqlite3")) as store:
        add_session(store, store.athlete("Anna").id, FIRST)
    out = str(tmp_path / "out")
    words = [
        ["results"],
        ["history"],
        ["report", "--to", f"{out}.html"],
        ["export", "dataset", "--to", out, "--format", "parquet"],
        ["plan"],
        ["devices"],
        ["athlete", "forget", "Anna", "--yes"],
    ]
    watched.run(
        "-c", f"from evenstance import cli\nfor one in {words!r}: assert cli.run(one) == 0"
    )
    assert watched.seen() == []


def test_a_measurement_with_the_big_display_stays_on_this_computer(
    watched: Watched, micropython: str
) -> None:
    """A virtual board, its client, a pull and the served page, in one process."""
    watched.run(
        "-c",
        "from evenstance.device.client import BoardClient\n"
        "from evenstance.device.transport import SerialPort\n"
        "from evenstance.display.hub import Hub\n"
        "from evenstance.display.server import Display\n"
        "from evenstance.flows.pull import pull\n"
        "from evenstance.store.database import open_store\n"
        "from evenstance.virtual.board import VirtualBoard, Wiring\n"
        "from evenstance.virtual.loads import Masses\n"
        "with VirtualBoard(Masses(), Wiring()) as board, open_store() as store:\n"
        "    client = BoardClient(SerialPort(board.port))\n"
        "    info = client.hello(patience_s=60.0)\n"
        "    with Display(Hub('x')):\n"
        "        pull(client, info, store)\n"
        "    client.close()\n",
    )
    seen = watched.seen()
    assert [event for event, _ in seen] == ["socket.bind"]  # the page, and nothing else
    assert all("'127.0.0.1'" in arguments[0] for _, arguments in seen), seen

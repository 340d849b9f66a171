"""The firmware onto a board with `mpremote mip install`, from a server on this computer."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from boards import SwitchOn, client_on

from evenstance.device.flasher import Mpremote, restart, verify
from evenstance.firmware_files import firmware_files
from evenstance_wire import PROTOCOL

ROOT = Path(__file__).resolve().parents[2]
LIST = """
import os
for name, kind, *_ in os.ilistdir('/'):
    for part in [''] if kind == 0x8000 else ['/' + one for one in os.listdir('/' + name)]:
        print(name + part)
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files; remembers what was asked for instead of printing it."""

    asked: list[str] = []  # noqa: RUF012 - one server at a time

    def log_message(self, format: str, *args: object) -> None:
        self.asked.append(self.path)


@contextmanager
def served(folder: Path) -> Generator[str, None, None]:
    """The address of a server of that folder."""
    Quiet.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_mip_makes_a_board_of_a_blank_one(switch_on_copy: SwitchOn) -> None:
    board = switch_on_copy(None, blank=True)
    files = firmware_files()
    mpremote = Mpremote(board.port)
    with served(ROOT) as address:
        said = mpremote.run("mip", "install", "--target=/", f"{address}/package.json")
    assert said.splitlines()[-1] == "Done"
    paths = [path.resolve().relative_to(ROOT).as_posix() for path in files.values()]
    assert Quiet.asked == [f"/{path}" for path in ("package.json", *paths)]
    verify(mpremote, files)
    installed = mpremote.run("exec", LIST).split()
    assert sorted(installed) == sorted(files)
    restart(mpremote)
    with client_on(board.port) as client:
        assert client.hello().protocol == PROTOCOL

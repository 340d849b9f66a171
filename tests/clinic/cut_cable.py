"""A cable between a client and the server that is cut at a chosen message.

It is a socket like the server's own. Each piece that the client sends is one message; the cable
knows nothing of what is in it but the word COMMIT.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SOCKET = ".s.PGSQL.5432"
CHUNK = 1 << 20
When = Literal["before", "after"]


@dataclass
class Cut:
    """With the `at`-th message, or the `at`-th COMMIT: before it arrives, or once it was answered.

    `blow` is what happens first; then the connection ends.
    """

    at: int
    when: When = "before"
    commits_only: bool = False
    blow: Callable[[], object] = lambda: None


class Cable:
    """Listens in `folder` for clients of the server whose socket is in `server`."""

    def __init__(self, folder: Path, server: Path, cut: Cut | None = None) -> None:
        self.messages = self.commits = 0
        self.was_cut = threading.Event()
        self._server = str(server / SOCKET)
        self._cut = cut or Cut(0)
        self._waiting: socket.socket | None = None  # the client whose answer will not come
        self._lock = threading.Lock()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / SOCKET))
        self._listening.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more clients."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as ready:
            try:
                server.connect(self._server)
            except OSError:
                return
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            try:
                while True:
                    for key, _ in ready.select():
                        source: socket.socket = key.fileobj  # type: ignore[assignment]
                        data = source.recv(CHUNK)
                        if not data or not self._passed(data, source, key.data, source is client):
                            return
            except OSError:
                return

    def _passed(
        self, data: bytes, source: socket.socket, other: socket.socket, from_client: bool
    ) -> bool:
        if from_client and self._due(data):
            if self._cut.when == "before":
                self._strike()
                return False
            self._waiting = source
        elif not from_client and self._waiting is other:
            self._strike()  # the server has done it; its answer is thrown away
            return False
        other.sendall(data)
        return True

    def _strike(self) -> None:
        self.was_cut.set()  # first: who was killed may be looked at before `blow` returns
        self._cut.blow()

    def _due(self, data: bytes) -> bool:
        with self._lock:
            self.messages += 1
            commit = b"COMMIT" in data
            self.commits += commit
            if self.was_cut.is_set() or self._waiting is not None:
                return False
            if self._cut.commits_only:
                return commit and self.commits == self._cut.at
            return self.messages == self._cut.at

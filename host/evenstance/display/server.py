"""Serves the page of one hub on this computer, for as long as the `with` block lasts."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from evenstance.display.hub import Hub
from evenstance.errors import EvenstanceError

if TYPE_CHECKING:
    import uvicorn

START_S = 10.0
LAST_WORD_S = 2.0  # for the pages to get the last state
TOKEN_BYTES = 24
LOCALHOST = "127.0.0.1"


class Display:
    """A server in a thread of its own, on a port that the system chooses."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.address = ""
        self.server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Display:
        import uvicorn

        from evenstance.display.app import make_app

        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.bind((LOCALHOST, 0))
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        config = uvicorn.Config(
            make_app(self.hub, token, port),
            ws_max_size=1024,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,  # it would print the token
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        self.server = server
        self._thread = threading.Thread(
            target=server.run, args=([listening],), name="display", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                listening.close()
                raise EvenstanceError(
                    "The big display could not be started.",
                    cause="its local web server did not come up",
                    next_step="Run the command without `--display`.",
                )
            time.sleep(0.01)
        self.address = f"http://{LOCALHOST}:{port}/{token}/"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell the pages how it ended, wait a moment until they know, and stop."""
        self.hub.finish(*last_words(error))
        self.hub.wait_until_alone(LAST_WORD_S)
        if self.server is not None:
            self.server.should_exit = True
        if self._thread is not None:
            self._thread.join(START_S)


def last_words(error: BaseException | None) -> tuple[str, str]:
    """Headline and detail of the last state: how it ended."""
    if error is None:
        return "Done", "The terminal has the rest. You may close this page."
    if isinstance(error, EvenstanceError):
        return error.what, error.next_step
    return "Stopped", "Holds measured so far are stored."

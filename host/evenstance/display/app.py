"""The local page as an ASGI application: four addresses, all behind a token.

Who asks without the token is told that nothing is there (404); who asks in the name of another
host or from another page is refused (403). A page of the web that reaches this port in somebody's
browser has neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from importlib import resources

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from evenstance.display.hub import Hub

BEAT_S = 1.0  # a page that hears nothing for three of these says so
SHORTEST_S = 0.02  # between two states: no eye sees more
MAX_PAGES = 8
FILES = {
    "": ("page.html", "text/html"),
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
}


def make_app(hub: Hub, token: str, port: int) -> ASGIApp:
    """The page of `hub` at /TOKEN/ on 127.0.0.1:`port`."""

    async def live(socket: WebSocket) -> None:
        if hub.listeners_n >= MAX_PAGES:
            await socket.close(1013)
            return
        await socket.accept()
        await _serve(socket, hub)

    routes = [Route(f"/{{token}}/{name}", _file(*file)) for name, file in FILES.items()]
    app = Starlette(routes=[*routes, WebSocketRoute("/{token}/live", live)])
    return Guard(app, token, port)


class Guard:
    """Lets through who knows the token and asks this very host; seals every answer."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._hosts = tuple(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        sockets = " ".join(f"ws://{host}" for host in self._hosts)
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
                f"connect-src {sockets}; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            ),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or socket."""
        if scope["type"] == "lifespan":
            return
        refused = self._refused(scope)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        if refused is None:
            await self._app(scope, receive, sealed)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: 403
        else:
            await PlainTextResponse(*refused)(scope, receive, sealed)

    def _refused(self, scope: Scope) -> tuple[str, int] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        origin = headers.get("origin")
        if host not in self._hosts:
            return "This page answers to its own address only.\n", 403
        # A browser always names the origin of a socket; a plain request of this page has none.
        if origin != f"http://{host}" and (origin is not None or scope["type"] == "websocket"):
            return "This page answers to its own pages only.\n", 403
        given = scope["path"].split("/")[1]
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return "Nothing is here.\n", 404
        return None


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    content = (resources.files("evenstance.display") / "data" / name).read_bytes()

    async def respond(_request: Request) -> Response:
        return Response(content, media_type=media_type)

    return respond


async def _serve(socket: WebSocket, hub: Hub) -> None:
    """Send the state now and after every change, until the page or the session goes."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            loop.call_soon_threadsafe(changed.set)

    with hub.listening(wake):
        keys = asyncio.create_task(_keys(socket, hub))
        try:
            while not keys.done():
                changed.clear()
                message = hub.message()
                await socket.send_json({**message, "sent_ms": time.time() * 1000.0})
                if message["over"]:
                    await socket.close()
                    return
                await _first(keys, changed)
                await asyncio.sleep(SHORTEST_S)
        except WebSocketDisconnect:
            return
        finally:
            keys.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
                await keys


async def _first(keys: asyncio.Task[None], changed: asyncio.Event) -> None:
    """Wait for a change, the end of the page, or the next beat."""
    change = asyncio.create_task(changed.wait())
    await asyncio.wait({keys, change}, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
    change.cancel()


async def _keys(socket: WebSocket, hub: Hub) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            hub.press(await socket.receive_text())

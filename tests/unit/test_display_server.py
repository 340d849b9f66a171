"""The local web server of the big display: who is let in, and with which headers."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from evenstance.display.app import FILES, MAX_PAGES
from evenstance.display.hub import Hub
from evenstance.display.server import Display, last_words
from evenstance.errors import MeasurementError

DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def served() -> Generator[Display, None, None]:
    """A display that nobody writes to."""
    with Display(Hub("Kim", wanted={"left": 3, "right": 3})) as display:
        yield display


def parts(display: Display) -> tuple[str, str]:
    """Host with port, and the path with the token."""
    split = urlsplit(display.address)
    return split.netloc, split.path


def get(display: Display, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, str]:
    """Status, headers and body of one request."""
    host, _ = parts(display)
    connection = http.client.HTTPConnection(host, timeout=DEADLINE_S)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": host, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def opened(
    display: Display, *, path: str | None = None, origin: str | None = None, **options: Any
) -> ClientConnection:
    """A socket as a page of this server would open it."""
    host, token = parts(display)
    return connect(
        f"ws://{host}{token if path is None else path}live",
        origin=f"http://{host}" if origin is None else origin,  # type: ignore[arg-type]
        proxy=None,
        open_timeout=DEADLINE_S,
        **options,
    )


def heard(page: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message that is as wanted: a beat may come before any change."""
    while not wanted(message := json.loads(page.recv(DEADLINE_S))):
        pass
    return message


def test_it_listens_on_this_computer_only_with_a_token_that_cannot_be_guessed(
    served: Display,
) -> None:
    host, path = parts(served)
    assert host.startswith("127.0.0.1:")
    assert len(path.strip("/")) >= 32
    with Display(Hub("Kim")) as other:
        assert parts(other)[1] != path
        assert parts(other)[0] != host


@pytest.mark.parametrize("name", list(FILES))
def test_every_file_comes_sealed(served: Display, name: str) -> None:
    status, headers, body = get(served, parts(served)[1] + name)
    assert status == 200
    assert headers["Content-Type"].startswith(FILES[name][1])
    assert len(body) > 500
    assert_sealed(headers)


def assert_sealed(headers: Any) -> None:
    """Nothing from elsewhere, nothing inline, nothing kept, nothing told to other sites."""
    policy = headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in policy
    assert all("127.0.0.1" in one or "localhost" in one for one in rules["connect-src"].split())
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] is None
    assert headers["Access-Control-Allow-Origin"] is None


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(served: Display) -> None:
    _, _, page = get(served, parts(served)[1])
    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page
    for name in FILES:
        assert "http" not in get(served, parts(served)[1] + name)[2].replace("http-equiv", "")


@pytest.mark.parametrize(
    "path",
    ["/", "/page.js", "/favicon.ico", "/wrong/", "/wrong/page.js", "//", "/%00/", "/%C3%A9/"],
)
def test_without_the_token_nothing_is_there(served: Display, path: str) -> None:
    status, headers, body = get(served, path)
    assert status == 404
    assert "Evenstance" not in body
    assert_sealed(headers)


def test_a_part_of_the_token_is_no_token(served: Display) -> None:
    token = parts(served)[1].strip("/")
    for wrong in (token[:-1], token + "a", token.swapcase()):
        assert get(served, f"/{wrong}/")[0] == 404


def test_nothing_else_is_there_with_the_token(served: Display) -> None:
    _, path = parts(served)
    for name in ("page.html", "../page.css", "%2e%2e/page.css", "live", "x"):
        assert get(served, path + name)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost", ""])
def test_another_host_is_refused(served: Display, host: str) -> None:
    """A name of the web that leads to this computer reads nothing here."""
    status, headers, body = get(served, parts(served)[1], Host=host)
    assert status == 403
    assert_sealed(headers)
    assert "Evenstance" not in body


def test_localhost_by_name_is_this_computer(served: Display) -> None:
    host, path = parts(served)
    named = host.replace("127.0.0.1", "localhost")
    assert get(served, path, Host=named)[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_origin_is_refused(served: Display, origin: str) -> None:
    assert get(served, parts(served)[1], Origin=origin)[0] == 403
    with pytest.raises(InvalidStatus) as refused, opened(served, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_socket_needs_an_origin_and_the_token(served: Display) -> None:
    host, path = parts(served)
    plain = connect(f"ws://{host}{path}live", proxy=None, open_timeout=DEADLINE_S, legacy=False)
    with pytest.raises(InvalidStatus), plain:
        pass
    with pytest.raises(InvalidStatus) as refused, opened(served, path="/wrong/"):
        pass
    assert refused.value.response.status_code == 403


def test_it_only_reads(served: Display) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert get(served, parts(served)[1], method)[0] == 405


def test_a_page_gets_the_state_at_once_then_every_change_and_its_keys_arrive() -> None:
    hub = Hub("Kim")
    with Display(hub) as display, opened(display) as page:
        assert json.loads(page.recv(DEADLINE_S))["note"] == ""
        hub.say("Hello.")
        heard(page, lambda message: message["note"] == "Hello.")
        for key in ("p", "x" * 200, "s"):
            page.send(key)
        keys: list[str] = []
        while len(keys) < 2:
            beat = json.loads(page.recv(DEADLINE_S))
            assert beat["note"] == "Hello.", "a beat without any change"
            keys += iter(hub.key, None)
        assert keys == ["p", "s"]


def test_a_page_that_sends_too_much_or_bytes_is_let_go_and_others_are_not(served: Display) -> None:
    with opened(served) as good:
        for data in ("x" * 5000, b"\x00"):
            with opened(served) as bad, pytest.raises(ConnectionClosed):
                bad.send(data)
                for _ in range(20):
                    bad.recv(DEADLINE_S)
        assert json.loads(good.recv(DEADLINE_S))["title"] == "Kim"


def test_the_number_of_pages_is_bounded() -> None:
    with Display(Hub("Kim")) as display, ExitStack() as pages:
        for _ in range(MAX_PAGES):
            pages.enter_context(opened(display)).recv(DEADLINE_S)
        with pytest.raises(InvalidStatus), opened(display):
            pass


def test_the_pages_get_the_last_word_and_the_port_is_free_again() -> None:
    with ExitStack() as later:
        with Display(Hub("Kim")) as display:
            page = later.enter_context(opened(display))
            page.recv(DEADLINE_S)
            host, _ = parts(display)
        assert heard(page, lambda message: message["over"])["headline"] == "Done"
        with pytest.raises(ConnectionClosed):
            page.recv(DEADLINE_S)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(host.split(":")[1])), 10)


def test_the_last_words_say_how_it_ended() -> None:
    failed = MeasurementError("Nobody stood.", next_step="Run it again.")
    assert last_words(failed) == ("Nobody stood.", "Run it again.")
    assert last_words(KeyboardInterrupt())[0] == "Stopped"

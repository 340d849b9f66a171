"""The big display in a real browser: a whole session, what is seen when, and who is refused."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from boards import Images, SwitchOn
from browsing import Tab, chromium, tab
from people import Scripted, Steps
from playwright.sync_api import Browser
from programs import until

from evenstance.display.hub import Hub
from evenstance.display.server import Display
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan
from evenstance.flows.live import Live
from evenstance.flows.watch import watch
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.virtual.board import VirtualBoard

PLAN = SessionPlan("quick", 1, rest_s=6.0)
WANTED = {"left": 1, "right": 1}
SESSION_SPEED = 12.0
LOOK_SPEED = 0.5  # while something is done to the page
SHORT_SPEED = 2.0  # while the page has to see what soon is over
LATENCY_MS = 150.0


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """One browser for all tests of this file."""
    with chromium() as one:
        yield one


def sockets_drop(display: Display) -> None:
    """Every connection breaks, as when somebody pulls a plug."""
    assert display.server is not None
    for connection in list(display.server.server_state.connections):
        loop, transport = connection.loop, connection.transport
        loop.call_soon_threadsafe(transport.abort)


class InThread:
    """Something that runs while the browser is looked at; its failure is a failure here."""

    def __init__(self, run: Callable[[], Any]) -> None:
        self._run = run
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded)

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self._failure = error

    def __enter__(self) -> InThread:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(100)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure


class Looked(Hub):
    """A hub that slows its board down, from the thread of the session: for what is soon over,
    and from the beginning of the first practice and the first scored hold until `go_on`."""

    def __init__(self, board: VirtualBoard) -> None:
        super().__init__("Kim, quick session", wanted=WANTED)
        self._board = board
        self._speed = SESSION_SPEED
        self._to_look_at = ["scored", "practice"]
        self._looks = False

    def go_on(self) -> None:
        """What was to be done to the page has been done."""
        self._looks = False

    def say(self, text: str) -> None:
        super().say(text)
        if text.startswith("Body weight"):  # shown until the first hold begins
            self._go(SHORT_SPEED)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        super().live(live, phase, left_s, scored=scored)
        shown = self.message()
        if self._to_look_at and shown["step"] == self._to_look_at[-1]:
            self._to_look_at.pop()
            self._looks = True
            self._go(LOOK_SPEED)
        elif not self._looks and shown["step"] in ("practice", "scored", "rest"):
            last = shown["step"] == "scored" and shown["countdown_s"] == 1
            self._go(SHORT_SPEED if last else SESSION_SPEED)

    def _go(self, speed: float) -> None:
        if speed != self._speed:
            self._speed = speed
            self._board.broker.set_speed(speed)


def guided(board: VirtualBoard, hub: Hub) -> None:
    """A short session, shown on `hub` alone."""
    with open_store() as store, connected(board.port, patience_s=20.0) as (client, info):
        Guide(
            client,
            info,
            store,
            hub,
            athlete_id=store.athlete("Kim", create=True).id,
            conditions=STANDARD_CONDITIONS,
            plan=PLAN,
            now=wall_clock,
        ).run()


# -- a whole session


def test_a_whole_session_is_shown_through_a_reload_and_a_dropped_socket(
    browser: Browser, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    touching: Steps = ((0.0, "left"), (8.0, "left, foot down"), (8.3, "left"))
    person = Scripted({("left", 1): touching})  # the first one is practice
    board = switch_on_copy(images.calibrated, person, speed=SESSION_SPEED)
    hub = Looked(board)
    noted: list[dict[str, Any]] = []
    with Display(hub) as display, tab(browser, display.address) as shown:
        with InThread(lambda: guided(board, hub)):
            shown.wait("body[data-step=practice]")
            noted.append(shown.spy())
            shown.page.reload()
            until(lambda: shown.noted("seen") > 0, "the state after the reload")
            assert shown.spy()["seen"][0]["step"] == "practice"
            hub.go_on()
            shown.wait("body[data-step=scored]")
            sockets_drop(display)
            until(lambda: shown.noted("lost") > 0, "the banner of a lost connection")
            shown.wait("body[data-step=scored]:not([data-lost])")
            hub.go_on()
        hub.finish("Done", "The terminal has the rest.")
        shown.wait("body[data-step=over]")
        until(lambda: shown.page.evaluate("spy.seen.at(-1).step") == "over", "the last frame")
        noted.append(shown.spy())
        assert_nothing_from_elsewhere(shown, display)
        assert_only_the_drop_was_complained_of(shown)
        assert_the_end_shows_every_hold(shown)
    messages = [message for spy in noted for message in spy["messages"]]
    assert {"baseline", "lift", "practice", "rest", "scored", "over"} <= {
        message["step"] for message in messages
    }
    assert_no_force_in_scored_holds(messages)
    for spy in noted:
        assert_shown_as_sent(spy)
    assert any(message["loads"] for message in messages)
    assert {line for message in messages if (line := message["note"])} >= {"Body weight 700 N."}


def assert_no_force_in_scored_holds(messages: list[dict[str, Any]]) -> None:
    scored = [message for message in messages if message["step"] == "scored"]
    assert len(scored) > 50
    for message in scored:
        assert message["loads"] is None
        assert message["results"] == []
        assert message["note"] == ""
    seconds = [message["countdown_s"] for message in scored]
    assert max(seconds) == 25
    assert min(seconds) == 1


def assert_shown_as_sent(spy: dict[str, Any]) -> None:
    """Every frame shows the latest message that had arrived, and hides what it did not carry."""
    assert spy["seen"]
    for seen in spy["seen"]:
        sent = spy["messages"][seen["n"] - 1]
        assert seen["step"] == sent["step"]
        if sent["mode"] == "session" and sent["countdown_s"] is not None:
            assert seen["big"] == str(sent["countdown_s"])
        if sent["loads"] is None:
            assert seen["visible"] == "hidden"
            assert (seen["left"], seen["right"]) == (None, None)
            assert (seen["left_n"], seen["right_n"]) == ("-", "-")
            continue
        assert seen["visible"] == "visible"
        for side in ("left", "right"):
            load_n, full_n = sent["loads"][f"{side}_n"], sent["loads"]["full_n"]
            part = min(max(load_n / full_n, 0.0), 1.0)
            assert float(seen[side]) == pytest.approx(part, abs=1e-4)
            assert float(seen[f"{side}_n"]) == pytest.approx(load_n, abs=0.51)


def assert_nothing_from_elsewhere(shown: Tab, display: Display) -> None:
    host = urlsplit(display.address).netloc
    assert len(shown.asked) >= 8  # two loads of three files, and sockets
    for address in shown.asked:
        assert urlsplit(address).netloc == host or address == "data:,", address


def assert_only_the_drop_was_complained_of(shown: Tab) -> None:
    assert [line for line in shown.complaints if "WebSocket" not in line] == []


def assert_the_end_shows_every_hold(shown: Tab) -> None:
    rows = shown.page.locator("#results li").all_inner_texts()
    assert len(rows) == 2  # practice is left out
    assert rows[0].startswith("Right 25.0 s, 0 touch-downs, force SD ")
    assert rows[1].startswith("Left 25.0 s, 1 touch-down, force SD ")
    assert all(row.endswith(" N, counts") for row in rows)
    assert shown.page.locator("#phase").inner_text() == "Finished, 2 of 2 done"


def test_columns_and_text_follow_the_load_in_time(
    browser: Browser, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """At twice real time, twenty messages a second; the person shifts and lifts a foot."""
    person = Scripted()
    board = switch_on_copy(images.calibrated, person, speed=2.0)
    hub = Hub("Live view", mode="watch")
    steps: Steps = ((0.5, "both"), (2.0, "left"), (3.5, "both"), (5.0, "off"))

    def follow() -> None:
        with connected(board.port, patience_s=20.0) as (client, _):
            person.plan(board.broker.now_us + 500_000, steps)
            watch(client, hub, seconds=8.0)

    with Display(hub) as display, tab(browser, display.address) as shown:
        with InThread(follow):
            pass
        spy = shown.spy()
        moves_s = shown.page.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.fill')).transitionDuration)"
        )
    assert_shown_as_sent(spy)
    live = [message for message in spy["messages"] if message["loads"]]
    assert len(live) > 60
    assert max(message["loads"]["left_n"] for message in live) == pytest.approx(700, abs=5)
    assert {message["state"] for message in live} >= {"empty", "both_feet", "ended"}
    after_ms = [seen["painted_ms"] - seen["sent_ms"] for seen in spy["seen"]]
    assert min(after_ms) > 0.0, "two clocks do not agree"
    median_ms = statistics.median(after_ms) + moves_s * 1000.0
    print(f"median from sent to painted, the move of a column included: {median_ms:.0f} ms")
    assert median_ms < LATENCY_MS

"""The big display in a real browser: a whole session, what is seen when, and who is refused."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from boards import Images, SwitchOn
from browsing import FULL_HD, Tab, chromium, tab
from people import Scripted, Steps
from playwright.sync_api import Browser
from programs import until
from summaries import summary

from evenstance.display.hub import Hub
from evenstance.display.server import Display
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan
from evenstance.flows.live import Live
from evenstance.flows.watch import watch
from evenstance.metrics.hold import trial_from_summary
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.virtual.board import VirtualBoard
from evenstance_wire import flags

PLAN = SessionPlan("quick", 1, rest_s=6.0)
WANTED = {"left": 1, "right": 1}
SESSION_SPEED = 12.0
LATENCY_MS = 150.0
DIGITS_PCT = 8.0
SMALL = {"width": 1024, "height": 768}


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
    hub = Hub("Kim, quick session", wanted=WANTED)
    noted: list[dict[str, Any]] = []
    with Display(hub) as display, tab(browser, display.address) as shown:
        with InThread(lambda: guided(board, hub)):
            shown.wait("body[data-step=practice]")
            noted.append(shown.spy())
            shown.page.reload()
            until(lambda: shown.noted("seen") > 0, "the state after the reload")
            assert shown.spy()["seen"][0]["step"] in ("practice", "down")
            shown.wait("body[data-step=scored]")
            sockets_drop(display)
            until(lambda: shown.noted("lost") > 0, "the banner of a lost connection")
            shown.wait("body[data-step=scored]:not([data-lost])")
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


# -- what can be seen, by whom

TRIAL = replace(trial_from_summary(summary(force_sd_n=4.5)), valid=True, reasons=())
BAD = replace(TRIAL, stance_leg="right", valid=False, reasons=("stray_load", "too_short"))
LONG_NOTE = (
    "More than 5 N: the mean forces, load shares and stray loads of this session are off by as "
    "much. See that the plates are free and warmed up."
)
STATES = ("empty", "lift", "practice", "scored", "down", "rest", "paused", "over")


def put(hub: Hub, state: str) -> None:
    """Bring the hub into a state that a page can be looked at in."""
    live = Live(1.0, flags.BOTH_FEET, 1210.0, 260.0, 1471.0)
    phases = {
        "empty": ("empty plates", None),
        "lift": ("lift the left foot", None),
        "practice": ("practice hold", 10.0),
        "scored": ("scored hold", 24.0),
        "down": ("practice hold", 0.0),
        "rest": ("rest", 28.0),
        "paused": ("paused", 28.0),
        "watch": ("watch", None),
    }
    if state == "rest":
        for _ in range(5):
            hub.trial(TRIAL, "scored")
            hub.trial(BAD, "scored")
    if state in ("rest", "empty"):
        hub.say(LONG_NOTE)
    if state == "over":
        hub.finish(
            "Nobody stood on the right leg (scored hold).",
            "Run the session again; holds measured so far are stored.",
        )
        return
    phase, left_s = phases[state]
    hub.live(live, phase, left_s, scored=state == "scored")


@pytest.fixture
def at_states(
    browser: Browser,
) -> Generator[Callable[..., Generator[Tab, None, None]], None, None]:
    """Gives the page in one state after the other."""

    def pages(**options: Any) -> Generator[Tab, None, None]:
        hub = Hub("A person with a rather long name, standard session", wanted=WANTED)
        with Display(hub) as display, tab(browser, display.address, **options) as shown:
            for state in STATES:
                put(hub, state)
                shown.wait(f"body[data-step={state}]")
                yield shown
        hub = Hub("Live view", mode="watch")
        with Display(hub) as display, tab(browser, display.address, **options) as shown:
            put(hub, "watch")
            shown.wait("#big:text-is('82 : 18')")
            yield shown

    yield pages


MEASURE = """
() => {
  const context = document.createElement("canvas").getContext("2d");
  const digits = (selector) => [...document.querySelectorAll(selector)]
    .filter((e) => /[0-9]/.test(e.textContent) && e.checkVisibility({visibilityProperty: true}))
    .map((e) => {
      const style = getComputedStyle(e);
      context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      return context.measureText("0").actualBoundingBoxAscent;
    });
  const outside = [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.closest(".unseen"))
    .filter((e) => {
      const box = e.getBoundingClientRect();
      return box.left < -1 || box.top < -1 || box.right > innerWidth + 1
        || box.bottom > innerHeight + 1;
    }).map((e) => e.id || e.className);
  const now = document.querySelector(".now");
  return {
    step: document.body.dataset.step, height: innerHeight, outside,
    overflow: Math.max(now.scrollHeight - now.clientHeight, now.scrollWidth - now.clientWidth),
    digits: digits("#big, .newtons, .done"),
  };
}
"""


@pytest.mark.parametrize("viewport", [FULL_HD, SMALL], ids=["1920x1080", "1024x768"])
def test_digits_are_large_and_nothing_is_cut_off(
    viewport: dict[str, int], at_states: Callable[..., Generator[Tab, None, None]]
) -> None:
    for shown in at_states(viewport=viewport):
        found = shown.page.evaluate(MEASURE)
        assert found["outside"] == [], found
        assert found["overflow"] <= 1, found
        assert found["digits"] or found["step"] == "over", found
        least = DIGITS_PCT / 100 * found["height"]
        assert all(height >= least for height in found["digits"]), found


def serious_faults(shown: Tab) -> list[str]:
    """What axe-core calls serious or critical."""
    violations = Axe().run(shown.page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]


def test_no_serious_accessibility_fault_in_any_state(
    browser: Browser, at_states: Callable[..., Generator[Tab, None, None]]
) -> None:
    for shown in at_states():
        assert serious_faults(shown) == []
    with Display(Hub("Kim")) as display, tab(browser, display.address) as shown:
        assert display.server is not None
        shown.wait("#phase:text-is('Set-up')")
        display.server.should_exit = True  # without a last word: it was killed
        shown.wait("#lost:not([hidden])")
        assert shown.page.locator("#lost").inner_text() == "Connection lost. Trying again."
        assert serious_faults(shown) == []


def test_a_fault_would_be_found(browser: Browser) -> None:
    with Display(Hub("Kim")) as display, tab(browser, display.address) as shown:
        shown.page.evaluate("document.getElementById('sound').textContent = ''")
        assert any(fault.startswith("button-name") for fault in serious_faults(shown))


def test_a_screen_reader_hears_each_step_once_and_no_countdown(browser: Browser) -> None:
    hub = Hub("Kim", wanted=WANTED)
    with Display(hub) as display, tab(browser, display.address) as shown:
        told = []
        for left_s in (9.0, 8.0, 7.0):
            hub.live(Live(1.0, flags.BOTH_FEET, 1.0, 1.0, None), "rest", left_s, scored=False)
            shown.wait(f"#big:text-is('{left_s:.0f}')")
            told.append(shown.page.locator("#told").inner_text())
        assert told == ["Rest on both feet"] * 3
        assert shown.page.locator("#told").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize(
    ("motion", "moves"), [("reduce", "0s"), ("no-preference", "0.06s")], ids=["less", "any"]
)
def test_nothing_moves_for_who_wants_less_motion(
    browser: Browser, motion: str, moves: str
) -> None:
    with (
        Display(Hub("Kim")) as display,
        tab(browser, display.address, reduced_motion=motion) as shown,
    ):
        script = "getComputedStyle(document.querySelector('.fill')).transitionDuration"
        assert shown.page.evaluate(script) == moves


# -- sound and keys


def test_cues_are_sounded_and_spoken_once_the_button_was_pressed(browser: Browser) -> None:
    hub = Hub("Kim", wanted=WANTED)
    left = "Stand on your left leg. Lift the right foot."
    with Display(hub) as display, tab(browser, display.address) as shown:
        put(hub, "rest")
        shown.wait("body[data-step=rest]")
        assert (shown.spy()["spoken"], shown.spy()["tones"]) == ([], 0)
        shown.page.click("#sound")
        assert shown.page.get_attribute("#sound", "aria-pressed") == "true"
        live = Live(1.0, flags.BOTH_FEET, 1.0, 1.0, None)
        hub.live(live, "lift the right foot", None, scored=False)
        until(lambda: shown.spy()["spoken"] == ["Sound is on.", left], "the spoken cue")
        assert shown.spy()["tones"] == 2  # the button's, and one short for the left leg
        hub.live(live, "scored hold", 25.0, scored=True)
        hub.live(live, "scored hold", 24.0, scored=True)
        shown.wait("#big:text-is('24')")
        assert shown.spy()["tones"] == 2, "it is quiet in a hold"
        shown.page.click("#sound")
        put(hub, "lift")
        shown.wait("body[data-step=lift]")
        assert shown.spy()["spoken"] == ["Sound is on.", left]


def test_keys_on_the_page_reach_the_session_and_q_needs_a_second_one(browser: Browser) -> None:
    hub = Hub("Kim", wanted=WANTED)
    with Display(hub) as display, tab(browser, display.address) as shown:
        shown.wait("#phase:text-is('Set-up')")
        for key in ("p", "x", "S", "q"):
            shown.page.keyboard.press(key)
        shown.wait("#keys:text('once more')")
        keys: list[str] = []

        def heard(wanted: list[str]) -> bool:
            if (key := hub.key()) is not None:
                keys.append(key)
            return keys == wanted

        until(lambda: heard(["p", "s"]), "p and s")
        shown.page.keyboard.press("q")
        until(lambda: heard(["p", "s", "q"]), "q")


# -- who is refused


def test_a_browser_without_the_token_or_from_another_page_is_refused(browser: Browser) -> None:
    with Display(Hub("Kim")) as display, tab(browser, display.address) as shown:
        shown.wait("#phase:text-is('Set-up')")
        base = f"http://{urlsplit(display.address).netloc}"
        for path in ("/", "/page.js", "/guessed/"):
            answer = shown.page.goto(base + path)
            assert answer is not None
            assert answer.status == 404
        elsewhere = browser.new_page()
        elsewhere.goto("data:text/html,elsewhere")
        script = """([page, live]) => Promise.all([
            fetch(page).then(() => "read", () => "refused"),
            new Promise((done) => {
                const socket = new WebSocket(live);
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
            }),
        ])"""
        live = display.address.replace("http:", "ws:") + "live"
        assert elsewhere.evaluate(script, [display.address, live]) == ["refused", "refused"]
        elsewhere.close()

"""The page of the big display in a real browser: sizes, accessibility, sound, keys, strangers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import FULL_HD, Tab, chromium, tab
from playwright.sync_api import Browser
from programs import until
from summaries import summary

from evenstance.display.hub import Hub
from evenstance.display.server import Display
from evenstance.flows.live import Live
from evenstance.metrics.hold import trial_from_summary
from evenstance_wire import flags

WANTED = {"left": 5, "right": 5}
DIGITS_PCT = 8.0
SMALL = {"width": 1024, "height": 768}


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """One browser for all tests of this file."""
    with chromium() as one:
        yield one


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


def in_every_state(browser: Browser, **options: Any) -> Generator[Tab, None, None]:
    """The page in one state after the other, for as long as somebody looks at it."""
    still: Any = {"clock": lambda: 0.0}  # else loads are shown no more after two seconds
    hub = Hub("A person with a rather long name, standard session", wanted=WANTED, **still)
    with Display(hub) as display, tab(browser, display.address, **options) as shown:
        for state in STATES:
            put(hub, state)
            shown.wait(f"body[data-step={state}]")
            yield shown
    hub = Hub("Live view", mode="watch", **still)
    with Display(hub) as display, tab(browser, display.address, **options) as shown:
        put(hub, "watch")
        shown.wait("#big:text-is('82 : 18')")
        yield shown


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
    viewport: dict[str, int], browser: Browser
) -> None:
    for shown in in_every_state(browser, viewport=viewport):
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


def test_no_serious_accessibility_fault_in_any_state(browser: Browser) -> None:
    for shown in in_every_state(browser):
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

"""Debian's Chromium for tests, and a page that notes what it receives and what it then shows."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PATIENCE_MS = 100_000.0  # less than a test may last
FULL_HD = {"width": 1920, "height": 1080}

# Notes every message, and after the frame that follows it what can be seen. A task that a frame
# posts runs after the frame was painted; `n` messages had arrived when the frame was drawn.
# What is spoken is noted as well; the page's own code knows nothing of all this.
SPY = """
(() => {
  const spy = window.spy = {messages: [], seen: [], lost: 0, spoken: [], tones: 0};
  const look = (message, n) => {
    const text = (id) => document.getElementById(id).textContent;
    const load = (side) => {
      const fill = document.querySelector(`#${side} .fill`);
      return fill.style.getPropertyValue("--load") || null;
    };
    const newtons = (side) => document.querySelector(`#${side} .newtons`).textContent;
    spy.seen.push({
      n, sent_ms: message.sent_ms, painted_ms: performance.timeOrigin + performance.now(),
      step: document.body.dataset.step, big: text("big"), headline: text("headline"),
      visible: getComputedStyle(document.querySelector("#left .load")).visibility,
      left: load("left"), right: load("right"),
      left_n: newtons("left"), right_n: newtons("right"),
    });
  };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...rest) {
      super(...rest);
      this.addEventListener("message", (event) => {
        const message = JSON.parse(event.data);
        spy.messages.push(message);
        requestAnimationFrame(() => {
          const n = spy.messages.length;
          const after = new MessageChannel();
          after.port1.onmessage = () => look(message, n);
          after.port2.postMessage(0);
        });
      });
    }
  };
  addEventListener("DOMContentLoaded", () => {
    const banner = document.getElementById("lost");
    new MutationObserver(() => { if (!banner.hidden) spy.lost += 1; })
      .observe(banner, {attributes: true});
  });
  speechSynthesis.speak = (said) => spy.spoken.push(said.text);
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...rest) {
    spy.tones += 1;
    return start.apply(this, rest);
  };
})();
"""


@contextmanager
def chromium() -> Generator[Browser, None, None]:
    """A headless browser. Tests that use a fixture `browser` are skipped where there is none."""
    path = shutil.which("chromium")
    assert path is not None, "the rules of conftest.py skip before"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page with its spy; `asked` is every address that it has asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def spy(self) -> dict[str, Any]:
        """What was noted since the page was loaded."""
        return self.page.evaluate("() => window.spy")

    def noted(self, name: str) -> int:
        """How much of one kind was noted: messages, seen, lost, spoken, tones."""
        return self.page.evaluate("name => spy[name].length ?? spy[name]", name)

    def wait(self, selector: str, timeout_s: float = 60.0) -> None:
        """Wait until something that the selector names can be seen."""
        self.page.wait_for_selector(selector, timeout=timeout_s * 1000.0)


@contextmanager
def tab(browser: Browser, address: str, **options: Any) -> Generator[Tab, None, None]:
    """The page at an address, in a context of its own."""
    context = browser.new_context(viewport=options.pop("viewport", FULL_HD), **options)
    context.add_init_script(SPY)
    try:
        context.set_default_timeout(PATIENCE_MS)
        found = Tab(context.new_page())
        found.page.goto(address)
        yield found
    finally:
        context.close()

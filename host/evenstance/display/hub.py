"""The latest state of what is shown: written by the session, read by every open page.

There is one state and no backlog: a slow page misses states and never falls behind. While a
scored hold runs the state holds no force at all, so none can be sent.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from evenstance.display import words
from evenstance.flows import phases
from evenstance.flows.live import Live
from evenstance.flows.stand import SET_ASIDE
from evenstance.flows.watch import FULL_N, left_share_pct
from evenstance.metrics.hold import Leg, Trial
from evenstance_wire import flags

STALE_S = 2.0  # a load older than this is not shown any more
KEYS = ("p", "s", "r", "q")
KEPT_RESULTS = 24
Mode = Literal["session", "watch"]


class Hub:
    """A screenplay for pages; every method may be called from any thread."""

    def __init__(
        self,
        title: str,
        *,
        mode: Mode = "session",
        wanted: Mapping[Leg, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title = title
        self._mode: Mode = mode
        self._clock = clock
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], None]] = []
        self._keys: deque[str] = deque(maxlen=8)
        self._step = words.START
        self._leg: Leg | None = None
        self._scored = False
        self._left_s: float | None = None
        self._live: Live | None = None
        self._live_at_s = 0.0
        self._note = ""
        self._held_back: list[str] = []
        self._cue: dict[str, Any] = {"id": 0, "speak": "", "beeps_ms": (), "urgent": False}
        self._results: deque[dict[str, Any]] = deque(maxlen=KEPT_RESULTS)
        self._wanted = None if wanted is None else dict(wanted)
        self._done: dict[Leg, int] = {"left": 0, "right": 0}
        self._over = False

    # -- what a session does with it

    def say(self, text: str) -> None:
        """A line; one that a later phase shows anyway is left to it."""
        with self._changing():
            if phases.is_instruction(text):
                return
            if self._scored and phases.tells_a_force(text):
                self._held_back.append(text)
                return
            self._note = text
            if words.is_spoken(text):
                self._set_cue(text, "", urgent=False)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        """The present state; of a scored hold nothing is kept but the time that is left."""
        with self._changing():
            self._leg = phases.leg_asked(phase) or self._leg
            if left_s is not None and left_s <= 0 and phase.endswith("hold"):
                phase, left_s = "foot down", None
            self._enter(words.step_of(phase, self._leg, scored=scored), scored=scored)
            self._left_s = left_s
            self._live = None if scored else live
            self._live_at_s = self._clock()

    def trial(self, trial: Trial, purpose: str) -> None:
        """A trial has been stored: its hold is over."""
        with self._changing():
            self._enter(self._step, scored=False)
            if purpose == SET_ASIDE:
                self._set_aside(trial)
                return
            self._results.append(_result(trial, purpose))
            if purpose == "scored" and trial.valid:
                self._done[trial.stance_leg] += 1

    def key(self) -> str | None:
        """A key pressed on a page since the last call."""
        return self._keys.popleft() if self._keys else None

    def finish(self, headline: str, detail: str = "") -> None:
        """Nothing more will come; the pages keep this and let go. The first ending stands."""
        with self._changing():
            if self._over:
                return
            self._enter(
                words.Step("over", "Finished", headline, detail, headline, "done"), scored=False
            )
            self._live = None
            self._left_s = None
            self._over = True

    # -- what pages do with it

    def press(self, key: str) -> None:
        """A key pressed on a page; unknown ones are ignored."""
        if key in KEYS:
            self._keys.append(key)

    @contextmanager
    def listening(self, wake: Callable[[], None]) -> Generator[None, None, None]:
        """While inside, `wake` is called after every change, from the thread that made it."""
        with self._changed:
            self._wakers.append(wake)
        try:
            yield
        finally:
            with self._changed:
                self._wakers.remove(wake)
                self._changed.notify_all()

    @property
    def listeners_n(self) -> int:
        """How many pages listen."""
        return len(self._wakers)

    def wait_until_alone(self, timeout_s: float) -> bool:
        """Wait until no page listens any more; False when some still do."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._wakers, timeout_s)

    def message(self) -> dict[str, Any]:
        """The whole state as a page gets it; a scored hold has no loads and no results in it."""
        with self._changed:
            step = self._step
            fresh = self._clock() - self._live_at_s < STALE_S
            live = self._live if fresh and not self._scored else None
            return {
                "mode": self._mode,
                "title": self._title,
                "step": step.name,
                "phase": step.title,
                "headline": step.headline,
                "detail": step.detail,
                "big": step.big,
                "leg": step.leg,
                "countdown_s": _whole_seconds(self._left_s),
                "loads": None if live is None else _loads(live),
                "state": None if live is None else flags.STATES[live.state],
                "progress": self._progress(),
                "results": [] if self._scored else list(self._results),
                "note": "" if self._scored and phases.tells_a_force(self._note) else self._note,
                "cue": self._cue,
                "over": self._over,
            }

    # -- inside

    @contextmanager
    def _changing(self) -> Generator[None, None, None]:
        with self._changed:
            yield
            for wake in self._wakers:
                wake()

    def _enter(self, step: words.Step, *, scored: bool) -> None:
        """A step begins; what was held back in a scored hold is told after it."""
        begins = step != self._step
        self._scored = scored
        if begins:
            self._step = step
            self._left_s = None
            if step.name in ("practice", "scored"):
                self._note = ""
            if step.speak:
                self._set_cue(step.speak, step.cue, urgent=step.name in ("lift", "down"))
        if not scored and self._held_back:
            self._note = " ".join(self._held_back)
            self._held_back.clear()

    def _set_aside(self, trial: Trial) -> None:
        """A result that counted counts no longer: the hold is made again."""
        self._done[trial.stance_leg] -= 1
        for n, result in enumerate(self._results):
            if result["hold"] == trial.seq:
                self._results[n] = _result(trial, "practice")

    def _set_cue(self, speak: str, beeps: str, *, urgent: bool) -> None:
        self._cue = {
            "id": self._cue["id"] + 1,
            "speak": speak,
            "beeps_ms": words.BEEPS_MS.get(beeps, ()),
            "urgent": urgent,
        }

    def _progress(self) -> dict[str, Any] | None:
        if self._wanted is None:
            return None
        return {
            leg: {"done": self._done[leg], "wanted": wanted}
            for leg, wanted in self._wanted.items()
        }


def _whole_seconds(left_s: float | None) -> int | None:
    """Seconds as a countdown shows them: 1 until the last one is over."""
    return None if left_s is None else max(math.ceil(left_s - 1e-6), 0)


def _loads(live: Live) -> dict[str, Any] | None:
    if live.left_n is None or live.right_n is None:
        return None
    return {
        "left_n": round(live.left_n, 1),
        "right_n": round(live.right_n, 1),
        "left_share_pct": left_share_pct(live),
        "full_n": round(live.body_weight_n or FULL_N, 1),
    }


def _result(trial: Trial, purpose: str) -> dict[str, Any]:
    scored = purpose == "scored"
    return {
        "hold": trial.seq,
        "leg": trial.stance_leg,
        "purpose": purpose,
        "counts": trial.valid if scored else None,
        "hold_s": round(trial.hold_time_s, 1),
        "force_sd_n": None
        if trial.force_sd_n is None or not scored
        else round(trial.force_sd_n, 2),
        "touch_downs": trial.touch_down_count,
        "why": ", ".join(reason.replace("_", " ") for reason in trial.reasons) if scored else "",
    }

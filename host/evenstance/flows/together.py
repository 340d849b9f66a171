"""One session shown in several places at once."""

from __future__ import annotations

from evenstance.flows.live import Live
from evenstance.flows.stand import Screenplay
from evenstance.metrics.hold import Trial


class Together:
    """A screenplay that passes everything on; a key may come from any of them."""

    def __init__(self, *screenplays: Screenplay) -> None:
        self._screenplays = screenplays

    def say(self, text: str) -> None:
        for one in self._screenplays:
            one.say(text)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        for one in self._screenplays:
            one.live(live, phase, left_s, scored=scored)

    def trial(self, trial: Trial, purpose: str) -> None:
        for one in self._screenplays:
            one.trial(trial, purpose)

    def key(self) -> str | None:
        for one in self._screenplays:
            key = one.key()
            if key is not None:
                return key
        return None

"""The beep code: which cue a row of clicks, short and long beeps on the buzzer means."""

from __future__ import annotations

GAP_US = 350_000  # silence longer than this ends a code
LONG_FROM_US = 350_000  # between the short beep of 100 ms and the long one of 600 ms
SHORT_FROM_US = 70_000  # between the click of 40 ms and the short beep

_CUES = {
    "L": "both_feet",
    "S": "left",
    "SS": "right",
    "SSS": "down",
    "LL": "done",
    "SL": "lift",
    "C": "touched",
    "LS": "stored",
    "LSS": "not_counted",
    "LLL": "fault",
}


class Ear:
    """Turns edges of the buzzer pin into cues; a row of beeps without meaning is ignored."""

    def __init__(self) -> None:
        self._beeps = ""
        self._rise_us: int | None = None
        self._fall_us = 0

    def hear(self, t_us: int, level: int) -> tuple[int, str] | None:
        """An edge. Returns the cue that the silence before this edge ended, with its time."""
        if not level:
            if self._rise_us is not None:
                self._beeps += _beep(t_us - self._rise_us)
                self._fall_us = t_us
                self._rise_us = None
            return None
        ended = self.silent_until(t_us)
        if self._rise_us is not None:  # the fall never came: power went away within a code
            self._beeps = ""
        self._rise_us = t_us
        return ended

    def silent_until(self, t_us: int) -> tuple[int, str] | None:
        """Nothing more was heard up to `t_us`. Returns the cue ended by that, with its time."""
        if self._rise_us is not None or not self._beeps or t_us - self._fall_us <= GAP_US:
            return None
        cue = _CUES.get(self._beeps)
        self._beeps = ""
        return None if cue is None else (self._fall_us + GAP_US, cue)


def _beep(length_us: int) -> str:
    if length_us < SHORT_FROM_US:
        return "C"
    return "S" if length_us < LONG_FROM_US else "L"

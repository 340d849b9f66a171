"""Judges a board that answers: clock, converters, rates, calibration, room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evenstance.doctor.check import Check, look, not_checked, ok, wrong
from evenstance.health.limits import limit
from evenstance.report.faults import FAULT_ADVICE
from evenstance_wire import flags, units

OLD_DAYS = 365  # [D] our own proposal: a cell and its mounting wander with the seasons
TRACE_B = 12288  # the longest trace of a trial
PROGRAM_MADE = datetime(2025, 1, 1)  # no computer that runs this program has an earlier date
AHEAD = timedelta(days=1)  # another time zone is no fault
PULL = "Run `evenstance pull`; what was pulled makes room by itself."
CALIBRATE = "Run `evenstance calibrate --mass 10 --mass 20 --mass 40` with your known masses."


@dataclass(frozen=True)
class BoardSeen:
    """Two statuses some seconds apart, the calibration in use, and this computer's time (local,
    without zone). `clock_was_set` is from before this program told the board the time."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    calibration: Mapping[str, Any]
    made_at: datetime | None
    now: datetime
    clock_was_set: bool

    @property
    def seconds_s(self) -> float:
        """Of the board's time between the two."""
        return (int(self.after["device_us"]) - int(self.before["device_us"])) / 1e6

    def conversions(self, side: str) -> int:
        """Between the two."""
        name = f"conversions_{side}"
        return int(self.after[name]) - int(self.before[name])


def board_checks(seen: BoardSeen) -> list[Check]:
    """All that a board with the right protocol can be asked."""
    return [
        clock_check(seen.now, clock_was_set=seen.clock_was_set),
        *(_converter(seen, side) for side in units.PLATES),
        *(_rate(seen, side) for side in units.PLATES),
        _calibration(seen),
        _age(seen),
        _flash(seen),
        _memory(seen),
    ]


def clock_check(now: datetime, *, clock_was_set: bool | None = None) -> Check:
    """This computer's clock, which is also the board's; without a board None."""
    if now < PROGRAM_MADE:
        return wrong(
            "clock",
            f"this computer says it is {now:%Y-%m-%d}; holds would get that date",
            "Set this computer's date and time, then run `evenstance doctor` again.",
        )
    text = f"{now:%Y-%m-%d %H:%M} here"
    if clock_was_set is None:
        return ok("clock", text)
    return ok("clock", f"{text}; the board's was {'' if clock_was_set else 'not '}set, and is now")


def _faults(seen: BoardSeen, side: str) -> list[str]:
    """Faults that are present, without that of the rate, which has a check of its own."""
    names = flags.names(seen.after[f"{side}_faults"], flags.FAULTS)
    found = [name for name in names if name != "wrong_rate"]
    return found if found or seen.conversions(side) else ["no_data"]


def _converter(seen: BoardSeen, side: str) -> Check:
    name = f"converter_{side}"
    faults = _faults(seen, side)
    count = seen.conversions(side)
    if faults:
        advice = FAULT_ADVICE[faults[0]]
        return wrong(
            name,
            f"{advice.what} ({', '.join(faults)})",
            f"{advice.next_step} Then `evenstance diagnose`.",
            faults[0],
        )
    text = f"{count} conversions in {seen.seconds_s:.1f} s"
    earlier = flags.names(seen.after[f"{side}_faults_seen"], flags.FAULTS)
    over = [fault for fault in earlier if fault != "wrong_rate"]
    if over:
        return look(
            name,
            f"{text}; earlier since power-up, over now: {', '.join(over)}",
            "Run `evenstance diagnose`: it listens for ten seconds.",
            over[0],
        )
    return ok(name, text)


def _rate(seen: BoardSeen, side: str) -> Check:
    name = f"rate_{side}"
    faults = _faults(seen, side)
    if faults:
        return not_checked(name, f"the converter has a fault ({', '.join(faults)})")
    if seen.seconds_s <= 0:
        return not_checked(name, "the board's time did not move on")
    rate_sps = seen.conversions(side) / seen.seconds_s
    text = f"{rate_sps:.0f} conversions a second"
    found_by_board = seen.after[f"{side}_faults"] & flags.WRONG_RATE  # then no hold is scored
    if rate_sps < limit("rate_slow_sps") or found_by_board:
        return wrong(
            name,
            f"{text}: RATE is low",
            "Set the RATE pad or jumper of this HX711 to 80 SPS (docs/build-the-board.md), and "
            "power it anew.",
        )
    if not limit("rate_low_sps") <= rate_sps <= limit("rate_high_sps"):
        return look(
            name,
            f"{text}; with RATE high it is 80 to 97",
            "Check the supply of this HX711 (3V3); `evenstance diagnose` measures it for longer.",
        )
    return ok(name, text)


def _calibration(seen: BoardSeen) -> Check:
    sides = [s for s in units.PLATES if seen.calibration[f"{s}_counts_per_kn"] is None]
    if sides:
        which = "the board is" if len(sides) == 2 else f"the {sides[0]} plate is"
        return wrong("calibration", f"{which} not calibrated: no session can start", CALIBRATE)
    gains = ", ".join(
        f"{side} {seen.calibration[f'{side}_counts_per_kn'] / 1e3:+.1f} counts/N"
        for side in units.PLATES
    )
    return ok("calibration", f"number {seen.calibration['calibration_id']}: {gains}")


def _age(seen: BoardSeen) -> Check:
    name = "calibration_age"
    if _calibration(seen).state != "ok":
        return not_checked(name, "there is no calibration")
    made = seen.made_at
    if made is None:
        return look(
            name,
            "not known: the board had no time when it was made",
            "Calibrate again, or test it with a known mass: `evenstance check corners`.",
        )
    days = (seen.now - made).days
    if made > seen.now + AHEAD:
        return look(
            name,
            f"made on {made:%Y-%m-%d}, which is still to come",
            "Set this computer's clock; if it is right, calibrate again.",
            "the-clock-is-wrong",
        )
    if days > OLD_DAYS:
        return look(
            name,
            f"{days} days, made on {made:%Y-%m-%d}; older than 12 months [D]",
            CALIBRATE,
        )
    return ok(name, f"{max(days, 0)} days, made on {made:%Y-%m-%d}")


def _flash(seen: BoardSeen) -> Check:
    status = seen.after
    free_b = int(status["flash_free_b"])
    kept = int(status["next_seq"]) - int(status["first_seq"])
    unpulled = max(int(status["next_seq"]) - 1 - int(status["acked_through"]), 0)
    text = f"{free_b / 1024:.0f} kB free, {kept} trial(s), {unpulled} not pulled"
    if free_b >= limit("flash_b"):
        return ok("flash", text)
    if not kept:
        return (wrong if free_b < TRACE_B else look)(
            "flash",
            f"{text}; other files fill it",
            "Look with `mpremote fs ls` and remove what does not belong there.",
        )
    if not unpulled:
        return ok("flash", f"{text}; what was pulled gives way")
    if free_b < TRACE_B:
        return wrong("flash", f"{text}: the next trial may be lost", PULL)
    return look("flash", text, PULL)


def _memory(seen: BoardSeen) -> Check:
    free_b = int(seen.after["memory_free_b"])
    text = f"{free_b / 1024:.0f} kB free"
    if free_b >= limit("memory_b"):
        return ok("memory", text)
    return look(
        "memory",
        text,
        "Reset the board and look again; if it stays, report `evenstance diagnose`.",
    )

"""Judges one channel: rate, jitter, noise, values, rail, errors, range and zero."""

from __future__ import annotations

from dataclasses import dataclass

from evenstance.health.conversions import Channel, Figures, share_pct
from evenstance.health.limits import limit
from evenstance.health.lines import ERRORS, Examined, Line, Plate, State

PINS = {"left": "SCK GP14, DOUT GP15", "right": "SCK GP16, DOUT GP17"}
EMPTY_IT = "Empty the plate, keep hands and cables away, and run it again."
SEE_VALUES = "See the lines of its values and of saturation."
SEE_RAIL = "See the line of saturation."
BRIDGE = "Check the four bridge wires of this plate (E+, E-, A+, A-) and that they sit firmly."


def channel_lines(side: str, examined: Examined) -> list[Line]:
    """All lines of one side; a channel that gave too little has its reason instead of numbers."""
    channel = examined.channels[side]
    plate = examined.plates[side]
    errors = _errors(side, examined)
    figures = channel.figures
    if figures is None:
        return [_silent(side, channel), *errors, _zero(side, None, plate)]
    at_rail = figures.saturated * 2 > channel.conversions
    return [
        _rate(side, figures),
        _jitter(side, figures),
        _noise(side, figures, plate, at_rail=at_rail),
        _values(side, figures, at_rail=at_rail),
        _saturated(side, figures, channel),
        *errors,
        _range(side, figures, plate, at_rail=at_rail),
        _zero(side, figures, plate),
    ]


def _silent(side: str, channel: Channel) -> Line:
    return Line(
        side,
        "conversions",
        str(channel.reason),
        "fault",
        f"Check VCC, GND, {PINS[side]} of the {side} HX711; a loose wire shows when you move it.",
    )


def _rate(side: str, figures: Figures) -> Line:
    rate = figures.rate_sps
    state: State = "ok"
    advice = None
    if rate < limit("rate_slow_sps"):
        state = "fault"
        advice = (
            "RATE is low (10 SPS): set the RATE pad or jumper of this HX711 to 80 SPS; "
            "docs/build-the-board.md says how."
        )
    elif not limit("rate_low_sps") <= rate <= limit("rate_high_sps"):
        state = "look"
        advice = (
            "An HX711 with RATE high gives 80 to 97 SPS: check its supply (3V3) and, if it has a "
            "crystal, that it is the right one."
        )
    return Line(side, "rate", f"{rate:.2f} conversions per second", state, advice)


def _jitter(side: str, figures: Figures) -> Line:
    wide = figures.jitter_sd_us > limit("jitter_sd_us") or figures.jitter_worst_us > limit(
        "jitter_worst_us"
    )
    return Line(
        side,
        "jitter",
        f"intervals with an SD of {figures.jitter_sd_us:.1f} us, the worst off by "
        f"{figures.jitter_worst_us:.0f} us",
        "look" if wide else "ok",
        "Shorten the wires to this HX711 and check its supply; run it again with nothing else "
        "on the board's port."
        if wide
        else None,
    )


def _noise(side: str, figures: Figures, plate: Plate, *, at_rail: bool) -> Line:
    found = figures.noise_counts
    if found is None:
        return Line(
            side,
            "noise",
            "not told: too few conversions in each second",
            "look",
            "Set RATE high, then run it again.",
        )
    if at_rail or figures.unique_values <= limit("unique_stuck"):
        return Line(side, "noise", "not told: the values do not change", "look", SEE_VALUES)
    force_n = plate.force_n(figures.mean_counts)
    per_n = plate.counts_per_n
    text = f"{found:.1f} counts rms" if per_n is None else f"{found / abs(per_n):.4f} N rms"
    if per_n is not None:
        text += f" ({found:.1f} counts)"
    if force_n is not None and abs(force_n) > limit("loaded_n"):
        return Line(side, "noise", f"{text}, not judged: the plate is not empty", "look", EMPTY_IT)
    size, little, much = (
        (found, limit("noise_counts"), limit("motion_counts"))
        if per_n is None
        else (found / abs(per_n), limit("noise_n"), limit("motion_n"))
    )
    if size > much:
        return Line(
            side,
            "noise",
            text,
            "fault",
            f"If nothing moves on the plate, a bridge wire is open. {BRIDGE}",
        )
    if size > little:
        return Line(
            side,
            "noise",
            text,
            "look",
            "Keep hands off and the floor still; then shorten the cell's wires, keep SCK away "
            "from them, and check that GND and E- are joined on the HX711 board.",
        )
    return Line(side, "noise", text)


def _values(side: str, figures: Figures, *, at_rail: bool) -> Line:
    found = figures.unique_values
    text = f"{found} different value{'' if found == 1 else 's'}"
    if found > limit("unique_few"):
        return Line(side, "values", text)
    if at_rail:
        return Line(side, "values", f"{text}, at the rail", "look", SEE_RAIL)
    stuck = found <= limit("unique_stuck")
    return Line(
        side,
        "values",
        text,
        "fault" if stuck else "look",
        f"A live bridge is never so quiet. {BRIDGE} DOUT may also be shorted.",
    )


def _saturated(side: str, figures: Figures, channel: Channel) -> Line:
    text = f"{figures.saturated} of {channel.conversions} conversions at the rail"
    if not figures.saturated:
        return Line(side, "saturated", text)
    return Line(
        side,
        "saturated",
        text,
        "fault",
        f"Take the load off. If the plate is empty, a bridge wire is open or exchanged. {BRIDGE}",
    )


def _errors(side: str, examined: Examined) -> list[Line]:
    now = {name: examined.grown(f"{name}_{side}") for name in ERRORS}
    ever = {name: int(examined.after[f"{name}_{side}"]) for name in ERRORS}
    text = ", ".join(f"{name} {now[name]}" for name in ERRORS)
    text += " (since power-up " + ", ".join(str(ever[name]) for name in ERRORS) + ")"
    read = max(examined.grown(f"conversions_{side}"), 1)

    def share(name: str) -> float:
        return 100.0 * now[name] / (read + now["dropped"])

    state: State = "ok"
    advice = None
    if now["desynced"] or now["restarts"]:
        state = "look"
        advice = (
            "Readings did not prove themselves: shorten SCK and DOUT of this side, keep SCK away "
            "from the bridge wires, and check that GND and E- are joined."
        )
    elif now["dropped"] or now["overruns"]:
        state = "look"
        advice = (
            "Conversions were lost: run it again with nobody on the board and no other program; "
            "if it stays, report it with --report."
        )
    elif share("late") > limit("late_pct"):
        state = "look"
        advice = "The board was busy: run it again with nobody on it and no other program."
    if max(share("dropped"), share("desynced")) > limit("lost_pct"):
        state = "fault"
    return [Line(side, "errors", text, state, advice)]


def _range(side: str, figures: Figures, plate: Plate, *, at_rail: bool) -> Line:
    low, mean, high = (
        share_pct(n) for n in (figures.min_counts, figures.mean_counts, figures.max_counts)
    )
    text = f"{low:+.3f} to {high:+.3f} % of full scale, mean {mean:+.3f} %"
    takes_n = plate.capacity_n
    if at_rail:
        return Line(side, "range", text, "look", SEE_RAIL)
    if max(abs(low), abs(high)) > limit("range_pct"):
        return Line(
            side,
            "range",
            text,
            "look",
            f"Little is left before the rail. Empty the plate; if it is empty: {BRIDGE}",
        )
    if takes_n is None:
        return Line(side, "range", text)
    text += f"; {takes_n:.0f} N from the zero to the rail"
    if takes_n < plate.rating_n:
        return Line(
            side,
            "range",
            f"{text}, rated {plate.rating_n:.0f} N",
            "look",
            "The rail comes before the rating: calibrate again with the right --rating, or use a "
            "cell for more load.",
        )
    return Line(side, "range", text)


@dataclass(frozen=True)
class Shift:
    """How far an empty plate is from its zeros (N), or `why_not` and what to do about that."""

    since_zero_n: float | None = None
    since_calibration_n: float | None = None
    why_not: str | None = None
    advice: str | None = None


def zero_shift(figures: Figures | None, plate: Plate) -> Shift:
    """The shift is told of a calibrated, empty and quiet plate only."""
    if figures is None:
        return Shift(why_not="the channel gave too little", advice="See the line above.")
    force_n = plate.force_n(figures.mean_counts)
    if force_n is None or plate.counts_per_n is None:
        return Shift(
            why_not="the board is not calibrated",
            advice="Run `evenstance calibrate` with known masses when the other lines are ok.",
        )
    if figures.saturated:
        return Shift(why_not="the converter is at its rail", advice=SEE_RAIL)
    if abs(force_n) > limit("loaded_n"):
        return Shift(
            why_not=f"{force_n:+.1f} N on the plate, a load or a zero that has moved",
            advice="Empty the plate and run it again; if it is empty, `evenstance zero`.",
        )
    if (figures.noise_counts or 0.0) / abs(plate.counts_per_n) > limit("motion_n"):
        return Shift(why_not="something moves on the plate", advice=EMPTY_IT)
    since_n = None
    if plate.calibration_zero_counts is not None:
        since_n = (figures.mean_counts - plate.calibration_zero_counts) / plate.counts_per_n
    return Shift(force_n, since_n)


def _zero(side: str, figures: Figures | None, plate: Plate) -> Line:
    shift = zero_shift(figures, plate)
    if shift.since_zero_n is None:
        return Line(side, "zero", f"not told: {shift.why_not}", "look", shift.advice)
    text = f"moved by {shift.since_zero_n:+.2f} N since the last zero"
    since_n = shift.since_calibration_n
    if since_n is not None:
        text += f", {since_n:+.2f} N since the calibration"
    if since_n is not None and abs(since_n) > limit("calibration_shift_n"):
        return Line(
            side,
            "zero",
            text,
            "look",
            "The plate was rebuilt, bent or overloaded since: see that it is free all round, then "
            "calibrate again.",
        )
    if abs(shift.since_zero_n) > limit("zero_shift_n"):
        return Line(
            side,
            "zero",
            text,
            "look",
            "See that the plate is free all round and warmed up for ten minutes, then "
            "`evenstance zero`.",
        )
    return Line(side, "zero", text)

"""Judges what the board says of itself: memory, flash, journal, restarts, clock, link."""

from __future__ import annotations

from evenstance.health.limits import limit
from evenstance.health.lines import Examined, Line

PULL = "Run `evenstance pull`; what was pulled makes room by itself."


def board_state_lines(examined: Examined) -> list[Line]:
    """The lines that belong to neither channel."""
    return [
        _memory(examined),
        _flash(examined),
        _journal(examined),
        _restarts(examined),
        _clock(examined),
        _link(examined),
    ]


def _memory(examined: Examined) -> Line:
    free = int(examined.after["memory_free_b"])
    short = free < limit("memory_b")
    return Line(
        "board",
        "memory",
        f"{free / 1024:.0f} kB free",
        "look" if short else "ok",
        "Reset the board and run it again; if it stays, report it with --report."
        if short
        else None,
    )


def _unpulled(examined: Examined) -> int:
    return max(int(examined.after["next_seq"]) - 1 - int(examined.after["acked_through"]), 0)


def _flash(examined: Examined) -> Line:
    free = int(examined.after["flash_free_b"])
    text = f"{free / 1024:.0f} kB free"
    if free >= limit("flash_b") or not _unpulled(examined):
        return Line("board", "flash", text)  # what was pulled gives way to new trials
    return Line("board", "flash", text, "look", PULL)


def _journal(examined: Examined) -> Line:
    status = examined.after
    kept = int(status["next_seq"]) - int(status["first_seq"])
    text = f"{kept} trial(s) on the board, {_unpulled(examined)} not pulled"
    lost, given_up = int(status["holds_lost"]), int(status["traces_given_up"])
    damaged = int(status["quarantined"])
    if lost or given_up:
        text += f"; since power-up {lost} lost, {given_up} without a trace"
        return Line("board", "journal", text, "look", f"The flash was full. {PULL}")
    if damaged:
        return Line(
            "board",
            "journal",
            f"{text}; {damaged} damaged file(s) set aside",
            "look",
            "Run `evenstance pull`: all else can be read. If it grows, the flash is worn.",
        )
    return Line("board", "journal", text)


def _restarts(examined: Examined) -> Line:
    count = int(examined.after["hung_restarts"])
    return Line(
        "board",
        "watchdog",
        f"{count} restart(s) of a firmware that hung, since power-up",
        "look" if count else "ok",
        "Holds that were stored are kept. Report it with --report." if count else None,
    )


def _clock(examined: Examined) -> Line:
    known = bool(examined.after["clock_set"])
    return Line(
        "board",
        "clock",
        "set" if known else "not set",
        "ok" if known else "look",
        None if known else "Any command sets it; run `evenstance info`, then look again.",
    )


def _link(examined: Examined) -> Line:
    lost = sum(channel.lost for channel in examined.channels.values())
    dropped, damaged = examined.grown("frames_dropped"), examined.grown("frames_damaged")
    text = (
        f"{lost} conversion(s) lost on the way here, {dropped} frame(s) dropped by the board, "
        f"{damaged} damaged"
    )
    if not (lost or dropped or damaged):
        return Line("board", "link", text)
    return Line(
        "board",
        "link",
        text,
        "look",
        "The rate counts them as missing. Use another USB cable or port without a hub, and close "
        "programs that keep this computer busy.",
    )

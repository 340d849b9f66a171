"""Drivers of the HX711 side by side on one board: what each captures, and what it costs.

    make bench-board PORT=/dev/ttyACM0
    python tests/bench/board/drivers.py --port socket://127.0.0.1:3333 --control 127.0.0.1:3334 \
        --log conversions.csv --loop 931,918 --their-pio hx711_pio.py --their-gpio hx711_gpio.py

Ours come from this tree; those of others are files given by path, and nothing is written to the
board: it runs everything from a mounted folder, and its own firmware starts again at the next
reset. Both chips are read in one loop, one driver after the other.

Truth is the log of an emulated board (`--log`: chip, time, index, counts of every conversion).
With `--loop` the chips repeat a recording of so many conversions, and each driver is judged by
one whole round of it: the same conversions for everyone. Without, each has its own ten seconds.
On hardware nobody knows the truth: captured is then the measured number of values, wrong unknown.

The CPU's time is all but its sleep, of everything that runs meanwhile, over the values captured.
On an emulated board (`--control`) that is what the emulator says; else what `sleep_ms` took is
counted on the board as sleep. A driver that waits by looking has no sleep, and pays for it here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from proving.control import Control
from proving.figures import Figures

ROOT = Path(__file__).resolve().parents[3]
CAPTURE = ROOT / "tests" / "bench" / "board_side" / "capture.py"
CHIPS = ("left", "right")
SECONDS = 10
PAUSE_S = 1.0  # of the board before and after the reading
SETTLE_S = PAUSE_S + 0.5  # from BEGIN to the first conversion that is judged
LONGEST_S = 600.0
OURS = "Evenstance"


@dataclass(frozen=True)
class Driver:
    """One row of the table."""

    name: str
    label: str
    file: Path | None = None  # of others
    option: str = ""


@dataclass(frozen=True)
class Span:
    """What a driver read, and the emulated time and sleep at its begin and end, if known."""

    values: tuple[list[int], list[int]]
    errors: tuple[int, int]
    took_us: int
    slept_us: int | None
    began: dict[str, Any]
    ended: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A result; None is unknown."""

    driver: str
    captured_pct: tuple[float | None, float | None]
    values: tuple[int, int]
    void: tuple[int, int]
    wrong: int | None
    cpu_us_per_conversion: float | None
    cpu_pct: float
    power_downs: int | None


def main() -> int:
    """Run the drivers and print the table."""
    options = arguments()
    rows: list[Row] = []
    for driver in drivers(options):
        if driver.option and driver.file is None:
            print(f"{driver.label}: skipped, no file given ({driver.option})", file=sys.stderr)
            continue
        print(f"{driver.label}: reading", file=sys.stderr)
        rows.append(judged(driver, capture(driver, options), options))
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
    else:
        print_table(rows, options)
    return judge(rows, options)


def judge(rows: Sequence[Row], options: argparse.Namespace) -> int:
    """What is wanted of ours, and that none costs less; 1 when it is not so."""
    figures = Figures("3")
    ours = [row for row in rows if row.driver.startswith(OURS)]
    for row in rows:
        wanted = row in ours
        for side, share, n in zip(CHIPS, row.captured_pct, row.values, strict=True):
            what = f"{row.driver}: {side} captured"
            if options.log is None:
                figures.add(f"{row.driver}: {side} values", n)
            elif wanted:
                figures.add(what, share, "%", "equal to", 100.0)
            elif row.wrong is not None:
                figures.add(what, share, "%")
        if wanted:
            figures.add(f"{row.driver}: wrong values", row.wrong, "", "equal to", 0)
        else:
            figures.add(f"{row.driver}: wrong values", row.wrong)
        figures.add(f"{row.driver}: CPU per conversion", row.cpu_us_per_conversion, "us")
    costs = {row.driver: row.cpu_us_per_conversion for row in rows if row.cpu_us_per_conversion}
    others = [cost for name, cost in costs.items() if not name.startswith(OURS)]
    mine = [costs[row.driver] for row in ours if row.driver in costs]
    if others and mine:
        least = min(others)
        figures.add("dearest of ours, per conversion", max(mine), "us", "below", least)
    return figures.finish(options.figures)


def arguments() -> argparse.Namespace:
    """The options."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n", maxsplit=1)[0],
    )
    parser.add_argument("--port", required=True, help="serial port, or socket://HOST:PORT")
    parser.add_argument("--control", help="HOST:PORT of the emulator's control socket")
    parser.add_argument("--log", type=Path, help="the emulator's log of conversions")
    parser.add_argument("--loop", help="conversions of LEFT,RIGHT after which they repeat")
    parser.add_argument("--their-pio", type=Path, help="hx711_pio.py of robert-hh/hx711")
    parser.add_argument("--their-gpio", type=Path, help="hx711_gpio.py of robert-hh/hx711")
    parser.add_argument(
        "--interrupts",
        action="store_true",
        help="a timer interrupts everything for 90 us, 1700 times a second (not on 1.24)",
    )
    parser.add_argument("--only", help="names of drivers, separated by commas")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--figures", type=Path, help="write the figures here, as JSON")
    options, _ = parser.parse_known_args()
    if options.log and not options.control:
        parser.error("--log needs --control: the log is in emulated time")
    if options.loop and not options.log:
        parser.error("--loop needs --log")
    return options


def drivers(options: argparse.Namespace) -> list[Driver]:
    """Everything that can be compared."""
    every = [
        Driver("nothing", "nothing, asleep"),
        Driver("our_pio", "Evenstance, PIO and DMA"),
        Driver("our_gpio", "Evenstance, pins"),
        Driver("their_pio", "robert-hh/hx711, PIO", options.their_pio, "--their-pio"),
        Driver("their_gpio", "robert-hh/hx711, pins", options.their_gpio, "--their-gpio"),
        Driver("plain", "plain bytecode"),
    ]
    wanted = options.only.split(",") if options.only else [one.name for one in every]
    return [one for one in every if one.name in wanted]


# -- on the board ---------------------------------------------------------------------------------


def capture(driver: Driver, options: argparse.Namespace) -> Span:
    """Run one driver on the board."""
    seconds = SECONDS * (2 if options.loop else 1) + 3
    with tempfile.TemporaryDirectory() as folder:
        mount = Path(folder)
        shutil.copy(CAPTURE, mount)
        for source in ("firmware/evenstance_board", "shared/evenstance_wire"):
            shutil.copytree(
                ROOT / source,
                mount / Path(source).name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        if driver.file is not None:
            shutil.copy(driver.file, mount / f"{driver.name}.py")
        call = (
            f"import capture; "
            f"capture.run({driver.name!r}, {seconds}, {not options.control}, {options.interrupts})"
        )
        command = [sys.executable, "-m", "mpremote", "connect", options.port]
        with subprocess.Popen(
            [*command, "mount", str(mount), "exec", call],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            return listen(process.stdout, options)


def listen(lines: Any, options: argparse.Namespace) -> Span:
    """Take what the board prints, and the emulator's clock at BEGIN and END."""
    began: dict[str, Any] = {}
    ended: dict[str, Any] = {}
    found: dict[str, list[int]] = {}
    said: list[str] = []
    for line in lines:
        said.append(line)
        words = line.split()
        if words == ["BEGIN"]:
            began = stats(options.control)
        elif words == ["END"]:
            ended = stats(options.control)
        elif words[:1] == ["TOOK"]:
            found["took"] = [int(word) for word in words[1:]]
        elif words[:1] == ["KEPT"]:
            found[words[1]] = [int(word) for word in words[2:]]
    if set(found) != {"took", "0", "1"}:
        sys.exit("the board did not finish:\n" + "".join(said[-15:]))
    took_us, slept_us = found["took"]
    if began:
        waited_s = ended["emu_s"] - began["emu_s"] - took_us / 1e6
        if not PAUSE_S <= waited_s <= 3 * PAUSE_S:
            sys.exit("this computer was too busy to read the emulator's clock in time: again")
    return Span(
        (found["0"][1:], found["1"][1:]),
        (found["0"][0], found["1"][0]),
        took_us,
        slept_us if slept_us >= 0 else None,
        began,
        ended,
    )


def stats(control: str | None) -> dict[str, Any]:
    """The emulator's counters, empty without one."""
    return Control(control).stats() if control else {}


# -- the judgement --------------------------------------------------------------------------------


def judged(driver: Driver, span: Span, options: argparse.Namespace) -> Row:
    """Compare what was read with the truth, if there is one."""
    if span.began:
        passed_s = span.ended["emu_s"] - span.began["emu_s"]
        busy_us = 1e6 * (passed_s - (span.ended["wfe_s"] - span.began["wfe_s"]))
    else:
        assert span.slept_us is not None
        busy_us = span.took_us - span.slept_us
    n = sum(map(len, span.values))
    shares: list[float | None] = [None, None]
    wrong: int | None = None
    if options.log and n:
        wrong = 0
        for k in (0, 1):
            known = truth(options, span, k)
            share, count = compare(span.values[k], known, *judged_indices(options, span, known, k))
            shares[k] = share
            wrong += count
    return Row(
        driver.label,
        (shares[0], shares[1]),
        (len(span.values[0]), len(span.values[1])),
        span.errors,
        wrong,
        busy_us / n if n else None,
        100.0 * busy_us / span.took_us,
        power_downs(span),
    )


def power_downs(span: Span) -> int | None:
    """How often a chip was powered down, wanted or not, while it was read."""
    if not span.began:
        return None
    downs = [
        sum(span_stats["chips"][chip]["powerdowns"] for chip in CHIPS)
        for span_stats in (span.began, span.ended)
    ]
    return downs[1] - downs[0]


def truth(options: argparse.Namespace, span: Span, k: int) -> dict[int, tuple[float, int]]:
    """Conversions of a chip while the driver read: index -> time (s), counts."""
    deadline = time.monotonic() + LONGEST_S
    while True:
        found: dict[int, tuple[float, int]] = {}
        last_s = 0.0
        with options.log.open(encoding="ascii") as file:
            next(file)
            for line in file:
                fields = line.strip().split(",")
                if len(fields) != 4 or not line.endswith("\n"):
                    continue  # still being written
                at_s = int(float(fields[1])) / 1e6
                if fields[0] == CHIPS[k]:
                    last_s = at_s
                    if span.began["emu_s"] - 0.1 <= at_s <= span.ended["emu_s"] + 0.1:
                        found[int(fields[2])] = (at_s, int(fields[3]))
        if last_s > span.ended["emu_s"] + 0.1:
            return found
        if time.monotonic() > deadline:
            sys.exit(f"{options.log} ends at {last_s:.1f} s: is it this emulator's log?")


def judged_indices(
    options: argparse.Namespace, span: Span, known: dict[int, tuple[float, int]], k: int
) -> tuple[range, int]:
    """The conversions by which a driver is judged, and how many an undisturbed chip makes.

    A chip that is powered down by its driver makes fewer, which must not look like a better share.
    """
    from_s = span.began["emu_s"] + SETTLE_S
    until_s = span.began["emu_s"] + span.took_us / 1e6
    first = min(n for n, (at_s, _) in known.items() if at_s >= from_s)
    length = 0
    if options.loop:
        length = int(options.loop.split(",")[k])
        begin_of_round = -(-first // length) * length
        if known.get(begin_of_round, (until_s, 0))[0] + SECONDS <= until_s:
            first = begin_of_round
    end_s = known[first][0] + SECONDS
    wanted = range(first, 1 + max(n for n, (at_s, _) in known.items() if at_s < end_s))
    return (wanted[:length] if length else wanted), length or len(wanted)


def compare(
    values: Sequence[int], known: dict[int, tuple[float, int]], wanted: range, of: int
) -> tuple[float, int]:
    """Share (% `of` so many) of the wanted that came, in order; and how many values are none.

    A value counts for one conversion only: one read twice is wrong the second time.
    """
    indices = sorted(known)
    pairs = in_order(values, [known[n][1] for n in indices])
    places = [i for i, j in pairs if indices[j] in wanted]
    if not places:
        return 0.0, len(values)
    wrong = places[-1] - places[0] + 1 - len(places)
    return 100.0 * len(places) / of, wrong


def in_order(found: Sequence[int], true: Sequence[int]) -> list[tuple[int, int]]:
    """The longest common subsequence, as places in both."""
    row = [0] * (len(true) + 1)
    steps: list[bytearray] = []  # 0: a pair, 1: the true one was not found, 2: a wrong one
    for value in found:
        new = [0] * (len(true) + 1)
        step = bytearray(len(true) + 1)
        for j, other in enumerate(true, 1):
            if value == other:
                new[j] = row[j - 1] + 1
            elif new[j - 1] >= row[j]:
                new[j] = new[j - 1]
                step[j] = 1
            else:
                new[j] = row[j]
                step[j] = 2
        steps.append(step)
        row = new
    pairs: list[tuple[int, int]] = []
    i, j = len(found), len(true)
    while i and j:
        step = steps[i - 1][j]
        if step == 0:
            pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif step == 1:
            j -= 1
        else:
            i -= 1
    return pairs[::-1]


# -- the table ------------------------------------------------------------------------------------


def print_table(rows: Sequence[Row], options: argparse.Namespace) -> None:
    """Print the rows and what they mean."""
    form = "{:<26}{:>14}{:>10}{:>8}{:>6}{:>12}{:>19}{:>9}"
    print(
        form.format(
            *("driver", "captured left", "right", "wrong", "void"),
            *("power-downs", "CPU us/conversion", "CPU"),
        )
    )
    for row in rows:
        shares = [
            f"{share:.2f} %" if share is not None else f"n={n}"
            for share, n in zip(row.captured_pct, row.values, strict=True)
        ]
        wrong = "unknown" if row.wrong is None else row.wrong
        downs = "unknown" if row.power_downs is None else row.power_downs
        cost = "" if row.cpu_us_per_conversion is None else f"{row.cpu_us_per_conversion:.0f}"
        cpu = f"{row.cpu_pct:.1f} %"
        print(form.format(row.driver, *shares, wrong, sum(row.void), downs, cost, cpu))
    if options.loop:
        print("judged by one whole round of the same recording for every driver")
    elif options.log:
        print("judged by ten seconds each, one after the other: not the same conversions")
    else:
        print("no truth on this board: values are counted, whether they are right is unknown")
    if options.interrupts:
        print("under interrupts of 90 us, 1700 times a second; their time is in all rows")
    if not options.control:
        print("CPU: all but what sleep_ms took, counted on the board")


if __name__ == "__main__":
    sys.exit(main())

"""What a soak has shown: holds, memory, wraps, and whether any of it is wrong."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.store.database import open_store
from proving.soak.account import AFTER_US, WRAP_US, Account, Seen, account, virtual_us
from proving.soak.life import MS_WRAP_US, Life
from proving.soak.slope import Slope, slope

_HOUR_US = 3600e6
WARM_H = 3.0  # until then caches fill; that of SQLite holds 2 MB of a history that grows
LEAST_H = 1.0  # in minutes a slope says nothing
DAY_PCT = 5.0  # of what is free, or taken, may change in a day


@dataclass(frozen=True)
class Judged:
    """The figures of a soak; `wrong` is empty when all is as it must be."""

    hours: float
    account: Account
    wraps_us: int
    wraps_ms: int
    memory: dict[str, tuple[Slope, float]]  # with what there was in the middle
    wrong: list[str]


def judge(life: Life, hours: float, *, warm_h: float = WARM_H) -> Judged:
    """Compare what was done with what is stored; `life` has finished and is still on."""
    record = life.record
    wrong = list(record.unexpected)
    os.environ["EVENSTANCE_HOME"] = str(life.home)
    with open_store() as store:
        stored = store.trials()
    wrong += _compared(life, [each.hold.seq for each in stored])
    seen: list[Seen] = []
    for each in stored:
        base = record.bases.get(each.hold.boot_id)
        if base is None:
            wrong.append(f"seq {each.hold.seq}: of a boot that nobody met")
            continue
        lift_us = virtual_us(each.hold.lift_off_device_s * 1e6, base, life.offset_us)
        seen.append(Seen(each.hold, lift_us))
    last_us = record.answers[-1]["from_us"] - AFTER_US
    found = account(life.person.stances, seen, record.troubles, life.offset_us, until_us=last_us)
    wrong += found.wrong
    end_us = life.now_us + life.offset_us
    memory = _memory(record.answers, warm_h)
    for name, (per_hour, there) in memory.items():
        grows = -per_hour.per_hour if name.startswith("board") else per_hour.per_hour
        least = grows - per_hour.half_width
        if hours >= LEAST_H and least * 24 > there * DAY_PCT / 100:
            wrong.append(f"{name}: {per_hour.text()}")
    return Judged(
        hours,
        found,
        end_us // WRAP_US - life.offset_us // WRAP_US,
        end_us // MS_WRAP_US - life.offset_us // MS_WRAP_US,
        memory,
        wrong,
    )


def _memory(answers: list[dict[str, Any]], warm_h: float) -> dict[str, tuple[Slope, float]]:
    began_us = answers[0]["at_us"]
    rows: Mapping[str, list[tuple[int, float, float]]] = {
        "board, free bytes": [],
        "host, blocks": [],
        "host, resident bytes": [],
    }
    met: set[int | None] = set()  # at its first contact a board takes what it then keeps
    for answer in answers:
        hour = (answer["at_us"] - began_us) / _HOUR_US
        if "status" in answer and answer["boot_id"] in met:
            free_b = float(answer["status"]["memory_free_b"])
            rows["board, free bytes"].append((answer["boot_id"], hour, free_b))
        met.add(answer.get("boot_id"))
        if hour >= warm_h:
            rows["host, blocks"].append((0, hour, float(answer["blocks"])))
            rows["host, resident bytes"].append((0, hour, float(answer["rss_b"])))
    return {
        name: (slope(row), sorted(v for _, _, v in row)[len(row) // 2] if row else 0.0)
        for name, row in rows.items()
    }


def _compared(life: Life, seqs: list[int]) -> list[str]:
    """The history against the board's journal: each number once, each byte the same."""
    wrong: list[str] = []
    with sqlite3.connect(life.home / "history.sqlite3") as db:
        if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            wrong.append("the history is damaged")
        rows = dict(db.execute("SELECT seq, summary FROM trial").fetchall())
    db.close()
    client = BoardClient(SerialPort(life.board.port))
    try:
        client.hello(patience_s=30.0)
        status = client.status()
        for seq in range(status["first_seq"], status["next_seq"]):
            on_board = client.summary(seq)
            if on_board != rows.get(seq) and seq <= max(rows, default=0):
                wrong.append(f"seq {seq}: other bytes on the board than in the history")
    finally:
        client.close()
    if sorted(seqs) != list(range(1, len(seqs) + 1)):
        missing = sorted(set(range(1, max(seqs, default=0) + 1)) - set(seqs))
        wrong.append(f"{len(seqs)} trials, not each number once; missing {missing}")
    for name in ("holds_lost", "traces_given_up", "quarantined", "hung_restarts"):
        wrong += [
            f"{name} {answer['status'][name]} at {answer['at_us'] / 1e6:.0f} s"
            for answer in life.record.answers
            if "status" in answer and answer["status"][name]
        ][:1]
    if status["acked_through"] < len(seqs):
        wrong.append(f"acknowledged through {status['acked_through']} of {len(seqs)}")
    return wrong


def report(found: Judged, record_done: Mapping[str, int], wall_s: float, seed: int) -> str:
    """The figures as Markdown."""
    holds = found.account
    lines = [
        f"Seed {seed}: {found.hours:.2f} hours of the board's time in {wall_s / 60:.0f} minutes.",
        "",
        "| what | figure |",
        "| --- | --- |",
        f"| wraps of `ticks_us` crossed | {found.wraps_us}, "
        f"{holds.wrapped} of them in a hold that was stored as it was done |",
        f"| wraps of `ticks_ms` crossed | {found.wraps_ms} |",
    ]
    lines += [
        f"| {name}: {there:,.0f} | {per_hour.text()} |"
        for name, (per_hour, there) in found.memory.items()
    ]
    lines += ["", "| what was done | times |", "| --- | --- |"]
    names = {
        "pull": "a pull",
        "cut": "a pull whose cable is cut",
        "watch": "a host that watches",
        "deaf": "a host that wants live frames and reads nothing",
        "fault": "a fault of a converter",
        "interrupt": "Ctrl-C, then a soft reset",
        "power": "a power cut",
    }
    lines += [f"| {names[what]} | {times} |" for what, times in sorted(record_done.items())]
    lines += ["", "| stances on one leg | |", "| --- | --- |", f"| all | {holds.stances} |"]
    lines += [
        f"| stored as they were done | {holds.as_done} |",
        f"| steps under 2 s, rightly not stored | {holds.steps} |",
    ]
    for title, counted in (
        ("stored, changed by", holds.otherwise),
        ("not stored, for", holds.lost),
        ("trials that nobody did, for", holds.more),
    ):
        lines += [f"| {title} {kind} | {n} |" for kind, n in sorted(counted.items())]
    lines += [f"| errors, those of memory too | {len(found.wrong)} |", ""]
    lines += [f"- {text}" for text in found.wrong]
    return "\n".join(lines)

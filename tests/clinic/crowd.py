"""Many laptops and boards on one clinic's history, while clients and the server are killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from boards import client_on, trial_bytes
from programs import command_line, environment, until

from clinic.server import DATABASE, Server
from clinic.writers import HOLDS, LINE_BYTES, Laptop, Running, Unit, units_of
from evenstance.clinic.setup import open_as_owner
from evenstance.errors import LinkLostError, NoBoardError, StoreError
from evenstance.store.location import STORE_VARIABLE
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses

CLINIC = "north"
INTERRUPTED = {-9, StoreError.exit_code, NoBoardError.exit_code, LinkLostError.exit_code}
MOST_PULLS = 60
SPREAD = 8  # pulls of a board, spread over the work
DEADLINE_S = 4 * 3600.0
Key = tuple[str, str, int]


@dataclass
class Told:
    """What was done, and everything that was wrong."""

    strikes: Counter[str] = field(default_factory=Counter[str])
    pulls: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    holds: int = 0
    from_boards: int = 0
    write_s: float = 0.0


def make_clinic(server: Server, logins: list[str], database: str = DATABASE) -> None:
    """A clinic in an empty database, with these logins in it."""
    with open_as_owner(server.url(database=database)) as owner:
        owner.init()
        owner.add_clinic(CLINIC)
        for login in logins:
            server.sql(
                f"DO $$ BEGIN CREATE ROLE {login} LOGIN; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
            owner.grant(login, CLINIC, "measure")


def crowd(
    server: Server,
    folder: Path,
    *,
    holds: int,
    writers: int,
    images: list[Path],
    kills: int,
    restarts: int,
    seed: int,
    spread: int = SPREAD,
) -> Told:
    """All at once until everything is stored; then what is in the history is counted."""
    rng = random.Random(seed)
    told = Told()
    units = units_of(holds, writers // 2)
    laptops = [
        Laptop(
            n,
            server.url(f"laptop_{n}"),
            units[n // 2],
            n % 2,
            folder / f"laptop-{n}.log",
            clock_s=rng.uniform(-240.0, 240.0),
        )
        for n in range(writers)
    ]
    make_clinic(server, [f"laptop_{n}" for n in range(writers)])
    work = Work(laptops, spread)
    expected = {
        (unit.board_uid, unit.journal_id, seq): unit.summary(seq)
        for of_board in units
        for unit in of_board
        for seq in unit.seqs
    }
    began = time.monotonic()
    with ThreadPoolExecutor(max(1, len(images))) as pool:
        pulling = [
            pool.submit(_board, n, image, work, folder, random.Random(f"{seed} {n}"), told)
            for n, image in enumerate(images)
        ]
        try:
            _write(server, work, sorted(_strikes(kills, restarts, rng)), told)
        finally:
            work.over = True
        told.write_s = time.monotonic() - began
        for board in pulling:
            expected |= board.result()
    count_all(server, expected, [unit for of_board in units for unit in of_board], told)
    return told


class Work:
    """What the laptops have to store, and how much of it is done."""

    def __init__(self, laptops: list[Laptop], spread: int) -> None:
        self.laptops = laptops
        self.spread = spread
        self.over = False
        self._wanted = sum(len(laptop.units) for laptop in laptops)

    def done(self) -> float:
        """From 0 to 1."""
        return sum(_size(one.log) for one in self.laptops) / LINE_BYTES / self._wanted


def _strikes(kills: int, restarts: int, rng: random.Random) -> list[tuple[float, str]]:
    """At which part of the work what is struck."""
    found = [(rng.uniform(0.02, 0.98), "kill") for _ in range(kills)]
    return found + [
        (rng.uniform(0.05, 0.95), ("fast", "immediate")[n % 2]) for n in range(restarts)
    ]


def _write(server: Server, work: Work, strikes: list[tuple[float, str]], told: Told) -> None:
    rng = random.Random(len(strikes))
    laptops = work.laptops
    running = {laptop.number: Running(laptop) for laptop in laptops}
    end = time.monotonic() + DEADLINE_S
    try:
        while strikes or any(one.code != 0 for one in running.values()):
            assert time.monotonic() < end, "not everything was stored"
            failed = [n for n, one in running.items() if one.code not in (None, 0)]
            assert not failed, f"laptop {failed[0]} gave up"
            if strikes and work.done() >= strikes[0][0]:
                _strike(server, laptops, running, strikes.pop(0)[1], rng, told)
            time.sleep(0.01)
    finally:
        for one in running.values():
            one.kill()


def _strike(
    server: Server,
    laptops: list[Laptop],
    running: dict[int, Running],
    kind: str,
    rng: random.Random,
    told: Told,
) -> None:
    if kind == "kill":
        alive = [n for n, one in running.items() if one.code is None]
        number = rng.choice(alive or [0])
        if running[number].kill():
            told.strikes["laptop killed"] += 1
        running[number] = Running(laptops[number])
        return
    known = {unit for laptop in laptops for unit in laptop.committed()}
    server.stop(kind)
    server.start()
    told.strikes[f"server stopped: {kind}"] += 1
    told.wrong += forgotten(server, known)


def forgotten(server: Server, known: set[tuple[int, int]]) -> list[str]:
    """What a laptop was told is stored must be there after a crash."""
    rows = server.sql(
        f"SELECT board_uid, (seq - 1) / {HOLDS}, count(*) FROM evenstance.trial GROUP BY 1, 2"
    )
    there = {
        (uid, int(number)): int(count)
        for uid, number, count in (line.split("|") for line in rows.splitlines())
    }
    return [
        f"lost after a crash: board {board}, part {number}"
        for board, number in known
        if there.get((Unit(board, number, 0, 0).board_uid, number)) != HOLDS
    ]


def _board(
    number: int, image: Path, work: Work, folder: Path, rng: random.Random, told: Told
) -> dict[Key, bytes]:
    """Pull a board to its end; what it holds must then be in the history."""
    uid = f"CLINIC{number:02d}".encode()
    # As fast as a real one: nobody stands on it.
    with VirtualBoard(
        Masses(), Wiring.drawn(number + 1), speed=1.0, flash_image=image, unique_id=uid
    ) as board:
        _pull(board, work, folder, rng, told)
        with client_on(board.port) as client:
            hello, held, status = client.hello(), trial_bytes(client), client.status()
    if status["acked_through"] != max(held):
        told.wrong.append(f"board {hello.board_uid} was not told that all is safe")
    told.from_boards += len(held)
    return {(hello.board_uid, hello.journal_id, seq): held[seq][0] for seq in held}


def _pull(board: VirtualBoard, work: Work, folder: Path, rng: random.Random, told: Told) -> None:
    """One laptop, another one, or two at once; at first they are killed, if they run so long."""
    for number in range(MOST_PULLS):
        until(lambda n=number: work.over or work.done() >= n / work.spread, "its turn", DEADLINE_S)
        two = rng.sample(work.laptops, 2 if number % 3 == 2 else 1)
        begun = [_program(board, laptop, folder) for laptop in two]
        calm = number >= work.spread // 2 and number % 2 == 0
        if not calm:
            try:
                begun[0].wait(rng.uniform(0.5, 6.0))
            except subprocess.TimeoutExpired:
                begun[0].kill()
        said = [one.communicate(timeout=300.0) for one in begun]
        for one, (out, err) in zip(begun, said, strict=True):
            code = one.returncode
            if code == 0:
                told.pulls["ended"] += 1
                told.pulls["brought new trials"] += json.loads(out)["new"] > 0
            elif code in INTERRUPTED:
                told.pulls["killed" if code == -9 else f"ended with exit code {code}"] += 1
            else:
                told.wrong.append(f"pull ended with {code}: {err[-300:]}")
        if calm and begun[0].returncode == 0 and json.loads(said[0][0])["new"] == 0:
            return
    told.wrong.append(f"{board.port} was not pulled in {MOST_PULLS} times")


def _program(board: VirtualBoard, laptop: Laptop, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command_line("pull", "--json", "--port", board.port),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**environment(folder / "home"), STORE_VARIABLE: laptop.url},
    )


def count_all(server: Server, expected: dict[Key, bytes], units: list[Unit], told: Told) -> None:
    """Every hold once, as the board told it, of the person it is of; nobody twice."""
    query = (
        "SELECT t.board_uid, t.journal_id, t.seq, t.summary, a.name, t.purpose, s.athlete_id = "
        "t.athlete_id, (SELECT count(*) FROM evenstance.result r WHERE r.clinic = t.clinic "
        "AND r.trial_id = t.id) FROM evenstance.trial t "
        "LEFT JOIN evenstance.athlete a ON a.clinic = t.clinic AND a.id = t.athlete_id "
        "LEFT JOIN evenstance.session s ON s.clinic = t.clinic AND s.id = t.session_id"
    )
    found: dict[Key, bytes] = {}
    whose = {(unit.board_uid, seq): unit.name for unit in units for seq in unit.seqs}
    with psycopg.connect(server.url().replace("+psycopg", "")) as db:
        for uid, journal, seq, summary, name, purpose, same, results in db.execute(query):
            key = (uid, journal, seq)
            told.holds += 1
            if key in found:
                told.wrong.append(f"twice: {key}")
            found[key] = summary
            wanted = whose.get((uid, seq))
            if (name, purpose) != (wanted, "unassigned" if wanted is None else "scored"):
                told.wrong.append(f"{key} is {purpose} of {name}, not of {wanted}")
            if wanted is not None and (not same or results != 1):
                told.wrong.append(f"{key}: person of its session {same}, {results} results")
        row = db.execute(
            "SELECT count(*), count(DISTINCT name) FROM evenstance.athlete"
        ).fetchone()
    people = len({unit.name for unit in units})
    if row != (people, people):
        told.wrong.append(f"people: {row}, not {people}")
    told.wrong += [f"lost: {key}" for key in sorted(expected.keys() - found.keys())[:20]]
    told.wrong += [f"of nowhere: {key}" for key in sorted(found.keys() - expected.keys())[:20]]
    told.wrong += [f"changed: {k}" for k, v in expected.items() if found.get(k, v) != v][:20]


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0

"""What a command costs on a clinic's history: processor time of the program and of the server."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from programs import until

from clinic.server import Server
from evenstance.store.location import HOME_VARIABLE, STORE_VARIABLE
from proving.processor import processor_s

TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Took:
    """Processor time of the program and of what the server did for it; time on the wall."""

    program_s: float
    server_s: float
    wall_s: float

    @property
    def work_s(self) -> float:
        """All processor time."""
        return self.program_s + self.server_s


def took(server: Server, url: str, home: Path, *words: str) -> Took:
    """One command as a process of its own; nothing else may use the server meanwhile."""
    before_s, quiet = _ended_s(server), len(_children(server))
    began = time.monotonic()
    program_s = processor_s(words, {**os.environ, HOME_VARIABLE: str(home), STORE_VARIABLE: url})
    wall_s = time.monotonic() - began
    assert program_s is not None, f"{words} failed"
    until(lambda: len(_children(server)) <= quiet, "the server's process to end")
    return Took(program_s, _ended_s(server) - before_s, wall_s)


@dataclass(frozen=True)
class Paired:
    """Medians of both, and of the ratios of the pairs."""

    small: Took
    large: Took
    work_ratio: float
    wall_ratio: float


def paired(
    server: Server, urls: tuple[str, str], home: Path, words: Sequence[str], turns: int
) -> Paired:
    """The same command on a small and a large history, in turns."""
    for url in urls:
        took(server, url, home, *words)  # compiles, and reads both once
    pairs = [
        (took(server, urls[0], home, *words), took(server, urls[1], home, *words))
        for _ in range(turns)
    ]
    small, large = (
        Took(
            *(
                statistics.median(getattr(one, name) for one in side)
                for name in Took.__match_args__
            )
        )
        for side in zip(*pairs, strict=True)
    )
    return Paired(
        small,
        large,
        statistics.median(b.work_s / a.work_s for a, b in pairs),
        statistics.median(b.wall_s / a.wall_s for a, b in pairs),
    )


def _ended_s(server: Server) -> float:
    """Processor time of all connections that have ended since the server began."""
    fields = Path(f"/proc/{server.pid()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * TICK_S


def _children(server: Server) -> list[str]:
    pid = server.pid()
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

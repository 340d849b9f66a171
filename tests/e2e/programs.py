"""Evenstance as a program of its own: started, listened to, interrupted and waited for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

DEADLINE_S = 110.0


@dataclass(frozen=True)
class Said:
    """How a program ended and what it said; a traceback is never an answer."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err, self.err

    def json(self) -> Any:
        """Standard output as one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def advice(self) -> str:
        """The next step that an error names."""
        lines = [line for line in self.err.splitlines() if line.startswith("Next:")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("Next:").strip()


Run = Callable[..., Said]


def environment(home: Path) -> dict[str, str]:
    """This process's environment with a history in `home`, and a fixed width of help texts."""
    return {**os.environ, "EVENSTANCE_HOME": str(home), "COLUMNS": "100"}


def command_line(*arguments: str) -> list[str]:
    """The command that runs evenstance."""
    return [sys.executable, "-m", "evenstance", *arguments]


def evenstance(*arguments: str, home: Path, timeout_s: float = DEADLINE_S) -> Said:
    """Run one command without a terminal until it ends."""
    done = subprocess.run(
        command_line(*arguments),
        check=False,
        capture_output=True,
        text=True,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        timeout=timeout_s,
    )
    return Said(done.returncode, done.stdout, done.stderr)


class Program:
    """A running command whose lines can be waited for; killed when the `with` block ends."""

    def __init__(self, *arguments: str, home: Path) -> None:
        self._process = subprocess.Popen(
            command_line(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment(home),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._changed = threading.Condition()
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._over: set[str] = set()  # streams that say no more
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("out", self._process.stdout), ("err", self._process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def line(self, text: str = "", *, stream: str = "err", times: int = 1) -> str:
        """Wait for the `times`-th line that contains `text`."""

        def found() -> list[str]:
            return [line for line in self._lines[stream] if text in line]

        with self._changed:
            self._changed.wait_for(
                lambda: len(found()) >= times or self._over == set(self._lines), DEADLINE_S
            )
            lines = found()
        assert len(lines) >= times, f"no {text!r}: {self._lines}"
        return lines[times - 1].rstrip("\n")

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def memory_b(self) -> int:
        """What it has in memory now (Linux)."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command itself."""
        self._process.send_signal(number)

    def kill_all(self) -> None:
        """Kill the command and every program it has started."""
        os.killpg(self._process.pid, signal.SIGKILL)

    def ended(self, timeout_s: float = DEADLINE_S) -> Said:
        """Wait until it ends by itself."""
        code = self._process.wait(timeout_s)
        for reader in self._readers:
            reader.join(timeout_s)
        return Said(code, "".join(self._lines["out"]), "".join(self._lines["err"]))

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            with self._changed:
                self._lines[name].append(line)
                self._changed.notify_all()
        with self._changed:
            self._over.add(name)
            self._changed.notify_all()

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.running:
            self.kill_all()
        self._process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()


def until(
    reached: Callable[[], bool], what: str, deadline_s: float = 60.0, *, every_s: float = 0.005
) -> None:
    """Wait until `reached()` is true, looking often; fail after the deadline."""
    end = time.monotonic() + deadline_s
    while not reached():
        assert time.monotonic() < end, f"not reached in {deadline_s:.0f} s: {what}"
        time.sleep(every_s)

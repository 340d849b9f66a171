"""A soak: the board, its troubles and its host, over hours of the board's own time."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from cable import Cable, Cut, Direction

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.converter import Fault
from evenstance.virtual.loads import Masses, Timeline
from proving.soak.account import Trouble, base_of
from proving.soak.person import Wanderer

_S = 1_000_000
TESTS = Path(__file__).resolve().parents[2]
MS_WRAP_US = 1000 << 30  # 12.4 days; microseconds wrap at this moment, too
HEALED_US = 15 * _S  # a fault that is over is shown for ten seconds
REPL_S = 60.0
FAULTS: tuple[Fault, ...] = (
    "dead",
    "rail",
    "stuck",
    "open",
    "spikes",
    "slow",
    "stuck_low",
    "same_chip",
    "stretched",
)
# How often each happens, in 40: a restart about every hour.
OFTEN = {
    "pull": 22,
    "cut": 5,
    "watch": 4,
    "deaf": 3,
    "fault": 4,
    "interrupt": 1,
    "power": 1,
}
# A frame nobody asked for may be the one: then the cable is cut before the host opens its port.
CUT_SHORT = ("LinkLostError", "NoBoardError")
GAP_S = 90.0
FIRST_GAP_S = 25.0  # while each happens once
SPEED_WITH_HOST = 8.0  # as fast as it goes, a pull would take many minutes of the board's time


class Host:
    """The laptop's process."""

    def __init__(self, home: Path) -> None:
        around = {
            **os.environ,
            "EVENSTANCE_HOME": str(home),
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proving.soak.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=around,
            text=True,
        )

    def ask(self, do: str, port: str, wall_s: float = 0.0) -> dict[str, Any]:
        """Give an order, wait for the answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, "port": port, "wall_s": wall_s}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the host ended with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@dataclass
class Record:
    """What happened: answers of the host, troubles, and where the time of each boot began."""

    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    bases: dict[int, int] = field(default_factory=dict[int, int])
    done: dict[str, int] = field(default_factory=dict[str, int])
    unexpected: list[str] = field(default_factory=list[str])


class Life:
    """One board with somebody on it; `run` lets hours pass, `record` is what is known of them."""

    def __init__(
        self, seed: int, folder: Path, wrap_after_s: float, note: Callable[[dict[str, Any]], None]
    ) -> None:
        self._rng = random.Random(seed)
        self._note = note
        self.ending = False  # set by whoever cannot wait for the whole run
        self.record = Record()
        self.offset_us = MS_WRAP_US - round(wrap_after_s * _S)
        masses = Masses()
        timeline = Timeline(masses)
        self.board = VirtualBoard(
            timeline,
            Wiring.drawn(seed),
            speed=0.0,
            flash_image=folder / "flash.img",
            ticks_at_power_up_us=self.offset_us,
        )
        client = BoardClient(SerialPort(self.board.port))
        try:
            client.hello(patience_s=REPL_S)
            calibrate_with_masses(client, masses, self.board.broker)
        finally:
            client.close()
        self.board.broker.advance_to(self.now_us + _S)
        self.person = Wanderer(seed, self.now_us + _S)
        timeline.append(self.person)
        self.home = folder / "home"
        self.host = Host(self.home)

    @property
    def now_us(self) -> int:
        """The board's time since its first power-up."""
        return self.board.broker.now_us

    def run(self, hours: float, *, first_gap_s: float = FIRST_GAP_S) -> None:
        """Each trouble once, then as often as OFTEN has it until so much time has passed."""
        end_us = self.now_us + round(hours * 3600 * _S)
        waiting = list(OFTEN)
        self._rng.shuffle(waiting)
        self.board.broker.release()
        self._answer("pull", self.board.port)
        while not self.ending:
            gap_s = first_gap_s if waiting else self._rng.expovariate(1 / GAP_S)
            if not waiting and self.now_us + gap_s * _S >= end_us:
                break
            self.board.broker.advance_to(self.now_us + round(gap_s * _S))
            self.board.broker.release()
            what = waiting.pop() if waiting else self._any()
            self.record.done[what] = self.record.done.get(what, 0) + 1
            getattr(self, f"_{what}")()
        if not self.ending and self.now_us < end_us:
            self.board.broker.advance_to(end_us)

    def finish(self) -> None:
        """Everything is brought, but for what goes on."""
        self.board.broker.advance_to(self.now_us + 15 * _S)
        self.board.broker.release()
        self._answer("pull", self.board.port)

    def _any(self) -> str:
        return self._rng.choices(list(OFTEN), list(OFTEN.values()))[0]

    # -- what happens

    def _pull(self) -> None:
        self._answer("pull", self.board.port)

    def _watch(self) -> None:
        self._answer("watch", self.board.port, wall_s=self._rng.uniform(0.5, 2.0))

    def _deaf(self) -> None:
        self._answer("deaf", self.board.port, wall_s=self._rng.uniform(0.5, 2.0))

    def _cut(self) -> None:
        at = self._rng.randrange(1, 60)
        count = 0

        def hand(_: Direction, line: bytes) -> bytes | Cut:
            nonlocal count
            count += 1
            return Cut(at * 7 % len(line)) if count >= at else line

        with Cable(self.board.port, hand) as cable:
            self._answer("pull", cable.port, may_fail=True)

    def _fault(self) -> None:
        kind = self._rng.choice(FAULTS)
        converter = self.board.converters[self._rng.randrange(2)]
        from_us = converter.fault_from_us = self.now_us + _S
        converter.fault = kind
        self.board.broker.advance_to(from_us + round(self._rng.uniform(3.0, 30.0) * _S))
        converter.fault = None
        self.board.broker.release()
        self.record.troubles.append(Trouble(f"fault: {kind}", from_us, self.now_us + HEALED_US))

    def _power(self) -> None:
        self._restarting("power cut", self.board.broker.power_cycle)

    def _interrupt(self) -> None:
        self._restarting("Ctrl-C", self._keys)

    def _keys(self) -> None:
        """Ctrl-C until the prompt is there, a look around, Ctrl-D."""
        port = SerialPort(self.board.port)
        try:
            port.write(b"\x03")
            heard = b""
            end = time.monotonic() + REPL_S
            while b">>> " not in heard:
                if time.monotonic() > end:
                    raise RuntimeError(f"no prompt, but {heard[-300:]!r}")
                heard += port.read()
            port.write(b"\x04")
        finally:
            port.close()

    def _restarting(self, kind: str, work: Callable[[], None]) -> None:
        from_us = self.now_us
        work()
        self._answer("pull", self.board.port)
        self.record.troubles.append(Trouble(kind, from_us, self.now_us))

    def _answer(self, do: str, port: str, wall_s: float = 0.0, *, may_fail: bool = False) -> None:
        before_us = self.now_us
        self.board.broker.set_speed(SPEED_WITH_HOST)
        answer = self.host.ask(do, port, wall_s)
        self.board.broker.set_speed(0.0)
        answer |= {"do": do, "from_us": before_us, "at_us": self.now_us}
        self.record.answers.append(answer)
        self._note(answer)
        if "failed" in answer:
            if not may_fail or answer["failed"] not in CUT_SHORT:
                self.record.unexpected.append(f"{do}: {answer['failed']}: {answer['why']}")
            return
        if answer.get("lost") or answer.get("given_up"):
            self.record.unexpected.append(f"{do}: {answer}")
        middle_us = (before_us + self.now_us) // 2
        device_us = answer["status"]["device_us"]
        self.record.bases[answer["boot_id"]] = base_of(device_us, middle_us, self.offset_us)

    def close(self) -> None:
        """Switch everything off."""
        self.host.close()
        self.board.close()

    def __enter__(self) -> Life:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

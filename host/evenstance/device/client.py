"""Conversation with a board: handshake, requests with deadlines, and what it says unasked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from evenstance import errors
from evenstance.device.nonsense import cannot_be, check
from evenstance.device.transport import Port
from evenstance_wire import PROTOCOL, flags, frames, messages

REPLY_S = 2.0
TRIES = 3
HELLO_S = 1.0
WHOLE_TRACE = 65535  # more than any has
MOST_RETURNS = 3  # of a board in one request: one that goes away at each does not come back

T = TypeVar("T")
_REPLIES = {request.kind: reply for request, reply in messages.REQUESTS}
_UNASKED = {t.kind: t for t in messages.UNASKED}


@dataclass(frozen=True)
class BoardInfo:
    """What a board says of itself in the handshake."""

    protocol: int
    board_uid: str
    journal_id: str
    boot_id: int
    firmware: str


@dataclass(frozen=True)
class Notice:
    """A message the board sent unasked: live forces or an event."""

    table: messages.Table
    values: dict[str, Any]


class BoardClient:
    """One board on one open port. Every call ends in time, with a result or a named error.

    `returns`, when there is one, is called when the board went away: it comes back with the client
    on the board's port again, and what was asked is asked anew, or raises. `returned` counts that.
    """

    def __init__(self, port: Port, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.port = port
        self._clock = clock
        self._parser = frames.Parser()
        self._tag = 0
        self._notices: deque[Notice] = deque(maxlen=4096)
        self._heard = bytearray()
        self.info: BoardInfo | None = None  # of the latest handshake
        self.returns: Callable[[BoardClient, errors.LinkLostError], None] | None = None
        self.returned = 0

    # -- the port

    def use(self, port: Port) -> None:
        """Go on with another port; nothing half heard on the one before counts."""
        self.port = port
        self._parser = frames.Parser()
        self._notices.clear()

    def look_for_restart(self) -> None:
        """Ask a board that was silent whether it has restarted meanwhile."""
        reply = self.request(messages.HELLO, protocol=PROTOCOL)
        if self.info is not None and reply["boot_id"] != self.info.boot_id:
            self.restarted()

    def restarted(self) -> None:
        """The board has restarted, though its port stayed: it is as after it went away."""
        self._wait_for_return(
            errors.LinkLostError(
                f"The board on {self.port.name} restarted.",
                cause="its power went, or its watchdog reset it",
                next_step="Run the command again; nothing recorded is lost.",
                anchor="the-board-went-away",
            )
        )

    def _wait_for_return(self, lost: errors.LinkLostError) -> None:
        if self.returns is None:
            raise lost
        try:
            self.returns(self, lost)
        except errors.LinkLostError:
            self.returns = None  # waited for once in vain
            raise
        self.returned += 1

    def _steadily(self, work: Callable[[], T]) -> T:
        """Do it; and anew, when the board went away meanwhile and came back."""
        for _ in range(MOST_RETURNS):
            try:
                return work()
            except errors.LinkLostError as lost:
                self._wait_for_return(lost)
        return work()

    # -- handshake

    def hello(self, *, patience_s: float = 4.0) -> BoardInfo:
        """Shake hands; raises what is wrong: silent, other firmware, other protocol."""
        info = self.greet(patience_s=patience_s)
        if info.protocol != PROTOCOL:
            older = "an older" if info.protocol < PROTOCOL else "a newer"
            raise errors.ProtocolMismatchError(
                f"The board on {self.port.name} speaks protocol {info.protocol}, this program "
                f"speaks {PROTOCOL}.",
                cause=f"{older} firmware ({info.firmware}) is on the board",
                next_step="Run `evenstance flash`; holds and calibration on the board are kept."
                if older == "an older"
                else "Upgrade this program, or run `evenstance flash` to put its firmware on.",
                anchor="the-board-speaks-another-protocol",
            )
        self.info = info
        return info

    def greet(self, *, patience_s: float = 4.0) -> BoardInfo:
        """What the board says of itself, whatever its protocol; raises when none answers."""
        deadline = self._clock() + patience_s
        self._heard.clear()
        while True:
            reply = self._ask(messages.HELLO, {"protocol": PROTOCOL}, HELLO_S)
            if isinstance(reply, dict):
                break
            if self._clock() >= deadline:
                raise self._nobody()
        return BoardInfo(
            protocol=reply["protocol"],
            board_uid=reply["board_uid"].hex(),
            journal_id=reply["journal_id"].hex(),
            boot_id=reply["boot_id"],
            firmware=_text(reply["firmware"]),
        )

    def _nobody(self) -> errors.EvenstanceError:
        name = self.port.name
        if not self._heard:
            return errors.LinkLostError(
                f"Nothing answers on {name}.",
                cause="the board is off, hangs, or this port is not a board",
                next_step="Unplug it and plug it in again, then `evenstance doctor`.",
                anchor="nothing-answers",
            )
        if b">>>" in self._heard or b"MicroPython" in self._heard or b"Traceback" in self._heard:
            return errors.NoFirmwareError(
                f"MicroPython answers on {name}, but the Evenstance firmware is not running.",
                cause="it was never flashed, or it was stopped by Ctrl-C or mpremote",
                next_step="Run `evenstance flash`, or press reset if it is on the board already.",
                anchor="the-firmware-is-not-running",
            )
        return errors.NoFirmwareError(
            f"Something answers on {name}, but not in the language of an Evenstance board.",
            cause="another device, or other firmware on the board",
            next_step="Check the port with `evenstance devices`; `evenstance flash` puts the "
            "firmware on a Pico with MicroPython.",
            anchor="something-else-answers",
        )

    # -- requests

    def request(
        self, table: messages.Table, *, wait_s: float = REPLY_S, tries: int = TRIES, **values: Any
    ) -> dict[str, Any]:
        """Ask and return the reply's values; the board's refusal is a BoardRefusedError."""
        return self._steadily(lambda: self.ask_once(table, wait_s=wait_s, tries=tries, **values))

    def ask_once(
        self, table: messages.Table, *, wait_s: float = REPLY_S, tries: int = TRIES, **values: Any
    ) -> dict[str, Any]:
        """The same of the board as it is now: one that went away is not waited for."""
        for _ in range(tries):
            reply = self._ask(table, values, wait_s)
            if isinstance(reply, dict):
                return reply
            if isinstance(reply, errors.EvenstanceError):
                raise reply
        raise self._silent(table)

    def _silent(self, table: messages.Table) -> errors.LinkLostError:
        return errors.LinkLostError(
            f"The board on {self.port.name} stopped answering ({table.name}).",
            cause="it was reset or interrupted, or the cable is bad",
            next_step="Run the command again; nothing recorded is lost.",
            anchor="the-board-went-away",
        )

    def _ask(
        self, table: messages.Table, values: dict[str, Any], wait_s: float
    ) -> dict[str, Any] | errors.EvenstanceError | None:
        tag = self._send(table, values)
        return next(self._answers(table, tag, wait_s), None)

    def _answers(
        self, table: messages.Table, tag: int, wait_s: float
    ) -> Generator[dict[str, Any] | errors.EvenstanceError, None, None]:
        """What comes in answer to this request, until nothing has come for `wait_s`.

        A computer that stood still meanwhile looks once more: the answer may have been there.
        """
        deadline = self._clock() + wait_s
        while True:
            over = self._clock() >= deadline
            found = self._replies(table, tag)
            yield from found
            if found:
                deadline = self._clock() + wait_s
            elif over:
                return

    def _send(self, table: messages.Table, values: dict[str, Any]) -> int:
        """Send a request; the tag that its replies will have."""
        self._tag = self._tag % 255 + 1
        self.port.write(frames.encode(table.kind, self._tag, table.pack(values)))
        return self._tag

    def _replies(
        self, table: messages.Table, tag: int
    ) -> list[dict[str, Any] | errors.EvenstanceError]:
        """What has arrived in answer to this request; waits a moment for something."""
        expected = _REPLIES[table.kind]
        found: list[dict[str, Any] | errors.EvenstanceError] = []
        for kind, found_tag, body in self._receive():
            if found_tag != tag:
                continue
            if kind == expected.kind:
                found.append(self._answer(expected, body))
            elif kind == messages.ERROR.kind:
                found.append(_refusal(table, self._answer(messages.ERROR, body)))
        return found

    def _answer(self, table: messages.Table, body: bytes) -> dict[str, Any]:
        try:
            values = _values(table, body)
            check(values)
        except ValueError as error:
            raise cannot_be(
                f"The board on {self.port.name} gives an answer that cannot be true.", str(error)
            ) from error
        return values

    def _receive(self) -> list[tuple[int, int, bytes]]:
        data = self.port.read()
        if len(self._heard) < 4096:
            self._heard += data
        replies: list[tuple[int, int, bytes]] = []
        for kind, tag, body in self._parser.feed(data):
            if kind in _UNASKED:
                table = _UNASKED[kind]
                with suppress(ValueError):  # of a wrong size: as if it had been damaged
                    self._notices.append(Notice(table, _values(table, body)))
            else:
                replies.append((kind, tag, body))
        return replies

    def notices(self) -> list[Notice]:
        """What the board has said unasked since the last call; waits a moment for something."""
        if not self._notices:
            self._steadily(self._receive)
        found = list(self._notices)
        self._notices.clear()
        return found

    # -- the requests that need more than one message

    def status(self) -> dict[str, Any]:
        """The status message."""
        return self.request(messages.STATUS)

    def summary(self, seq: int) -> bytes | None:
        """The packed summary of a trial, None when the board no longer has it."""
        try:
            return bytes(self.request(messages.GET_HOLD, seq=seq)["summary"])
        except NotFoundError:
            return None

    def trace(self, seq: int) -> bytes | None:
        """The packed trace of a trial, None when the board has none.

        One request, a row of replies; a part that does not arrive is asked for again.
        """
        return self._steadily(lambda: self._whole_trace(seq))

    def _whole_trace(self, seq: int) -> bytes | None:
        data = bytearray()
        in_vain = 0
        while in_vain < TRIES:
            before = len(data)
            total = self._trace_from(seq, data)
            if total == 0:
                return None
            if total is not None and len(data) >= total:
                return bytes(data)
            in_vain = 0 if len(data) > before else in_vain + 1
        raise self._silent(messages.GET_TRACE)

    def _trace_from(self, seq: int, data: bytearray) -> int | None:
        """Ask for what is behind `data` and add it; the size of the whole, None if unknown."""
        tag = self._send(
            messages.GET_TRACE, {"seq": seq, "offset": len(data), "length": WHOLE_TRACE}
        )
        total: int | None = None
        for reply in self._answers(messages.GET_TRACE, tag, REPLY_S):
            if isinstance(reply, errors.EvenstanceError):
                raise reply
            if reply["seq"] != seq or reply["offset"] != len(data):
                return total  # a part got lost
            total = int(reply["total"])
            if total > WHOLE_TRACE:
                raise cannot_be(
                    f"The board on {self.port.name} says that the trace of hold {seq} has "
                    f"{total} bytes.",
                    f"none has more than {WHOLE_TRACE}",
                )
            data += reply["data"]
            if len(data) >= total:
                return total
            if not reply["data"]:
                raise errors.BoardRefusedError(
                    f"The trace of hold {seq} is shorter than the board says.",
                    cause="its flash is damaged",
                    next_step="Run `evenstance pull` again; if it repeats, report it.",
                )
        return total

    def close(self) -> None:
        """Let go of the port."""
        self.port.close()


class NotFoundError(errors.BoardRefusedError):
    """The board has no such trial."""


# Name of a refusal -> likely cause, next step, and where the troubleshooting page says more.
_CAUSES: dict[str, tuple[str, str, str]] = {
    "busy": (
        "a hold or another measurement is running",
        "Wait until it is over.",
        "the-board-is-busy",
    ),
    "unsteady": (
        "something moves on the plate or touches it",
        "Step off, keep cables and hands away, and try again.",
        "the-plates-are-not-still",
    ),
    "loaded": (
        "there is a load on the plate, or the zero has moved far",
        "Empty both plates and try again; `--accept-load` takes it as the new zero anyway.",
        "the-plates-are-not-empty",
    ),
    "no_samples": (
        "a converter gives no conversions",
        "Run `evenstance diagnose`: it says which one and what to check.",
        "a-converter-gives-nothing",
    ),
    "saturated": (
        "a converter is at its rail",
        "Check the bridge wires of that plate (E+, E-, A+, A-).",
        "a-converter-is-at-its-rail",
    ),
    "fault": (
        "a converter or its wiring is at fault, and what it reads means nothing",
        "Run `evenstance info`: it says what the fault is and what to do about it.",
        "a-fault-is-shown",
    ),
    "storage": (
        "the board's flash is full or damaged",
        "Run `evenstance pull`, then try again.",
        "the-flash-is-full",
    ),
}


def _refusal(table: messages.Table, values: dict[str, Any]) -> errors.EvenstanceError:
    code = int(values["error"])
    name: str = flags.ERRORS[code] if code < len(flags.ERRORS) else f"error {code}"
    detail = _text(values["detail"])
    kind = NotFoundError if name == "not_found" else errors.BoardRefusedError
    cause, next_step, anchor = _CAUSES.get(
        name, ("", "Run `evenstance info` to see the board's state.", "")
    )
    what = f"The board refused {table.name.replace('_', ' ')}: {name.replace('_', ' ')}"
    said = f"{what} ({detail})." if detail else f"{what}."
    return kind(said, cause=cause, next_step=next_step, anchor=anchor)


def _values(table: messages.Table, body: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", table.unpack(body))


def _text(data: bytes) -> str:
    """Text from the board, printable only: it is untrusted and goes to a terminal."""
    return "".join(c if c.isprintable() else "?" for c in data.decode("utf-8", "replace"))

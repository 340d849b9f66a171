"""A board goes away in the middle of a session and comes back: the session goes on with it."""

from __future__ import annotations

import os
import shutil
import time
import tty
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import SEED, Images, SwitchOn, client_on
from cable import Cable, Cut, Direction, Hand
from people import Scripted
from pulled import assert_all_pulled_once
from test_practice import dose
from test_unplugged import PERSON_SEED, at_state, short_session

from evenstance.commands.show import SessionView
from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.transport import SerialPort
from evenstance.errors import LinkLostError
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import SessionResult
from evenstance.flows.practice import ItemDone, practise
from evenstance.flows.returns import Returns, attached_boards
from evenstance.flows.stand import Stand
from evenstance.store.database import open_store
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses
from evenstance.virtual.person import SyntheticPerson
from evenstance_wire import flags
from faulty_link import note, some
from faulty_link.hands import pass_on

WAIT_S = 3.0
MOST_PCT = 5.0  # of a core, for whoever waits
GOOD = [("left", True), ("right", True)]


class Usb:
    """The ports of a computer: a board that is plugged in again gets another name."""

    def __init__(self, board: VirtualBoard, others: list[str], *, power_too: bool) -> None:
        self._board = board
        self._others = others
        self._power_too = power_too
        self.cables: list[Cable] = []

    def plug_in(self, hand: Hand) -> str:
        """The name of the port."""
        self.cables.append(Cable(self._board.port, hand))
        return self.cables[-1].port

    def ports(self) -> list[str]:
        """What the system lists; whoever asks finds the board plugged in again."""
        if self.cables[-1].cut.is_set():
            self.cables[-1].close()
            if self._power_too:
                self._board.broker.power_cycle()
            self.plug_in(pass_on)
        return [*self._others, self.cables[-1].port]

    def unplug(self) -> None:
        for cable in self.cables:
            cable.close()


def session(usb: Usb, hand: Hand, said: Callable[[str], None]) -> SessionResult:
    """A short session on a board that may go away."""
    return short_session(usb.plug_in(hand), lambda info: Returns(info, said, ports=usb.ports))


def resetting(board: VirtualBoard, at: Hand) -> Hand:
    """Resets the board where `at` would cut; its port stays, as behind an adapter."""
    reset = False

    def hand(direction: Direction, line: bytes) -> bytes:
        nonlocal reset
        if not reset and isinstance(at(direction, line), Cut):
            reset = True
            board.broker.power_cycle()
        return line

    return hand


@pytest.mark.parametrize("lost", some(["cable", "power", "nothing, but reset"], "power"))
def test_a_session_goes_on_with_the_same_board_on_another_port(
    lost: str, switch_on_copy: SwitchOn, images: Images, home: Path, tmp_path: Path
) -> None:
    """With the cable alone the hold goes on; without power it is lost, and made again."""
    board = switch_on_copy(images.calibrated, SyntheticPerson(PERSON_SEED))
    twin = Path(shutil.copy(images.calibrated, tmp_path / "twin.img"))
    hand = at_state(flags.HOLD)
    said: list[str] = []
    with VirtualBoard(
        Masses(), Wiring.drawn(SEED), speed=1.0, flash_image=twin, unique_id=b"NOT-THIS"
    ) as other:
        usb = Usb(board, [other.port], power_too=lost == "power")
        if lost == "nothing, but reset":
            hand = resetting(board, hand)
        try:
            result = session(usb, hand, said.append)
        finally:
            usb.unplug()
        with client_on(other.port) as client:
            assert client.status()["clock_set"] == 0
    assert len(usb.cables) == 1 + (lost in ("cable", "power"))
    assert f"{usb.cables[0].port} {'went away' if usb.cables[1:] else 'restarted'}." in said[0]
    assert said[1:] == [f"The board is back on {usb.cables[-1].port}; going on."]
    made = [(one.stance_leg, one.valid) for one in result.scored]
    assert made == (GOOD if lost == "cable" else [("left", False), *GOOD[::-1]])
    assert_all_pulled_once(board, home, len(made))
    with open_store() as store:
        (stored,) = store.sessions()
        assert stored.note == ""
        # One that began before the host was back to tell the time has none, and makes none up.
        scored = [t.hold for t in store.trials(session=stored.id) if t.hold.valid]
        assert len(scored) >= len(GOOD)
        assert all(hold.lift_off_unix_ms for hold in scored)


def test_practice_goes_on_with_a_board_that_lost_its_power(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """The set goes on, and counts for the seconds that were seen; the next one is whole."""
    board = switch_on_copy(images.calibrated, Scripted())
    usb = Usb(board, [], power_too=True)
    said: list[str] = []
    items: list[ItemDone] = []
    try:
        with (
            open_store() as store,
            connected(usb.plug_in(at_state(flags.SETTLING)), patience_s=60.0) as (client, info),
        ):
            client.returns = Returns(info, said.append, ports=usb.ports)
            view = SessionView(lambda: None, on_terminal=False)
            stand = Stand(client, info, store, view, now=wall_clock)
            person = store.athlete("somebody")
            practise(stand, [dose("1x4 s/leg r5")], athlete_id=person.id, others=None, into=items)
    finally:
        usb.unplug()
    assert said[1:] == [f"The board is back on {usb.cables[-1].port}; going on."]
    # Seen from here the restart may be one moment with both feet down: told as a touch-down.
    assert [(one.leg, one.held_s, one.wanted_s) for one in items[0].sets] == [
        (leg, 4.0, 4.0) for leg in ("right", "left")
    ]
    assert [one.touch_downs for one in items[0].sets] in ([0, 0], [1, 0])
    assert_all_pulled_once(board, home, 1)


def test_no_other_board_is_taken_for_the_one_that_went_away(
    switch_on_copy: SwitchOn, images: Images, tmp_path: Path
) -> None:
    """Its twin has the same journal, and another uid; whoever waits in vain is told so in time,
    and waits at rest."""
    twin = Path(shutil.copy(images.calibrated, tmp_path / "twin.img"))
    board = switch_on_copy(images.calibrated, speed=1.0)
    said: list[str] = []
    with VirtualBoard(
        Masses(), Wiring.drawn(SEED), speed=1.0, flash_image=twin, unique_id=b"NOT-THIS"
    ) as other:
        with Cable(board.port) as cable, client_on(cable.port) as client:
            info = client.hello()
            client.returns = Returns(
                info,
                said.append,
                wait_s=WAIT_S,
                ports=lambda: [*attached_boards(), other.port],
            )
            cable.close()
            with pytest.raises(LinkLostError, match="went away"):
                client.status()
        with client_on(other.port) as client:
            assert client.status()["clock_set"] == 0
    assert [line.split(".")[0] for line in said] == [f"The board on {cable.port} went away"]


def test_waiting_for_a_board_that_is_nowhere_is_no_work(tmp_path: Path) -> None:
    """The ports are looked at now and then, and not all the time."""
    master, slave = os.openpty()
    port = tmp_path / "port"
    port.symlink_to(os.ttyname(slave))
    client = BoardClient(SerialPort(str(port)))
    port.unlink()  # first: the number of the pseudo-terminal will be another's
    for fd in (master, slave):
        os.close(fd)
    returns = Returns(BoardInfo(1, "uid", "journal", 1, "1"), lambda _: None, wait_s=WAIT_S)
    began_s = time.thread_time()
    with pytest.raises(LinkLostError, match="gone"):
        returns(client, LinkLostError("It is gone."))
    worked_pct = 100.0 * (time.thread_time() - began_s) / WAIT_S
    note(f"waiting for a board that went away: {worked_pct:.1f} % of a core")
    assert worked_pct < MOST_PCT


def test_waiting_for_an_answer_is_no_work() -> None:
    """A silent port, asked for as long as a board may need to start."""
    master, slave = os.openpty()
    tty.setraw(slave)
    client = BoardClient(SerialPort(os.ttyname(slave)))
    began_s, worked_s = time.monotonic(), time.thread_time()
    with pytest.raises(LinkLostError, match="Nothing answers"):
        client.hello(patience_s=3.0)
    worked_pct = 100.0 * (time.thread_time() - worked_s) / (time.monotonic() - began_s)
    client.close()
    for fd in (master, slave):
        os.close(fd)
    note(f"waiting for an answer: {worked_pct:.1f} % of a core")
    assert worked_pct < MOST_PCT

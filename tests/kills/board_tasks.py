"""Tasks with a board: a session, a pull, a flash; each is struck, done again, and looked at."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from boards import KEPT, client_on, switch_on, wait_board_s, wait_for
from cable import Cable
from people import Scripted
from programs import until

from evenstance.errors import LinkLostError
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Loads, Masses
from evenstance_wire import flags
from kills import hosts
from kills.checks import (
    Witness,
    all_once,
    board_now,
    history_is_sound,
    nothing_acknowledged_is_missing,
)
from kills.hosts import Host, Said
from kills.moments import Length, Moment
from kills.prepared import Prepared
from kills.strikes import Strike, armed, changes

CUES_OVER_S = 5.0
MAY_END_WITH = (0, LinkLostError.exit_code)  # a command whose board was killed


class Outcome:
    """What came of one moment; `hit` is False when the task was over before the strike."""

    def __init__(self) -> None:
        self.hit = False
        self.wrong: list[str] = []
        self.length: Length | None = None

    def judge(self, said: Said, moment: Moment | None) -> None:
        """How the struck command ended."""
        of_host = moment is None or moment.victim.startswith("host")
        if of_host and said.code not in (0, -9):
            self.wrong.append(f"ended with {said.code}: {said.text[-500:]}")
        if not of_host and said.code not in MAY_END_WITH:
            self.wrong.append(f"of a board's death it said {said.code}: {said.text[-500:]}")
        if "Traceback" in said.text or "unexpected happened" in said.text:
            self.wrong.append(said.text[-800:])

    def need(self, said: Said, what: str) -> Said:
        """A command that has to work."""
        if said.code != 0:
            self.wrong.append(f"{what} ended with {said.code}: {said.text[-500:]}")
        return said


@contextmanager
def board_on(image: Path, folder: Path, loads: Loads) -> Generator[VirtualBoard, None, None]:
    """A board with a copy of an image, flat out."""
    with switch_on(Path(shutil.copy(image, folder / "flash.img")), loads) as board:
        with client_on(board.port):
            pass  # it has started
        yield board


def pull(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A journal with several batches of trials, never pulled before."""
    with board_on(prepared.many, folder, Masses()) as board:
        return _over_cable(board, folder / "home", moment, length, ("pull",), ("pull",), None)


def session(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A short session; struck, the person steps off and begins another one."""
    person = Scripted()
    name = hosts.SHORT_SESSION

    def step_off(board: VirtualBoard) -> None:
        empty = False
        with client_on(board.port) as client:
            while not empty:
                person.plan(board.broker.now_us, ((0.0, "off"),))
                # A hold that was under way is stored then. A cue may still come, and is obeyed.
                wait_for(client, lambda s: s["armed"] == 1 and s["state"] == flags.EMPTY)
                empty = wait_board_s(client, CUES_OVER_S)["state"] == flags.EMPTY

    with board_on(prepared.calibrated, folder, person) as board:
        again = (name,) if moment is None or moment.chance % 2 else ("pull",)
        return _over_cable(board, folder / "home", moment, length, (name,), again, step_off)


def _over_cable(
    board: VirtualBoard,
    home: Path,
    moment: Moment | None,
    length: Length,
    task: tuple[str, ...],
    again: tuple[str, ...],
    between: object,
) -> Outcome:
    """The task through a watched cable, the strike, what must hold at once, the same again."""
    outcome = Outcome()
    host: Host | None = None

    def blow() -> None:
        outcome.hit = host is not None and host.running
        if moment is None or host is None:
            return
        if moment.victim.startswith("host"):
            host.kill()
        else:
            board.broker.power_cycle()

    strike = Strike(
        blow,
        at_step=None if moment is None else moment.at_step(length),
        after_s=None if moment is None else moment.after_s(length),
    )
    unplug = moment is not None and moment.victim == "board and cable"
    witness = Witness(home, strike, unplug=unplug)
    with armed(strike), Cable(board.port, witness) as cable:
        host = Host(home, *task, "--port", cable.port)
        outcome.judge(host.ended(), moment)
    outcome.length = Length(strike.steps, strike.seconds)
    outcome.wrong += history_is_sound(home)
    with client_on(board.port) as client:
        acked = client.status()["acked_through"]
        journal_id = client.hello().journal_id
    outcome.wrong += nothing_acknowledged_is_missing(home, journal_id, acked)
    if moment is not None:
        if callable(between):
            between(board)
        calm = Witness(home, Strike())
        with Cable(board.port, calm) as cable:
            outcome.need(hosts.run(home, *again, "--port", cable.port), "the same again")
        witness.stored |= calm.stored
        witness.wrong += calm.wrong
        said = outcome.need(hosts.run(home, "pull", "--json", "--port", board.port), "a pull")
        if said.code == 0 and said.json()["new"]:
            outcome.wrong.append(f"a second pull brought {said.json()['new']}")
        outcome.need(hosts.run(home, "results", "--json"), "results") if between else None
    outcome.wrong += witness.wrong
    outcome.wrong += all_once(home, board.port, witness.stored)
    outcome.wrong += history_is_sound(home)
    return outcome


def flash(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """Compiled firmware over the sources on a board with trials; journal and calibration stay."""
    outcome = Outcome()
    home = folder / "home"
    with ExitStack() as stack:
        board = stack.enter_context(board_on(prepared.few, folder, Masses()))
        _, before, trials = board_now(board.port)
        cable = stack.enter_context(Cable(board.port))
        host: Host | None = None

        def blow() -> None:
            outcome.hit = host is not None and host.running
            if moment is None or host is None:
                return
            if moment.victim == "board and cable":
                cable.close()
                board.broker.power_cycle()
            else:
                host.kill(children=moment.victim == "host and children")

        strike = stack.enter_context(
            armed(
                Strike(
                    blow,
                    at_step=None if moment is None else moment.at_step(length),
                    after_s=None if moment is None else moment.after_s(length),
                )
            )
        )
        host = Host(home, "flash", "--port", cable.port)

        def look() -> int:
            return board.flash_image.stat().st_mtime_ns

        changes(look, strike, lambda: host.running and not strike.struck.is_set())
        outcome.judge(host.ended(), moment)
        outcome.length = Length(strike.steps, strike.seconds)
        # mpremote outlives a host that is killed alone, and ends by itself.
        if not (moment is not None and moment.victim == "board and cable"):
            until(lambda: _is_free(cable.port), "the port to be free", 150.0)
            cable.close()
        outcome.wrong += history_is_sound(home)
        if moment is not None:
            if moment.chance % 3 == 0:
                board.broker.power_cycle()  # somebody unplugs it first
            outcome.need(hosts.run(home, "flash", "--port", board.port), "flash again")
        outcome.need(hosts.run(home, "flash", "--verify", "--port", board.port), "verify")
        _, after, kept = board_now(board.port)
        if kept != trials:
            outcome.wrong.append(f"trials on the board: {sorted(kept)}, before {sorted(trials)}")
        changed = [name for name in KEPT if after[name] != before[name]]
        if changed:
            outcome.wrong.append(f"changed on the board: {changed}")
        outcome.need(hosts.run(home, "pull", "--port", board.port), "a pull")
        outcome.wrong += all_once(home, board.port, set(trials))
    return outcome


def _is_free(port: str) -> bool:
    """Whether no other program has the port to itself."""
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)

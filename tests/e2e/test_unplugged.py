"""The cable is pulled at many moments; no completed hold is lost, none is stored twice."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import SHORT_TRIALS, Images, SwitchOn, client_on, once, switch_on, wait_board_s
from cable import Cable, Cut, Direction, Hand, Late
from programs import Run
from pulled import assert_all_pulled_once

from evenstance import cli
from evenstance.commands.show import SessionView
from evenstance.device.client import BoardInfo
from evenstance.errors import LinkLostError
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan, SessionResult
from evenstance.flows.returns import Returns
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses
from evenstance.virtual.person import SyntheticPerson
from evenstance_wire import flags, frames, messages

SHORT = SessionPlan("quick", 1, rest_s=5.0, practice=False)
PERSON_SEED = 5
ACK, ACK_REPLY = messages.ACK.kind, messages.ACK_REPLY.kind
PULL_MOMENTS = 11
SESSION_MOMENTS = 3


def moments(count: int, seed: int) -> list[float]:
    """So many moments between 0 and 1, drawn, one in each equal part."""
    rng = random.Random(seed)
    return [(n + rng.random()) / count for n in range(count)]


def parts_of(line: bytes) -> tuple[int, bytes]:
    """Kind and body of the frame on a line."""
    found = frames.decode_line(line[1:-1])
    assert found is not None, line
    return found[0], found[2]


def untouched(_direction: Direction, line: bytes) -> bytes:
    """A hand that only counts."""
    return line


def at_frame(number: int, after: int, last: Hand = untouched) -> Hand:
    """Cuts in frame `number`, counted over both directions; at the latest where `last` does."""
    count = 0

    def hand(direction: Direction, line: bytes) -> bytes | Cut | Late:
        nonlocal count
        count += 1
        return Cut(after % len(line)) if count >= number else last(direction, line)

    return hand


def at_message(kind: int, times: int = 1) -> Hand:
    """Cuts before the `times`-th message of a kind passes."""
    count = 0

    def hand(_: Direction, line: bytes) -> bytes | Cut:
        nonlocal count
        count += parts_of(line)[0] == kind
        return Cut() if count >= times else line

    return hand


def at_state(state: int) -> Hand:
    """Cuts at the tenth live message with this state: in the middle of it."""
    count = 0

    def hand(_: Direction, line: bytes) -> bytes | Cut:
        nonlocal count
        kind, body = parts_of(line)
        if kind == messages.LIVE_FRAME.kind:
            count += messages.LIVE_FRAME.unpack(body)["state"] == state
        return Cut(5) if count >= 10 else line

    return hand


def at_farewell(_: Direction, line: bytes) -> bytes | Cut:
    """Cuts when the session asks the person to leave: nothing more is measured after that."""
    kind, body = parts_of(line)
    return Cut() if kind == messages.CUE.kind and body[0] == flags.CUE_DONE else line


def assert_told(code: int, told: str) -> None:
    """The command ended as documented for a lost link, with words for a person."""
    assert code == LinkLostError.exit_code
    assert "Traceback" not in told
    assert re.search(
        r"^Error: The board on /\S+/cable-\w+/port went away\.$", told, re.MULTILINE
    ), told
    assert re.search(r"^Next:  .*evenstance pull", told, re.MULTILINE), told


# -- pull


@pytest.fixture(scope="session")
def frames_of_a_pull(images: Images, shared_folder: Path) -> int:
    """How many frames pass in a pull that nobody disturbs (about: a board that is still starting
    is asked more often)."""

    def count(folder: Path) -> None:
        image = Path(shutil.copy(images.with_trials, folder))
        with (
            pytest.MonkeyPatch.context() as patch,
            switch_on(image, Masses()) as board,
            Cable(board.port, untouched) as cable,
        ):
            patch.setenv("EVENSTANCE_HOME", str(folder))
            assert cli.run(["pull", "--port", cable.port]) == 0
            (folder / "frames").write_text(str(sum(cable.frames.values())))

    return int((once(shared_folder / "a-pull", count) / "frames").read_text())


def pull_again(port: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Pull over a new cable, as a person would after plugging in; its JSON answer."""
    with Cable(port) as cable:
        assert cli.run(["pull", "--port", cable.port, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def cut_a_pull(
    board: VirtualBoard, hand: Hand, home: Path, capsys: pytest.CaptureFixture[str]
) -> int:
    """Cut a pull, pull again, check; how many trials the second pull brought."""
    with Cable(board.port, hand) as cable:
        code = cli.run(["pull", "--port", cable.port])
        assert cable.cut.is_set()
    assert_told(code, capsys.readouterr().err)
    again = pull_again(board.port, capsys)
    assert again["lost"] == []
    assert_all_pulled_once(board, home, SHORT_TRIALS)
    assert pull_again(board.port, capsys)["new"] == 0
    new = again["new"]
    assert isinstance(new, int)
    return new


@pytest.mark.parametrize("share", moments(PULL_MOMENTS, 1), ids="{:.3f}".format)
def test_a_pull_cut_anywhere_is_finished_by_the_next_one(
    share: float,
    switch_on_copy: SwitchOn,
    images: Images,
    frames_of_a_pull: int,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    number = 1 + int(share * frames_of_a_pull)
    board = switch_on_copy(images.with_trials)
    hand = at_frame(number, after=number * 7, last=at_message(ACK_REPLY, 2))
    cut_a_pull(board, hand, home, capsys)


@pytest.mark.parametrize(
    ("message", "times", "brought"),
    [(ACK, 1, 2), (ACK_REPLY, 1, 2), (ACK, 2, 0), (ACK_REPLY, 2, 0)],
    ids=["before the first ack", "after the first ack", "before the last", "after the last"],
)
def test_a_pull_cut_between_commit_and_acknowledge(
    message: int,
    times: int,
    brought: int,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was committed is not brought again, whether or not the board heard of it."""
    board = switch_on_copy(images.with_trials)
    assert cut_a_pull(board, at_message(message, times), home, capsys) == brought


def test_the_program_pulls_over_a_cable_that_is_cut(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(images.with_trials)
    with Cable(board.port, at_message(messages.GET_TRACE_REPLY.kind, 9)) as cable:
        said = evenstance("pull", "--port", cable.port)
    assert_told(said.code, said.err)
    assert said.out == ""
    with Cable(board.port) as cable:
        assert evenstance("pull", "--port", cable.port, "--json").json()["new"] == SHORT_TRIALS
    assert_all_pulled_once(board, home, SHORT_TRIALS)


# -- session


def short_session(
    port: str, returns: Callable[[BoardInfo], Returns] | None = None
) -> SessionResult:
    """One hold per leg without practice, on the history of EVENSTANCE_HOME; `returns` makes what
    waits for a board that goes away."""
    with open_store() as store, connected(port, patience_s=60.0) as (client, info):
        client.returns = None if returns is None else returns(info)
        return Guide(
            client,
            info,
            store,
            SessionView(lambda: None, on_terminal=False),
            athlete_id=store.athlete("somebody").id,
            conditions=STANDARD_CONDITIONS,
            plan=SHORT,
            now=wall_clock,
        ).run()


@pytest.fixture(scope="session")
def frames_of_a_session(images: Images, shared_folder: Path) -> int:
    """How many frames pass in a session that nobody disturbs (about: time runs freely)."""

    def count(folder: Path) -> None:
        image = Path(shutil.copy(images.calibrated, folder))
        with (
            pytest.MonkeyPatch.context() as patch,
            switch_on(image, SyntheticPerson(PERSON_SEED)) as board,
            Cable(board.port, untouched) as cable,
        ):
            patch.setenv("EVENSTANCE_HOME", str(folder))
            result = short_session(cable.port)
            assert [trial.valid for trial in result.scored] == [True, True]
            (folder / "frames").write_text(str(sum(cable.frames.values())))

    return int((once(shared_folder / "a-session", count) / "frames").read_text())


def wait_for_rest(board: VirtualBoard) -> None:
    """Who stood on one leg when the plug went stands on, at most for 30 s (`SyntheticPerson`):
    such a trial is stored when it is over, and may be so while the host pulls."""
    with client_on(board.port) as client:
        wait_board_s(client, 40.0)


def cut_a_session(
    board: VirtualBoard,
    hand: Hand,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    power_too: bool,
) -> None:
    """Cut a session, with the board's power if it is fed by the cable; pull; check."""
    with Cable(board.port, hand) as cable, pytest.raises(LinkLostError) as lost:
        short_session(cable.port)
    assert cable.cut.is_set()
    assert "went away" in lost.value.what
    assert "evenstance pull" in lost.value.next_step
    if power_too:
        board.broker.power_cycle()
    with client_on(board.port) as client:
        completed = client.status()["next_seq"] - 1
    capsys.readouterr()
    assert pull_again(board.port, capsys)["lost"] == []
    wait_for_rest(board)
    assert pull_again(board.port, capsys)["lost"] == []
    assert_all_pulled_once(board, home, completed)
    with open_store() as store:
        notes = [session.note for session in store.sessions()]
    assert notes == ["connection lost"]


@pytest.mark.parametrize("share", moments(SESSION_MOMENTS, 2), ids="{:.3f}".format)
def test_a_session_cut_anywhere_keeps_every_completed_hold(
    share: float,
    switch_on_copy: SwitchOn,
    images: Images,
    frames_of_a_session: int,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    number = 1 + int(share * frames_of_a_session)
    board = switch_on_copy(images.calibrated, SyntheticPerson(PERSON_SEED))
    hand = at_frame(number, after=number * 7, last=at_farewell)
    cut_a_session(board, hand, home, capsys, power_too=number % 2 == 0)


def test_a_hold_goes_on_without_the_host_and_is_kept(
    switch_on_copy: SwitchOn, images: Images, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = switch_on_copy(images.calibrated, SyntheticPerson(PERSON_SEED))
    cut_a_session(board, at_state(flags.HOLD), home, capsys, power_too=False)
    with open_store() as store:
        (kept,) = store.trials()
    assert (kept.hold.stance_leg, kept.hold.valid) == ("left", True)


@pytest.mark.parametrize(
    ("message", "power_too"), [(ACK, True), (ACK_REPLY, False)], ids=["before", "after"]
)
def test_a_session_cut_between_commit_and_acknowledge(
    message: int,
    power_too: bool,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = switch_on_copy(images.calibrated, SyntheticPerson(PERSON_SEED))
    cut_a_session(board, at_message(message), home, capsys, power_too=power_too)
    with open_store() as store:
        kept = store.trials(session=store.sessions()[-1].id)
    assert [(trial.hold.seq, trial.purpose) for trial in kept] == [(1, "scored")]


def test_the_program_guides_over_a_cable_that_is_cut(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, SyntheticPerson(PERSON_SEED))
    with Cable(board.port, at_message(ACK)) as cable:
        said = evenstance("session", "--protocol", "quick", "--wait", "0", "--port", cable.port)
    assert_told(said.code, said.err)
    with Cable(board.port) as cable:
        assert evenstance("pull", "--port", cable.port).code == 0
    assert_all_pulled_once(board, home, 1)

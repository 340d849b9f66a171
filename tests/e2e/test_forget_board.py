"""A forgotten person's trials leave the board at the next pull, and never come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import SHORT_TRIALS, Images, SwitchOn, client_on, trial_bytes

from evenstance.device import client as client_module
from evenstance.device.client import BoardClient
from evenstance.errors import LinkLostError
from evenstance.flows.forget import forget, known
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance.store.records import Conditions
from evenstance.store.repository import Store
from evenstance.virtual.board import VirtualBoard
from evenstance_wire import messages

ANNAS = (2, 3, SHORT_TRIALS)  # the last one, too: its number must stay


@pytest.fixture
def pulled(home: Path, images: Images, switch_on_copy: SwitchOn) -> VirtualBoard:
    """A board with trials, all pulled; three of them are Anna's, and she is forgotten."""
    board = switch_on_copy(images.with_trials)
    with open_store() as store, client_on(board.port) as client:
        found = pull(client, client.hello(), store)
        assert found.new == SHORT_TRIALS
        anna = store.athlete("Anna").id
        trials = [t.id for t in store.trials(unassigned=True) if t.seq in ANNAS]
        store.assign(trials, anna, Conditions())
        assert forget(store, known(store, "Anna")).waiting == {found.board_uid: len(ANNAS)}
    return board


def seqs(store: Store) -> list[int]:
    return sorted(trial.seq for trial in store.trials())


def test_they_leave_the_board_and_stay_away(pulled: VirtualBoard) -> None:
    rest = [seq for seq in range(1, SHORT_TRIALS + 1) if seq not in ANNAS]
    with open_store() as store, client_on(pulled.port) as client:
        info = client.hello()
        before = trial_bytes(client)
        first = pull(client, info, store)
        assert (first.forgotten, first.not_forgotten, first.new) == (len(ANNAS), 0, 0)
        for seq in ANNAS:
            assert client.summary(seq) is None
            assert client.trace(seq) is None
        assert client.status()["next_seq"] == SHORT_TRIALS + 1
        again = pull(client, info, store)
        assert (again.forgotten, again.new, again.lost) == (0, 0, [])
        assert seqs(store) == rest
        for seq in rest:
            assert client.summary(seq) == before[seq][0]
            assert client.trace(seq) == before[seq][1]
        assert store.forgotten.waiting() == {}


def test_an_answer_that_got_lost_is_asked_for_again(
    pulled: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store() as store, client_on(pulled.port) as client:
        info = client.hello()
        ask = BoardClient.request

        def cut_after(self: BoardClient, table: messages.Table, **values: object) -> object:
            reply = ask(self, table, **values)
            if table is messages.FORGET and values["seq"] == ANNAS[1]:
                raise LinkLostError("the cable went")
            return reply

        with monkeypatch.context() as cut:
            cut.setattr(BoardClient, "request", cut_after)
            with pytest.raises(LinkLostError):
                pull(client, info, store)
        assert store.forgotten.of(info.board_uid, info.journal_id) == list(ANNAS[1:])
        assert pull(client, info, store).forgotten == 2
        assert [client.summary(seq) for seq in ANNAS] == [None] * 3


def test_a_board_that_cannot_forget_is_asked_again_later(
    pulled: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What older firmware says to a request it does not know."""
    with open_store() as store, client_on(pulled.port) as client:
        info = client.hello()
        with monkeypatch.context() as older:
            older.setattr(messages.FORGET, "kind", 0x7E)
            older.setitem(client_module._REPLIES, 0x7E, messages.FORGET_REPLY)
            found = pull(client, info, store)
        assert (found.forgotten, found.not_forgotten) == (0, len(ANNAS))
        assert "bad request" in found.not_forgotten_why
        assert pull(client, info, store).forgotten == len(ANNAS)

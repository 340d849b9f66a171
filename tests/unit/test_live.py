"""The live stream: every key reaches whoever follows, and the stream is kept alive."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from evenstance.device.client import BoardInfo, Notice
from evenstance.errors import LinkLostError
from evenstance.flows.live import DEAD_S, RENEW_S, SILENCE_S, LiveStream, SessionStopped
from evenstance_wire import flags, messages


class Board:
    """Says what it is told to say; a list a call, and a tenth of a second passes with each."""

    def __init__(self, *said: list[Notice]) -> None:
        self._said = iter(said)
        self.asked = 0
        self.returned = 0
        self.info: BoardInfo | None = None
        self.now_s = 0.0

    def notices(self) -> list[Notice]:
        self.now_s += 0.1
        return next(self._said, [])

    def request(self, table: messages.Table, **_: Any) -> dict[str, Any]:
        assert table is messages.LIVE
        self.asked += 1
        return {}

    def restarted(self) -> None:
        raise LinkLostError("The board restarted.")

    def look_for_restart(self) -> None:
        """It has not."""

    def comes_back(self, boot_id: int) -> None:
        """It was away, and may have restarted."""
        self.returned += 1
        self.info = BoardInfo(2, "uid", "journal", boot_id, "1")

    def clock(self) -> float:
        return self.now_s


def live(device_s: float) -> Notice:
    values = {"device_us": round(device_s * 1e6), "state": flags.BOTH_FEET, "body_weight_un": None}
    return Notice(messages.LIVE_FRAME, {**values, "left_mn": 350_250, "right_mn": None})


def stream(board: Board, keys: str = "") -> LiveStream:
    pressed: Iterator[str] = iter(keys)
    return LiveStream(
        board,  # type: ignore[arg-type] # the two calls a stream makes
        lambda: next(pressed, " ").strip() or None,
        board.clock,
    )


def test_each_key_comes_with_one_message() -> None:
    found = stream(Board([live(1.0), live(1.1)], [live(1.2)]), "p s")
    seen = []
    for _, elapsed_s in found.follow():
        seen.append((round(elapsed_s, 3), found.key))
        if len(seen) == 3:
            break
    assert seen == [(0.0, "p"), (0.1, None), (0.2, "s")]


def test_q_stops() -> None:
    with pytest.raises(SessionStopped):
        next(stream(Board([live(1.0)]), "q").follow())


def test_forces_are_newtons_and_missing_is_not_zero() -> None:
    message, _ = next(stream(Board([live(1.0)])).follow())
    assert (message.left_n, message.right_n, message.body_weight_n) == (350.25, None, None)


def test_lift_off_is_kept() -> None:
    event = Notice(messages.EVENT, {"device_us": 0, "event": flags.EV_LIFT_OFF, "value": 1})
    found = stream(Board([event, live(1.0)]))
    assert found.lift_off_leg is None
    next(found.follow())
    assert found.lift_off_leg == "right"


def test_the_lease_is_renewed_in_time_of_the_board() -> None:
    board = Board([live(1.0), live(1.0 + RENEW_S), live(1.1 + RENEW_S), live(1.2 + RENEW_S)])
    messages_ = stream(board).follow()
    for _ in range(4):
        next(messages_)
    assert board.asked == 2  # at the first message, and once after RENEW_S


def test_silence_is_asked_about_and_then_an_error() -> None:
    board = Board()
    with pytest.raises(LinkLostError, match="stopped sending"):
        next(stream(board).follow())
    assert DEAD_S <= board.now_s < DEAD_S + 1
    assert board.asked > 0


def test_in_a_silence_the_stream_is_asked_for_anew_no_oftener_than_said() -> None:
    """Every SILENCE_S, though the board answers each time and still sends nothing; and from the
    beginning again once it has sent something."""
    asked_at_s: list[float] = []

    class Mute(Board):
        def request(self, table: messages.Table, **values: Any) -> dict[str, Any]:
            asked_at_s.append(self.now_s)
            return super().request(table, **values)

    silent = [[]] * 20  # calls, of 0.1 s each
    with pytest.raises(LinkLostError):
        for _ in stream(Mute([live(1.0)], *silent, [live(1.1)])).follow():
            pass
    first, in_first_silence, *others = asked_at_s
    assert in_first_silence - first == pytest.approx(SILENCE_S, abs=0.15)
    spoke_s = first + 0.1 * (len(silent) + 1)
    gaps_s = [b - a for a, b in pairwise([spoke_s, *others])]
    assert gaps_s == pytest.approx([SILENCE_S] * 5, abs=0.15)


def test_a_board_that_restarts_unnoticed_ends_every_wait() -> None:
    """Its time began anew: nothing that waits for a later one may wait on."""
    found = stream(Board([live(500.0)], [live(2.0)])).follow()
    next(found)
    with pytest.raises(LinkLostError, match="restarted"):
        next(found)


@pytest.mark.parametrize(("boot_id", "elapsed_s"), [(2, 3.0), (1, 1.0)])
def test_the_seconds_of_a_board_that_came_back_go_on(boot_id: int, elapsed_s: float) -> None:
    """From where they were when it has restarted, else as they come."""
    board = Board([live(500.0)], [], [live(3.0 if boot_id == 2 else 501.0)])
    board.comes_back(1)
    found = stream(board).follow()
    next(found)
    board.comes_back(boot_id)
    asked = board.asked
    assert next(found)[1] == pytest.approx(elapsed_s)
    assert board.asked == asked + 1, "a lease does not outlive a restart"


def test_a_lift_off_that_was_not_told_is_seen_in_the_loads() -> None:
    notice = live(1.0)
    notice.values.update(state=flags.HOLD, left_mn=2_000, right_mn=700_000)
    found = stream(Board([live(0.9)], [notice]))
    following = found.follow()
    next(following)
    assert found.lift_off_leg is None
    next(following)
    assert found.lift_off_leg == "right"


def test_a_computer_that_slept_takes_nothing_for_silence() -> None:
    board = Board([live(1.0)], [], [live(1.1)])
    found = stream(board).follow()
    next(found)
    listen = board.notices

    def asleep() -> list[Notice]:
        board.notices = listen  # type: ignore[method-assign]
        board.now_s += 3600.0
        return listen()

    board.notices = asleep  # type: ignore[method-assign]
    assert next(found)[1] == pytest.approx(0.1)

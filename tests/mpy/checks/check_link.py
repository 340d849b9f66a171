"""What the link queues and what it drops when nobody takes it (nothing is written here)."""

from evenstance_board.link import Link
from evenstance_wire import messages

LIVE = (1, 0, None, 5, None)
EVENT = (1, 0, 0)


def live(link):
    link.send(messages.LIVE_FRAME.kind, messages.LIVE_FRAME.form, 0, LIVE, True)


def event(link):
    link.send(messages.EVENT.kind, messages.EVENT.form, 0, EVENT)


def check_live_frames_are_dropped_first():
    link = Link()
    for _ in range(10):
        live(link)
    assert link.frames_dropped == 8
    for _ in range(14):  # events still find room
        event(link)
    assert link.frames_dropped == 8
    live(link)
    assert link.frames_dropped == 9
    for n in range(5):  # and at last they are dropped too, counted
        event(link)
        assert link.frames_dropped == 10 + n


def check_the_queue_is_bounded():
    link = Link()
    for _ in range(1000):
        event(link)
    assert link.sent == 16
    assert link.frames_dropped == 984


def check_nothing_to_read():
    link = Link()
    assert link.receive() is None
    assert link.parser.damaged == 0

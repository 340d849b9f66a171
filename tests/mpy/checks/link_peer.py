"""A board's link on this process's own pipes, for test_link_pipes.py; reports on standard error.

stuck TURNS: offers a live frame and pumps so many times, then waits for a frame and flushes.
echo: answers each frame with its body until one of kind 9 comes.
"""

import sys

from evenstance_board.link import Link
from evenstance_wire import messages

STOP_KIND = messages.GET_HOLD.kind


def live(n):
    return (n, 1, n, -n, None)


def wait_for_frames(link):
    while True:
        found = link.receive()
        if found:
            return found


def flush(link):
    while not link.is_empty:
        link.pump()


def stuck(link, turns):
    for n in range(turns):
        link.send(messages.LIVE_FRAME.kind, messages.LIVE_FRAME.form, 0, live(n), True)
        link.pump()
    print(link.sent, link.frames_dropped, file=sys.stderr)
    wait_for_frames(link)
    flush(link)


def echo(link):
    running = True
    calls = 0
    while running:
        found = link.receive()
        calls += 1 if found is not None else 0
        for kind, tag, body in found or ():
            link.send(messages.ERROR.kind, messages.ERROR.form, tag, (0, kind, body))
            running = running and kind != STOP_KIND
        link.pump()
    flush(link)
    print(calls, link.parser.damaged, link.parser.noise_bytes, file=sys.stderr)


if sys.argv[1] == "stuck":
    stuck(Link(), int(sys.argv[2]))
else:
    echo(Link())

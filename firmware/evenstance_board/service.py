"""Answers the host: takes each request to the part that knows it."""

import gc

from evenstance_board.refused import Refused
from evenstance_wire import flags, forms, messages


class Service:
    """Everything the host may ask; `step` and `idle` are called from the main loop.

    `parts` each have `requests`, the table of their methods by the kind of the request. A method
    takes (row of the request, tag) and returns the row of the reply, or None when that follows
    later.
    A part may have a `step(now)` for every turn, and an `idle()` for what takes long and waits
    for a moment without a hold.
    """

    def __init__(self, link, parts):
        self._link = link
        self._do = {}
        for part in parts:
            self._do.update(part.requests)
        self._steps = [part.step for part in parts if hasattr(part, "step")]
        self._idles = [part.idle for part in parts if hasattr(part, "idle")]

    def step(self, now):
        """Take requests, send what is due."""
        received = self._link.receive()
        if received:
            self._answer_all(received)
        for step in self._steps:
            step(now)
        self._link.pump()

    def rest_us(self):
        """How long the host can do without the board (us)."""
        return self._link.rest_us()

    def idle(self):
        """No hold runs."""
        for idle in self._idles:
            idle()

    def _answer_all(self, received):
        for kind, tag, body in received:
            self._answer(kind, tag, body)

    def _answer(self, kind, tag, body):
        if kind not in self._do:
            self._link.refuse(kind, tag, flags.ERR_BAD_REQUEST, "unknown request")
            return
        form, reply = _forms_of(kind)
        try:
            row = self._do[kind](forms.unpack(form, body), tag)
            if row is not None:
                self._link.send(messages.REPLY | kind, reply, tag, row)
        except Refused as error:
            self._link.refuse(kind, tag, error.code, error.detail)
        except ValueError as error:
            self._link.refuse(kind, tag, flags.ERR_BAD_VALUE, str(error))
        except MemoryError:
            gc.collect()
            self._link.refuse(kind, tag, flags.ERR_BUSY, "memory")
        except OSError as error:
            self._link.refuse(kind, tag, flags.ERR_STORAGE, "errno %d" % error.errno)


def _forms_of(kind):
    """The forms of a request and of its reply."""
    forms_of_all = messages.FORMS
    at = forms_of_all.index(" %d:" % kind) + 1
    _, form, reply = forms_of_all[at : forms_of_all.index(" ", at)].split(":")
    return form, reply

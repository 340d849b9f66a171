"""What the host asks of the stored trials."""

import time

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags, forms, frames, messages

_PART_BYTES = const(1008)  # of a trace in one message: with it, base64 needs no padding
_PATIENCE_US = const(2000000)  # as long as a host waits


class AskJournal:
    """Summaries and traces out, acknowledgements in, and what is to be forgotten.

    A trace goes out as a row of messages, each made when the one before has left, so that a
    stored trial costs one request and little memory. The latest request for a trace counts.
    """

    def __init__(self, link, journal, sampler):
        self._link = link
        self._journal = journal
        self._sampler = sampler
        self._ack_wanted = 0
        self._tag = 0  # of the request whose trace is going out, 0 for none
        self._seq = 0
        self._offset = 0
        self._end = 0
        self._sent_us = 0
        self._raw = bytearray(2 + messages.GET_TRACE_REPLY.size + _PART_BYTES + 4)
        self.requests = {
            messages.GET_HOLD.kind: self._get_hold,
            messages.GET_TRACE.kind: self._get_trace,
            messages.ACK.kind: self._ack,
            messages.FORGET.kind: self._forget,
        }

    @property
    def acked_through(self):
        """The highest number acknowledged, written down already or not."""
        return max(self._ack_wanted, self._journal.acked_through)

    def step(self, now):
        """Send the next part of a trace."""
        if self._tag == 0:
            return
        if time.ticks_diff(now, self._sent_us) > _PATIENCE_US:
            self._tag = 0  # nobody takes it
        elif self._link.is_empty:
            self._sent_us = now
            self._send_part()

    def idle(self):
        """Write an acknowledgement down: that stops the processor for long."""
        if self._ack_wanted > self._journal.acked_through:
            try:
                self._journal.acknowledge(self._ack_wanted)
            except OSError:  # no room, or a bad flash: the host acknowledges again when it pulls
                self._ack_wanted = self._journal.acked_through

    def _get_hold(self, row, _tag):
        summary = self._journal.summary(row[0])
        if summary is None:
            raise Refused(flags.ERR_NOT_FOUND, "seq %d" % row[0])
        return (summary,)

    def _get_trace(self, row, tag):
        self._tag = tag
        self._seq, self._offset, length = row
        self._end = self._offset + length
        self._sent_us = time.ticks_us()

    def _send_part(self):
        """Read the next part into the message that carries it: 700 of them are in a pull."""
        raw = self._raw
        head = 2 + messages.GET_TRACE_REPLY.size
        room = min(self._end - self._offset, _PART_BYTES)
        part = memoryview(raw)[head : head + room]
        total, size = self._journal.read_trace(self._seq, self._offset, part)
        reply = (self._seq, self._offset, total, b"")
        raw[0] = messages.GET_TRACE_REPLY.kind
        raw[1] = self._tag
        raw[2:head] = forms.pack(messages.GET_TRACE_REPLY.form, reply)
        whole = size == _PART_BYTES
        line = frames.seal(raw if whole else bytearray(memoryview(raw)[: head + size + 4]))
        self._link.send_line(line, True)
        self._offset += size
        if size == 0 or self._offset >= min(self._end, total):
            self._tag = 0

    def _ack(self, row, _tag):
        journal_id, through_seq = row
        self._need_this(journal_id)
        if through_seq >= self._journal.next_seq:
            raise Refused(flags.ERR_BAD_VALUE, "not stored yet")
        self._ack_wanted = max(self._ack_wanted, through_seq)
        return (self.acked_through,)

    def _forget(self, row, _tag):
        """At once: the reply says that it is done."""
        self._sampler.not_during_a_hold()
        journal_id, seq = row
        self._need_this(journal_id)
        if not 0 < seq <= self.acked_through:
            raise Refused(flags.ERR_BAD_VALUE, "not acknowledged")
        self._journal.forget(seq)
        return ()

    def _need_this(self, journal_id):
        if journal_id != self._journal.journal_id:
            raise Refused(flags.ERR_BAD_VALUE, "another journal")

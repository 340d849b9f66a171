"""What the host asks of the stored trials."""

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags, messages

_MAX_TRACE_PART = const(768)


class AskJournal:
    """Summaries and traces out, acknowledgements in."""

    def __init__(self, journal):
        self._journal = journal
        self._ack_wanted = 0
        self.requests = {
            messages.GET_HOLD.kind: self._get_hold,
            messages.GET_TRACE.kind: self._get_trace,
            messages.ACK.kind: self._ack,
        }

    @property
    def acked_through(self):
        """The highest number acknowledged, written down already or not."""
        return max(self._ack_wanted, self._journal.acked_through)

    def idle(self):
        """Write an acknowledgement down: that stops the processor for long."""
        if self._ack_wanted > self._journal.acked_through:
            self._journal.acknowledge(self._ack_wanted)

    def _get_hold(self, values, _tag):
        summary = self._journal.summary(values["seq"])
        if summary is None:
            raise Refused(flags.ERR_NOT_FOUND, "seq %d" % values["seq"])
        return {"summary": summary}

    def _get_trace(self, values, _tag):
        length = min(values["length"], _MAX_TRACE_PART)
        total, data = self._journal.trace_part(values["seq"], values["offset"], length)
        return {"seq": values["seq"], "offset": values["offset"], "total": total, "data": data}

    def _ack(self, values, _tag):
        if values["journal_id"] != self._journal.journal_id:
            raise Refused(flags.ERR_BAD_VALUE, "another journal")
        if values["through_seq"] >= self._journal.next_seq:
            raise Refused(flags.ERR_BAD_VALUE, "not stored yet")
        self._ack_wanted = max(self._ack_wanted, values["through_seq"])
        return {"acked_through": self.acked_through}

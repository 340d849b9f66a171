"""Keeps what the board must not lose: stores finished trials, and keeps memory free for them."""

import gc

from micropython import const

from evenstance_wire import flags

_COLLECT_AFTER = const(100)  # messages
_INTERRUPTS = const(20)


class Keeper:
    """`holds_lost` is cumulative since boot."""

    def __init__(self, journal, sampler, live, link, boot_id):
        self._journal = journal
        self._sampler = sampler
        self._live = live
        self._link = link
        self.boot_id = boot_id
        self._collected = 0  # messages sent when garbage was last collected
        self.requests = {}
        self.holds_lost = 0
        self.memory_free_b = 0  # after the last collection
        self.collect()

    def store(self):
        """Put the finished trial into the journal and tell the host."""
        seq = self._journal.next_seq
        try:
            kept = self._write(seq)
        except (OSError, MemoryError):
            self.holds_lost += 1
            self._live.event(flags.EV_HOLD_LOST, seq)
            return
        finally:
            self.collect()
        if not kept:
            self._live.event(flags.EV_TRACE_GIVEN_UP, seq)
        self._live.event(flags.EV_STORED, seq)

    def _write(self, seq):
        """Ctrl-C waits, however often it is pressed: nobody shall have stood in vain."""
        taken = None
        interrupt = None
        kept = None
        for _ in range(_INTERRUPTS):
            try:
                if taken is None:
                    taken = self._sampler.recorder.take(seq, self.boot_id)
                if self._journal.next_seq == seq:  # else only what follows was interrupted
                    kept = self._journal.append(taken[0], taken[1])
                break
            except KeyboardInterrupt as error:
                interrupt = error
                gc.collect()  # closes what was being opened, before it is written again
        if interrupt is not None:
            raise interrupt
        return kept

    def idle(self):
        """Collect garbage now and then."""
        if self._link.sent - self._collected > _COLLECT_AFTER and not self._sampler.measuring:
            self.collect()

    def collect(self):
        """Collect garbage now (20 ms on a Pico), so that it does not happen in a hold."""
        gc.collect()
        self.memory_free_b = gc.mem_free()
        self._collected = self._link.sent

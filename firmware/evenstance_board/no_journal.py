"""In place of a journal that cannot be opened: the board starts, and keeps nothing.

A flash that is full of other files, cannot be written or cannot be read must not end the firmware:
it would start again and again, and tell nobody why.
"""

from evenstance_board.journal import Journal

_BAD_FLASH = 5  # errno


def open_journal():
    """The journal, or this one."""
    try:
        return Journal()
    except OSError:
        return NoJournal()


class NoJournal:
    """Without trials; each new one is lost, which is counted and told."""

    journal_id = bytes(8)
    first_seq = 1
    next_seq = 1
    acked_through = 0
    traces_given_up = 0
    quarantined = 1
    free_b = 0

    def append(self, _summary, _trace):
        """There is nowhere to put it."""
        raise OSError(_BAD_FLASH)

    def acknowledge(self, through_seq):
        """Nobody can have a trial of it."""
        if through_seq:
            raise ValueError("not stored yet")

    def forget(self, _seq):
        """Nothing is here."""

    def summary(self, _seq):
        """None is here."""
        return None

    def read_trace(self, _seq, _offset, _buffer):
        """None is here."""
        return 0, 0

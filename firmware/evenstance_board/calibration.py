"""From counts to force: a zero and a signed sensitivity per plate, and what the plate may carry.

Force in millinewtons = (counts - zero) / counts_per_newton * 1000, computed as two integer
products of at most 30 bits, good to 8e-6 of the force, without allocating.
"""

import micropython
from micropython import const

from evenstance_board.calibration_files import CalibrationFiles
from evenstance_board.clock import plausible
from evenstance_wire import flags
from evenstance_wire.hold_rules import Rules
from evenstance_wire.units import LEFT, RIGHT

_KEY_BITS = 17
# Counts per kilonewton, either sign: a converter's rail is 42 kN at most, which all sums can hold.
_SENSIBLE = (200_000, 200_000_000)
_RATINGS_MN = (100_000, 20_000_000)  # 10 kg to 2 t
# places in the row of a calibration (messages.GET_CALIBRATION_REPLY): two plates from _GAINS on
_ID = const(0)
_KIND = const(1)
_RESTORED_FROM = const(2)
_MADE = const(3)
_GAINS = const(4)  # counts per kilonewton
_ZEROS = const(6)
_RATINGS = const(8)


def sensible(counts_per_kn):
    """True for a sensitivity that a load cell behind an HX711 can have."""
    return _SENSIBLE[0] <= abs(counts_per_kn) <= _SENSIBLE[1]


@micropython.viper
def _force_mn(d: int, key: int, shift: int) -> int:
    return (((d >> 12) * key) >> (shift - 12)) + (((d & 4095) * key) >> shift)


class Plate:
    """Calibration of one plate; `force_mn` may be called only while `ready`."""

    def __init__(self):
        self.counts_per_kn = 0
        self.zero = None  # counts; None before the first zero
        self.rating_mn = Rules.plate_limit_mn
        self.ready = False
        self._key = 0
        self._shift = 0

    def set(self, counts_per_kn, zero):
        """Take a sensitivity (counts per kilonewton, signed, 0 for none) and a zero (counts)."""
        self.counts_per_kn = counts_per_kn
        self.zero = zero
        self.ready = counts_per_kn != 0 and zero is not None
        if not self.ready:
            return
        size = abs(counts_per_kn)
        shift = 12
        while shift < 29 and ((1000000 << (shift + 1)) + size // 2) // size < (1 << _KEY_BITS):
            shift += 1
        key = ((1000000 << shift) + size // 2) // size
        self._key = key if counts_per_kn > 0 else -key
        self._shift = shift

    @micropython.native
    def force_mn(self, counts):
        """Force in millinewtons of one conversion."""
        return _force_mn(counts - self.zero, self._key, self._shift)


class Calibration:
    """Both plates as the newest sound calibration in flash has them, with the latest zero.

    Whatever is written is in flash before it is used: OSError changes nothing.
    """

    def __init__(self):
        self.plates = (Plate(), Plate())
        self.calibration_id = 0  # 0: never calibrated
        self.ready = False  # both plates have a sensitivity and a zero, and force is wanted
        self._paused = False
        self._kind = flags.FACTORY
        self._restored_from = None
        self._made_unix_ms = None
        self._files = CalibrationFiles()
        if self.ids:
            self._use(self._files.read(self.ids[-1]))
        zero = self._files.zero_since(self.calibration_id)
        if zero is not None:
            self._use_zero(zero[LEFT], zero[RIGHT])

    @property
    def ids(self):
        """Numbers of the calibrations that are kept, the oldest first; the last one is in use."""
        return self._files.ids

    @property
    def quarantined(self):
        """Damaged files found at power-up and set aside."""
        return self._files.quarantined

    def set_sensitivity(
        self, left_counts_per_kn, right_counts_per_kn, ratings_mn=(None, None), made_unix_ms=None
    ):
        """A new calibration; the zeros stay, and a rating that is None.

        Raises ValueError for impossible values.
        """
        row = self.row()
        for value in (left_counts_per_kn, right_counts_per_kn):
            if not sensible(value):
                raise ValueError("counts per kN")
        for k in (LEFT, RIGHT):
            rating_mn = ratings_mn[k]
            if rating_mn is not None:
                if not _RATINGS_MN[0] <= rating_mn <= _RATINGS_MN[1]:
                    raise ValueError("rating")
                row[_RATINGS + k] = rating_mn
        if made_unix_ms is not None:
            plausible(made_unix_ms)
        row[_KIND] = flags.MEASURED
        row[_RESTORED_FROM] = None
        row[_MADE] = made_unix_ms
        row[_GAINS + LEFT] = left_counts_per_kn
        row[_GAINS + RIGHT] = right_counts_per_kn
        self._keep(row)

    def set_zero(self, left_counts, right_counts):
        """New zeros (counts); the sensitivities stay."""
        self._files.save_zero(self.calibration_id, left_counts, right_counts)
        self._use_zero(left_counts, right_counts)

    def restore(self, calibration_id):
        """Make an earlier calibration, with its zeros and ratings, the newest; 0: none, as new.

        False when it is not kept.
        """
        row = Calibration.factory() if calibration_id == 0 else self._files.read(calibration_id)
        if row is None:
            return False
        if row[_KIND] != flags.FACTORY:
            row[_KIND] = flags.RESTORED
        row[_RESTORED_FROM] = calibration_id
        self._keep(row)
        return True

    def pause(self, paused):
        """While paused nothing is a force: masses on the plates are no holds."""
        self._paused = paused
        self._look()

    def read(self, calibration_id):
        """The row of a calibration that is kept, None when it is not."""
        return self._files.read(calibration_id)

    def row(self):
        """The calibration in use, with the latest zero, as the reply has it."""
        left, right = self.plates
        return [
            self.calibration_id,
            self._kind,
            self._restored_from,
            self._made_unix_ms,
            left.counts_per_kn or None,
            right.counts_per_kn or None,
            left.zero,
            right.zero,
            left.rating_mn,
            right.rating_mn,
        ]

    @staticmethod
    def factory():
        """No cell is known before it was measured: no sensitivity, no zero, the usual rating."""
        rating_mn = Rules.plate_limit_mn
        return [0, flags.FACTORY, None, None, None, None, None, None, rating_mn, rating_mn]

    def _keep(self, row):
        """Make this row the newest calibration; asked twice for the same, there is one."""
        row[_ID] = self.calibration_id
        if row != self.row():
            self._files.add(row)
            self._use(row)

    def _use(self, row):
        for k in (LEFT, RIGHT):
            plate = self.plates[k]
            plate.set(row[_GAINS + k] or 0, row[_ZEROS + k])
            plate.rating_mn = row[_RATINGS + k]
        self._look()
        self.calibration_id = row[_ID]
        self._kind = row[_KIND]
        self._restored_from = row[_RESTORED_FROM]
        self._made_unix_ms = row[_MADE]

    def _use_zero(self, left_counts, right_counts):
        left, right = self.plates
        left.set(left.counts_per_kn, left_counts)
        right.set(right.counts_per_kn, right_counts)
        self._look()

    def _look(self):
        left, right = self.plates
        self.ready = left.ready and right.ready and not self._paused

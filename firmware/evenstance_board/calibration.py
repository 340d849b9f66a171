"""From counts to force: a zero and a signed sensitivity per plate, kept in one small file.

Force in millinewtons = (counts - zero) / counts_per_newton * 1000, computed as two integer
products of at most 30 bits, good to 8e-6 of the force, without allocating.
"""

import json
import os

import micropython

from evenstance_wire.units import LEFT, RIGHT

PATH = "/evenstance/calibration.json"
_KEY_BITS = 17
_SENSIBLE = (20_000, 200_000_000)  # counts per kilonewton, either sign: force fits 31 bits


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
        self.zero = 0
        self.ready = False
        self._key = 0
        self._shift = 0

    def set(self, counts_per_kn, zero):
        """Take a sensitivity (counts per kilonewton, signed, 0 for none) and a zero (counts)."""
        self.counts_per_kn = counts_per_kn
        self.zero = zero
        self.ready = counts_per_kn != 0
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
    """Both plates, loaded from and saved to flash; a broken file leaves the board uncalibrated."""

    def __init__(self):
        self.plates = (Plate(), Plate())
        self.calibration_id = 0
        self.quarantined = 0
        self.ready = False  # both plates have a sensitivity
        self._load()

    def set_sensitivity(self, left_counts_per_kn, right_counts_per_kn):
        """New sensitivities; the zeros stay. Raises ValueError for impossible ones."""
        for value in (left_counts_per_kn, right_counts_per_kn):
            if not sensible(value):
                raise ValueError("counts per kN")
        self.plates[LEFT].set(left_counts_per_kn, self.plates[LEFT].zero)
        self.plates[RIGHT].set(right_counts_per_kn, self.plates[RIGHT].zero)
        self.ready = True
        self.calibration_id += 1
        self._save()

    def set_zero(self, left_counts, right_counts):
        """New zeros (counts); the sensitivities stay."""
        for plate, zero in zip(self.plates, (left_counts, right_counts)):
            plate.set(plate.counts_per_kn, zero)
        self._save()

    def _load(self):
        try:
            with open(PATH) as file:
                data = json.load(file)
            rows = [(int(data[k][0]), int(data[k][1])) for k in ("left", "right")]
            for counts_per_kn, _ in rows:
                if counts_per_kn and not sensible(counts_per_kn):
                    raise ValueError("counts per kN")
            self.calibration_id = int(data["id"])
        except OSError:
            return  # none made yet
        except (ValueError, KeyError, TypeError, IndexError, OverflowError):
            self.quarantined = 1
            os.rename(PATH, PATH + ".bad")
            return
        for row, plate in zip(rows, self.plates):
            plate.set(row[0], row[1])
        self.ready = self.plates[LEFT].ready and self.plates[RIGHT].ready

    def _save(self):
        data = {
            "id": self.calibration_id,
            "left": (self.plates[LEFT].counts_per_kn, self.plates[LEFT].zero),
            "right": (self.plates[RIGHT].counts_per_kn, self.plates[RIGHT].zero),
        }
        with open(PATH + ".new", "w") as file:
            json.dump(data, file)
        os.rename(PATH + ".new", PATH)

"""What the host asks of the calibrations: take a new one, show the kept ones, bring one back."""

import time

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags, messages

_US = const(1000)
_MAX_LEASE_MS = const(500000)  # ticks can be compared over 8.9 minutes


class AskCalibration:
    """Changes nothing while a hold runs or counts are being measured."""

    def __init__(self, sampler, calibration, plates):
        self._sampler = sampler
        self._calibration = calibration
        self._plates = plates
        self._paused = False
        self._pause_until = 0
        self.requests = {
            messages.SET_CALIBRATION.kind: self._set,
            messages.GET_CALIBRATION.kind: self._get,
            messages.LIST_CALIBRATIONS.kind: self._list,
            messages.RESTORE_CALIBRATION.kind: self._restore,
            messages.PAUSE_HOLDS.kind: self._pause,
        }

    def step(self, now):
        """End a pause whose lease has run out."""
        if self._paused and time.ticks_diff(now, self._pause_until) >= 0:
            self._set_paused(False)

    def _set(self, values, _tag):
        self._not_now()
        self._calibration.set_sensitivity(
            values["left_counts_per_kn"],
            values["right_counts_per_kn"],
            (values["rating_left_mn"], values["rating_right_mn"]),
            values["made_unix_ms"],
        )
        return self._changed()

    def _get(self, values, _tag):
        wanted = values["calibration_id"]
        found = self._calibration.values() if wanted == 0 else self._calibration.read(wanted)
        if found is None:
            raise Refused(flags.ERR_NOT_FOUND, "calibration %d" % wanted)
        return found

    def _list(self, _values, _tag):
        kept = b""
        for calibration_id in self._calibration.ids:
            kept += messages.KEPT_CALIBRATION.pack({"calibration_id": calibration_id})
        return {"calibration_id": self._calibration.calibration_id, "kept": kept}

    def _restore(self, values, _tag):
        self._not_now()
        wanted = values["calibration_id"]
        if not self._calibration.restore(wanted):
            raise Refused(flags.ERR_NOT_FOUND, "calibration %d" % wanted)
        self._plates.zero_device_us = None  # the zero in use is as old as that calibration
        return self._changed()

    def _pause(self, values, _tag):
        lease_ms = values["lease_ms"]
        if lease_ms > _MAX_LEASE_MS:
            raise ValueError("lease")
        self._sampler.not_during_a_hold()
        self._pause_until = time.ticks_add(time.ticks_us(), lease_ms * _US)
        self._set_paused(lease_ms > 0)
        return {}

    def _set_paused(self, paused):
        if paused != self._paused:
            self._paused = paused
            self._calibration.pause(paused)
            self._sampler.reference_changed()

    def _not_now(self):
        self._sampler.not_during_a_hold()
        if self._sampler.measuring:
            raise Refused(flags.ERR_BUSY, "a measurement is running")

    def _changed(self):
        self._sampler.reference_changed()
        return {"calibration_id": self._calibration.calibration_id}

"""What the host asks of the calibrations: take a new one, show the kept ones, bring one back."""

import time

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags, forms, messages

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

    def _set(self, row, _tag):
        self._not_now()
        left, right, rating_left_mn, rating_right_mn, made_unix_ms = row
        self._calibration.set_sensitivity(
            left, right, (rating_left_mn, rating_right_mn), made_unix_ms
        )
        return self._changed()

    def _get(self, row, _tag):
        wanted = row[0]
        found = self._calibration.row() if wanted == 0 else self._calibration.read(wanted)
        if found is None:
            raise Refused(flags.ERR_NOT_FOUND, "calibration %d" % wanted)
        return found

    def _list(self, _row, _tag):
        kept = b""
        for calibration_id in self._calibration.ids:
            kept += forms.pack(messages.KEPT_CALIBRATION.form, (calibration_id,))
        return self._calibration.calibration_id, kept

    def _restore(self, row, _tag):
        self._not_now()
        wanted = row[0]
        if not self._calibration.restore(wanted):
            raise Refused(flags.ERR_NOT_FOUND, "calibration %d" % wanted)
        self._plates.zero_device_us = None  # the zero in use is as old as that calibration
        return self._changed()

    def _pause(self, row, _tag):
        lease_ms = row[0]
        if lease_ms > _MAX_LEASE_MS:
            raise ValueError("lease")
        self._sampler.not_during_a_hold()
        self._pause_until = time.ticks_add(time.ticks_us(), lease_ms * _US)
        self._set_paused(lease_ms > 0)
        return ()

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
        return (self._calibration.calibration_id,)

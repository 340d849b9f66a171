"""The last calibrations of this board in flash, one file each, and the latest zero.

A file is written once, under a new number, and never changed: a power cut leaves the older ones as
they were. Each ends with a CRC-32; a damaged one is set aside under another name, so that its
number is not used again.
"""

import binascii
import os
import struct

from micropython import const

from evenstance_board import storage
from evenstance_wire import forms, messages

FOLDER = "/evenstance/calibration"
KEPT = const(10)
_ZERO = FOLDER + "/zero"
_BAD = ".bad"


class CalibrationFiles:
    """`quarantined` counts the damaged files found at power-up; writing may raise OSError."""

    def __init__(self):
        self.quarantined = 0
        self._sound = []  # numbers of the sound files, ascending
        self._bad = []
        try:
            self._open()
        except OSError:  # the board starts all the same
            pass

    def _open(self):
        """Something else in the place of the folder is set aside."""
        storage.make_folders(FOLDER)
        try:
            self._list()
        except OSError:
            self._set_aside(FOLDER)
            storage.make_folders(FOLDER)

    @property
    def ids(self):
        """Numbers of the calibrations that are kept, the oldest first."""
        return self._sound[-KEPT:]

    def read(self, calibration_id):
        """The row of one calibration, None when it is not kept."""
        if calibration_id not in self.ids:
            return None
        return _row(_path(calibration_id), calibration_id)

    def add(self, row):
        """Keep a row under a new number, which is put into it; the oldest gives way."""
        made = max([0] + self._sound[-1:] + self._bad[-1:]) + 1
        row[0] = made
        body = forms.pack(messages.GET_CALIBRATION_REPLY.form, row)
        storage.write_whole(_path(made), _sealed(body))
        self._sound.append(made)
        self._forget_oldest()

    def save_zero(self, calibration_id, left_counts, right_counts):
        """Keep the zero that was taken under a calibration."""
        storage.write_whole(
            _ZERO, _sealed(struct.pack("<Iii", calibration_id, left_counts, right_counts))
        )

    def zero_since(self, calibration_id):
        """(left, right) counts of the latest zero, None when it is older than that calibration."""
        try:
            with open(_ZERO, "rb") as file:
                body = _unsealed(file.read())
            since, left, right = struct.unpack("<Iii", body)
        except OSError:
            return None  # none taken yet
        except ValueError:
            self._set_aside(_ZERO)
            return None
        return (left, right) if since >= calibration_id else None

    def _list(self):
        for name in os.listdir(FOLDER):
            number, kind = name[1:9], name[9:]
            if name[0] == "v" and number.isdigit() and kind in ("", _BAD):
                (self._bad if kind else self._sound).append(int(number))
        self._sound.sort()
        for found in list(self._sound):
            if _row(_path(found), found) is None:
                self._sound.remove(found)
                self._bad.append(found)
                self._set_aside(_path(found))
        self._bad.sort()

    def _set_aside(self, path):
        self.quarantined += 1
        try:
            os.rename(path, path + _BAD)
        except OSError:
            pass  # it is not read as a calibration, which is what matters

    def _forget_oldest(self):
        try:
            while len(self._sound) > KEPT:
                os.remove(_path(self._sound[0]))
                self._sound.pop(0)
            while self._bad and self._bad[0] < self._sound[0]:
                os.remove(_path(self._bad[0]) + _BAD)
                self._bad.pop(0)
        except OSError:
            pass  # the new one is kept; the next one tries again


def _path(calibration_id):
    return "%s/v%08d" % (FOLDER, calibration_id)


def _row(path, calibration_id):
    """The row in a file, None when it is damaged."""
    try:
        with open(path, "rb") as file:
            body = _unsealed(file.read())
        row = forms.unpack(messages.GET_CALIBRATION_REPLY.form, body)
    except (OSError, ValueError):
        return None
    return row if row[0] == calibration_id else None


def _sealed(body):
    return body + struct.pack("<I", binascii.crc32(body) & 0xFFFFFFFF)


def _unsealed(data):
    """The body before its CRC-32; ValueError when they do not belong together."""
    body = data[:-4]
    if len(data) < 4 or _sealed(body) != data:
        raise ValueError("checksum")
    return body

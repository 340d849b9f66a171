"""A NAU7802 behind an I2C bus, register by register, in the time of `lockstep`.

From the datasheet: addresses and bits, RR, PUD to PUR, CALS and CAL_ERR, the offset taken from
every value, rails that move by it, CR until the result is read. Assumed: how long a calibration
takes, that a result is replaced byte by byte whenever a conversion ends, also while it is read,
and that a value without a calibration at its gain and rate is off, as are six after a start or
a calibration.
"""

import lockstep

ADDRESS = 0x2A
BYTE_US = 23  # nine clocks at 400 kHz
PUR_US = 200
CALIBRATION_US = 30000
OFF = 3000000  # how wrong a value is that nobody may use
RATES = {0: 10, 1: 20, 2: 40, 3: 80, 7: 320}
PU_CTRL, CTRL1, CTRL2, OCAL1, ADCO = 0x00, 0x01, 0x02, 0x03, 0x12
RR, PUD, PUA, PUR, CS, CR = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
CALS, CAL_ERR = 0x04, 0x08
RAIL = 0x7FFFFF


class Chip:
    """`measured(n, at_us)` is what conversion n sees; `ppm` is how fast the oscillator is off."""

    def __init__(self, measured, ppm=0, offset=1234):
        self.measured = measured
        self.ppm = ppm
        self.offset = offset  # what a calibration finds
        self.calibrations = 0
        self.bad_calibrations = 0  # how many of the next fail
        self.dead = False  # converts no more
        self.given = {}  # value -> conversions that put it into the result, and may be used
        self.log = []  # (end us, value, usable) of each conversion
        self.power_up()

    def power_up(self):
        """Supply comes: all registers as after a reset."""
        self.registers = bytearray(0x20)
        self.registers[0x1F] = 0x0F
        self.powered_us = -1
        self.calibrated_us = -1
        self.calibrated_as = None
        self.unsettled = 6
        self.next_us = -1
        self._millionths = 0

    def period_us(self):
        return self._period()[0]

    def _period(self):
        """Whole microseconds of a conversion, and the millionths of one beyond them."""
        rate = RATES[(self.registers[CTRL2] >> 4) & 7]
        return divmod(1000000 * 1000000 * 1000000 // (rate * (1000000 + self.ppm)), 1000000)

    def _plan(self, start_us):
        """The next conversion ends one period after `start_us`; no part of it is lost."""
        whole, millionths = self._period()
        self._millionths += millionths
        self.next_us = start_us + whole + self._millionths // 1000000
        self._millionths %= 1000000

    def settings(self):
        """What a calibration is good for."""
        return self.registers[CTRL1] & 0x3F, self.registers[CTRL2] & 0xF0

    def advance(self):
        """Everything that happens until now."""
        r = self.registers
        now = lockstep.now_us
        if self.powered_us >= 0 and now >= self.powered_us:
            r[PU_CTRL] |= PUR
        if self.calibrated_us >= 0 and now >= self.calibrated_us:
            self._calibrated()
        while 0 <= self.next_us <= now and not self.dead:
            self._convert(self.next_us)
            self._plan(self.next_us)

    def _calibrated(self):
        r = self.registers
        self.calibrated_us = -1
        self.calibrations += 1
        r[CTRL2] &= ~CALS
        self.unsettled = 6
        if self.bad_calibrations:
            self.bad_calibrations -= 1
            r[CTRL2] |= CAL_ERR
            return
        r[CTRL2] &= ~CAL_ERR
        size = abs(self.offset) | (0x800000 if self.offset < 0 else 0)
        r[OCAL1], r[OCAL1 + 1], r[OCAL1 + 2] = size >> 16, size >> 8 & 255, size & 255
        self.calibrated_as = self.settings()

    def _convert(self, at_us):
        r = self.registers
        usable = self.calibrated_as == self.settings() and not self.unsettled
        value = max(-RAIL - 1, min(RAIL, self.measured(len(self.log), at_us) + self.offset))
        value = max(-RAIL - 1, min(RAIL, value - self.offset))
        if not usable:
            value = value - OFF if value > 0 else value + OFF
        if self.unsettled:
            self.unsettled -= 1
        self.log.append((at_us, value, usable))
        bits = value & 0xFFFFFF
        r[ADCO], r[ADCO + 1], r[ADCO + 2] = bits >> 16, bits >> 8 & 255, bits & 255
        r[PU_CTRL] |= CR

    def read(self, register):
        self.advance()
        if register == ADCO + 2:
            self.registers[PU_CTRL] &= ~CR
        return self.registers[register]

    def write(self, register, value):
        self.advance()
        r = self.registers
        if register == PU_CTRL:
            self._power(value)
        elif register == CTRL2:
            r[CTRL2] = (r[CTRL2] & CAL_ERR) | (value & ~CAL_ERR)
            if value & CALS and r[PU_CTRL] & PUA:
                self.calibrated_us = lockstep.now_us + CALIBRATION_US
        else:
            r[register] = value

    def _power(self, value):
        r = self.registers
        if value & RR:
            self.power_up()
            r = self.registers
        was = r[PU_CTRL]
        r[PU_CTRL] = (was & (PUR | CR)) | (value & ~(PUR | CR))
        if value & PUD and not was & PUD:
            self.powered_us = lockstep.now_us + PUR_US
        if value & CS and not was & CS:
            self._plan(lockstep.now_us)
            self.unsettled = 6


class Line:
    """A pin as the driver uses it to free a held bus."""

    IN, OPEN_DRAIN, PULL_UP = 0, 2, 1

    def __init__(self):
        self.clocks = 0

    def init(self, mode=-1, pull=-1, value=None):
        pass

    def __call__(self, level):
        if level:
            self.clocks += 1


class Bus:
    """Two wires with one chip: a byte takes its time, and each is read when its turn comes."""

    def __init__(self, chip):
        self.chip = chip
        self.scl = Line()
        self.sda = Line()
        self.silent = False  # nobody answers
        self.nacks = 0  # so many of the next transfers are not acknowledged
        self.held_until_clocks = 0  # SDA is held low until somebody gives so many clocks
        self.reads_as = -1  # every bit reads so: 0x00 or 0xFF
        self.slow_us = 0  # the next transfer of three bytes is held up between two of them
        self.longest_us = 0
        self.transfers = 0

    def open(self, _number, scl, sda, freq, timeout):
        """What machine.I2C does."""
        assert (scl, sda) == (self.scl, self.sda)
        assert freq == 400000
        self.timeout_us = timeout
        return self

    def _begin(self, n):
        self.transfers += 1
        if self.held_until_clocks > self.scl.clocks:
            lockstep.spend(self.timeout_us)
            raise OSError(110)
        lockstep.spend(BYTE_US)
        if self.silent or self.nacks:
            self.nacks = max(0, self.nacks - 1)
            raise OSError(5)
        lockstep.spend(n * BYTE_US)

    def readfrom_mem_into(self, address, register, buffer):
        assert address == ADDRESS
        self._begin(2)
        for n in range(len(buffer)):
            buffer[n] = self.chip.read(register + n) if self.reads_as < 0 else self.reads_as
            lockstep.spend(BYTE_US)
            if len(buffer) == 3 and n == 0 and self.slow_us:
                lockstep.spend(self.slow_us)
                self.slow_us = 0

    def writeto_mem(self, address, register, buffer):
        assert address == ADDRESS
        self._begin(1 + len(buffer))
        for n in range(len(buffer)):
            self.chip.write(register + n, buffer[n])

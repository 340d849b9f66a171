"""Bits and codes that travel in messages, with the name a person sees."""

# Flags of one conversion, given by a driver.
LATE = 1  # the time of the conversion is known only to the length of a long wait
DESYNC = 2  # the 25th bit was not 1, or the clock was stretched: the value is void
SATURATED = 4  # the converter is at a rail
MISSED = 8  # at least one conversion before this one was never read

# Faults of a converter or its plate, one bit each.
NO_DATA = 1  # DOUT stays high: not powered, or a wire is open
STUCK_LOW = 2  # DOUT stays low
WRONG_RATE = 4  # RATE is low: 10 SPS
AT_RAIL = 8  # a load beyond the converter: conversions at a rail, reached on the way of a load
OPEN_BRIDGE = 16  # noise that no load makes, or a rail that no load led to
REVERSED = 32  # pulled where a load pushes: the signal wires, or a zero taken under load
POWERED_DOWN = 64  # the clock was stretched and the chip may have powered down
SPIKES = 128  # single conversions, often 2^n-1, that no load can make
SAME_CHIP = 256  # both channels deliver the same chip
OVERLOADED = 512  # above the rating of the plate
OUT_OF_STEP = 1024  # readings that did not prove themselves
SWAPPED = 2048  # left and right are exchanged: only the host, told by a person, can know
FAULTS = (
    (NO_DATA, "no_data"),
    (STUCK_LOW, "stuck_low"),
    (WRONG_RATE, "wrong_rate"),
    (AT_RAIL, "saturated"),
    (OPEN_BRIDGE, "open_bridge"),
    (REVERSED, "reversed"),
    (POWERED_DOWN, "powered_down"),
    (SPIKES, "spikes"),
    (SAME_CHIP, "same_chip"),
    (OVERLOADED, "overload"),
    (OUT_OF_STEP, "out_of_step"),
    (SWAPPED, "swapped"),
)
# While one of these is present no trial could count: the board is not armed.
UNFIT = NO_DATA | STUCK_LOW | WRONG_RATE | OPEN_BRIDGE | SAME_CHIP
# These spoil a zero and a measurement.
SPOILING = NO_DATA | STUCK_LOW | OPEN_BRIDGE | SPIKES | SAME_CHIP
# These make a trial invalid by their own name; a rail and an overload have their own reasons.
VOIDING = SPOILING | WRONG_RATE | REVERSED | POWERED_DOWN | OUT_OF_STEP
SPOILING_NAMES = tuple([row for row in FAULTS if row[0] & SPOILING])
REASON_SHIFT = 16  # reason of a trial = fault << 16

# Why a trial is not valid, one bit each.
TOO_SHORT = 1
STRAY_LOAD = 2
DROPPED = 4
GAP = 8
SATURATION = 16
SENSOR_FAULT = 32
OVERLOAD = 64
STOPPED = 128
REASONS = (
    (TOO_SHORT, "too_short"),
    (STRAY_LOAD, "stray_load"),
    (DROPPED, "dropped_samples"),
    (GAP, "gap"),
    (SATURATION, "saturation"),
    (SENSOR_FAULT, "sensor_fault"),
    (OVERLOAD, "overload"),
    (STOPPED, "stopped"),
) + tuple([(bit << REASON_SHIFT, name) for bit, name in FAULTS if bit & VOIDING])

END_REASONS = ("time_limit", "touch_down", "step_off", "stopped", "sensor_fault")
TIME_LIMIT, TOUCH_DOWN, STEP_OFF, END_STOPPED, END_SENSOR_FAULT = range(5)

BODY_WEIGHT_SOURCES = ("two_legged", "earlier_two_legged", "hold")
BW_TWO_LEGGED, BW_EARLIER, BW_HOLD = range(3)

STATES = ("empty", "both_feet", "lifting", "settling", "hold", "ended")
EMPTY, BOTH_FEET, LIFTING, SETTLING, HOLD, ENDED = range(6)

EVENTS = (
    "state",
    "lift_off",
    "touch_down",
    "hold_end",
    "stored",
    "fault",
    "hold_lost",
    "trace_given_up",
    "fault_gone",
)
(
    EV_STATE,
    EV_LIFT_OFF,
    EV_TOUCH_DOWN,
    EV_HOLD_END,
    EV_STORED,
    EV_FAULT,
    EV_HOLD_LOST,
    EV_TRACE_GIVEN_UP,
    EV_FAULT_GONE,
) = range(9)
CHANNEL_SHIFT = 16  # value of the events of a fault: channel << 16 | bit of FAULTS

CUES = (
    "quiet",
    "both_feet",
    "left",
    "right",
    "down",
    "done",
    "lift",
    "touched",
    "stored",
    "not_counted",
    "fault",
)
(
    CUE_QUIET,
    CUE_BOTH_FEET,
    CUE_LEFT,
    CUE_RIGHT,
    CUE_DOWN,
    CUE_DONE,
    CUE_LIFT,
    CUE_TOUCHED,
    CUE_STORED,
    CUE_NOT_COUNTED,
    CUE_FAULT,
) = range(11)
LAST_CUE = CUE_FAULT

CALIBRATION_KINDS = ("factory", "measured", "restored")
FACTORY, MEASURED, RESTORED = range(3)

ERRORS = (
    "bad_request",
    "busy",
    "unsteady",
    "loaded",
    "not_found",
    "storage",
    "no_samples",
    "bad_value",
    "saturated",
    "fault",
)
(
    ERR_BAD_REQUEST,
    ERR_BUSY,
    ERR_UNSTEADY,
    ERR_LOADED,
    ERR_NOT_FOUND,
    ERR_STORAGE,
    ERR_NO_SAMPLES,
    ERR_BAD_VALUE,
    ERR_SATURATED,
    ERR_FAULT,
) = range(10)


def names(bits: int, table: tuple[tuple[int, str], ...] = REASONS) -> list[str]:
    """Names of the bits that are set, in the table's order; an unknown bit is shown as bit_N."""
    found = [name for bit, name in table if bits & bit]
    known = 0
    for bit, _ in table:
        known |= bit
    n = 0
    rest = bits & ~known
    while rest:
        if rest & 1:
            found.append("bit_%d" % n)
        rest >>= 1
        n += 1
    return found

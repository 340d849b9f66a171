"""The message tables: kind numbers and the fields of each body, the same on both sides.

A field is "name:code", its code one of `evenstance_wire.forms`. A board has no memory for 200
names: its files say `messages.HELLO.kind` and `messages.HELLO.form`, and what is compiled for it
has the number and the text in their place.
"""

from evenstance_wire import forms


class Table:
    """Packs a dict of values into a body and back; sizes are checked, extra names refused.

    Its fields stay one text: a board that runs the sources has no memory for 200 pairs of them.
    """

    def __init__(self, kind: int, name: str, fields: str) -> None:
        self.kind = kind
        self.name = name
        self._text = fields
        self.form = "".join([field.split(":")[1] for field in fields.split()])
        self.size = forms.size_of(self.form)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """(name, code) of each field, in the order of the body; made anew each time."""
        found: list[tuple[str, str]] = []
        for field in self._text.split():
            name, code = field.split(":")
            found.append((name, code))
        return tuple(found)

    def pack(self, values: dict[str, object]) -> bytes:
        """Return the body for `values`, a dict with exactly this table's field names."""
        fields = self.fields
        if len(values) != len(fields):
            raise ValueError("%s: fields differ from the table" % self.name)
        return forms.pack(self.form, [values[name] for name, _ in fields])

    def unpack(self, body: bytes | bytearray | memoryview) -> dict[str, object]:
        """Return the dict of a body, or raise ValueError when its size is wrong."""
        try:
            row = forms.unpack(self.form, body)
        except ValueError as error:
            raise ValueError("%s: %s" % (self.name, error)) from None
        return dict(zip([name for name, _ in self.fields], row))


_PER_CHANNEL = (  # cumulative since boot, 32 bits, never reset while the board runs
    "conversions_left:I "
    "conversions_right:I "
    "dropped_left:I "
    "dropped_right:I "
    "late_left:I "
    "late_right:I "
    "desynced_left:I "
    "desynced_right:I "
    "saturated_left:I "
    "saturated_right:I "
    "restarts_left:I "
    "restarts_right:I "
    "overruns_left:I "
    "overruns_right:I "
)

# One trial, as stored in the journal and sent by GET_HOLD. Times are from lift-off where the
# name has no "device" in it. Samples are those of the record, lift-off to end.
SUMMARY = Table(
    0,
    "summary",
    (
        "seq:I "
        "boot_id:I "
        "rules_id:H "
        "calibration_id:I "
        "stance_leg:B "
        "reasons:I "
        "end_reason:B "
        "body_weight_source:B "
        "lift_off_device_us:q "
        "lift_off_unix_ms:q? "
        "end_us:I "
        "scored_from_us:I? "
        "scored_to_us:I? "
        "body_weight_un:I? "
        "load_share_mean_ppm:I? "
        "load_share_min_ppm:I? "
        "load_share_sd_ppm:I? "
        "stray_load_ppm_bw:i? "
        "stray_time_ppm:I? "
        "force_mean_un:I? "
        "force_sd_un:I? "
        "force_sd_1_un:I? "
        "force_sd_2_un:I? "
        "force_sd_3_un:I? "
        "force_sd_4_un:I? "
        "force_range_p95_p5_un:I? "
        "samples_left:H "
        "samples_right:H "
        "dropped:H "
        "desynced:H "
        "saturated:H "
        "late:H "
        "max_gap_us:I "
        "rate_left_mhz:I? "
        "rate_right_mhz:I? "
        "trace_bytes:H "
        "trace_complete:B "
        "touch_down_count:H "
        "touch_downs:* "  # up to MAX_TOUCH_DOWNS of TOUCH_DOWN
    ),
)
TOUCH_DOWN = Table(0, "touch_down", "at_us:I duration_us:I peak_mn:I")
MAX_TOUCH_DOWNS = 8

HELLO = Table(1, "hello", "protocol:H")
STATUS = Table(2, "status", "")
SET_CLOCK = Table(3, "set_clock", "unix_ms:q")
ZERO = Table(4, "zero", "accept_load:B")
MEASURE = Table(5, "measure", "duration_ms:H")
SET_CALIBRATION = Table(
    6,
    "set_calibration",
    (
        "left_counts_per_kn:i "
        "right_counts_per_kn:i "
        "rating_left_mn:I? "  # missing: as it was
        "rating_right_mn:I? "
        "made_unix_ms:q? "
    ),
)
LIVE = Table(7, "live", "interval_ms:H lease_ms:H")
CUE = Table(8, "cue", "cue:B")
GET_HOLD = Table(9, "get_hold", "seq:I")
GET_TRACE = Table(10, "get_trace", "seq:I offset:I length:H")
ACK = Table(11, "ack", "journal_id:8s through_seq:I")
SET_PROTOCOL = Table(12, "set_protocol", "end_at_touch_down:B")
STOP_HOLD = Table(13, "stop_hold", "")
SAMPLES = Table(16, "samples", "lease_ms:H")
GET_CALIBRATION = Table(18, "get_calibration", "calibration_id:I")
LIST_CALIBRATIONS = Table(19, "list_calibrations", "")
RESTORE_CALIBRATION = Table(20, "restore_calibration", "calibration_id:I")
PAUSE_HOLDS = Table(21, "pause_holds", "lease_ms:I")
FORGET = Table(22, "forget", "journal_id:8s seq:I")

REPLY = 0x80
HELLO_REPLY = Table(
    REPLY | 1,
    "hello_reply",
    ("protocol:H board_uid:8s journal_id:8s boot_id:I firmware:* "),
)
STATUS_REPLY = Table(
    REPLY | 2,
    "status_reply",
    (
        "device_us:q "
        "state:B "
        "armed:B "
        "clock_set:B "
        "calibration_id:I "
        "left_counts_per_kn:i? "
        "right_counts_per_kn:i? "
        "zero_left_counts:i? "
        "zero_right_counts:i? "
        "zero_device_us:q? "
        "body_weight_un:I? "
        "first_seq:I "
        "next_seq:I "
        "acked_through:I "
        "rate_left_mhz:I? "
        "rate_right_mhz:I? "
    )
    + _PER_CHANNEL
    + (
        "frames_dropped:I "
        "frames_damaged:I "
        "holds_lost:I "
        "traces_given_up:I "
        "quarantined:I "
        "left_faults:H "  # bits of flags.FAULTS: present now
        "right_faults:H "
        "left_faults_seen:H "  # present at any time since power-up
        "right_faults_seen:H "
        "hung_restarts:H "  # times the watchdog restarted a hung firmware, since power-up
        "memory_free_b:I "
        "flash_free_b:I "
    ),
)
OK_FIELDS = ""
SET_CLOCK_REPLY = Table(REPLY | 3, "set_clock_reply", OK_FIELDS)
_MEASURED = (
    "samples_left:H "
    "samples_right:H "
    "mean_left_mcounts:q "  # thousandths of a count
    "mean_right_mcounts:q "
    "sd_left_mcounts:I "
    "sd_right_mcounts:I "
    "saturated:H "
    "missed:H "
)
ZERO_REPLY = Table(
    REPLY | 4,
    "zero_reply",
    ("zero_left_counts:i zero_right_counts:i shift_left_mn:i? shift_right_mn:i? ") + _MEASURED,
)
MEASURE_REPLY = Table(REPLY | 5, "measure_reply", _MEASURED)
SET_CALIBRATION_REPLY = Table(REPLY | 6, "set_calibration_reply", "calibration_id:I")
LIVE_REPLY = Table(REPLY | 7, "live_reply", OK_FIELDS)
CUE_REPLY = Table(REPLY | 8, "cue_reply", OK_FIELDS)
GET_HOLD_REPLY = Table(REPLY | 9, "get_hold_reply", "summary:*")
GET_TRACE_REPLY = Table(REPLY | 10, "get_trace_reply", "seq:I offset:I total:I data:*")
ACK_REPLY = Table(REPLY | 11, "ack_reply", "acked_through:I")
SET_PROTOCOL_REPLY = Table(REPLY | 12, "set_protocol_reply", OK_FIELDS)
STOP_HOLD_REPLY = Table(REPLY | 13, "stop_hold_reply", "seq:I?")
SAMPLES_REPLY = Table(REPLY | 16, "samples_reply", OK_FIELDS)
# Also what the board keeps of a calibration in its flash.
GET_CALIBRATION_REPLY = Table(
    REPLY | 18,
    "get_calibration_reply",
    (
        "calibration_id:I "
        "calibration_kind:B "
        "restored_from:I? "
        "made_unix_ms:q? "
        "left_counts_per_kn:i? "
        "right_counts_per_kn:i? "
        "zero_left_counts:i? "
        "zero_right_counts:i? "
        "rating_left_mn:I "
        "rating_right_mn:I "
    ),
)
LIST_CALIBRATIONS_REPLY = Table(
    REPLY | 19,
    "list_calibrations_reply",
    "calibration_id:I kept:*",  # in use; a row of KEPT_CALIBRATION
)
KEPT_CALIBRATION = Table(0, "kept_calibration", "calibration_id:I")
RESTORE_CALIBRATION_REPLY = Table(REPLY | 20, "restore_calibration_reply", "calibration_id:I")
PAUSE_HOLDS_REPLY = Table(REPLY | 21, "pause_holds_reply", OK_FIELDS)
FORGET_REPLY = Table(REPLY | 22, "forget_reply", OK_FIELDS)

# Sent by the board unasked, only while a host holds a lease (LIVE, SAMPLES).
LIVE_FRAME = Table(
    0x40,
    "live_frame",
    ("device_us:q state:B left_mn:i? right_mn:i? body_weight_un:I? "),
)
EVENT = Table(0x41, "event", "device_us:q event:B value:i")
# Sound conversions of one channel, in order: `first_n` is how many came since power-up before the
# first of these, modulo 2^30, so that a lost frame is noticed. `samples` is a row of SAMPLE.
SAMPLES_FRAME = Table(
    0x42,
    "samples_frame",
    "channel:B first_n:I first_device_us:q samples:*",
)
SAMPLE = Table(0, "sample", "counts:i after_us:I")  # since the first of the frame
UNASKED = (LIVE_FRAME, EVENT, SAMPLES_FRAME)
ERROR = Table(0xFF, "error", "error:B request:B detail:*")

REQUESTS = (
    (HELLO, HELLO_REPLY),
    (STATUS, STATUS_REPLY),
    (SET_CLOCK, SET_CLOCK_REPLY),
    (ZERO, ZERO_REPLY),
    (MEASURE, MEASURE_REPLY),
    (SET_CALIBRATION, SET_CALIBRATION_REPLY),
    (LIVE, LIVE_REPLY),
    (CUE, CUE_REPLY),
    (GET_HOLD, GET_HOLD_REPLY),
    (GET_TRACE, GET_TRACE_REPLY),
    (ACK, ACK_REPLY),
    (SET_PROTOCOL, SET_PROTOCOL_REPLY),
    (STOP_HOLD, STOP_HOLD_REPLY),
    (SAMPLES, SAMPLES_REPLY),
    (GET_CALIBRATION, GET_CALIBRATION_REPLY),
    (LIST_CALIBRATIONS, LIST_CALIBRATIONS_REPLY),
    (RESTORE_CALIBRATION, RESTORE_CALIBRATION_REPLY),
    (PAUSE_HOLDS, PAUSE_HOLDS_REPLY),
    (FORGET, FORGET_REPLY),
)
# What a board needs of them, as one text for its small memory: " kind:form:form of the reply ".
FORMS = " %s " % " ".join(["%d:%s:%s" % (ask.kind, ask.form, re.form) for ask, re in REQUESTS])

"""A whole hold through drivers, sampler, detector and recorder, at the pins of two chips."""

from board import BOOT_ID, COUNTS_PER_KN, PERIODS_US, ZEROS, Board, between, near
from evenstance_wire import flags as f
from evenstance_wire import messages, trace

LIFT_S = 6.6  # the right foot begins to leave; it passes 20 N at 330 / 350 of 200 ms
LIFT_OFF_US = 6600000 + 200000 * 330 // 350
TOUCH_S = 18.6
LEFT = (
    (0.5, 0),
    (0.8, 350000),
    (LIFT_S, 350000),
    (LIFT_S + 0.2, 700000),
    (33.5, 700000),
    (33.7, 350000),
    (36.0, 350000),
    (36.2, 0),
)
RIGHT = (
    (0.5, 0),
    (0.8, 350000),
    (LIFT_S, 350000),
    (LIFT_S + 0.2, 0),
    (TOUCH_S, 0),
    (TOUCH_S + 0.06, 60000),
    (TOUCH_S + 0.24, 60000),
    (TOUCH_S + 0.3, 0),
    (33.5, 0),
    (33.7, 350000),
    (36.0, 350000),
    (36.2, 0),
)
# 20 N of 60 N in 60 ms, both ways
TOUCH_AT_US = int(TOUCH_S * 1000000) + 20000 - LIFT_OFF_US
TOUCH_LONG_US = 260000
TENTHS_OF_A_NEWTON = 1000000 // 10


def forces(t_s):
    return between(t_s, LEFT), between(t_s, RIGHT)


def trial_of(board):
    """(summary values, trace) of the trial that waits to be stored."""
    recorder = board.sampler.recorder
    assert recorder.ready
    summary, parts = recorder.take(7, BOOT_ID)
    assert not recorder.busy
    return messages.SUMMARY.unpack(summary), b"".join([bytes(part) for part in parts])


def judge(board, values, packed, offset_us=0):
    """Compare a trial with the forces that went in."""
    assert values["stance_leg"] == 0
    assert values["reasons"] == 0, f.names(values["reasons"])
    assert values["end_reason"] == f.TIME_LIMIT
    assert values["end_us"] == 25000000
    assert values["body_weight_source"] == f.BW_TWO_LEGGED
    near(values["body_weight_un"], 700000000, 5 * TENTHS_OF_A_NEWTON)
    near(values["force_mean_un"], 700000000, 5 * TENTHS_OF_A_NEWTON)
    near(values["lift_off_device_us"] - offset_us, LIFT_OFF_US, 2000)
    assert values["touch_down_count"] == 1
    touch = messages.TOUCH_DOWN.unpack(values["touch_downs"])
    near(touch["at_us"], TOUCH_AT_US, 3000)
    near(touch["duration_us"], TOUCH_LONG_US, 4000)
    near(touch["peak_mn"], 60000, 10)
    for name, k in (("samples_left", 0), ("samples_right", 1)):
        near(values[name], 25000000 // PERIODS_US[k], 1)
    for name in ("dropped", "desynced", "saturated", "late"):
        assert values[name] == 0, name
    near(values["max_gap_us"], PERIODS_US[1], 120)
    near(values["rate_left_mhz"], 1000000000 // 10741, 100)
    near(values["rate_right_mhz"], 1000000000 // 10893, 100)
    sd_mn = board.scored_sd_mn(0, values["lift_off_device_us"] - offset_us)
    assert 3000 < sd_mn < 5000, sd_mn
    near(values["force_sd_un"], 1000 * sd_mn, 500)
    windows = [values["force_sd_%d_un" % n] for n in (1, 2, 3, 4)]
    near(values["force_sd_un"], sum(windows) / 4, 1)
    # 240 ms of 60 N among 20 s: 0.1 %BW of stray load
    near(values["stray_load_ppm_bw"], 1000000 * 60 * 0.24 / 20 / 700, 40)
    assert values["trace_complete"] == 1
    assert values["trace_bytes"] == len(packed) <= 12 * 1024
    judge_trace(board, values, packed, offset_us)


def judge_trace(board, values, packed, offset_us):
    """Counts as the chips gave them, from 5 s before lift-off to 1 s after the end."""
    header, left, right = trace.unpack(packed)
    assert header["seq"] == 7
    assert header["left_counts_per_kn"] == COUNTS_PER_KN[0]
    assert header["zero_right_counts"] == ZEROS[1]
    for k, (times, counts) in enumerate((left, right)):
        queue = board.chips[k].queue
        first_us = values["lift_off_device_us"] - offset_us + times[0]
        start = 0
        while queue.t_us[start] < first_us - 2000:
            start += 1
        for n in range(len(counts)):
            assert counts[n] == queue.counts[start + n], (k, n)
            sent_us = queue.t_us[start + n]
            near(values["lift_off_device_us"] - offset_us + times[n], sent_us, 150)
        near(times[0] - 2 * PERIODS_US[k], -5000000, 11000)
        assert times[-1] >= 26000000


def check_ten_thousand_samples_under_a_locked_heap():
    board = Board(55, forces)
    board.run_to(54.9)
    assert board.conversions() >= 10000, board.conversions()
    assert board.sampler.detector.state == f.EMPTY
    values, packed = trial_of(board)
    judge(board, values, packed)
    assert [board.sampler.recorder.events[2 * n] for n in range(3)] == [
        f.EV_LIFT_OFF,
        f.EV_TOUCH_DOWN,
        f.EV_HOLD_END,
    ]


def check_an_allocation_would_be_noticed():
    board = Board(2, forces)
    silent = board.sampler.detector.silent
    board.sampler.detector.silent = lambda now: silent([now][0])
    try:
        board.run_to(1)
        noticed = False
    except MemoryError:
        noticed = True
    assert noticed


def check_ticks_that_wrap_change_nothing():
    """Ticks wrap at lift-off, and in a touch-down in mid-hold."""
    wanted = None
    for wrap_s in (0, LIFT_OFF_US / 1000000, TOUCH_S + 0.15):
        offset_us = (1 << 30) - int(wrap_s * 1000000) if wrap_s else 0
        board = Board(33, forces, offset_us)
        board.run_to(32.9)
        values, packed = trial_of(board)
        values["lift_off_device_us"] -= offset_us
        if wanted is None:
            wanted = (values, packed)
            judge(board, values, packed)
        assert values == wanted[0], (wrap_s, values)
        assert packed == wanted[1], wrap_s

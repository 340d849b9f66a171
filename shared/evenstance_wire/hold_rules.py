"""The hold rules as a board has them: what it detects by, and what every result prints.

Thresholds of force and time as decided in the design; field-notes sections 1 and 2 give their
grounds. 20 N is a common force-plate threshold; the other numbers are this project's proposals.
"""


class Rules:
    """Rule values as attributes (all int); an instance may have another `end_at_touch_down`."""

    # name = default  # unit: what it is
    foot_down_mn = 20000  # mN: a foot is on its plate above this force
    lift_off_share_pct = 85  # %BW: stance side above this share of body weight at lift-off
    lift_off_ms = 100  # ms: lift-off condition must last this long
    touch_down_ms = 50  # ms: a touch-down lasts longer than this above 20 N
    hard_touch_mn = 60000  # mN: a touch of more force must last longer
    hard_touch_us_per_n = 100  # us/N: by so much for each newton above
    hard_touch_ms = 12  # ms: and by no more than this
    refractory_ms = 100  # ms: after a touch-down, no new one for this long
    foot_down_ends_ms = 1000  # ms: a foot down longer than this ends the hold
    end_at_touch_down = 0  # -: 1 in the hold-time protocol: the first touch-down ends it
    step_off_ms = 100  # ms: both plates below 20 N longer than this: stepped off
    moved_over_share_pct = 50  # %BW: stance below and swing above this share: moved over
    moved_over_ms = 300  # ms: moved over for longer than this: stepped off
    record_ms = 25000  # ms: record length from lift-off; then time_limit
    settling_ms = 5000  # ms: from lift-off to the first scored sample
    window_ms = 5000  # ms: length of each scored window
    windows = 4  # -: number of scored windows
    stray_load_pct_bw = 2  # %BW: mean swing load above this: invalid
    dropped_pct = 2  # %: more dropped samples than this: invalid
    gap_ms = 100  # ms: a gap between samples longer than this: invalid
    fault_ms = 1000  # ms: a channel silent for this long: sensor fault
    walking_ms = 2000  # ms: a one-legged stance shorter than this is walking, no trial
    pre_roll_ms = 5000  # ms: trace starts this long before lift-off
    post_roll_ms = 1000  # ms: trace ends this long after the end
    body_weight_ms = 5000  # ms: quiet two-legged stance that gives the body weight
    quiet_pct = 5  # %: range of the sum within half a second, of its mean, to be quiet
    min_person_mn = 150000  # mN: a stance below this force is no person
    same_person_pct = 15  # %: stance this near the earlier body weight: the same person
    plate_limit_mn = 1961000  # mN: rating of a plate unless set; above: overload
    filter_delay_half_periods = 4  # T/2: delay of the chip's filter, in half conversions
    zero_ms = 2000  # ms: length of a zero measurement
    zero_sd_counts = 5000  # counts: SD above this while zeroing without calibration: motion
    zero_sd_mn = 1500  # mN: SD above this while zeroing: motion
    zero_shift_mn = 50000  # mN: zero shift above this is a load, not drift


RULES_ID = 2  # raised by one with any change of a default

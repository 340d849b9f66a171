"""The life of a hold, case by case, at an ordinary time and across the wrap of ticks."""

from stage import STARTS, WEIGHT_MN, Stage, touch

from board import near
from evenstance_wire import flags as f

ONE_SAMPLE_MS = 11
PHASES_US = (0, 1900, 3800, 5700, 7600, 9500)


def lifted(start=STARTS[0], phase_us=0, **changed):
    """A stage on which the left leg stands since the returned time (ms)."""
    stage = Stage(start, WEIGHT_MN, phase_us, **changed)
    at_ms = stage.lift()
    assert stage.take() == [("lift_off", 0, stage.ms(stage.detector.lift_off), WEIGHT_MN, False)]
    near(stage.ms(stage.detector.lift_off), at_ms, 3)
    return stage, at_ms


# -- lift-off


def check_lift_off_is_dated_back_to_the_crossing():
    for start in STARTS:
        for leg in (0, 1):
            for phase_us in PHASES_US:
                stage = Stage(start, phase_us=phase_us)
                at_ms = stage.lift(leg)
                [(what, found_leg, found_ms, weight_mn, unsure)] = stage.told
                assert (what, found_leg) == ("lift_off", leg)
                assert (weight_mn, unsure) == (WEIGHT_MN, False)
                near(found_ms, at_ms, 1.5)


def check_lift_off_needs_its_whole_time():
    for lifted_ms, expected in ((85, []), (130, ["lift_off"])):
        stage = Stage()
        stage.play(1000, 350, 350)
        stage.play(1000 + lifted_ms, 700, 0)
        stage.play(1500, 350, 350)
        assert stage.names()[:1] == expected, lifted_ms


def check_lift_off_needs_85_pct_of_body_weight():
    for stance_n, expected in ((590, []), (600, ["lift_off"])):
        stage = Stage()
        stage.play(1000, 350, 350)
        stage.play(2500, stance_n, 0)
        assert stage.names() == expected, stance_n


def check_states_in_order():
    stage = Stage()
    stage.play(500, 0, 0)
    stage.lift(0, 1000)
    stage.play(26500, 700, 0)
    stage.play(27000, 350, 350)
    stage.play(27500, 0, 0)
    # one plate changes before the other, so LIFTING comes and goes on the way
    seen = [f.STATES[state] for state in stage.states]
    wanted = "empty lifting both_feet lifting settling hold ended both_feet lifting empty"
    assert " ".join(seen) == wanted, seen


def check_straight_onto_one_leg_without_a_body_weight():
    for start in STARTS:
        stage = Stage(start, weight_mn=0)
        stage.play(1000, 0, 0)
        stage.play(2000, 0, ((1000, 0), (1300, 700)))
        [(what, leg, at_ms, weight_mn, unsure)] = stage.take()
        assert (what, leg) == ("lift_off", 1)
        near(at_ms, 1000 + 300 * 150 / 700, 2)  # as it took 150 N, the least of a person
        assert 150000 <= weight_mn <= 700000, weight_mn
        assert unsure


def check_straight_onto_one_leg_with_an_earlier_body_weight():
    stage = Stage()
    stage.play(1000, 0, 0)
    assert not stage.body_weight.fresh  # an empty board: perhaps somebody else
    stage.play(2000, ((1000, 0), (1300, 700)), 0)
    [(what, leg, at_ms, weight_mn, unsure)] = stage.take()
    assert (what, leg, weight_mn) == ("lift_off", 0, WEIGHT_MN)
    near(at_ms, 1000 + 300 * 0.85, 2)
    assert not unsure


def check_somebody_much_lighter_gets_a_body_weight_of_the_hold():
    stage = Stage()
    stage.play(1000, 0, 0)
    stage.play(2900, ((1000, 0), (1300, 500)), 0)
    assert stage.take() == []  # 71 % of the body weight we know: not sure yet
    stage.play(4000, 500, 0)
    [(what, leg, at_ms, weight_mn, unsure)] = stage.take()
    assert (what, leg, weight_mn) == ("lift_off", 0, 500000)
    near(at_ms, 1000 + 300 * 150 / 500, 2)
    assert unsure


def check_a_bag_is_no_person():
    stage = Stage(weight_mn=0)
    stage.play(1000, 0, 0)
    stage.play(9000, 140, 0)
    assert stage.told == []


# -- walking


def check_walking_is_no_trial():
    for start in STARTS:
        stage = Stage(start)
        stage.play(800, 350, 350)
        at_ms = 1000
        for n in range(6):  # steps of 0.7 s, with both feet down between them
            left, right = (700, 0) if n & 1 else (0, 700)
            stage.play(at_ms + 550, left, right)
            stage.play(at_ms + 700, 350, 350)
            at_ms += 700
        assert "ended" not in stage.names()


def check_a_stance_just_under_two_seconds_is_walking():
    for long_ms, expected in ((1950, "walked"), (2050, "ended")):
        stage, at_ms = lifted()
        stage.play(at_ms + long_ms, 700, 0)
        stage.play(at_ms + long_ms + 1500, 350, 350)
        assert stage.names() == [expected], long_ms
        assert stage.detector.state == f.BOTH_FEET
        assert stage.detector.armed


# -- touch-downs


def check_a_short_touch_is_none_and_a_longer_one_counts():
    for start in STARTS:
        for phase_us in PHASES_US:
            stage, at_ms = lifted(start, phase_us=phase_us)
            begins_ms = at_ms + 6000
            stage.play(begins_ms + 500, 700, touch(begins_ms, 35))
            assert stage.take() == [], phase_us
            begins_ms += 1000
            stage.play(begins_ms + 500, 700, touch(begins_ms, 65))
            [(what, found_ms, long_ms, peak_n)] = stage.take()
            assert what == "touch_down"
            near(found_ms, begins_ms, ONE_SAMPLE_MS / 2)
            near(long_ms, 65, ONE_SAMPLE_MS)
            assert peak_n == 60


def check_the_threshold_is_in_time_not_in_samples():
    """Forces on straight lines: the interpolated 20 N crossings are exact."""
    for long_ms, count in ((49, 0), (51, 1)):
        for phase_us in PHASES_US:
            stage, at_ms = lifted(phase_us=phase_us)
            begins_ms = at_ms + 6000
            # slopes long enough to hold samples on both sides of 20 N
            knots = ((-30, 0), (0, 20), (long_ms / 2, 40), (long_ms, 20), (long_ms + 30, 0))
            swing = [(begins_ms + t, force) for t, force in knots]
            stage.play(begins_ms + 500, 700, swing)
            assert len(stage.take()) == count, (long_ms, phase_us)


def hard_touch(at_ms, long_ms, peak_n):
    """Knots that pass 20 N on straight lines, and are at the peak for more than a sample."""
    knots = ((-16, 0), (-15, 10), (15, 30), (16, peak_n), (long_ms - 16, peak_n))
    knots += ((long_ms - 15, 30), (long_ms + 15, 10), (long_ms + 16, 0))
    return [(at_ms + t, force) for t, force in knots]


def check_a_hard_touch_must_last_longer():
    for peak_n, must_ms in ((60, 50), (100, 54), (180, 62), (300, 62)):
        for over_ms, count in ((-1, 0), (1, 1)):
            for phase_us in PHASES_US:
                stage, at_ms = lifted(phase_us=phase_us)
                begins_ms = at_ms + 6000
                swing = hard_touch(begins_ms, must_ms + over_ms, peak_n)
                stage.play(begins_ms + 500, 700, swing)
                assert len(stage.take()) == count, (peak_n, over_ms, phase_us)


def check_the_hold_time_protocol_does_not_end_at_a_hard_short_touch():
    for long_ms, expected in ((61, []), (63, ["ended"])):
        stage, at_ms = lifted(end_at_touch_down=1)
        begins_ms = at_ms + 6000
        stage.play(begins_ms + 500, 700, hard_touch(begins_ms, long_ms, 300))
        assert stage.names() == expected, long_ms


def check_the_hold_time_protocol_ends_also_where_no_sample_came_after_the_limit():
    for phase_us in PHASES_US:
        stage, at_ms = lifted(phase_us=phase_us, end_at_touch_down=1)
        begins_ms = at_ms + 6000
        stage.play(begins_ms + 500, 700, hard_touch(begins_ms, 51, 50))
        what, reason, ended_ms = stage.take()[0]
        assert (what, reason) == ("ended", f.TOUCH_DOWN)
        near(ended_ms, begins_ms, 0.5)


def check_refractory():
    for pause_ms, count in ((60, 1), (160, 2)):
        stage, at_ms = lifted()
        first_ms = at_ms + 6000
        second_ms = first_ms + 80 + pause_ms
        stage.play(first_ms + 80 + pause_ms / 2, 700, touch(first_ms, 80))
        stage.play(second_ms + 500, 700, touch(second_ms, 80))
        assert stage.names() == ["touch_down"] * count, pause_ms


def check_a_foot_down_for_a_second_ends_it_where_it_came_down():
    for start in STARTS:
        stage, at_ms = lifted(start)
        begins_ms = at_ms + 6000
        stage.play(begins_ms + 1500, 700, touch(begins_ms, 960))
        [(what, _, long_ms, _)] = stage.take()
        assert what == "touch_down"
        near(long_ms, 960, ONE_SAMPLE_MS)
        begins_ms += 3000
        stage.play(begins_ms + 1500, 700, touch(begins_ms, 1300))
        what, reason, ended_ms = stage.take()[0]
        assert (what, reason) == ("ended", f.TOUCH_DOWN)
        near(ended_ms, begins_ms, ONE_SAMPLE_MS / 2)


def check_the_hold_time_protocol_ends_at_the_first_touch_down():
    stage, at_ms = lifted(end_at_touch_down=1)
    begins_ms = at_ms + 6000
    stage.play(begins_ms + 500, 700, touch(begins_ms, 35))
    assert stage.take() == []
    begins_ms += 1000
    stage.play(begins_ms + 500, 700, touch(begins_ms, 75))
    what, reason, ended_ms = stage.take()[0]
    assert (what, reason) == ("ended", f.TOUCH_DOWN)
    near(ended_ms, begins_ms, ONE_SAMPLE_MS / 2)


def check_a_foot_down_at_the_end_of_the_record_counts_to_there():
    stage, at_ms = lifted()
    stage.play(at_ms + 24800, 700, 0)
    stage.play(at_ms + 25500, 700, touch(at_ms + 24900, 400))
    [(what, found_ms, long_ms, _), (end, reason, ended_ms)] = stage.take()[:2]
    assert (what, end, reason) == ("touch_down", "ended", f.TIME_LIMIT)
    near(found_ms, at_ms + 24900, ONE_SAMPLE_MS / 2)
    near(found_ms + long_ms, ended_ms, 0.01)


# -- ends


def check_time_limit_is_exact():
    for start in STARTS:
        stage, at_ms = lifted(start)
        stage.play(at_ms + 24980, 700, 0)
        assert stage.take() == []
        stage.play(at_ms + 25050, 700, 0)
        what, reason, ended_ms = stage.take()[0]
        assert (what, reason) == ("ended", f.TIME_LIMIT)
        near(ended_ms - stage.ms(stage.detector.lift_off), 25000, 0.0005)


def check_stepping_off():
    for start in STARTS:
        for off_ms, expected in ((85, []), (130, ["ended"])):
            stage, at_ms = lifted(start)
            left_ms = at_ms + 8000
            gone = ((left_ms, 700), (left_ms + 70, 0))  # 20 N at 68 ms
            stage.play(left_ms + 68 + off_ms, gone, 0)
            stage.play(left_ms + 1000, 700, 0)
            assert stage.names()[:1] == expected, off_ms
            if expected:
                assert stage.told[0][1] == f.STEP_OFF
                near(stage.told[0][2], left_ms + 68, 3)


def check_moving_over_to_the_other_leg():
    for start in STARTS:
        for over_ms, expected in ((270, "touch_down"), (340, "ended")):
            stage, at_ms = lifted(start)
            over_at_ms = at_ms + 8000
            stage.play(over_at_ms, 700, 0)
            stage.play(over_at_ms + over_ms, 200, 500)
            stage.play(over_at_ms + 800, 700, 0)
            assert stage.names()[:1] == [expected], over_ms
            if expected == "ended":
                assert stage.told[0][1] == f.STEP_OFF
                near(stage.told[0][2], over_at_ms, ONE_SAMPLE_MS)


def check_a_near_fall_goes_on():
    """The stance force drops to 67 % of body weight, the swing foot stays up."""
    stage, at_ms = lifted()
    dip_ms = at_ms + 8000
    dip = ((dip_ms, 700), (dip_ms + 80, 469), (dip_ms + 600, 469), (dip_ms + 680, 760))
    stage.play(dip_ms + 900, dip, 0)
    stage.play(at_ms + 24900, 700, 0)
    assert stage.told == []
    assert stage.detector.state == f.HOLD


def check_a_silent_channel_ends_it():
    for start in STARTS:
        for channel in (0, 1):
            stage, at_ms = lifted(start)
            last_ms = at_ms + 8000
            stage.play(last_ms, 700, 0)
            stage.play(last_ms + 950, 700, 0, channels=(1 - channel,))
            stage.detector.silent(now_of(stage, last_ms + 950))
            assert stage.take() == []
            stage.play(last_ms + 1100, 700, 0, channels=(1 - channel,))
            stage.detector.silent(now_of(stage, last_ms + 1100))
            what, reason, ended_ms = stage.take()[0]
            assert (what, reason) == ("ended", f.END_SENSOR_FAULT)
            near(ended_ms, last_ms, ONE_SAMPLE_MS)
            stage.detector.silent(now_of(stage, last_ms + 3000))
            assert stage.take() == []


def now_of(stage, at_ms):
    return (stage.start + int(at_ms * 1000)) & ((1 << 30) - 1)


def check_stop():
    for start in STARTS:
        stage = Stage(start)
        assert stage.detector.stop() is False
        at_ms = stage.lift()
        stage.take()
        stage.play(at_ms + 8000, 700, 0)
        assert stage.detector.stop() is True
        what, reason, ended_ms = stage.take()[0]
        assert (what, reason) == ("ended", f.END_STOPPED)
        near(ended_ms, at_ms + 8000, 2 * ONE_SAMPLE_MS)
        assert stage.detector.stop() is False
        assert stage.take() == []


def check_stop_within_two_seconds_is_walking():
    stage, at_ms = lifted()
    stage.play(at_ms + 1000, 700, 0)
    assert stage.detector.stop() is True
    assert stage.names() == ["walked"]


# -- arming again


def check_after_the_end_it_waits_for_both_feet_or_nobody():
    for arm, seconds in (((350, 350), 0.3), ((0, 0), 0.3)):
        stage, at_ms = lifted()
        stage.play(at_ms + 40000, 700, 0)  # still on the same leg, long after the end
        assert stage.names() == ["ended"]
        assert not stage.detector.armed
        stage.take()
        again_ms = at_ms + 40000 + 1000 * seconds
        stage.play(again_ms, arm[0], arm[1])
        assert stage.detector.armed
        stage.play(again_ms + 1000, 700, 0)
        assert stage.names() == ["lift_off"], arm


def check_the_second_hold_is_on_the_other_leg():
    stage, at_ms = lifted()
    stage.play(at_ms + 25500, 700, 0)
    second_ms = stage.lift(1, at_ms + 27000)
    assert stage.names() == ["ended", "lift_off"]
    assert stage.told[1][1] == 1
    near(stage.told[1][2], second_ms, 3)


def check_a_new_reference_starts_as_on_an_empty_board():
    stage, at_ms = lifted()
    stage.play(at_ms + 3000, 700, 0)
    stage.body_weight.forget()
    stage.detector.forget()
    assert stage.detector.state == f.EMPTY
    assert stage.detector.armed
    stage.play(at_ms + 3400, 700, 0)
    assert stage.names() == ["lift_off"]
    assert stage.told[0][4]


def check_levels_stay_comparable_over_an_hour():
    """Ticks wrap three times while nobody comes; then a hold is found as ever."""
    stage = Stage()
    for minute in range(55):
        for k in (0, 1):
            stage.next_us[k] = minute * 60000000 + 3700 * k
        stage.play(minute * 60000 + 200, 0, 0)
    near(stage.ms(stage.detector.lift_off), 0, 1)
    stage.lift(0, 54 * 60000 + 1000)
    assert stage.names() == ["lift_off"]
    assert stage.detector.state == f.SETTLING

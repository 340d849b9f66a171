"""What the summary of a trial says: valid or why not, whose weight, which numbers are missing."""

from player import Player

from board import near
from evenstance_wire import flags as f

SCORED = ("force_sd_un", "force_mean_un", "force_range_p95_p5_un", "load_share_mean_ppm")


def reasons(values):
    return f.names(values["reasons"])


def held(**more):
    """A hold of the left leg to the time limit, both feet down behind it; its summary."""
    player = Player()
    player.lift()
    player.stand(33, **more)
    player.play(34.5, 350, 350)
    return player.trial()[0]


def check_a_good_hold_is_valid():
    for leg in (0, 1):
        player = Player()
        player.lift(leg)
        player.stand(33, leg)
        player.play(34.5, 350, 350)
        values, (header, left, right) = player.trial(41)
        assert (values["seq"], values["stance_leg"], header["stance_leg"]) == (41, leg, leg)
        assert reasons(values) == []
        assert values["end_us"] == 25000000
        near(values["force_mean_un"], 700000000, 500000)
        near(values["load_share_mean_ppm"], 1000000, 10)
        assert (values["scored_from_us"], values["scored_to_us"]) == (5000000, 25000000)
        assert (values["dropped"], values["stray_load_ppm_bw"]) == (0, 0)
        assert values["samples_left"] + values["samples_right"] < len(left[0]) + len(right[0])


def check_body_weight_is_from_before_however_the_hold_ended():
    player = Player()
    player.lift()
    player.stand(20)
    player.play(22, 0, 0)  # stepped off, and the board is empty before the trial is stored
    values, _ = player.trial()
    assert f.END_REASONS[values["end_reason"]] == "step_off"
    assert values["body_weight_source"] == f.BW_TWO_LEGGED
    near(values["body_weight_un"], 700000000, 500000)


def check_an_earlier_body_weight_is_called_so():
    player = Player()
    player.play(7, 350, 350)
    player.play(8, 0, 0)
    player.stand(34)
    player.play(35.5, 350, 350)
    values, _ = player.trial()
    assert values["body_weight_source"] == f.BW_EARLIER
    near(values["body_weight_un"], 700000000, 500000)
    assert reasons(values) == []


def check_without_two_legged_stance_the_weight_is_of_the_hold():
    player = Player()
    player.play(1, 0, 0)
    player.stand(27, stance_n=640)
    player.play(28.5, 0, 0)
    values, _ = player.trial()
    assert values["body_weight_source"] == f.BW_HOLD
    near(values["body_weight_un"], 640000000, 500000)


def check_another_person_gets_the_weight_of_the_hold():
    player = Player()
    player.play(7, 350, 350)
    player.play(8, 0, 0)
    player.stand(34, stance_n=900)
    player.play(35.5, 0, 0)
    values, _ = player.trial()
    assert values["body_weight_source"] == f.BW_HOLD
    near(values["body_weight_un"], 900000000, 500000)


def check_short_holds_have_no_scores():
    player = Player()
    player.lift()
    player.stand(17.5)  # 10.5 s: one scored window
    player.play(19, 350, 350)
    values, _ = player.trial()
    assert reasons(values) == ["too_short"]
    assert f.END_REASONS[values["end_reason"]] == "touch_down"
    for name in SCORED + ("scored_from_us", "stray_load_ppm_bw", "force_sd_2_un"):
        assert values[name] is None, name
    assert values["force_sd_1_un"] > 1000000
    near(values["end_us"], 10500000, 11000)


def check_stray_load():
    """2 % of 700 N is 14 N."""
    for swing_n, expected in ((13, []), (15, ["stray_load"])):
        values = held(swing_n=swing_n)
        assert reasons(values) == expected, swing_n
        near(values["stray_load_ppm_bw"], swing_n * 1000000 // 700, 100)
        assert values["stray_time_ppm"] == 1000000  # above 1 % all the time


def check_dropped_samples():
    for every, expected in ((60, []), (40, ["dropped_samples"])):
        values = held(drop=lambda k, n, every=every: n % every == 0)
        assert reasons(values) == expected, every
        near(values["dropped"], 2 * 24 * 92.5 / every, 3)


def check_a_gap():
    for lost, expected in ((8, []), (9, ["gap"])):
        values = held(drop=lambda k, n, lost=lost: k == 0 and 1000 <= n < 1000 + lost)
        assert reasons(values) == expected, lost
        near(values["max_gap_us"], (lost + 1) * 10741, 10)
        assert values["dropped"] == lost


def check_a_silent_plate():
    player = Player()
    player.lift()
    player.stand(20)
    player.stand(22, drop=lambda k, n: k == 1)
    player.play(24, 350, 350)
    values, _ = player.trial()
    assert f.END_REASONS[values["end_reason"]] == "sensor_fault"
    assert reasons(values) == ["too_short", "sensor_fault", "no_data"]
    near(values["end_us"], 13000000, 40000)


def check_stopped():
    player = Player()
    player.lift()
    player.stand(20)
    assert player.sampler.detector.stop()
    player.stand(22)
    values, _ = player.trial()
    assert reasons(values) == ["too_short", "stopped"]
    near(values["end_us"], 13000000, 40000)


def check_overload():
    player = Player()
    player.lift()
    player.stand(20)
    player.stand(20.3, stance_n=2100)
    player.stand(33)
    player.play(34.5, 350, 350)
    assert reasons(player.trial()[0]) == ["overload"]


def check_overload_is_above_the_rating_of_that_plate():
    for leg, ratings_mn, wanted in (
        (0, (2200000, 1000000), []),
        (0, (2000000, 2200000), ["overload"]),
        (1, (1000000, 2200000), []),
        (1, (2200000, 2000000), ["overload"]),
    ):
        player = Player()
        for plate, rating_mn in zip(player.calibration.plates, ratings_mn):
            plate.rating_mn = rating_mn
        player.lift(leg)
        player.stand(20, leg)
        player.stand(20.3, leg, stance_n=2100)
        player.stand(33, leg)
        player.play(34.5, 350, 350)
        assert reasons(player.trial()[0]) == wanted, (leg, ratings_mn)


def check_saturation_for_a_moment():
    player = Player()
    player.lift()
    player.stand(20)
    player.stand(20.2, swing_n="low")
    player.stand(33)
    player.play(34.5, 350, 350)
    values, _ = player.trial()
    assert "saturation" in reasons(values)
    assert 15 < values["saturated"] < 25
    near(values["body_weight_un"], 700000000, 500000)


def check_a_swing_plate_at_its_rail():
    """A broken wire pulls the swing plate to the negative rail for the rest of the hold."""
    player = Player()
    player.lift()
    player.stand(9)
    player.stand(33, swing_n="low")
    player.play(34.5, 350, 350)
    values, _ = player.trial()
    assert "saturation" in reasons(values)
    near(values["body_weight_un"], 700000000, 500000)
    assert values["body_weight_source"] == f.BW_TWO_LEGGED


def check_both_plates_at_their_rails():
    player = Player()
    player.lift()
    player.stand(9)
    player.stand(33, stance_n="high", swing_n="low")
    player.play(34.5, 350, 350)
    values, _ = player.trial()
    assert "saturation" in reasons(values)
    assert "overload" in reasons(values)
    near(values["body_weight_un"], 700000000, 500000)
    near(values["force_mean_un"], 3800000000, 100000000)


def check_no_weight_is_made_up_at_the_rails():
    player = Player()
    player.play(1, 0, 0)
    player.stand(3, stance_n=640)
    player.stand(27, stance_n=640, swing_n="low")
    player.play(28.5, 0, 0)
    values, _ = player.trial()
    assert values["body_weight_un"] is None
    assert values["stray_load_ppm_bw"] is None
    assert "saturation" in reasons(values)


def check_touch_downs_are_stored_and_counted_beyond_the_table():
    player = Player()
    player.lift()
    player.stand(13)
    for n in range(10):
        player.stand(13.1 + n)
        player.stand(13.3 + n, swing_n=40)
        player.stand(14 + n)
    player.stand(33)
    player.play(34.5, 350, 350)
    values, _ = player.trial()
    assert values["touch_down_count"] == 10
    assert len(values["touch_downs"]) == 8 * 12
    assert values["end_us"] == 25000000


def check_a_trial_after_a_trial():
    """Nothing of the first is left in the second."""
    player = Player()
    player.lift()
    player.stand(20)
    player.stand(20.3, stance_n=2100, swing_n=100)
    player.stand(33)
    player.play(35, 350, 350)
    first, _ = player.trial(1)
    assert reasons(first) == ["overload"]
    player.play(41, 350, 350)
    player.lift(1, 41)
    player.stand(67, 1)
    player.play(69, 350, 350)
    second, _ = player.trial(2)
    assert (second["stance_leg"], reasons(second), second["touch_down_count"]) == (1, [], 0)
    near(second["lift_off_device_us"] - first["lift_off_device_us"], 34000000, 20000)


def check_walking_leaves_no_trial():
    player = Player()
    player.lift()
    player.play(12, 350, 350)
    assert not player.sampler.recorder.busy
    player.lift(1, 14)
    player.stand(40, 1)
    player.play(42, 350, 350)
    assert player.trial()[0]["stance_leg"] == 1


def check_a_touch_right_behind_the_end_does_not_lose_the_trial():
    """The detector arms again at a touch while the trace of the hold still goes on."""
    player = Player()
    player.lift()
    player.stand(32.5)
    player.stand(32.6, swing_n=60)
    player.stand(40)
    assert player.sampler.recorder.ready
    first, _ = player.trial(1)
    assert (first["end_us"], reasons(first)) == (25000000, [])
    player.stand(58.5)
    player.play(60.5, 350, 350)
    second, _ = player.trial(2)
    near(second["lift_off_device_us"] - first["lift_off_device_us"], 25600000, 100000)
    assert second["end_us"] > 20000000

"""What the big display may show: never a force while a scored hold runs, and nothing stale."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summaries import summary

from evenstance.display import words
from evenstance.display.hub import KEPT_RESULTS, STALE_S, Hub
from evenstance.flows.live import Live
from evenstance.flows.stand import SET_ASIDE
from evenstance.flows.together import Together
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance.virtual.beeps import Ear
from evenstance_wire import flags

TRIAL = replace(trial_from_summary(summary(force_sd_n=4.5)), seq=1, valid=True, reasons=())
WANTED = {"left": 3, "right": 3}


def at(left_n: float | None = 300.0, right_n: float | None = 400.0, **values: Any) -> Live:
    """A live message of somebody on both feet."""
    return Live(
        **{
            "device_s": 1.0,
            "state": flags.BOTH_FEET,
            "left_n": left_n,
            "right_n": right_n,
            "body_weight_n": 700.0,
            **values,
        }
    )


def hub(**options: Any) -> Hub:
    """Its time stands still: what it was told stays fresh, however slow the computer is."""
    return Hub("Kim", **{"wanted": WANTED, "clock": lambda: 100.0, **options})


# -- scored holds

FORCES = st.floats(-900, 2500, allow_nan=False)
LINES = st.sampled_from(
    ["Body weight 686 N.", "left plate: overload 812.5 N", "Something moved by 3 %.", "Well done."]
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), LINES),
        st.tuples(st.just("scored"), FORCES, FORCES, st.floats(-1, 25)),
        st.tuples(st.just("shown"), FORCES, FORCES, st.sampled_from(["rest", "practice hold"])),
        st.tuples(st.just("trial"), st.sampled_from(["scored", "practice"])),
        st.tuples(st.just("key"), st.text(max_size=3)),
    ),
    max_size=30,
)


def act(on: Hub, what: tuple[Any, ...], running: bool) -> bool:
    """Do one thing; whether a scored hold runs after it."""
    match what:
        case ("say", text):
            on.say(text)
        case ("scored", left_n, right_n, left_s):
            on.live(at(left_n, right_n, state=flags.HOLD), "scored hold", left_s, scored=True)
            return True
        case ("shown", left_n, right_n, phase):
            on.live(at(left_n, right_n), phase, 3.0, scored=False)
            return False
        case ("trial", purpose):
            on.trial(TRIAL, purpose)
            return False
        case ("key", key):
            on.press(key)
    return running


@given(ACTS)
def test_no_message_during_a_scored_hold_carries_a_force(acts: list[tuple[Any, ...]]) -> None:
    shown, running = hub(), False
    for what in acts:
        running = act(shown, what, running)
        message = shown.message()
        if running:
            assert forces_in(message) == []


def forces_in(value: Any, key: str = "") -> Iterator[str] | list[str]:
    """Every key that has a unit of force or share and a value, and every text with one."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in forces_in(one, name)]
    if isinstance(value, list | tuple):
        return [found for one in value for found in forces_in(one, key)]
    if isinstance(value, str):
        return re.findall(r"\d[\d.]*\s*(?:N|kg|%)\b|\d\s*%", value)
    named = re.search(r"_(n|kg|pct|mn|counts)$", key) is not None
    return [key] if named and value is not None else []


def test_the_search_for_forces_finds_them() -> None:
    shown = hub()
    shown.live(at(), "rest", 3.0, scored=False)
    assert "left_n" in forces_in(shown.message())
    shown.say("Body weight 686 N.")
    assert "686 N" in forces_in(shown.message())
    shown.trial(TRIAL, "scored")
    assert "force_sd_n" in forces_in(shown.message())


def test_what_was_said_of_forces_in_a_scored_hold_is_told_after_it() -> None:
    shown = hub()
    shown.live(at(), "scored hold", 20.0, scored=True)
    shown.say("left plate: overload 812 N")
    assert shown.message()["note"] == ""
    shown.live(at(), "foot down", None, scored=False)
    assert shown.message()["note"] == "left plate: overload 812 N"


def test_a_wrong_leg_is_told_and_spoken_at_once() -> None:
    shown = hub()
    shown.live(at(), "scored hold", 24.0, scored=True)
    before = shown.message()["cue"]["id"]
    line = "That is the wrong leg: foot down, then stand on the left."
    shown.say(line)
    message = shown.message()
    assert message["note"] == message["cue"]["speak"] == line
    assert message["cue"]["id"] == before + 1


# -- steps


def test_a_hold_from_the_lift_to_the_foot_down() -> None:
    shown = hub()
    shown.say("Stand on the LEFT leg: lift the right foot.")
    shown.live(at(), "lift the right foot", None, scored=False)
    message = shown.message()
    assert (message["step"], message["leg"], message["big"]) == ("lift", "left", "LEFT")
    assert message["cue"]["speak"] == "Stand on your left leg. Lift the right foot."
    assert message["note"] == ""
    shown.live(at(), "practice hold", 9.01, scored=False)
    message = shown.message()
    assert (message["step"], message["countdown_s"]) == ("practice", 10)
    assert message["headline"] == "Hold still on your LEFT leg"
    assert message["loads"]["left_share_pct"] == pytest.approx(42.9)
    shown.live(at(), "practice hold", 0.0, scored=False)
    assert shown.message()["step"] == "down"
    assert shown.message()["cue"]["beeps_ms"] == words.BEEPS_MS["down"]


def test_a_cue_is_new_only_when_the_step_is() -> None:
    shown = hub()
    ids = []
    for left_s in (5.0, 4.0, 3.0):
        shown.live(at(), "rest", left_s, scored=False)
        ids.append(shown.message()["cue"]["id"])
    shown.live(at(), "paused", 3.0, scored=False)
    assert ids == [1, 1, 1]
    assert shown.message()["cue"]["id"] == 2


def test_an_unknown_phase_is_shown_by_its_name() -> None:
    shown = hub()
    shown.live(at(), "juggling", None, scored=False)
    assert shown.message()["headline"] == "Juggling"


@pytest.mark.parametrize(("left_s", "shown_s"), [(25.0, 25), (24.2, 25), (0.05, 1), (0.0, 0)])
def test_the_countdown_is_1_until_the_last_second_is_over(left_s: float, shown_s: int) -> None:
    shown = hub()
    shown.live(at(), "rest", left_s, scored=False)
    assert shown.message()["countdown_s"] == shown_s


# -- loads


def test_a_load_that_is_old_is_not_shown() -> None:
    now = [100.0]
    shown = hub(clock=lambda: now[0])
    shown.live(at(), "rest", 3.0, scored=False)
    assert shown.message()["loads"] is not None
    now[0] += STALE_S
    assert shown.message()["loads"] is None
    assert shown.message()["state"] is None


def test_missing_is_not_zero() -> None:
    shown = hub()
    shown.live(at(None, 400.0), "rest", 3.0, scored=False)
    assert shown.message()["loads"] is None
    shown.live(at(3.0, 2.0, body_weight_n=None), "rest", 3.0, scored=False)
    loads = shown.message()["loads"]
    assert loads["left_share_pct"] is None
    assert loads["full_n"] == 800.0


# -- results


def test_only_valid_scored_holds_make_progress() -> None:
    shown = hub()
    bad = replace(TRIAL, valid=False, reasons=("too_short", "stray_load"))
    for trial, purpose in ((TRIAL, "practice"), (TRIAL, "scored"), (bad, "scored")):
        shown.trial(trial, purpose)
    message = shown.message()
    done = {leg: value["done"] for leg, value in message["progress"].items()}
    assert done == {"left": 0, "right": 0, TRIAL.stance_leg: 1}
    practice, scored, invalid = message["results"]
    assert (practice["counts"], practice["force_sd_n"]) == (None, None)
    assert (scored["counts"], scored["force_sd_n"]) == (True, 4.5)
    assert (invalid["counts"], invalid["why"]) == (False, "too short, stray load")


def test_the_results_kept_are_bounded() -> None:
    shown = hub()
    for _ in range(KEPT_RESULTS + 5):
        shown.trial(TRIAL, "practice")
    assert len(shown.message()["results"]) == KEPT_RESULTS


def test_a_hold_that_is_made_again_counts_no_longer() -> None:
    shown = hub()
    shown.trial(TRIAL, "scored")
    before = shown.message()
    shown.trial(TRIAL, SET_ASIDE)
    message = shown.message()
    (result,) = message["results"]
    assert (result["purpose"], result["counts"], result["force_sd_n"]) == ("practice", None, None)
    leg = TRIAL.stance_leg
    assert before["progress"][leg]["done"] == 1
    assert message["progress"][leg]["done"] == 0


# -- keys, threads, the end


def test_keys_of_a_page_come_one_by_one_and_others_are_ignored() -> None:
    shown = hub()
    for key in ("p", "x", "", "pp", "s", "<script>"):
        shown.press(key)
    assert [shown.key(), shown.key(), shown.key()] == ["p", "s", None]


def test_every_change_wakes_who_listens_and_the_message_can_always_be_sent() -> None:
    shown, woken = hub(), []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            json.dumps(shown.message(), allow_nan=False)

    reader = threading.Thread(target=read)
    reader.start()
    with shown.listening(lambda: woken.append(1)):
        assert not shown.wait_until_alone(0.0)
        for n in range(500):
            shown.live(at(), "rest", float(n), scored=False)
            shown.trial(TRIAL, "scored")
    stop.set()
    reader.join()
    assert len(woken) == 1000
    assert shown.wait_until_alone(0.0)


def test_the_first_ending_stands() -> None:
    shown = hub()
    shown.live(at(), "rest", 3.0, scored=False)
    shown.finish("Stopped", "Kept.")
    shown.finish("Done")
    message = shown.message()
    assert (message["over"], message["headline"], message["detail"]) == (True, "Stopped", "Kept.")
    assert message["loads"] is None
    assert message["countdown_s"] is None


# -- together, and the board's beeps


class Places:
    """A screenplay that notes what it gets."""

    def __init__(self, *keys: str | None) -> None:
        self.got: list[tuple[Any, ...]] = []
        self._keys = list(keys)

    def say(self, text: str) -> None:
        self.got.append((text,))

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        self.got.append((live, phase, left_s, scored))

    def trial(self, trial: Trial, purpose: str) -> None:
        self.got.append((trial, purpose))

    def key(self) -> str | None:
        return self._keys.pop(0) if self._keys else None


def test_together_shows_all_everything_and_hears_keys_of_all() -> None:
    one, two = Places(None, "s"), Places("p")
    both = Together(one, two)
    live = at()
    both.say("Hello.")
    both.live(live, "rest", 2.0, scored=True)
    both.trial(TRIAL, "practice")
    assert one.got == two.got == [("Hello.",), (live, "rest", 2.0, True), (TRIAL, "practice")]
    assert [both.key(), both.key(), both.key()] == ["p", "s", None]


@pytest.mark.parametrize("cue", list(words.BEEPS_MS))
def test_the_beeps_are_those_of_the_board(cue: str) -> None:
    ear, t_us = Ear(), 0
    for length_ms in words.BEEPS_MS[cue]:
        ear.hear(t_us, 1)
        t_us += length_ms * 1000
        ear.hear(t_us, 0)
        t_us += 100_000
    heard = ear.silent_until(t_us + 1_000_000)
    assert heard is not None
    assert heard[1] == cue

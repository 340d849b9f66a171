"""A guided session from the zero to the result, with people who do not always do as told."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from boards import Images, SwitchOn
from people import Scripted, Steps
from programs import Program, Run

from evenstance import cli
from evenstance.errors import MeasurementError, NoBoardError, UsageError
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan, SessionResult
from evenstance.flows.live import Live
from evenstance.metrics.hold import Trial
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS, ZeroCheck
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.person import SyntheticPerson
from evenstance_wire import messages

SHORT = SessionPlan("quick", 1, rest_s=5.0, practice=False)
PERSON = "somebody"


class Notes:
    """A screenplay that remembers what was said and shown."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[tuple[str, Trial]] = []
        self.scored_phases: set[str] = set()

    def say(self, text: str) -> None:
        self.said.append(text)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        if scored:
            self.scored_phases.add(phase)

    def trial(self, trial: Trial, purpose: str) -> None:
        self.shown.append((purpose, trial))

    def key(self) -> str | None:
        return None

    def count(self, words: str) -> int:
        """How many lines were said with these words."""
        return sum(words in line for line in self.said)


def guided(board: VirtualBoard, notes: Notes, plan: SessionPlan = SHORT) -> SessionResult:
    """A short session on the history of EVENSTANCE_HOME."""
    with open_store() as store, connected(board.port, patience_s=60.0) as (client, info):
        return Guide(
            client,
            info,
            store,
            notes,
            athlete_id=store.athlete(PERSON).id,
            conditions=STANDARD_CONDITIONS,
            plan=plan,
            now=wall_clock,
        ).run()


# -- as two programs


@pytest.mark.timeout(400)
def test_a_session_against_a_virtual_board_in_a_process_of_its_own(
    evenstance: Run, home: Path
) -> None:
    with Program("sim", "--speed", "0", "--seed", "4", home=home) as sim:
        port = sim.line(stream="out")
        arguments = ("--protocol", "quick", "--port", port, "--json")
        said = evenstance("session", *arguments, timeout_s=350)
        sim.signal(signal.SIGTERM)
        assert sim.ended().code == 0
    assert said.code == 0, said.err
    result = said.json()
    (session,) = result["sessions"]
    assert session["familiarisation"] is True
    assert (session["scored_left"], session["scored_right"], session["practice"]) == (3, 3, 2)
    assert max(abs(session[f"zero_shift_{side}_n"]) for side in ("left", "right")) < 1.0
    holds = result["holds"]
    assert [h["stance_leg"] for h in holds if h["purpose"] == "practice"] == ["left", "right"]
    scored = [h for h in holds if h["purpose"] == "scored" and h["valid"]]
    assert sorted(h["stance_leg"] for h in scored) == ["left"] * 3 + ["right"] * 3
    for hold in scored:
        assert hold["end_reason"] == "time_limit"
        assert hold["body_weight_n"] == pytest.approx(70 * 9.80665, rel=0.002)
        assert 1.0 < hold["force_sd_n"] < 15.0
        assert hold["dropped"] == hold["desynced"] == 0
    assert result["verdict"]["step"] == 0, "a first session is familiarisation"
    assert result["plan"]["kind"] == "no_plan"
    # No number of a scored hold is shown while it runs.
    assert not re.search(r"scored hold.*\[", said.err)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said.err), "plain lines only"
    assert_eyes_closed_is_possible_now(evenstance)


def assert_eyes_closed_is_possible_now(evenstance: Run) -> None:
    said = evenstance("session", "--eyes", "closed", "--port", "/dev/no-such-port")
    assert said.code == NoBoardError.exit_code


def test_eyes_closed_is_refused_before_eyes_open(evenstance: Run) -> None:
    said = evenstance("session", "--eyes", "closed", "--port", "/dev/no-such-port")
    assert said.code == UsageError.exit_code
    assert "Eyes closed only after a session with eyes open" in said.err
    assert "eyes open first" in said.advice


def test_an_uncalibrated_board_is_refused_with_advice(
    switch_on_copy: SwitchOn, evenstance: Run
) -> None:
    board = switch_on_copy(None)
    said = evenstance("session", "--port", board.port)
    assert said.code == MeasurementError.exit_code
    assert "not calibrated" in said.err
    assert "evenstance calibrate" in said.advice


def test_ctrl_c_in_a_session_keeps_what_was_stored_of_the_leg_it_began_with(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """Nobody stands on the other leg, and time goes slowly, until it was pressed."""
    person = Scripted({("left", 0): ()})
    board = switch_on_copy(images.calibrated, person)
    person.at["left", 0] = lambda: board.broker.set_speed(1.0)
    arguments = ("--protocol", "quick", "--first-leg", "right", "--port", board.port)
    with Program("session", *arguments, home=home) as session:
        session.line("practice hold 1: right")
        session.signal(signal.SIGINT)
        said = session.ended()
    assert said.code == cli.INTERRUPTED
    assert "kept" in said.err
    with open_store() as store:
        (stored,) = store.sessions()
        assert (stored.note, stored.practice, stored.scored_left) == ("stopped", 1, 0)
        assert [c.moment for c in stored.zero_checks] == ["before the first block", "at the end"]
        assert stored.zero_checks[-1] == ZeroCheck("at the end", None, None, "stopped")
        assert [t.hold.seq for t in store.trials(session=stored.id)] == [1]
        assert [t.hold.stance_leg for t in store.trials(session=stored.id)] == ["right"]


# -- with people who do not always do as told


def test_a_wrong_leg_is_noticed_stored_as_practice_and_tried_again(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    wrong: Steps = ((0.0, "right"),)
    late: Steps = ((3.0, "both"),)  # shorter, and it would be walking
    unruly = Scripted({("left", 0): wrong, ("down", 0): late})
    notes = Notes()
    result = guided(switch_on_copy(images.calibrated, unruly), notes)
    assert notes.count("That is the wrong leg") == 1
    assert notes.count("the left leg gets another try") == 1
    assert [trial.stance_leg for trial in result.scored] == ["right", "left"]
    assert all(trial.valid for trial in result.scored)
    assert [(purpose, trial.stance_leg) for purpose, trial in notes.shown] == [
        ("practice", "right"),
        ("scored", "right"),
        ("scored", "left"),
    ]
    assert notes.scored_phases == {"scored hold"}


def test_a_foot_down_for_more_than_a_second_costs_an_extra_try_in_the_first_session_only(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """The second session of the same person goes without a fault and is no familiarisation."""
    touching: Steps = ((0.0, "left"), (8.0, "left, foot down"), (9.5, "both"))
    board = switch_on_copy(images.calibrated, Scripted({("left", 0): touching}))
    notes = Notes()
    result = guided(board, notes)
    assert notes.count("the left leg gets another try") == 1
    assert [(t.stance_leg, t.valid) for t in result.scored] == [
        ("left", False),
        ("right", True),
        ("left", True),
    ]
    first = result.scored[0]
    assert first.end_reason == "touch_down"
    assert first.hold_time_s == pytest.approx(8.0, abs=0.3)
    assert first.reasons == ("too_short",)
    again = Notes()
    assert [t.valid for t in guided(board, again).scored] == [True, True]
    assert again.count("another try") == 0
    with open_store() as store:
        sessions = store.sessions()
    assert [s.familiarisation for s in sessions] == [True, False]
    assert [(s.scored_left, s.scored_right, s.invalid) for s in sessions] == [(1, 1, 1), (1, 1, 0)]


def test_a_foot_that_stays_is_asked_for_again_and_then_the_session_ends_with_advice(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    stays: Steps = ((0.0, "both"),)
    lazy = {("left", 0): stays, ("right", 0): stays, ("right", 1): stays, ("right", 2): stays}
    notes = Notes()
    with pytest.raises(MeasurementError, match="Nobody stood on the right leg") as failed:
        guided(switch_on_copy(images.calibrated, Scripted(lazy)), notes)
    assert "stored" in failed.value.next_step
    assert notes.count("Stand on the LEFT leg") == 2
    assert notes.count("Stand on the RIGHT leg") == 3
    with open_store() as store:
        kept = store.trials(session=store.sessions()[-1].id)
    assert [(t.hold.stance_leg, t.hold.valid, t.purpose) for t in kept] == [
        ("left", True, "scored")
    ]


# -- what the plates say of themselves


def test_the_zero_is_told_before_and_checked_after_and_never_taken_in_between(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """Something of 8 N stays on the left plate at the end: 8 N of drift, as the board sees it."""
    untidy: Steps = ((0.0, "off, something left"),)
    board = switch_on_copy(images.calibrated, Scripted({("done", 0): untidy}))
    notes = Notes()
    result = guided(board, notes)
    assert result.zero_shift_n == pytest.approx((8.0, -0.5), abs=0.1)
    before = [line for line in notes.said if line.startswith("Zero taken")]
    after = [line for line in notes.said if line.startswith("Zero checked")]
    assert len(before) == len(after) == 1
    assert re.search(r"moved by [+-]?0\.\d\d N left, [+-]?0\.\d\d N right", before[0])
    assert re.search(r"moved by \+[78]\.\d\d N left, -?0\.\d\d N right", after[0])
    assert notes.count("More than 5 N") == 1
    with connected(board.port, patience_s=60.0) as (client, _):
        status = client.status()
    with open_store() as store:
        assert store.sessions()[-1].zero_shift_left_n == pytest.approx(8.0, abs=0.1)
    two_holds_us = 2 * 25_000_000
    assert status["zero_device_us"] < status["device_us"] - two_holds_us


def test_the_zero_is_checked_after_each_block_told_stored_and_shown(
    switch_on_copy: SwitchOn, images: Images, home: Path, evenstance: Run
) -> None:
    """Something of 8 N stays after the practice block only."""
    untidy: Steps = ((0.0, "off, something left"),)
    board = switch_on_copy(images.calibrated, Scripted({("done", 0): untidy}))
    notes = Notes()
    result = guided(board, notes, SessionPlan("quick", 1, rest_s=5.0))
    assert [purpose for purpose, _ in notes.shown] == ["practice", "practice", "scored", "scored"]
    assert notes.count("Zero checked after the practice block") == 1
    assert notes.count("Zero checked after the scored block") == 1
    assert notes.count("More than 5 N") == 1
    assert notes.count("Zero taken") == 1
    assert result.zero_shift_n == pytest.approx((0.0, 0.0), abs=0.1)
    with open_store() as store:
        (session,) = store.sessions()
    expected = [
        ("before the first block", 0.0, 0.0),
        ("after the practice block", 8.0, -0.5),
        ("after the scored block", 0.0, 0.0),
    ]
    for check, (moment, left_n, right_n) in zip(session.zero_checks, expected, strict=True):
        assert (check.moment, check.reason) == (moment, None)
        assert (check.left_n, check.right_n) == pytest.approx((left_n, right_n), abs=0.1)
    shown = evenstance("results", "--athlete", PERSON).out
    assert re.search(r"zero shift after the practice block: left \+[78]\.\d\d N, right -0", shown)
    (told,) = evenstance("results", "--athlete", PERSON, "--json").json()["sessions"]
    assert [one["moment"] for one in told["zero_checks"]] == [moment for moment, _, _ in expected]


@pytest.mark.parametrize("rating_kg", [89.0, 90.0])
def test_nobody_starts_on_a_plate_that_is_too_weak(
    rating_kg: float, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """700 N are less than 80 % of 90 kg (706 N), and more than 80 % of 89 kg (698 N)."""
    board = switch_on_copy(images.calibrated, Scripted())
    rate(board, 200.0, rating_kg)
    notes = Notes()
    if rating_kg == 90.0:
        assert [trial.valid for trial in guided(board, notes).scored] == [True, True]
        return
    with pytest.raises(MeasurementError, match="80% of what the right plate may carry") as failed:
        guided(board, notes)
    assert "--rating" in failed.value.next_step
    assert notes.count("Stand on the") == 0


def test_nobody_above_150_kg_starts_however_strong_the_plates(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, SyntheticPerson(6, mass_kg=153.0))
    rate(board, 300.0, 300.0)
    notes = Notes()
    with pytest.raises(MeasurementError, match=r"its limit is 1471 N \(150 kg\)") as failed:
        guided(board, notes)
    assert "Step off" in failed.value.next_step
    assert notes.count("Stand on the") == 0


def rate(board: VirtualBoard, left_kg: float, right_kg: float) -> None:
    """Give the plates another rating."""
    with connected(board.port, patience_s=60.0) as (client, _):
        values = client.request(messages.GET_CALIBRATION, calibration_id=0)
        client.request(
            messages.SET_CALIBRATION,
            left_counts_per_kn=values["left_counts_per_kn"],
            right_counts_per_kn=values["right_counts_per_kn"],
            rating_left_mn=round(9806.65 * left_kg),
            rating_right_mn=round(9806.65 * right_kg),
            made_unix_ms=None,
        )

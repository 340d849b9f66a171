"""Practice on the board: led, counted, noted, and in no comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from boards import Images, SwitchOn
from people import Scripted, Steps

from evenstance import cli
from evenstance.errors import UsageError
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.live import Live
from evenstance.flows.practice import ItemDone, SetDone, most_touch_downs, on_board, practise
from evenstance.flows.stand import Stand
from evenstance.knowledge.exercise import Rung, Support
from evenstance.metrics.hold import Leg, Trial
from evenstance.plan.types import Dose
from evenstance.store.database import open_store
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.person import SyntheticPerson
from twelve_weeks.cases import ASYMMETRIC
from twelve_weeks.player import Player, clock_at
from twelve_weeks.recorded import GOLDEN, Recorded
from twelve_weeks.script import ATHLETE, Case, day_of, typed

PERSON = "somebody"
START = 14


class Notes:
    """A screenplay that remembers what was said and whether numbers were allowed."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.scored: set[bool] = set()
        self.purposes: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        self.scored.add(scored)

    def trial(self, trial: Trial, purpose: str) -> None:
        self.purposes.append(purpose)

    def key(self) -> str | None:
        return None


def dose(rung: str = "1x6 s/leg r5", exercise: str = "sls_eo", support: Support = "FREE") -> Dose:
    parsed = Rung.parse(rung)
    both: tuple[Leg, ...] = ("right", "left") if parsed.side == "leg" else ()
    sets = parsed.sets if both else None
    return Dose(exercise, exercise, (parsed,), support, both, sets, sets, "B", "C")


def led(board: VirtualBoard, *doses: Dose) -> tuple[list[ItemDone], Notes]:
    items: list[ItemDone] = []
    notes = Notes()
    with open_store() as store, connected(board.port, patience_s=60.0) as (client, info):
        athlete = store.athlete(PERSON)
        stand = Stand(client, info, store, notes, now=wall_clock)
        session = practise(stand, doses, athlete_id=athlete.id, others="done", into=items)
        assert store.session_holds(athlete.id) == []
        trials = store.trials(session=session)
        assert {trial.purpose for trial in trials} <= {"practice"}
        assert next(s for s in store.sessions()).protocol_name == "practice"
    return items, notes


def test_every_set_is_held_on_both_legs_and_never_measured(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, Scripted())
    items, notes = led(board, dose("2x6 s/leg r5"), dose("2x10 rep/all r60", "calf_raise", "FT2"))
    held, told = items
    assert held.sets == tuple(SetDone(leg, 6.0, 6.0, 0) for leg in ("right", "left") * 2)
    assert held.complete and told.complete and not told.on_board
    assert most_touch_downs(items) == 0
    assert notes.scored == {False}, "numbers may be seen in practice"
    assert notes.purposes == ["practice"] * 4
    stops = [line for line in notes.said if "Stop:" in line]
    assert len(stops) == 2 and all(line.endswith("[D: own proposal]") for line in stops)


def test_a_foot_that_touches_is_counted_and_the_set_goes_on(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    touching: Steps = ((0.0, "right"), (4.0, "right, foot down"), (4.6, "right"))
    board = switch_on_copy(images.calibrated, Scripted({("right", 0): touching}))
    (item,), _ = led(board, dose("1x8 s/leg r5"))
    assert [(s.leg, s.held_s, s.touch_downs) for s in item.sets] == [
        ("right", 8.0, 1),
        ("left", 8.0, 0),
    ]
    assert item.complete and most_touch_downs([item]) == 1


@pytest.mark.parametrize(
    "ending",
    [((0.0, "right"), (4.0, "both")), ((0.0, "right"), (4.0, "off"), (7.0, "both"))],
    ids=["foot stays down", "steps off"],
)
def test_a_set_that_is_not_finished_is_not_complete(
    ending: Steps, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, Scripted({("right", 0): ending}))
    (item,), _ = led(board, dose("1x10 s/leg r5"))
    right, left = item.sets
    assert 2.5 < right.held_s < 5.0 and not right.complete and right.touch_downs == 0
    assert left.complete
    assert not item.complete


def test_a_set_on_the_other_leg_counts_for_neither(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, Scripted({("right", 0): ((0.0, "left"),)}))
    (item,), notes = led(board, dose("1x6 s/leg r5"))
    assert item.sets[0].held_s == 0.0 and not item.complete
    assert any("other leg" in line for line in notes.said)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (dose(), True),
        (dose(support="FT1"), True),
        (dose("1x20 s/leg r30", "sls_supported", "SUP1"), False),
        (dose("3x5 s/leg r30", "sls_ec", "FT1"), False),
        (dose("2x10 s/leg r45", "sls_foam", "FT1"), False),
        (dose("2x4 rep/leg r30", "lift_off"), False),
        (dose("2x10 rep/all r60", "calf_raise", "FT2"), False),
    ],
    ids=lambda value: getattr(value, "exercise_id", str(value)),
)
def test_what_is_practised_on_the_board(given: Dose, expected: bool) -> None:
    assert on_board(given) is expected


def begun(tmp_path: Path) -> None:
    """The history of somebody whose block begins on day 14."""
    last = next(n for n, step in enumerate(ASYMMETRIC.steps) if step == typed(START, "plan start"))
    case = Case("", "", "", 0, ASYMMETRIC.steps[: last + 1])
    Player(case, tmp_path, Recorded(GOLDEN / f"{ASYMMETRIC.id}.jsonl")).play()


@pytest.mark.timeout(600)
def test_todays_practice_is_led_and_noted(
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun(tmp_path)
    person = SyntheticPerson(
        5, touch_down_probability=0.0, longest_hold_s={"left": 40.0, "right": 40.0}
    )
    board = switch_on_copy(images.calibrated, person)
    words = ["practice", "--port", board.port, "--athlete", ATHLETE, "--quick-check", "none"]
    with clock_at(START):
        assert cli.run([*words, "--others", "done", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["state"], found["touch_downs"]) == ("done", 0)
        sets = found["items"][0]["sets"]
        assert [s["leg"] for s in sets] == ["left", "right"] * 3
        assert all(s["held_s"] == 30.0 for s in sets)
        assert found["next"]["kind"] == "rest_day"
    with open_store() as store:
        athlete = store.athlete(ATHLETE, create=False)
        (plan,) = store.care.plans(athlete.id)
        (noted,) = store.care.practices(plan.id)
        assert (noted.day, noted.state, noted.stage) == (day_of(START), "done", 1)
        assert noted.detail["session_id"] in {s.id for s in store.sessions(athlete.id)}
        assert len(store.session_holds(athlete.id)) == 4, "practice is no session of the ladder"
    with clock_at(START + 1):
        assert cli.run(words) == UsageError.exit_code
    assert "no practice today" in capsys.readouterr().err


def test_without_a_plan_there_is_no_practice(
    evenstance: object, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store() as store:
        store.athlete(PERSON)
    words = ["practice", "--athlete", PERSON, "--quick-check", "none"]
    assert cli.run(words) != 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "Next:" in said.err

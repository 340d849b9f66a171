"""Random histories: trials, pulls, and every way in which a pull or a store may be broken off."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from once_only.world import MOST_AT_START, Start, World

STEPS = 6
MOST_TRIALS = 10
LEGS = st.sampled_from(("left", "right"))
MOMENTS = st.integers(0, 70)
CHANGES = st.integers(0, 12)  # of the flash: a trial makes about seven, an acknowledgement two
HALVES = st.integers(0, 7)


class Histories(RuleBasedStateMachine):
    """One history; after each step board and history are compared, at the end all must be in."""

    start: Start
    taken: list[str]  # what was done in all histories, for the counts of a proof

    @initialize(trials=st.integers(0, MOST_AT_START))
    def begins(self, trials: int) -> None:
        self._did("history")
        self._folder = tempfile.TemporaryDirectory(prefix="once-only-")
        self.world = World(self.start, Path(self._folder.name), trials)

    def _did(self, what: str) -> None:
        self.taken.append(what)

    @precondition(lambda self: len(self.world.known) < MOST_TRIALS)
    @rule(leg=LEGS)
    def stands(self, leg: str) -> None:
        self._did("trial")
        self.world.stand(leg)

    @precondition(lambda self: len(self.world.known) < MOST_TRIALS)
    @rule(leg=LEGS, changes=CHANGES, half=HALVES)
    def stands_and_the_power_goes(self, leg: str, changes: int, half: int) -> None:
        self._did("power cut in a trial or behind it")
        self.world.board.cut_at(changes, half)
        self.world.stand(leg)

    @rule()
    def pulls(self) -> None:
        self._did("pull")
        self.world.pull()

    @rule(moment=MOMENTS)
    def pulls_and_is_unplugged(self, moment: int) -> None:
        self._did("pull, unplugged")
        self.world.pull_unplugged(moment)

    @rule(moment=MOMENTS)
    def pulls_and_is_killed(self, moment: int) -> None:
        self._did("pull, killed")
        self.world.pull_killed(moment)

    @rule(changes=st.integers(0, 4), half=HALVES)
    def pulls_and_the_power_goes(self, changes: int, half: int) -> None:
        self._did("pull, power cut as the board writes")
        self.world.board.cut_at(changes, half)
        self.world.pull()

    @rule()
    def power_goes_and_comes(self) -> None:
        self._did("power cycle")
        self.world.power_cycle()

    @invariant()
    def board_and_history_agree(self) -> None:
        self.world.look()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if self.world.given_up:
                self._did("history with a full flash")
            self.world.finish()
        finally:
            self.world.close()
            self._folder.cleanup()


def run(
    start: Start, histories: int, number: int, taken: list[str], *, shrink: bool = True
) -> None:
    """So many random histories, drawn by `number`; what was done in them is added to `taken`.

    One that fails is told in its shortest form, or as it was found without `shrink`.
    """

    class Drawn(Histories):
        pass

    Drawn.start, Drawn.taken = start, taken
    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        seed(number)(Drawn),
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            derandomize=False,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )

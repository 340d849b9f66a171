"""`kill -9` of host or board in the middle of a task: a slice of tests/proof/kills.py."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from boards import Images, once

from kills.moments import SHARES, Length, Moment, counts, drawn
from kills.prepared import Prepared, prepare
from kills.trial_run import struck

UNMEASURED = Length(0, 0.0)
MOMENTS = (
    # ACK of the second batch and what is around it; a session with one hold behind it.
    (Moment("pull", 0, "host", "step", 0.90, 1), Length(120, 1.0)),
    (Moment("pull", 1, "board and cable", "step", 0.40, 1), Length(120, 1.0)),
    (Moment("session", 0, "host", "step", 0.60, 0), Length(800, 1.0)),
    # By the file that is touched, however slow the computer: with a copy that has no name yet,
    # with one that has before the upgrade, and with a finished copy about to get its name.
    (Moment("migrate", 0, "host", "touch", 0.0, 6), UNMEASURED),
    (Moment("migrate", 1, "host", "touch", 0.0, 9), UNMEASURED),
    (Moment("backup", 0, "host", "touch", 0.0, 6), UNMEASURED),
)


@pytest.fixture(scope="session")
def prepared(images: Images, shared_folder: Path) -> Prepared:
    """The boards of the other tests, and histories of every schema."""

    def make(folder: Path) -> None:
        own = Prepared(folder)
        shutil.copy(images.calibrated, own.calibrated)
        for image in (own.few, own.many):
            shutil.copy(images.with_trials, image)
        prepare(folder)

    return Prepared(once(shared_folder / "kills", make))


@pytest.mark.parametrize(
    ("moment", "length"), MOMENTS, ids=lambda value: getattr(value, "key", "")
)
def test_a_kill_loses_nothing_and_doubles_nothing(
    moment: Moment, length: Length, prepared: Prepared
) -> None:
    outcome = struck(moment, prepared, length)
    assert outcome.wrong == []
    assert outcome.hit, f"over before the strike: {outcome.length}"


def test_moments_are_drawn_anew_for_each_seed_and_the_same_for_the_same() -> None:
    assert sum(counts(300).values()) == 300
    assert set(counts(300)) == set(SHARES)
    assert drawn("pull", 7, 1) == drawn("pull", 7, 1)
    assert drawn("pull", 7, 1) != drawn("pull", 7, 2)
    assert {drawn("flash", n, 1).victim for n in range(6)} == {
        "host",
        "host and children",
        "board and cable",
    }

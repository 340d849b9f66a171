"""Many laptops and a board on one clinic's history: a slice of tests/proof/clinic_writers.py."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from boards import Images

from clinic.crowd import crowd
from clinic.server import Server, running
from clinic.writers import HOLDS


@pytest.fixture
def server() -> Iterator[Server]:
    """A server for this test alone, which stops it."""
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-pg-") as folder,
        running(Path(folder)) as one,
    ):
        yield one


def test_no_hold_is_lost_or_doubled(server: Server, images: Images, tmp_path: Path) -> None:
    image = Path(shutil.copy(images.with_trials, tmp_path / "board.img"))
    told = crowd(
        server,
        tmp_path,
        holds=8 * HOLDS,
        writers=4,
        images=[image],
        kills=2,
        restarts=2,
        seed=1,
        spread=2,
    )
    assert told.wrong == []
    assert told.holds == 8 * HOLDS + told.from_boards
    assert told.from_boards >= 18
    assert told.strikes["server stopped: immediate"] == told.strikes["server stopped: fast"] == 1

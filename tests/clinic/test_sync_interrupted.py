"""A few of the points of `tests/proof/clinic_sync.py`: one of every kind, then some in a row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clinic.interrupting import KINDS, Bench, Blow, Kind, Point
from clinic.server import Server
from evenstance.clinic.setup import Owner


@pytest.fixture(scope="module")
def bench(
    server: Server, owner: Owner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    yield Bench(server, owner, tmp_path_factory.mktemp("i"), "cut")


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_interruption_the_next_sync_makes_it_whole_and_once(
    bench: Bench, kind: Kind
) -> None:
    done = bench.outcome(Point(0, (Blow(kind, 0.6, "after"),)))
    assert done.wrong == []
    assert done.struck == [kind]


def test_so_do_several_in_a_row(bench: Bench) -> None:
    blows = tuple(Blow("message", share, "before") for share in (0.3, 0.5, 0.2))
    done = bench.outcome(Point(0, (*blows, Blow("commit", 0.7, "after"))))
    assert done.wrong == []
    assert done.struck[:2] == ["message", "message"]

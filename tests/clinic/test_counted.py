"""The proof on many writers could fail: whatever is lost, doubled or changed is found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.crowd import Told, count_all, forgotten, make_clinic
from clinic.server import Server, running
from clinic.writers import HOLDS, Laptop, store_all, units_of

UNITS = units_of(2 * HOLDS, 1)[0]
EXPECTED = {(u.board_uid, u.journal_id, seq): u.summary(seq) for u in UNITS for seq in u.seqs}


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own: everything in it is counted."""
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-pg-") as folder,
        running(Path(folder)) as one,
    ):
        make_clinic(one, ["laptop_0"])
        yield one


def _wrong(server: Server) -> list[str]:
    told = Told()
    count_all(server, EXPECTED, UNITS, told)
    return told.wrong


def test_every_fault_is_found(server: Server, tmp_path: Path) -> None:
    for parity in (0, 1):
        log = tmp_path / f"{parity}.log"
        store_all(Laptop(0, server.url("laptop_0"), UNITS, parity, log, 0.0))
    known = {(unit.board, unit.number) for unit in UNITS}
    assert _wrong(server) == forgotten(server, known) == []
    for broken, mended, told in (
        ("UPDATE evenstance.trial SET purpose = 'practice' WHERE seq = 3",
         "UPDATE evenstance.trial SET purpose = 'scored' WHERE seq = 3", "is practice of P1"),
        ("UPDATE evenstance.trial SET summary = 'x' WHERE seq = 4",
         None, "changed"),
        ("INSERT INTO evenstance.athlete (clinic, id, name, created_at, archived) "
         "VALUES ('north', 99, 'Somebody', now(), false)",
         "DELETE FROM evenstance.athlete WHERE id = 99", "people: (2, 2), not 1"),
        ("DELETE FROM evenstance.result WHERE trial_id = 1", None, "0 results"),
        ("DELETE FROM evenstance.result; DELETE FROM evenstance.trial WHERE seq = 5",
         None, "lost"),
        ("UPDATE evenstance.trial SET journal_id = 'another' WHERE seq = 6", None, "of nowhere"),
    ):  # fmt: skip
        before = _wrong(server)
        server.sql(broken)
        assert any(told in one for one in _wrong(server) if one not in before), broken
        if mended is not None:
            server.sql(mended)
            assert _wrong(server) == before
    assert forgotten(server, known) == ["lost after a crash: board 0, part 0"]

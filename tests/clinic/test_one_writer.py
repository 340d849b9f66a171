"""Writers of one clinic follow each other; readers and other clinics wait for nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.conftest import Login
from clinic.server import Server
from evenstance.clinic import engine
from evenstance.clinic.database import open_clinic
from evenstance.errors import StoreError


def test_who_writes_is_waited_for_by_writers_of_the_clinic_alone(
    server: Server,
    new_clinic: Callable[[], str],
    login: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 50)
    here, elsewhere = new_clinic(), new_clinic()
    with (
        open_clinic(server.url(login(here, "measure"))) as first,
        open_clinic(server.url(login(here, "measure"))) as second,
        open_clinic(server.url(login(elsewhere, "measure"))) as other,
    ):
        with first.rows(write=True) as db:
            db.connection()  # it has begun, and has not added anything yet
            with pytest.raises(StoreError, match="is busy: somebody else writes"):
                second.athlete("Anna")
            assert second.athletes() == []
            other.athlete("Anna")
        second.athlete("Anna")
        assert [one.name for one in first.athletes()] == ["Anna"]

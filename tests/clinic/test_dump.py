"""The backup of docs/clinic.md: dumped, lost, restored, and apart as before."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from made_sessions import add_weeks

from clinic.server import DATABASE, Server, running
from evenstance.clinic.database import open_clinic
from evenstance.clinic.setup import open_as_owner
from evenstance.errors import StoreError
from evenstance.flows.history import history_of

TODAY = date(2026, 11, 1)


def _set_up(server: Server) -> None:
    with open_as_owner(server.url()) as owner:
        owner.init()


@pytest.mark.postgresql
def test_a_dump_restored_on_another_server_is_the_history() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-pg-") as first,
        tempfile.TemporaryDirectory(prefix="evenstance-pg-") as second,
    ):
        with running(Path(first)) as server:
            _set_up(server)
            owner = open_as_owner(server.url())
            for clinic in ("north", "south"):
                owner.add_clinic(clinic)
                server.sql(f"CREATE ROLE laptop_{clinic} LOGIN")
                owner.grant(f"laptop_{clinic}", clinic, "measure")
                with open_clinic(server.url(f"laptop_{clinic}")) as store:
                    person = store.athlete(f"Anna of {clinic}")
                    add_weeks(store, person.id, 3)
            with open_clinic(server.url("laptop_north")) as store:
                before = history_of(store, store.athlete("Anna of north", False), TODAY, None)
            owner.close()
            roles = server.program("pg_dumpall", "--globals-only")
            dump = server.program("pg_dump", DATABASE)
        with running(Path(second)) as server:
            server.psql(roles.replace("CREATE ROLE owner;", ""), database="postgres")
            server.sql(dump)
            _set_up(server)
            with open_clinic(server.url("laptop_north"), "measure") as store:
                assert [one.name for one in store.athletes()] == ["Anna of north"]
                person = store.athlete("Anna of north", False)
                assert history_of(store, person, TODAY, None) == before
                add_weeks(store, store.athlete("Ben").id, 1, board="e66164084319a12d")
            with pytest.raises(StoreError, match="may not do that"):
                open_clinic(server.url("laptop_south"), "admin")
            refused = server.psql("SELECT n_live_tup FROM pg_stat_user_tables", "laptop_south")
            assert refused.returncode != 0

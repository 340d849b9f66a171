"""A login of one clinic cannot read, write, count or infer another one's rows.

Two clinics with nearly the same history; one has a person, a board and holds more. The login of
the other tries everything, through plain psql and through the product. For inferring, each query
is asked about something that the other clinic has and about something that nobody has: the
answers must be the same, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

import pytest
from made_sessions import BOARD, JOURNAL
from summaries import summary

from clinic.conftest import Login
from clinic.server import Server
from evenstance.clinic.database import open_clinic
from evenstance.clinic.setup import Owner
from evenstance.clinic.tables import clinic_metadata
from evenstance.errors import EvenstanceError, StoreError
from evenstance.store.records import NewTrial

NOW = datetime(2026, 1, 2, 9, 0, tzinfo=timezone.utc)
OTHER_BOARD, NO_BOARD = "b0b0b0b0b0b0b0b0", "b0b0b0b0b0b0b0b1"
HIDDEN, NOBODY = "Hidden Henrietta", "Absent Abraham"
TABLES = sorted(clinic_metadata().tables)


@dataclass(frozen=True)
class Two:
    """The server, a login of the clinic that attacks, and one of the clinic that has more."""

    server: Server
    attacker: str
    own: str
    other: str

    def psql(self, sql: str) -> tuple[int, str]:
        """Exit code, and all that psql printed, as the attacker."""
        done = self.server.psql(sql, login=self.attacker)
        return done.returncode, f"{done.stdout}{done.stderr}".strip()

    def value(self, sql: str) -> str:
        """What a query that may be asked gives."""
        code, text = self.psql(sql)
        assert code == 0, text
        return text


@pytest.fixture(scope="module", params=["read", "measure", "admin"])
def two(request: pytest.FixtureRequest, server: Server, owner: Owner) -> Two:
    role = request.param
    own, other = f"own_{role}", f"other_{role}"
    for clinic, login, as_role in ((own, f"eve_{role}", role), (other, f"bob_{role}", "admin")):
        owner.add_clinic(clinic)
        server.sql(f"CREATE ROLE {login} LOGIN")
        owner.grant(login, clinic, "admin")
        with open_clinic(server.url(login)) as store:
            store.athlete("Kim")
            store.save_trials(BOARD, JOURNAL, [_trial(1)])
            if clinic == other:
                store.athlete(HIDDEN)
                store.save_trials(OTHER_BOARD, JOURNAL, [_trial(n) for n in range(1, 40)])
        owner.grant(login, clinic, as_role)
    server.sql("VACUUM ANALYZE")  # so the server does not do it between two questions
    return Two(server, f"eve_{role}", own, other)


def _trial(seq: int) -> NewTrial:
    return NewTrial(
        seq=seq,
        summary=summary(seq, "left", 4.0),
        trace=None,
        trace_complete=False,
        lift_off_at=NOW,
        pulled_at=NOW,
    )


@pytest.mark.parametrize("table", TABLES)
def test_of_every_table_only_the_own_rows_are_there(two: Two, table: str) -> None:
    whose = "name" if table == "clinic" else "clinic"
    found = two.value(f"SELECT DISTINCT {whose} FROM evenstance.{table}")
    assert found in ("", two.own)
    assert HIDDEN not in two.value(f"SELECT * FROM evenstance.{table}")
    assert HIDDEN not in two.value(f"COPY (SELECT * FROM evenstance.{table}) TO STDOUT")


def test_there_is_something_to_find(two: Two) -> None:
    there = two.server.sql(f"SELECT count(*) FROM evenstance.trial WHERE clinic = '{two.other}'")
    assert there == "40"
    assert two.value("SELECT count(*) FROM evenstance.trial") == "1"
    assert two.value("SELECT max(id) FROM evenstance.trial") == "1"
    assert two.value("SELECT string_agg(name, ',') FROM evenstance.athlete") == "Kim"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT count(*) FROM evenstance.trial WHERE board_uid = '{OTHER_BOARD}'",
        "SELECT count(*) FROM evenstance.trial WHERE clinic <> evenstance.my_clinic()",
        "SELECT count(*) FROM evenstance.athlete WHERE name LIKE 'Hidden%'",
        "SELECT count(*) FROM evenstance.board b FULL JOIN evenstance.trial t"
        f" ON b.uid = t.board_uid WHERE b.uid = '{OTHER_BOARD}'",
        "SELECT count(*) FROM evenstance.trial TABLESAMPLE SYSTEM (100) WHERE seq > 1",
    ],
)
def test_what_the_other_clinic_has_counts_as_nothing(two: Two, query: str) -> None:
    assert two.value(query) == "0"


LEAKING_FUNCTION = """
CREATE FUNCTION pg_temp.tell(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS
$$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
SELECT count(*) FROM evenstance.athlete WHERE pg_temp.tell(name);
"""


def test_a_cheap_function_of_the_attacker_is_not_asked_about_hidden_rows(two: Two) -> None:
    _, text = two.psql(LEAKING_FUNCTION)
    assert HIDDEN not in text


def test_an_error_in_a_condition_tells_nothing(two: Two) -> None:
    # A division by zero only on the row that is looked for.
    fails = "1 / (CASE WHEN name = '{}' THEN 0 ELSE 1 END) > 0"
    query = f"SELECT count(*) FROM evenstance.athlete WHERE {fails}"
    assert two.psql(query.format(HIDDEN)) == two.psql(query.format(NOBODY))
    assert two.psql(query.format("Kim"))[0] != 0, "on one's own row it does"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ctid FROM evenstance.trial",
        "SELECT xmin FROM evenstance.trial",
        "SELECT reltuples FROM pg_class WHERE relname = 'trial'",
        "SELECT relpages FROM pg_class WHERE relname = 'trial'",
        "SELECT n_live_tup FROM pg_stat_user_tables",
        "SELECT n_tup_ins FROM pg_stat_all_tables",
        "SELECT idx_scan FROM pg_stat_user_indexes",
        "SELECT heap_blks_read FROM pg_statio_user_tables",
        "SELECT tup_inserted FROM pg_stat_database",
        "SELECT query FROM pg_stat_activity",
        "SELECT * FROM pg_locks",
        "SELECT pg_stat_get_live_tuples('evenstance.trial'::regclass)",
        "SELECT pg_relation_size('evenstance.trial')",
        "SELECT pg_total_relation_size('evenstance.trial')",
        "SELECT pg_database_size(current_database())",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM evenstance.member",
        "SELECT * FROM evenstance.counter",
        "SET row_security = off; SELECT * FROM evenstance.trial",
        "SET SESSION AUTHORIZATION owner",
        "SET ROLE owner",
        "TRUNCATE evenstance.trial CASCADE",
        "ALTER TABLE evenstance.trial DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE evenstance.trial NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_clinic ON evenstance.trial",
        "CREATE POLICY mine ON evenstance.trial USING (true)",
        "DROP TABLE evenstance.trial CASCADE",
        "CREATE VIEW evenstance.all_of_it AS SELECT * FROM evenstance.trial",
        "CREATE TABLE public.mine (a int)",
        "CREATE OR REPLACE FUNCTION evenstance.my_clinic() RETURNS text LANGUAGE sql"
        " AS $$ SELECT 'other' $$",
        "CREATE TEMPORARY TABLE member (login name, clinic text)",
        "COPY evenstance.trial TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT lo_import('/etc/passwd')",
        "UPDATE evenstance.clinic SET name = 'other'",
        "INSERT INTO evenstance.clinic (name) VALUES ('mine')",
        "UPDATE evenstance.trial SET clinic = 'other'",
    ],
)
def test_what_is_refused(two: Two, query: str) -> None:
    code, text = two.psql(query)
    assert code != 0, text
    assert re.search("denied|must be (owner|superuser)|row-level security", text), text


@pytest.mark.parametrize("mode", ["ACCESS SHARE", "ROW EXCLUSIVE", "ACCESS EXCLUSIVE"])
def test_nobody_below_admin_can_hold_the_others_off_with_a_lock(two: Two, mode: str) -> None:
    # Deleting needs a right on the whole table, and with it comes LOCK: only admins have it.
    # The server's own cleaning may have it just now, and gives it up for who waits.
    code, _ = two.psql(f"BEGIN; LOCK TABLE evenstance.trial IN {mode} MODE; ROLLBACK")
    admin = two.attacker.endswith("admin") and mode != "ACCESS SHARE"
    assert (code == 0) == admin


def test_the_statistics_of_columns_show_no_other_clinic(two: Two) -> None:
    text = two.value("SELECT tablename, most_common_vals, histogram_bounds FROM pg_stats")
    assert HIDDEN not in text and OTHER_BOARD not in text and two.other not in text


def test_a_setting_or_a_role_does_not_change_the_clinic(two: Two) -> None:
    for before in (
        f"SET evenstance.clinic = '{two.other}';",
        f"SET search_path = pg_temp, evenstance; SET application_name = '{two.other}';",
        f"SET ROLE {two.attacker};",
    ):
        assert two.value(f"{before} SELECT evenstance.my_clinic()") == two.own


PAIRS = [
    "INSERT INTO evenstance.athlete (name, created_at, archived) VALUES ('{person}', now(), false)"
    " RETURNING id - (SELECT max(id) FROM evenstance.athlete)",
    "UPDATE evenstance.athlete SET archived = archived WHERE name = '{person}'",
    "DELETE FROM evenstance.athlete WHERE name = '{person}'",
    "INSERT INTO evenstance.pull (board_uid, journal_id, updated_at)"
    " VALUES ('{board}', 'x', now())",
    "INSERT INTO evenstance.session (id, athlete_id, board_uid, protocol_name, started_at,"
    " utc_offset_minutes, familiarisation, note, host_version)"
    " VALUES ('s', NULL, '{board}', 'free', now(), 0, false, '', '')",
    "SELECT * FROM evenstance.trial WHERE board_uid = '{board}' FOR UPDATE",
    "EXPLAIN SELECT * FROM evenstance.trial WHERE board_uid = '{board}'",
    "EXPLAIN SELECT * FROM evenstance.athlete WHERE name = '{person}'",
    "EXPLAIN SELECT * FROM evenstance.trial WHERE seq > 1 AND board_uid > '{board}'",
    "INSERT INTO evenstance.calibration (board_uid, calibration_id, left_counts_per_n,"
    " right_counts_per_n, detail) VALUES ('{board}', 1, 1, 1, '{{}}')",
]


@pytest.mark.parametrize("query", PAIRS)
def test_what_another_clinic_has_answers_as_what_nobody_has(two: Two, query: str) -> None:
    asked = f"BEGIN; {query}; ROLLBACK"
    theirs = two.psql(asked.format(person=HIDDEN, board=OTHER_BOARD))
    nobodys = two.psql(asked.format(person=NOBODY, board=NO_BOARD))
    assert theirs[0] == nobodys[0]
    assert _unnamed(theirs[1]) == _unnamed(nobodys[1])


def _unnamed(text: str) -> str:
    for named in (HIDDEN, NOBODY, OTHER_BOARD, NO_BOARD):
        text = text.replace(named, "...")
    return text


def test_through_the_product_nothing_of_the_other_is_there(two: Two) -> None:
    with open_clinic(two.server.url(two.attacker)) as store:
        assert [one.name for one in store.athletes(archived=True)] == ["Kim"]
        assert [trial.seq for trial in store.trials()] == [1]
        assert [board.uid for board in store.boards()] == [BOARD]
        assert store.stored_seqs(OTHER_BOARD, JOURNAL) == {}
        with pytest.raises(EvenstanceError, match="nobody called"):
            store.athlete(HIDDEN, create=False)


def test_a_role_may_do_no_more_than_it_says(two: Two) -> None:
    role = two.attacker.removeprefix("eve_")
    with open_clinic(two.server.url(two.attacker)) as store:
        if role == "read":
            with pytest.raises(StoreError, match="does not allow that to your login"):
                store.athlete("New")
        else:
            store.seen_board(BOARD, label="blue")
            assert store.boards()[0].label == "blue"
    code, _ = two.psql("BEGIN; DELETE FROM evenstance.result; ROLLBACK")
    assert (code == 0) == (role == "admin")


def test_a_login_of_no_clinic_sees_nothing(
    server: Server, owner: Owner, new_clinic: Callable[[], str], login: Login
) -> None:
    name = login(new_clinic(), "measure")
    owner.revoke(name)
    assert server.psql("SELECT 1 FROM evenstance.trial", login=name).returncode != 0
    with pytest.raises(StoreError):
        open_clinic(server.url(name))


def test_a_stranger_to_the_database_is_not_let_in(server: Server) -> None:
    server.sql("CREATE ROLE stranger LOGIN")
    done = server.psql("SELECT 1", login="stranger")
    assert done.returncode != 0 and "permission denied for database" in done.stderr

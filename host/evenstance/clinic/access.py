"""Who may do what in a clinic's history, as SQL: roles, row-level security, what stays hidden.

A login belongs to one clinic (table `member`) and to one of three roles. Which clinic that is
comes from `session_user`, which nobody but a superuser can change, never from a setting. Rights
are given column by column: so `clinic` cannot be written, and the hidden columns of PostgreSQL
(`ctid`, `xmin`), which tell of other rows by their gaps, cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import MetaData, Table

from evenstance.clinic.engine import SCHEMA
from evenstance.clinic.tables import CLINIC
from evenstance.store.contents import quoted

Role = Literal["read", "measure", "admin"]
ROLES: tuple[Role, ...] = ("read", "measure", "admin")
"""Each may do what the one before it may: look; store and change; remove and merge people."""

BOOKKEEPING = f"""
CREATE TABLE IF NOT EXISTS {SCHEMA}.member (
    login name PRIMARY KEY,
    clinic text NOT NULL REFERENCES {SCHEMA}.clinic (name)
);
CREATE TABLE IF NOT EXISTS {SCHEMA}.counter (
    clinic text NOT NULL REFERENCES {SCHEMA}.clinic (name),
    of_table text NOT NULL,
    latest bigint NOT NULL,
    PRIMARY KEY (clinic, of_table)
);
CREATE TABLE IF NOT EXISTS {SCHEMA}.schema_revision (revision text NOT NULL);
"""

# Numbers are counted per clinic, not by a sequence: its gaps would tell of the others' rows.
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.my_clinic() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp
AS $$ SELECT clinic FROM member WHERE login = session_user $$;

CREATE OR REPLACE FUNCTION {SCHEMA}.next_number(name text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp
AS $$
    INSERT INTO counter AS c (clinic, of_table, latest) VALUES (my_clinic(), name, 1)
    ON CONFLICT (clinic, of_table) DO UPDATE SET latest = c.latest + 1
    RETURNING latest
$$;

CREATE OR REPLACE FUNCTION {SCHEMA}.revision() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp
AS $$ SELECT revision FROM schema_revision $$;
"""

# Views and functions of PostgreSQL itself that count, size or time the rows of everybody.
HIDE_STATISTICS = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'pg_catalog' AND c.relkind = 'v'
          AND (c.relname LIKE 'pg_stat\\_%' OR c.relname LIKE 'pg_statio\\_%'
               OR c.relname IN ('pg_locks', 'pg_prepared_xacts', 'pg_cursors'))
    LOOP
        EXECUTE format('REVOKE SELECT ON pg_catalog.%I FROM PUBLIC', one.relname);
    END LOOP;
    FOR one IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'pg_catalog'
          AND (p.proname LIKE 'pg_stat_get\\_%' OR p.proname IN (
              'pg_lock_status', 'pg_relation_size', 'pg_table_size', 'pg_indexes_size',
              'pg_total_relation_size', 'pg_database_size', 'pg_tablespace_size',
              'pg_notify', 'pg_blocking_pids'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.signature);
    END LOOP;
    REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
    FOR one IN
        SELECT a.attname FROM pg_attribute a
        WHERE a.attrelid = 'pg_catalog.pg_class'::regclass AND a.attnum > 0
          AND a.attname NOT IN ('relpages', 'reltuples', 'relallvisible', 'relfilenode',
                                'relfrozenxid', 'relminmxid')
    LOOP
        EXECUTE format('GRANT SELECT (%I) ON pg_catalog.pg_class TO PUBLIC', one.attname);
    END LOOP;
END $$;
"""


def role_name(database: str, role: Role) -> str:
    """The database role of one database: roles are the whole server's."""
    return f"{database}_{role}"


def make_roles(database: str) -> Iterator[str]:
    """Roles that nobody logs in with; each contains the one before it."""
    before: str | None = None
    for role in ROLES:
        name = role_name(database, role)
        yield (
            f"DO $$ BEGIN CREATE ROLE {quoted(name)} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        if before is not None:
            yield f"GRANT {quoted(before)} TO {quoted(name)}"
        before = name


def grants(database: str, metadata: MetaData) -> Iterator[str]:
    """All rights, made anew: what an earlier version gave and this one does not is taken away."""
    read, measure, admin = (quoted(role_name(database, role)) for role in ROLES)
    everybody = f"{read}, {measure}, {admin}"
    yield f"REVOKE CONNECT, TEMPORARY ON DATABASE {quoted(database)} FROM PUBLIC"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM PUBLIC, {everybody}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC, {everybody}"
    yield f"GRANT CONNECT ON DATABASE {quoted(database)} TO {read}"
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {read}"
    yield f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {read}"
    for table in metadata.sorted_tables:
        name = f"{SCHEMA}.{quoted(table.name)}"
        yield f"GRANT SELECT ({_listed(table)}) ON {name} TO {read}"
        if table.name == CLINIC:  # to take its row as the one writer; the value means nothing
            yield f"GRANT UPDATE (writing) ON {name} TO {measure}"
            continue
        own = _listed(table, but=CLINIC)
        yield f"GRANT INSERT ({own}), UPDATE ({own}) ON {name} TO {measure}"
        yield f"GRANT DELETE ON {name} TO {admin}"


def row_security(metadata: MetaData) -> Iterator[str]:
    """A row of another clinic is not there: not to read, write, count or point to."""
    for table in metadata.sorted_tables:
        name = f"{SCHEMA}.{quoted(table.name)}"
        whose = "name" if table.name == CLINIC else CLINIC
        # In a sub-select it is asked once for a statement, not once for each row.
        own = f"{whose} = (SELECT {SCHEMA}.my_clinic())"
        # Else EXPLAIN would guess how often a value stands in the rows of everybody.
        for column in table.columns:
            yield f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)} SET STATISTICS 0"
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
        yield f"DROP POLICY IF EXISTS own_clinic ON {name}"
        yield f"CREATE POLICY own_clinic ON {name} USING ({own}) WITH CHECK ({own})"


def _listed(table: Table, but: str = "") -> str:
    return ", ".join(quoted(c.name) for c in table.columns if c.name != but)

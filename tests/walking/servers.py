"""Servers that a page speaks of: PostgreSQL as just installed, and Dask with one worker."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from programs import until

from clinic.server import SUPERUSER, Server, programs

BEGUN_S = 120.0


@contextmanager
def installed() -> Generator[Server, None, None]:
    """A PostgreSQL without a database of ours."""
    with tempfile.TemporaryDirectory(prefix="walk-pg-") as folder:
        server = Server(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def as_superuser(server: Server) -> Mapping[str, str]:
    """What `sudo -u postgres` would give: who may do all on the server of this computer."""
    return {"PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": SUPERUSER}


def database_programs() -> str:
    """The folder of createuser, pg_dump and the like."""
    found = programs()
    assert found is not None
    return str(found)


@contextmanager
def computing(
    bin_folder: Path, environment: Mapping[str, str], folder: Path
) -> Generator[str, None, None]:
    """A scheduler and a worker as docs/lake.md starts them; yields the scheduler's address."""
    dask = [str(bin_folder / "python"), "-m", "dask"]
    with ExitStack() as all_of, tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch) / "scheduler.json"

        def begin(*words: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [*dask, *words],
                env=dict(environment),
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            all_of.callback(process.wait)
            all_of.callback(process.terminate)
            return process

        local = ("--host", "127.0.0.1")
        first = begin(
            "scheduler", *local, "--port", "0", "--no-dashboard", "--scheduler-file", str(where)
        )

        def answers() -> bool:
            assert first.poll() is None, "the scheduler ended"
            return where.exists() and where.stat().st_size > 0

        until(answers, "a scheduler", BEGUN_S)
        address = json.loads(where.read_text())["address"]
        begin("worker", address, *local, "--nthreads", "1", "--no-dashboard")
        yield address

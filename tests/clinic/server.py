"""A PostgreSQL server in a folder: begun, stopped, killed, restarted, thrown away.

It listens on a socket in its folder, and on request under TLS on an address of this computer.
PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from evenstance.clinic.setup import Owner, open_as_owner

SUPERUSER = "owner"
DATABASE = "balance"
_DEBIAN = Path("/usr/lib/postgresql")
_RUNS_AS = "postgres"
_SETTINGS = (
    "listen_addresses = ''",
    "fsync = off",  # the tests kill clients and server, never the power
    "shared_buffers = 64MB",
    "max_connections = 60",
    "autovacuum_naptime = 5s",
    "log_min_messages = fatal",
)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, None where it is not installed."""
    found = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    here = shutil.which("postgres")
    return None if here is None else Path(here).resolve().parent


def why_not() -> str | None:
    """Why no server can be started here, None when one can."""
    if programs() is None:
        return "needs PostgreSQL (apt install postgresql)"
    if os.getuid() == 0 and not _debian_user():
        return "root cannot run PostgreSQL, and there is no user postgres"
    return None


class Server:
    """One server; `url(login)` is how to reach it."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None, why_not()
        self.folder = folder
        self.port = 5432  # names the socket; on the network only when it is told to listen
        self._bin = found
        self.data = folder / "data"
        self._user = _RUNS_AS if os.getuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        folder.chmod(0o755)  # clients of every user reach the socket
        self._run("initdb", "-D", str(self.data), "-U", SUPERUSER, "-A", "trust", "-N")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join((*_SETTINGS, f"unix_socket_directories = '{folder}'", "")))

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = str(self.data / "log.txt")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-s", "start")

    def stop(self, how: str = "fast") -> None:
        """End it: `fast` breaks connections off, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "-s", "stop")

    def kill(self) -> None:
        """SIGQUIT to the first process: all end at once, as in a crash."""
        os.kill(self.pid(), signal.SIGQUIT)

    def pid(self) -> int:
        """The number of the first process."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def configure(self, *lines: str) -> None:
        """Add settings; they count from the next start."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join((*lines, "")))

    def url(self, login: str = SUPERUSER, database: str = DATABASE) -> str:
        """The address of a database there, through the socket."""
        return f"postgresql+psycopg://{login}@/{database}?host={self.folder}&port={self.port}"

    def psql(
        self, sql: str, login: str = SUPERUSER, database: str = DATABASE
    ) -> subprocess.CompletedProcess[str]:
        """Plain psql, as somebody who has a login and no product; never raises."""
        words = [str(self._bin / "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        where = [
            "-h",
            str(self.folder),
            "-p",
            str(self.port),
            "-U",
            login,
            "-d",
            database,
            "-f",
            "-",
        ]
        return subprocess.run(
            [*words, *where], input=sql, capture_output=True, text=True, timeout=60, check=False
        )

    def sql(self, sql: str, database: str = DATABASE) -> str:
        """What the superuser gets; raises when it fails."""
        done = self.psql(sql, database=database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def program(self, name: str, *words: str) -> str:
        """What another program of PostgreSQL prints, as the superuser."""
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", SUPERUSER]
        done = subprocess.run(
            [str(self._bin / name), *where, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._bin / program), *words],
            check=True,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=120,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )


@contextmanager
def running(folder: Path) -> Generator[Server, None, None]:
    """A server with an empty database, stopped in the end."""
    server = Server(folder)
    server.start()
    try:
        server.sql(f"CREATE DATABASE {DATABASE}", database="postgres")
        yield server
    finally:
        server.stop("immediate")


@contextmanager
def set_up() -> Generator[tuple[Server, Owner], None, None]:
    """A server with a database that was set up for clinics, and its owner; gone in the end."""
    # Not pytest's folder, which is closed to PostgreSQL's user and too long for a socket.
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-pg-") as folder,
        running(Path(folder)) as server,
        open_as_owner(server.url()) as owner,
    ):
        owner.init()
        yield server, owner


def _debian_user() -> bool:
    try:
        pwd.getpwnam(_RUNS_AS)
    except KeyError:
        return False
    return True

"""What is done between the commands of a page, and what is there before its first one."""

from __future__ import annotations

import shutil
import subprocess

from doc_pages import ROOT
from docs_people import BEFORE, fill_in, force_files, nothing_more, somebody
from plan_people import Someone

from evenstance.clinic.database import open_clinic
from evenstance.device.flasher import Mpremote, restart
from evenstance.store.location import STORE_VARIABLE
from walking.servers import computing
from walking.stage import Stage
from walking.steps import Do

# -- the board and who stands on it ---------------------------------------------------------------


def stands(stage: Stage, someone: Someone) -> None:
    """Somebody waits beside the board."""
    stage.somebody()


def leaves(stage: Stage, someone: Someone) -> None:
    """Nobody is at the board any more."""
    stage.nobody()


def board(*, blank: bool = False, calibrated: bool = True) -> Do:
    """A board is plugged in."""
    return lambda stage, someone: stage.board(blank=blank, calibrated=calibrated)


def blank_in_the_source(stage: Stage, someone: Someone) -> None:
    """A Pico with MicroPython and nothing else; the terminal is in the folder of the README."""
    stage.board(blank=True)
    for part in ("package.json", "firmware", "shared", "docs"):
        (stage.here / part).symlink_to(ROOT / part)


def reset(stage: Stage, someone: Someone) -> None:
    """The reset button of the board."""
    assert stage.port is not None
    restart(Mpremote(stage.port))


def real_time(stage: Stage, someone: Someone) -> None:
    """The board's time passes as that of the clock on the wall."""
    stage.speed(1.0)


# -- people, days, files --------------------------------------------------------------------------


def told(name: str) -> Do:
    """The people of a page as tests/unit/docs_people.py has them, and the day on which it is."""

    def make(stage: Stage, someone: Someone) -> None:
        BEFORE.get(name, nothing_more)(someone, stage.here)
        stage.now = someone.clock()

    return make


def on_day(day: int) -> Do:
    """So many days after the page was begun."""

    def move(stage: Stage, someone: Someone) -> None:
        stage.now = someone.on(day).clock()

    return move


def today(stage: Stage, someone: Someone) -> None:
    """The day of this computer: some programs do not run on a set one."""
    stage.now = None


def filled(name: str) -> Do:
    """Somebody fills in the file."""
    return lambda stage, someone: fill_in(stage.here / name, someone)


def recording(stage: Stage, someone: Someone) -> None:
    """Two forces over time, in the form that `replay` reads, and files of other plates."""
    force_files(someone, stage.here)
    shutil.copy(stage.here / "session.csv", stage.here / "recording.csv")


def a_trace(stage: Stage, someone: Someone) -> None:
    """Somebody else's holds with their traces are in the history, too."""
    force_files(someone, stage.here)
    said = ("--athlete", "Zoe", "--recorded", "2026-09-21T10:00")
    subprocess.run(
        [str(stage.programs / "evenstance"), "import", "session.csv", *said],
        env=dict(stage.environment()),
        cwd=stage.here,
        stdout=subprocess.DEVNULL,
        check=True,
    )


# -- servers --------------------------------------------------------------------------------------


def new_server(stage: Stage, someone: Someone) -> None:
    """A computer with PostgreSQL just installed."""
    stage.new_server()


def of_clinic(name: str) -> Do:
    """`name` is in the laptop's own history, and a name like that in the clinic's, too."""

    def make(stage: Stage, someone: Someone) -> None:
        assert stage.server is not None
        if name != "NAME":
            with someone.store() as store:
                store.roster.rename(store.athlete("NAME").id, name)
        with open_clinic(stage.server.url("anna")) as store:
            store.athlete(name)
        stage.variables[STORE_VARIABLE] = stage.server.url("anna")

    return make


def clinic_of_anna(stage: Stage, someone: Someone) -> None:
    """A server with a clinic, in which Anna measures."""
    from evenstance.clinic.setup import open_as_owner

    stage.new_server()
    assert stage.server is not None
    stage.server.sql("CREATE DATABASE balance", database="postgres")
    stage.server.sql("CREATE ROLE anna LOGIN")
    with open_as_owner(stage.server.url()) as owner:
        owner.init()
        owner.add_clinic("north")
        owner.grant("anna", "north", "measure")


def name_here(stage: Stage, someone: Someone) -> None:
    """NAME with a base line; a server that is asked has the clock of this computer."""
    somebody(someone)


def scheduler(stage: Stage, someone: Someone) -> None:
    """A scheduler of Dask and one worker, begun as the page says."""
    address = stage.opened(computing(stage.programs, stage.environment(), stage.here))
    stage.instead["tcp://192.168.1.5:8786"] = address

"""Forgets a person: history, copies, files written of them, boards at the next pull; with proof.

What cannot be reached from here is told by name, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evenstance.errors import InputError, StoreError
from evenstance.store import forgetting
from evenstance.store.erasing import Erased, erase
from evenstance.store.forgetting import Identity
from evenstance.store.name_scan import Place, files_with, places, plain_files
from evenstance.store.schema import Base
from evenstance.store.soundness import begins_as_database
from evenstance.store.written_files import WrittenFile, state_of

if TYPE_CHECKING:
    from evenstance.store.repository import Store


@dataclass(frozen=True)
class Known:
    """What there is of a person before anything is removed."""

    who: Identity
    rows: dict[str, int]
    files: tuple[WrittenFile, ...]


@dataclass
class Forgotten:
    """What was removed, what is left and where, and what boards have yet to do."""

    erased: Erased
    deleted: list[Path] = field(default_factory=list[Path])
    left: list[tuple[WrittenFile, str]] = field(default_factory=list["tuple[WrittenFile, str]"])
    waiting: dict[str, int] = field(default_factory=dict[str, int])
    scanned: tuple[Path, ...] = ()
    elsewhere: tuple[Place, ...] = ()  # values of other people that have the name in them
    unproven: tuple[Path, ...] = ()  # files with the name in their bytes, nobody can say why

    @property
    def proven(self) -> bool:
        """Nothing of the person is left in the folder of the history."""
        return not self.unproven and not self.erased.failed


def known(store: Store, name: str) -> Known:
    """Who is meant and what there is of them; InputError when the name stands nowhere.

    A name that only bytes or copies still hold is what an earlier run could not remove.
    """
    try:
        person = store.athlete(name, create=False)
    except InputError:
        wanted = " ".join(name.split())
        if not store.is_file or not wanted or not files_with(wanted, plain_files(store.path)):
            raise
        return Known(Identity(wanted), {}, ())
    with store.rows() as db:
        connection = db.connection()
        tables = forgetting.tables_of(connection) if store.is_file else Base.metadata
        who = forgetting.identity(connection, tables, person.name, person.id)
        theirs = forgetting.same_person(connection, tables, who)
        rows = forgetting.count(connection, tables, theirs)
    return Known(who, rows, tuple(store.files.of(person.id)))


def forget(store: Store, person: Known, *, delete_files: bool = False) -> Forgotten:
    """Remove the person everywhere; the store is closed for it and may be used again.

    Files written of them are deleted only when asked for, unchanged, and of nobody else.
    """
    store.close()
    done = Forgotten(
        erase(store.path, person.who) if store.is_file else _from_clinic(store, person.who)
    )
    for file in person.files:
        _file(done, file, delete_files)
    done.waiting = store.forgotten.waiting()
    store.close()
    if store.is_file:
        _prove(done, store.path, person.who.name)
    return done


def _from_clinic(store: Store, who: Identity) -> Erased:
    """The rows alone: pages and logs of a server are its owner's, and so are its backups."""
    with store.rows(write=True) as db:
        people = forgetting.same_person(db.connection(), Base.metadata, who)
        return Erased(forgetting.forget(db.connection(), Base.metadata, people))


def unproven_error(done: Forgotten, name: str) -> StoreError:
    """What to say when something is left."""
    left = [*done.unproven, *done.erased.failed]
    reasons = "; ".join(done.erased.failed.values())
    return StoreError(
        f"{name} is not forgotten everywhere: see {', '.join(map(str, left))}",
        cause=reasons or "The name still stands in the bytes of the file.",
        next_step="Close other programs that use the history; delete a copy that is not needed "
        "any more.",
        anchor="a-person-is-not-forgotten-everywhere",
    )


def _file(done: Forgotten, file: WrittenFile, delete: bool) -> None:
    state = state_of(file)
    if state == "gone":
        return
    if delete and state == "unchanged" and not file.others:
        try:
            file.path.unlink()
        except OSError as error:
            done.left.append((file, error.strerror or str(error)))
        else:
            done.deleted.append(file.path)
        return
    done.left.append((file, "tells of other people, too" if file.others else state))


def _prove(done: Forgotten, history: Path, name: str) -> None:
    files = plain_files(history)
    hits = files_with(name, files)
    found: list[Place] = []
    unproven: list[Path] = []
    for path in hits:
        known = path not in done.erased.failed and begins_as_database(path)
        told = places(path, name) if known else []
        found += told
        if not told:
            unproven.append(path)
    done.scanned = tuple(files)
    done.elsewhere = tuple(found)
    done.unproven = tuple(path for path in unproven if path not in done.erased.failed)

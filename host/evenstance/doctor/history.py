"""Judges the place of the history: may it be written, is its file sound, is it private."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance.doctor.check import Check, look, not_checked, ok, wrong
from evenstance.private_files import FILE_MODE

if TYPE_CHECKING:
    from evenstance.store.soundness import Soundness

OTHERS = 0o077  # what group and everybody may do
KEEP = (
    "Keep the file, move it away and put a copy back in its place; without a copy, holds still "
    "on the board come back with `evenstance pull`."
)


@dataclass(frozen=True)
class History:
    """What was seen of it. Modes are None where the system has none or nothing is there."""

    folder: str
    file: str
    folder_exists: bool
    write_fault: str | None
    folder_mode: int | None
    file_mode: int | None
    soundness: Soundness | None


def history_checks(seen: History) -> list[Check]:
    """Folder, file, privacy."""
    return [_folder(seen), _file(seen), _privacy(seen)]


def _folder(seen: History) -> Check:
    if seen.write_fault is not None:
        return wrong(
            "history_folder",
            f"{seen.folder} cannot be written: {seen.write_fault}",
            "Make that folder writable for you, or set EVENSTANCE_HOME to another folder.",
        )
    text = "can be written" if seen.folder_exists else "will be made by the first command"
    return ok("history_folder", f"{seen.folder} {text}")


def _file(seen: History) -> Check:
    name, found = "history_file", seen.soundness
    if found is None:
        return ok(name, "there is none yet")
    told = f"{seen.file}: {found.detail}"
    match found.finding:
        case "sound" | "empty":
            return ok(name, f"sound, {found.detail}")
        case "older":
            return ok(name, f"sound, {found.detail}: upgraded when it is used, after a copy")
        case "newer":
            return wrong(
                name,
                f"written by a newer Evenstance, {found.detail}",
                "Upgrade Evenstance, for example `pipx upgrade evenstance`.",
            )
        case "foreign":
            return wrong(
                name,
                f"a database, but no history of Evenstance: {told}",
                "Move it away, or set EVENSTANCE_HOME to another folder.",
            )
        case "busy":
            return look(
                name,
                f"in use by another program: {told}",
                "Wait until the other Evenstance has finished, then run `evenstance doctor`.",
            )
        case "unreadable":
            return wrong(
                name,
                f"cannot be read: {told}",
                "Allow reading and writing the file and its folder for you.",
                "the-history-cannot-be-kept",
            )
        case _:
            return wrong(name, f"damaged: {told}", KEEP)


def _privacy(seen: History) -> Check:
    name = "history_privacy"
    if seen.folder_mode is None and seen.file_mode is None:
        reason = (
            "this system has no such modes; your user folder is private by itself"
            if seen.folder_exists
            else "there is no history yet; it will be made private"
        )
        return not_checked(name, reason)
    if seen.file_mode is None:
        return ok(name, "there is no file yet; it will be readable by you alone (0600)")
    if not seen.file_mode & OTHERS:
        return ok(name, f"the file is readable by you alone ({seen.file_mode:04o})")
    # what a closed folder hides nobody can open
    if seen.folder_mode is not None and not seen.folder_mode & OTHERS:
        return ok(
            name,
            f"the folder is open to you alone ({seen.folder_mode:04o}); the file itself has "
            f"{seen.file_mode:04o}",
        )
    return look(
        name,
        f"others on this computer may open {seen.file} ({seen.file_mode:04o})",
        f"Run `chmod {FILE_MODE:o} '{seen.file}'`.",
    )

"""The people, holds and files that the examples of the pages speak of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from doc_pages import ROOT
from made_sessions import add_session
from other_plates import kinvent_file, wii_files
from plan_cases import clear_answers
from plan_people import Someone
from summaries import summary

from evenstance.screen.quick import all_no
from evenstance.store.records import NewTrial
from evenstance.store.repository import Store

OTHER_BOARD, JOURNAL = "0f0f0f0f0f0f0f0f", "00112233aabbccdd"
WRITES = ("--to", "--page", "--ics", "--csv", "--plot", "--key", "--pdf", "--template")
FIVE = (5.0, 5.3, 5.1, 4.8, 5.2)


def somebody(someone: Someone, name: str = "NAME") -> None:
    """A person with a base line that shows a difference and the whole screen answered today."""
    with someone.store() as store:
        store.roster.rename(someone.id, name)
    someone.base_line()


def of_nobody(store: Store, someone: Someone, count: int) -> None:
    """So many trials that belong to nobody yet, as a pull brings them."""
    at = someone.clock()
    rows = [
        NewTrial(seq, summary(seq, "left", 5.0), None, False, at, at)
        for seq in range(1, count + 1)
    ]
    store.save_trials(OTHER_BOARD, JOURNAL, rows)


def first_session(someone: Someone, _: Path) -> None:
    with someone.store() as store:
        of_nobody(store, someone, 14)
    somebody(someone)


def history(someone: Someone, _: Path) -> None:
    somebody(someone)
    with someone.store() as store:
        for day in (date(2026, 11, 2), date(2026, 11, 30)):
            add_session(store, someone.id, day, board=OTHER_BOARD)
    someone.on(14)


def many_people(someone: Someone, _: Path) -> None:
    with someone.store() as store:
        of_nobody(store, someone, 43)
        add_session(store, store.athlete("Inez").id, date(2026, 11, 2))


def export(someone: Someone, _: Path) -> None:
    somebody(someone, "Anna")
    with someone.store() as store:
        add_session(store, someone.id, date(2026, 2, 3), board=OTHER_BOARD)


def reliability(someone: Someone, folder: Path) -> None:
    """Three people who came three times, and the file that the source carries."""
    (folder / "docs").mkdir()
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    with someone.store() as store:
        for n in range(3):
            person = store.athlete(f"P{n + 1:02d}").id
            for week in range(3):
                add_session(
                    store,
                    person,
                    date(2026, 9, 7 + n) + timedelta(days=7 * week),
                    [value + n + 0.1 * week for value in FIVE],
                    [value + n - 0.1 * week for value in FIVE],
                    protocol="standard",
                    familiarisation=week == 0,
                    board=OTHER_BOARD,
                )


def force_files(_: Someone, folder: Path) -> None:
    """Two holds of 27 s as a tidy file, the same in kilonewtons, and files of other plates."""
    t = np.arange(0.0, 80.0, 0.005)
    right = np.interp(
        t,
        [0, 8, 8.2, 35, 35.2, 44, 44.2, 71, 71.2, 80],
        [350, 350, 0, 0, 350, 350, 700, 700, 350, 350],
    )
    left = 700.0 - right
    left += np.where(right < 1.0, 5.0 * np.sin(5.0 * t), 0.0)
    for name, header, unit_n in (
        ("session.csv", "t_s,left_n,right_n", 1.0),
        ("lab.csv", "Time,Fz1,Fz2", 1000.0),
    ):
        rows = [
            f"{a:.4f},{b / unit_n:.7f},{c / unit_n:.7f}"
            for a, b, c in zip(t, left, right, strict=True)
        ]
        (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    kinvent_file(folder / "export.csv")
    wii_files(folder / "left.csv", folder / "right.csv")


def nothing_more(someone: Someone, _: Path) -> None:
    somebody(someone)


BEFORE: dict[str, Callable[[Someone, Path], None]] = {
    "docs/first-session.md": first_session,
    "docs/history.md": history,
    "docs/many-people.md": many_people,
    "docs/export.md": export,
    "docs/reliability.md": reliability,
    "docs/lake.md": reliability,
    "docs/import.md": force_files,
}
"""What is there before a page is followed; elsewhere NAME with a base line."""


def fill_in(path: Path, someone: Someone) -> None:
    """What a person writes into the file that `--template` made: nothing applies."""
    content = json.loads(path.read_text(encoding="utf-8"))
    quick = "quick" in path.name
    content["answered_on"] = str(someone.today)
    if not quick:
        content["age_y"] = 34
    content["answers"] = dict(all_no(None, someone.today).answers if quick else clear_answers(34))
    path.write_text(json.dumps(content), encoding="utf-8")


def not_written(words: Sequence[str], folder: Path) -> list[str]:
    """The files that a command names to be written, and that are empty or not there."""
    named = [name for option, name in pairwise(words) if option in WRITES]

    def there(path: Path) -> bool:
        files = [file for file in (path, *path.rglob("*")) if file.is_file()]
        return bool(files) and all(file.stat().st_size for file in files)

    return [name for name in named if not there(folder / name)]

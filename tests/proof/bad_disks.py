"""Real disks that fill up or turn read only, and restores that are killed: nothing is lost.

    .venv/bin/python tests/proof/bad_disks.py --seed 1 --pulls 60 --restores 60

Mounts small disks of memory, as root or in a name space of its own (Linux). Prints the figures of
docs/proofs/store.md.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from big_history import make_history
from test_store_disks import WHICH, Board, pulled

from evenstance.errors import StoreError
from evenstance.flows.backup import make_backup
from evenstance.store import contents
from evenstance.store.backup_file import verify_backup
from evenstance.store.database import open_store

DISK_BYTES = 2 * 2**20
TRIALS = 200
INSIDE = "EVENSTANCE_PROOF_OWN_MOUNTS"
NOW = datetime(2026, 11, 3, 8, 0, tzinfo=timezone.utc)


def with_own_mounts() -> None:
    """Start this script again where it may mount, and where nobody else sees it."""
    if INSIDE in os.environ:
        return
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    os.environ[INSIDE] = "1"
    os.execvp(words[0], [*words, sys.executable, *sys.argv])


@contextmanager
def small_disk(folder: Path) -> Generator[Path, None, None]:
    disk = folder / "disk"
    disk.mkdir()
    size = f"size={DISK_BYTES},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        disk.rmdir()


def intact(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as raw:
        found = raw.execute("PRAGMA integrity_check").fetchall()
        return found == [("ok",)] and not raw.execute("PRAGMA foreign_key_check").fetchall()


def digest(path: Path) -> str:
    with closing(sqlite3.connect(path)) as raw:
        return contents.digest(raw)


def full_disk(folder: Path, rng: random.Random) -> str:
    """A pull onto a disk with a random rest of room, then the same pull when there is room."""
    with small_disk(folder) as disk:
        history = disk / "history.sqlite3"
        open_store(history).close()
        board, filler = Board(TRIALS), disk / "filler"
        room = rng.randrange(0, 400_000)
        filler.write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - room))
        said = "completed"
        try:
            with open_store(history) as store:
                pulled(board, store)
        except StoreError as error:
            said = error.what.rpartition(": ")[2] if "full" in error.what else error.cause
        filler.unlink()  # to read takes some room, too
        with closing(sqlite3.connect(history)) as raw:
            stored = [seq for (seq,) in raw.execute("SELECT seq FROM trial ORDER BY seq")]
        assert board.acked <= max(stored, default=0), "acknowledged and not stored"
        assert stored == [*range(1, len(stored) + 1)], "a hole"
        assert intact(history)
        with open_store(history) as store:
            pulled(board, store)
            assert list(store.stored_seqs(*WHICH)) == [*range(1, TRIALS + 1)]
        assert board.acked == TRIALS and intact(history)
        return said


def read_only_disk(folder: Path) -> list[str]:
    """What a command, a pull and a backup say on a disk that can only be read."""
    told: list[str] = []
    with small_disk(folder) as disk:
        history = disk / "history.sqlite3"
        with open_store(history) as store:
            store.athlete("Anna")
        before = history.read_bytes()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in (["results"], ["backup", str(folder / "b.sqlite3")]):
            done = command(disk, *words)
            told.append(f"{words[0]}: exit code {done.returncode}, {done.stderr.splitlines()[:1]}")
        assert history.read_bytes() == before
        assert [file.name for file in disk.iterdir()] == ["history.sqlite3"]
    return told


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenstance", *words],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "EVENSTANCE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}


def killed_restore(folder: Path, backup: Path, present: Path, after_s: float) -> str:
    """Which history is there after a kill; it is the one of before or the backup, whole."""
    home = folder / "home"
    home.mkdir()
    history = home / "history.sqlite3"
    shutil.copyfile(present, history)
    allowed = {digest(history): "before", verify_backup(backup).digest: "restored"}
    running = subprocess.Popen(
        [sys.executable, "-m", "evenstance", "restore", str(backup)],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert running.stderr is not None
    running.stderr.readline()  # it has begun
    time.sleep(after_s)
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stderr.close()
    with open_store(history) as store:
        assert store.athletes()
    assert intact(history)
    found = allowed[digest(history)]
    for kept in home.glob("history.sqlite3.replaced-*"):
        assert allowed[verify_backup(kept).digest] == "before"
        found += ", the one of before kept"
    if found == "restored":
        raise AssertionError("replaced and not kept")
    shutil.rmtree(home)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pulls", type=int, default=60)
    parser.add_argument("--restores", type=int, default=60)
    args, _ = parser.parse_known_args()
    with_own_mounts()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = Counter(full_disk(folder, rng) for _ in range(args.pulls))
        print(f"{args.pulls} pulls onto a full disk:", dict(told))
        for line in read_only_disk(folder):
            print("read-only disk:", line, flush=True)
        present, other = folder / "present.sqlite3", folder / "other.sqlite3"
        make_history(present, 5, 20)
        make_history(other, 4, 20, seed=2)
        backup = folder / "backup.sqlite3"
        make_backup(other, backup, NOW)
        whole = folder / "whole"
        whole.mkdir()
        shutil.copyfile(present, whole / "history.sqlite3")
        began = time.perf_counter()
        assert command(whole, "restore", str(backup)).returncode == 0
        longest_s = time.perf_counter() - began
        ended = Counter(
            killed_restore(folder, backup, present, rng.uniform(0.0, longest_s))
            for _ in range(args.restores)
        )
        print(f"{args.restores} restores killed within {longest_s:.1f} s:", dict(ended))


if __name__ == "__main__":
    main()

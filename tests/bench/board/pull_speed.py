"""Pulling stored trials against copying the same files with mpremote: seconds and ratio.

    python tests/bench/board/pull_speed.py --port socket://127.0.0.1:3333

Stores made-up trials through the board's own journal, copies some or all of their traces with
`mpremote fs cp`, then pulls all with the program's own pull, compares every byte. A board that
has somebody's trials is refused.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import made_up

from evenstance.device.client import BoardClient
from evenstance.device.flasher import Mpremote
from evenstance.device.transport import SerialPort
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance.store.repository import Store
from evenstance_wire import trace

FOLDER = "/evenstance/trials"
START_S = 20.0
AT_ONCE = 8  # files in one mpremote command, which may take two minutes
STORE = """
import gc, time
from evenstance_board.journal import Journal
from evenstance_wire import messages
journal = Journal()
for seq in range(journal.first_seq, journal.next_seq):
    if messages.SUMMARY.unpack(journal.summary(seq))['boot_id'] != BOOT_ID:
        raise SystemExit('this board has trials of somebody: seq %d' % seq)
if journal.next_seq - 1 - journal.acked_through != {trials}:
    if journal.next_seq > 1:
        journal.acknowledge(journal.next_seq - 1)
    data, encoder = stream()
    began = time.ticks_ms()
    for n in range({trials}):
        one = parts(journal.next_seq, data, encoder)
        size = sum([len(part) for part in one])
        if not journal.append(summary(journal.next_seq, size), one):
            raise SystemExit('no room for trace %d' % n)
    print('stored', time.ticks_diff(time.ticks_ms(), began), 'ms')
print('FIRST', journal.acked_through + 1)
"""


def stored(mpremote: Mpremote, trials: int) -> int:
    """Let the board store so many trials, if it has not; number of the first of them."""
    source = Path(made_up.__file__).read_text(encoding="utf-8")
    said = mpremote.run("exec", source + STORE.format(trials=trials))
    print(said.strip(), file=sys.stderr)
    return int(said.split("FIRST")[1])


def copied(mpremote: Mpremote, seqs: list[int], folder: Path) -> float:
    """Copy the traces of these trials; how long it took (s)."""
    began = time.monotonic()
    for at in range(0, len(seqs), AT_ONCE):
        names = [f":{FOLDER}/t{seq:08d}" for seq in seqs[at : at + AT_ONCE]]
        mpremote.run("resume", "fs", "cp", *names, f"{folder}/")
    return time.monotonic() - began


def pulled(port: str, folder: Path, wanted: dict[int, tuple[bytes, bytes]]) -> float:
    """Pull everything into a new history, compare it; how long the pull took (s)."""
    client = BoardClient(SerialPort(port))
    try:
        info = client.hello(patience_s=START_S)
        with open_store(folder / "history.sqlite3") as store:
            began = time.monotonic()
            found = pull(client, info, store)
            took_s = time.monotonic() - began
            if (found.lost, found.without_trace) != ([], []):
                sys.exit(f"lost {found.lost}, without a trace {found.without_trace}")
            in_store = {
                trial.hold.seq: (trial.summary, _trace(store, trial.id))
                for trial in store.trials()
            }
    finally:
        client.close()
    for seq, whole in wanted.items():
        if in_store.get(seq) != whole:
            sys.exit(f"trial {seq} is not what the board stored")
    return took_s


def _trace(store: Store, trial_id: int) -> bytes | None:
    found = store.trace(trial_id)
    return None if found is None else found.data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--copy", type=int, default=10, help="trials to copy with mpremote")
    args = parser.parse_args()
    mpremote = Mpremote(args.port)
    first = stored(mpremote, args.trials)
    seqs = list(range(first, first + args.trials))
    data, encoder = made_up.stream()
    wanted: dict[int, tuple[bytes, bytes]] = {}
    for seq in seqs:
        whole = b"".join(made_up.parts(seq, data, encoder))
        trace.unpack(whole)
        wanted[seq] = (made_up.summary(seq, len(whole)), whole)
    trace_bytes = sum(len(whole) for _, whole in wanted.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        some = seqs[: args.copy]
        copy_s = copied(mpremote, some, folder)
        copy_bytes = sum(len(wanted[seq][1]) for seq in some)
        for seq in some:
            if (folder / f"t{seq:08d}").read_bytes() != wanted[seq][1]:
                sys.exit(f"mpremote copied trace {seq} wrongly")
        mpremote.run("reset")
        pull_s = pulled(args.port, folder, wanted)
    scaled_s = copy_s * trace_bytes / copy_bytes
    print(f"mpremote fs cp: {copy_bytes} bytes in {copy_s:.1f} s, so {scaled_s:.1f} s for all")
    print(f"pull: {len(seqs)} trials, {trace_bytes} bytes of traces in {pull_s:.1f} s, all equal")
    print(f"ratio: {scaled_s / pull_s:.1f} ({trace_bytes / pull_s / 1000:.1f} kB/s)")
    sys.exit(0 if scaled_s >= 10 * pull_s else 1)


if __name__ == "__main__":
    main()

"""Pulling stored trials against copying the same files with mpremote: seconds and ratio.

    python tests/bench/board/pull_speed.py --port socket://127.0.0.1:3333

Stores made-up trials through the board's own journal, copies all of their traces (`--copy`: some
of them) with `mpremote fs cp`, then pulls all with the program's own pull, compares every byte.
Times are by the board's clock (an emulated board may be slower than the wall's). A board that has
somebody's trials is refused. Exit code 1: the pull takes more than a tenth of the time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from evenstance.device.flasher import Mpremote
from evenstance.device.folding import folded
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance.store.repository import Store
from evenstance_wire import trace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "board_side"))

import made_up

from proving.figures import Figures
from proving.link import greeted

FOLDER = "/evenstance/trials"
AT_ONCE = 8  # files in one mpremote command, which may take two minutes
STORE = """
import gc, time
from evenstance_board.journal import Journal
journal = Journal()
for seq in range(journal.first_seq, journal.next_seq):
    if forms.unpack(messages.SUMMARY.form, journal.summary(seq))[1] != BOOT_ID:
        raise SystemExit('this board has trials of somebody: seq %d' % seq)
if journal.next_seq - 1 - journal.acked_through != {trials}:
    if journal.next_seq > 1:
        journal.acknowledge(journal.next_seq - 1)
    from evenstance_board.trace_encoder import Encoder
    encoder = Encoder(bytearray(12200))
    data = memoryview(encoder.buffer)[: encode(encoder)]
    began = time.ticks_ms()
    for n in range({trials}):
        one = parts(journal.next_seq, data, encoder.first_us(0), encoder.first_us(1))
        size = sum([len(part) for part in one])
        if not journal.append(summary(journal.next_seq, size), one):
            raise SystemExit('no room for trace %d' % n)
    print('stored', time.ticks_diff(time.ticks_ms(), began), 'ms')
print('FIRST', journal.acked_through + 1)
"""


@dataclass(frozen=True)
class Took:
    """Seconds by the clock of the board and by the wall's."""

    board_s: float
    wall_s: float


def stored(mpremote: Mpremote, trials: int) -> int:
    """Let the board store so many trials, if it has not; number of the first of them."""
    source = Path(made_up.__file__).read_text(encoding="utf-8")
    said = mpremote.run("exec", folded(source + STORE.format(trials=trials), "made_up.py"))
    print(said.strip(), file=sys.stderr)
    return int(said.split("FIRST")[1])


def board_ms(mpremote: Mpremote) -> int:
    """The board's clock, which goes on through mpremote's soft resets."""
    said = mpremote.run("resume", "exec", "import time; print('TICKS', time.ticks_ms())")
    return int(said.split("TICKS")[1])


def copied(mpremote: Mpremote, seqs: list[int], folder: Path) -> Took:
    """Copy the traces of these trials."""
    began, began_ms = time.monotonic(), board_ms(mpremote)
    for at in range(0, len(seqs), AT_ONCE):
        names = [f":{FOLDER}/t{seq:08d}" for seq in seqs[at : at + AT_ONCE]]
        mpremote.run("resume", "fs", "cp", *names, f"{folder}/")
    return Took((board_ms(mpremote) - began_ms) / 1e3, time.monotonic() - began)


def expected(seqs: list[int], one: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Summary and trace of each trial; they differ in number and checksum from this one."""
    header, _, _ = trace.unpack(one)
    stream = one[trace.HEADER.size : -4]
    first_us = header["left_first_us"], header["right_first_us"]
    found: dict[int, tuple[bytes, bytes]] = {}
    for seq in seqs:
        whole = b"".join(made_up.parts(seq, stream, *first_us))
        found[seq] = made_up.summary(seq, len(whole)), whole
    return found


def pulled(port: str, folder: Path, wanted: dict[int, tuple[bytes, bytes]]) -> Took:
    """Pull everything into a new history, compare it; how long the pull took."""
    client = greeted(port)
    try:
        info = client.hello()
        with open_store(folder / "history.sqlite3") as store:
            began, began_us = time.monotonic(), client.status()["device_us"]
            found = pull(client, info, store)
            board_us = client.status()["device_us"] - began_us
            took = Took(board_us / 1e6, time.monotonic() - began)
            if found.lost:
                sys.exit(f"lost {found.lost}")
            in_store = {
                trial.hold.seq: (trial.summary, _trace(store, trial.id))
                for trial in store.trials()
            }
    finally:
        client.close()
    for seq, whole in wanted.items():
        if in_store.get(seq) != whole:
            sys.exit(f"trial {seq} is not what the board stored")
    return took


def _trace(store: Store, trial_id: int) -> bytes | None:
    found = store.trace(trial_id)
    return None if found is None else found.data


def main() -> int:
    """Store, copy, pull, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", required=True)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--copy", type=int, default=60, help="trials to copy with mpremote")
    parser.add_argument("--figures", type=Path, help="write the figures here, as JSON")
    args, _ = parser.parse_known_args()
    mpremote = Mpremote(args.port)
    first = stored(mpremote, args.trials)
    seqs = list(range(first, first + args.trials))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        some = seqs[: args.copy]
        copy = copied(mpremote, some, folder)
        files = {seq: (folder / f"t{seq:08d}").read_bytes() for seq in some}
        wanted = expected(seqs, files[first])
        for seq in some:
            if files[seq] != wanted[seq][1]:
                sys.exit(f"mpremote copied trace {seq} wrongly")
        mpremote.run("reset")
        by_pull = pulled(args.port, folder, wanted)
    copy_bytes = sum(map(len, files.values()))
    trace_bytes = sum(len(whole) for _, whole in wanted.values())
    scaled_s = copy.board_s * trace_bytes / copy_bytes
    figures = Figures("8")
    figures.add("mpremote fs cp: traces copied", len(some))
    figures.add("mpremote fs cp: bytes", copy_bytes)
    figures.add("mpremote fs cp: board time", copy.board_s, "s")
    figures.add("mpremote fs cp: this computer's time", copy.wall_s, "s")
    if copy_bytes < trace_bytes:
        figures.add("mpremote fs cp: board time for all, in proportion", scaled_s, "s")
    figures.add("pull: trials with summary and trace, every byte equal", len(seqs))
    figures.add("pull: bytes of traces", trace_bytes)
    figures.add("pull: board time", by_pull.board_s, "s")
    figures.add("pull: this computer's time", by_pull.wall_s, "s")
    figures.add("pull: bytes a second", round(trace_bytes / by_pull.board_s))
    figures.add("copying takes times as long", scaled_s / by_pull.board_s, "", "at least", 10.0)
    return figures.finish(args.figures)


if __name__ == "__main__":
    sys.exit(main())

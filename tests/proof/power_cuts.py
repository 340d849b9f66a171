"""A power cut at each block operation of a board's life: is a completed hold lost or doubled?

    python tests/proof/power_cuts.py --seed 1 --holds 130

One life of the shipped journal (append, acknowledge, make room) on littlefs is traced under the
real MicroPython interpreter. Then, for each operation on the flash: the flash as it was before,
and with half of the operation done (half a page programmed, half a block erased). Each of these
is mounted by an interpreter of its own, which boots the journal, compares every summary and every
trace, and stores one more trial. Interrupted, it goes on where it was. Results: docs/proofs.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "mpy")]

from mpy_runner import CHECKS, environment  # noqa: E402 - its folder is no package

from proving.taking_part import key_of  # noqa: E402

PARTS = (
    *(f"firmware/evenstance_board/{name}.py" for name in ("journal", "records", "storage")),
    "shared/evenstance_wire",
    *(f"tests/mpy/checks/{name}.py" for name in ("cuts", "cut_peer", "ramdisk")),
    "tests/proof/power_cuts.py",
)
BLOCK_BYTES = 4096
PAGE_BYTES = 256
BLOCKS = 352  # the default filesystem of a Pico
OTHER_BLOCKS = 68  # taken by the firmware
LARGEST_TRACE = 12255
ALONE = 90  # of 130 holds nobody pulls so many: traces have to be given up
BOOT_S = 120.0
KINDS = ("clean cut", "half-programmed page", "half-erased block")


@dataclass(frozen=True)
class Operation:
    """One change of the flash; `data` None erases the block."""

    block: int
    offset: int
    data: bytes | None

    def apply(self, image: bytearray) -> None:
        """All of it."""
        at = self.block * BLOCK_BYTES
        if self.data is None:
            image[at : at + BLOCK_BYTES] = b"\xff" * BLOCK_BYTES
        else:
            _program(image, at + self.offset, self.data)

    def apply_half(self, image: bytearray, n: int) -> None:
        """Half of it, in one of three ways; `n` chooses."""
        at = self.block * BLOCK_BYTES
        if self.data is not None:
            pages = -(-len(self.data) // PAGE_BYTES)
            _program(image, at + self.offset, self.data[: n % pages * PAGE_BYTES + 128])
        elif n % 3 == 2:  # some bits of all bytes
            some = bytes((0x5A ^ n & 0xFF, 0xC3)) * (BLOCK_BYTES // 2)
            old = image[at : at + BLOCK_BYTES]
            image[at : at + BLOCK_BYTES] = bytes(a | b for a, b in zip(old, some, strict=True))
        else:
            half = BLOCK_BYTES // 2
            at += n % 3 * half
            image[at : at + half] = b"\xff" * half


def _program(image: bytearray, at: int, data: bytes) -> None:
    """As flash does it: clears bits, sets none."""
    old = int.from_bytes(image[at : at + len(data)], "little")
    both = old & int.from_bytes(data, "little")
    image[at : at + len(data)] = both.to_bytes(len(data), "little")


@dataclass(frozen=True)
class Life:
    """What the interpreter traced."""

    head: dict[str, Any]
    start: bytes
    operations: list[Operation]

    def states_at(self, n: int) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The journal's states before and after the step that operation `n` belongs to."""
        before: dict[str, Any] | None = None
        for end, state in self.head["steps"]:
            if n < end:
                return before, state
            before = state
        assert before is not None
        return before, before


def traced(command: str, seed: int, holds: int) -> Life:
    """Let the interpreter live through it."""
    numbers = (seed, holds, ALONE * holds // 130, BLOCKS, OTHER_BLOCKS, LARGEST_TRACE)
    said = _peer(command, "trace", numbers, b"", "32m")
    end = said.index(b"\n") + 1
    head = json.loads(said[:end])
    at = end + BLOCKS * BLOCK_BYTES
    operations: list[Operation] = []
    for _ in range(head["operations"]):
        block, offset, size = struct.unpack_from("<Hii", said, at)
        at += 10
        data = None if offset < 0 else said[at : at + size]
        operations.append(Operation(block, offset, data))
        at += size
    assert at == len(said), (at, len(said))
    return Life(head, said[end : end + BLOCKS * BLOCK_BYTES], operations)


def boot(command: str, seed: int, image: bytes, request: dict[str, Any]) -> str:
    """Boot on an image in a process of its own; what was wrong, empty for nothing."""
    line = json.dumps({**request, "bytes": len(image)}).encode() + b"\n"
    said = _peer(command, "boot", (seed, LARGEST_TRACE), line + image, "8m")
    return str(json.loads(said)["said"])


def _peer(command: str, mode: str, numbers: tuple[int, ...], data: bytes, heap: str) -> bytes:
    done = subprocess.run(
        [command, "-X", f"heapsize={heap}", str(CHECKS / "cut_peer.py"), mode, *map(str, numbers)],
        input=data,
        capture_output=True,
        env=environment(),
        check=False,
        timeout=BOOT_S,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:].decode() + done.stderr[-2000:].decode())
    return done.stdout


class Progress:
    """What is known already, in a file that belongs to these very files and numbers."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"power_cuts-{key}.json"
        self.next = 0
        self.boots: Counter[str] = Counter()
        self.bad: list[str] = []
        if self._path.exists():
            found = json.loads(self._path.read_text(encoding="utf-8"))
            self.next = found["next"]
            self.boots.update(found["boots"])
            self.bad = found["bad"]

    def save(self) -> None:
        """Atomically."""
        new = self._path.with_suffix(".new")
        found = {"next": self.next, "boots": self.boots, "bad": self.bad}
        new.write_text(json.dumps(found), encoding="utf-8")
        new.replace(self._path)


def cuts_at(life: Life, image: bytearray, n: int) -> Iterator[tuple[str, bytes]]:
    """(kind, flash) of each cut at operation `n`."""
    yield KINDS[0], bytes(image)
    if n < len(life.operations):
        half = bytearray(image)
        life.operations[n].apply_half(half, n)
        yield KINDS[2 if life.operations[n].data is None else 1], bytes(half)


def run(command: str, life: Life, seed: int, every: int, workers: int, progress: Progress) -> None:
    """Cut at each operation from where the progress stands."""
    image = bytearray(life.start)
    total = len(life.operations)
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[tuple[int, str, Future[str]]] = []

        def finish() -> None:
            for n, kind, answer in waiting:
                progress.boots[kind] += 1
                if answer.result():
                    progress.bad.append(f"operation {n}, {kind}: {answer.result()}")
                    print(progress.bad[-1], flush=True)
            waiting.clear()
            progress.save()

        for n in range(total + 1):
            if n >= progress.next and n % every == 0:
                before, after = life.states_at(n)
                request = {"before": before, "after": after, "stored": life.head["stored"]}
                for kind, flash in cuts_at(life, image, n):
                    waiting.append((n, kind, pool.submit(boot, command, seed, flash, request)))
            if len(waiting) >= 64 or n == total:
                progress.next = n + 1
                finish()
                if n == total or n % 512 < 32:
                    print(f"{n} of {total} operations", file=sys.stderr, flush=True)
            if n < total:
                life.operations[n].apply(image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--holds", type=int, default=130)
    parser.add_argument("--every", type=int, default=1, help="cut at each n-th operation only")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--progress", type=Path, default=ROOT / "build" / "proof")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    command = str(Path(sys.executable).parent / "micropython")
    began = time.monotonic()
    progress = Progress(args.progress, key_of(args.seed, args.holds, args.every, parts=PARTS))
    life = traced(command, args.seed, args.holds)
    if progress.next:
        print(f"going on at operation {progress.next}", file=sys.stderr)
    run(command, life, args.seed, args.every, args.workers, progress)
    last = life.head["steps"][-1][1]
    given_up = sum(size == 0 for _, size, _ in life.head["stored"].values())
    print(f"Seed {args.seed}: {args.holds} holds, {len(life.head['steps']) - args.holds - 1} ")
    print(f"acknowledgements, {len(life.operations)} block operations, of these")
    print(f"{life.head['erases']} erases. Traces given up: {given_up}.")
    print(f"At the end {len(last['traces'])} traces, summaries from {last['first_seq']}.")
    for kind in KINDS:
        print(f"{kind}: {progress.boots[kind]} boots")
    print(f"Failed: {len(progress.bad)}. {time.monotonic() - began:.0f} s.")
    sys.exit(1 if progress.bad else 0)


if __name__ == "__main__":
    main()

"""The laptop of a soak: one long-living process that does as it is told on standard input.

A line is a JSON object: `do` is pull, watch or deaf, `port` the board's, `wall_s` for how long to
watch or not to read. The answer is a line too, with what this process takes of memory.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from evenstance.errors import EvenstanceError
from evenstance.flows.connect import connected
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from evenstance.store.repository import Store
from evenstance_wire import messages

TOLD = (
    "device_us", "memory_free_b", "flash_free_b", "next_seq", "acked_through", "holds_lost",
    "traces_given_up", "quarantined", "hung_restarts", "frames_dropped",
)  # fmt: skip
PATIENCE_S = 30.0


def rss_b() -> int:
    """Resident memory of this process (bytes)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def done(order: dict[str, Any], store: Store) -> dict[str, Any]:
    """Do it; what came of it."""
    with connected(order["port"], patience_s=PATIENCE_S) as (client, info):
        answer: dict[str, Any] = {"boot_id": info.boot_id}
        if order["do"] == "pull":
            result = pull(client, info, store)
            answer |= {"new": result.new, "lost": result.lost, "given_up": result.given_up}
            answer["disagreeing"] = [each.seq for each in result.disagreeing]
        else:
            client.request(messages.LIVE, interval_ms=20, lease_ms=60_000)
            end = time.monotonic() + order["wall_s"]
            heard = 0
            while time.monotonic() < end:
                if order["do"] == "watch":
                    heard += len(client.notices())
                else:
                    time.sleep(0.05)  # this host reads nothing
            answer["heard"] = heard
        status = client.status()
        answer["status"] = {name: status[name] for name in TOLD}
    return answer


def main() -> None:
    with open_store() as store:
        for line in sys.stdin:
            try:
                answer = done(json.loads(line), store)
            except EvenstanceError as error:
                answer = {"failed": type(error).__name__, "why": str(error)}
            gc.collect()
            answer |= {"rss_b": rss_b(), "blocks": sys.getallocatedblocks()}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

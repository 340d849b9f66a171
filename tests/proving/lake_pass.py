"""One pass over a lake in a process of its own: its time, its memory, and its whole answer.

    python -m proving.lake_pass --lake FOLDER --engine duckdb|dask --what recompute|reliability

The times of the processor are those of all processes together; memory is the largest resident
size of the one that hands out the parts, and of the largest one that computes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evenstance.flows.lake import open_lake
from evenstance.flows.lake_recompute import recompute_lake
from evenstance.flows.lake_reliability import study_of_lake
from evenstance.flows.reliability import study_of
from evenstance.flows.spread import Workers
from evenstance.report.reliability import study_json

PROCESSES = 2
KB_PER_MB = 1024


def recomputed(folder: Path, who: Workers) -> dict[str, Any]:
    """As `evenstance recompute --lake`."""
    return recompute_lake(open_lake(folder), who).as_dict()


def reliability(folder: Path, who: Workers) -> dict[str, Any]:
    """As `evenstance reliability analyse --lake`."""
    table, origin, metric = study_of_lake(
        open_lake(folder), who, holds=5, include_familiarisation=False
    )
    return study_json(study_of(table, metric=metric), origin)


WHAT: dict[str, Callable[[Path, Workers], dict[str, Any]]] = {
    "recompute": recomputed,
    "reliability": reliability,
}


def own_use() -> dict[str, float]:
    """Time of the processor and peak memory of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / KB_PER_MB}


@contextmanager
def cluster(workers: int) -> Generator[Any, None, None]:
    """Dask's own processes on this computer, reached by nobody else."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
    ) as made:
        yield made


def by_processes(folder: Path, what: str) -> tuple[dict[str, Any], float, float, float]:
    """The answer, the time, and what the computing processes used: processor, peak memory."""
    begun = time.perf_counter()
    answer = WHAT[what](folder, Workers(PROCESSES))
    took_s = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return answer, took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / KB_PER_MB


def by_dask(folder: Path, what: str) -> tuple[dict[str, Any], float, float, float]:
    """The same from two workers of a Dask cluster."""
    from distributed import Client

    with cluster(PROCESSES) as made, Client(made.scheduler_address, set_as_default=False) as asked:
        before = asked.run(own_use)
        begun = time.perf_counter()
        answer = WHAT[what](folder, Workers(scheduler=made.scheduler_address))
        took_s = time.perf_counter() - begun
        used = asked.run(own_use)
    cpu_s = sum(used[one]["cpu_s"] - before[one]["cpu_s"] for one in used)
    return answer, took_s, cpu_s, max(one["peak_mb"] for one in used.values())


def main() -> int:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--engine", choices=("duckdb", "dask"), required=True)
    parser.add_argument("--what", choices=tuple(WHAT), required=True)
    options = parser.parse_args()
    run = by_dask if options.engine == "dask" else by_processes
    before = own_use()
    answer, took_s, cpu_s, peak_mb = run(options.lake, options.what)
    own = own_use()
    json.dump(
        {
            "took_s": took_s,
            "cpu_s": cpu_s + own["cpu_s"] - before["cpu_s"],
            "driver_peak_mb": own["peak_mb"],
            "worker_peak_mb": peak_mb,
            "answer": answer,
        },
        sys.stdout,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

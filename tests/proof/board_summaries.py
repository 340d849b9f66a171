"""The numbers that a board computes of each hold, against the same samples in 64 bits on the host.

    python tests/proof/board_summaries.py --port PORT --holds 6

Pulls the trials of the board, once it has so many whole ones with traces, into a history that is
thrown away: they are not acknowledged. Each trace of raw counts is evaluated anew
(tests/proving/recompute.py). Any board will do. Exit code 1: a limit is not met.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

from evenstance.device.client import BoardClient
from evenstance.metrics.hold import Trial, trial_from_summary

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proving.figures import Figures
from proving.link import greeted
from proving.recompute import EDGE_US, Numbers, numbers

MEAN_WITHIN_N = 0.02
SD_WITHIN_PCT = 0.1
LONGEST_S = 1200.0
ASK_S = 5.0


def whole_holds(client: BoardClient, wanted: int) -> list[tuple[Trial, bytes]]:
    """Summaries and traces of the whole holds on the board, once there are enough."""
    deadline = time.monotonic() + LONGEST_S
    found: dict[int, tuple[Trial, bytes]] = {}
    seen = 0
    while len(found) < wanted:
        status = client.status()
        for seq in range(max(seen + 1, status["first_seq"]), status["next_seq"]):
            seen = seq
            summary = client.summary(seq)
            trial = None if summary is None else trial_from_summary(summary)
            if trial is None or trial.force_sd_n is None or not trial.trace_complete:
                continue
            data = client.trace(seq)
            if data is not None:
                found[seq] = trial, data
                print(f"{len(found)} of {wanted} holds", file=sys.stderr)
        if time.monotonic() > deadline:
            sys.exit(f"only {len(found)} whole holds with traces")
        time.sleep(ASK_S if len(found) < wanted else 0)
    return list(found.values())


def judge(figures: Figures, holds: list[tuple[Trial, Numbers]]) -> None:
    """The largest differences of all holds."""
    figures.add("holds compared", len(holds), "", "at least", 1)
    figures.add("of these valid", sum(trial.valid for trial, _ in holds))
    figures.add("samples of the stance plates", sum(own.samples for _, own in holds))
    means = [abs(trial.force_mean_n - own.mean_n) for trial, own in holds if trial.force_mean_n]
    figures.add("force mean, largest difference", max(means), "N", "at most", MEAN_WITHIN_N)
    sds = [_apart_pct(trial.force_sd_n, own.sd_n) for trial, own in holds]
    figures.add("force SD, largest difference", max(sds), "%", "at most", SD_WITHIN_PCT)
    windows = [
        _apart_pct(board, mine)
        for trial, own in holds
        for board, mine in zip(trial.force_sd_windows_n, own.windows_sd_n, strict=True)
    ]
    figures.add("SD of one window, largest difference", max(windows), "%")
    ranges = [
        abs(trial.force_range_p95_p5_n - own.range_n)
        for trial, own in holds
        if trial.force_range_p95_p5_n is not None
    ]
    figures.add("range, largest difference", max(ranges), "N")
    near = sum(own.edge_us < EDGE_US for _, own in holds)
    figures.add("holds with a sample at the edge of a window", near)


def _apart_pct(board: float | None, mine: float) -> float:
    assert board is not None
    return 100.0 * abs(board - mine) / mine


def main() -> int:
    """Pull, evaluate, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port")
    parser.add_argument("--holds", type=int, default=6)
    parser.add_argument("--figures", type=Path, help="write the figures here, as JSON")
    options, _ = parser.parse_known_args()
    if options.port is None:
        print("board_summaries: no board given (--port); left out")
        return 0
    with closing(greeted(options.port)) as client:
        holds = whole_holds(client, options.holds)
    figures = Figures("4")
    evaluated = [(trial, numbers(data)) for trial, data in holds]
    for trial, own in evaluated:
        print(
            f"hold {trial.seq} {trial.stance_leg}: mean {trial.force_mean_n:.6f} N "
            f"(64 bits {own.mean_n:.6f}), SD {trial.force_sd_n:.6f} N ({own.sd_n:.6f})"
        )
    judge(figures, evaluated)
    return figures.finish(options.figures)


if __name__ == "__main__":
    sys.exit(main())

"""Every parser over its seeds and over random changes of them; atheris does so for longer."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest

from fuzzing.mutate_bytes import mutated
from fuzzing.seeds import seeds
from fuzzing.targets import GROUPS, Target

LONGEST_S = 5.0  # of this process's own time
PEAK_B = 60_000_000
TARGETS = {target.__name__: target for group in GROUPS.values() for target in group}
SLOW = {"sealed_trace", "csv_tidy", "csv_kinvent", "csv_wii", "csv_columns", "backup"}


def test_every_target_has_seeds() -> None:
    assert set(seeds()) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_target(name: str) -> None:
    target: Target = TARGETS[name]
    rng = random.Random(name)
    inputs = [b"", *seeds()[name]]
    for _ in range(25 if name in SLOW else 150):
        inputs.append(mutated(rng, rng.choice(inputs)))
    tracemalloc.start()
    try:
        for data in inputs:
            began = time.process_time()
            target(data)
            assert time.process_time() - began < LONGEST_S, data
        _, peak_b = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_b < PEAK_B

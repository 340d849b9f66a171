"""A slice of the power-cut proof (tests/proof/power_cuts.py has all of it): two short lives."""

import cuts


def cut(life, every):
    """Cut at each `every`-th operation: clean, half a page or half a block."""
    image = bytearray(life.start)
    done = [0, 0, 0]
    for n, operation in enumerate(life.operations):
        if n % every == 0:
            before, after = life.states_at(n)
            cuts.check(image, before, after, life.stored, life.trials)
            half = bytearray(image)
            cuts.apply_half(half, operation, n // every)
            cuts.check(half, before, after, life.stored, life.trials)
            done[0] += 1
            done[1 if operation[2] is not None else 2] += 1
        cuts.apply(image, operation)
    last = life.steps[-1][1]
    cuts.check(image, last, last, life.stored, life.trials)
    assert min(done) > 20, done


def check_a_cut_while_traces_give_way():
    life = cuts.Life(3, holds=60, alone=40, blocks=64, other_blocks=12, largest=5000)
    last = life.steps[-1][1]
    with_trace = [seq for seq in range(1, last["next_seq"]) if life.stored[str(seq)][1]]
    assert len(with_trace) < 60 in with_trace  # the flash was full, and had room again
    assert last["traces"][0] > 1
    cut(life, 2)


def check_a_cut_while_summaries_give_way():
    life = cuts.Life(5, holds=90, alone=10, blocks=28, other_blocks=6, largest=3000)
    last = life.steps[-1][1]
    assert last["first_seq"] > 1, last
    cut(life, 2)

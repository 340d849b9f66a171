"""p95 and p5 from the extremes alone against all values in order."""

from evenstance_board.extremes import MOST, Extremes


def wanted(values, pct):
    ordered = sorted(values)
    at = (len(values) - 1) * pct
    k = at // 100
    return ordered[k] * 1000 + (ordered[k + 1] - ordered[k]) * 1000 * (at - 100 * k) // 100


def check(values):
    extremes = Extremes()
    for _ in range(2):  # the second time after a clear
        extremes.clear()
        for value in values:
            extremes.add(value)
        for pct in (0, 1, 5, 95, 98, 99):
            assert extremes.percentile_scaled(pct, 1000) == wanted(values, pct), (values, pct)


def made_up(seed, n, size):
    state = seed
    found = []
    for _ in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        found.append((state >> 8) % (2 * size + 1) - size)
    return found


def check_any_order_and_any_number():
    for n in (20, 21, 40, 111, 112, 113, 224, 500, 1836, 1862, MOST):
        check(list(range(n)))
        check(list(range(n, 0, -1)))
        check([7] * n)
        check([(-1) ** k * k * 1000 for k in range(n)])
        for size in (3, 5000, (1 << 26) - 1):
            check(made_up(n + size, n, size))


def check_too_few_or_too_many_have_none():
    extremes = Extremes()
    for n in range(MOST + 1):
        inside = n >= 20
        assert (extremes.percentile_scaled(95, 1) is not None) == inside, n
        extremes.add(n)
    assert extremes.percentile_scaled(95, 1) is None

"""Quantiles of Student's t."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1024)
def t_quantile(df: int, probability: float) -> float:
    """Quantile of Student's t with `df` degrees of freedom."""
    # Not imported at the top: it costs start-up time where nothing is compared.
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))

"""One-sided tests of a rate or a mean against a limit. A small p says that the truth lies above the limit."""

from __future__ import annotations

import math

from .distributions import binomial_tail, normal_tail, t_tail


def rate_above(rate: float, n: float, limit: float) -> float:
    """One-sided p of "the true rate is at most `limit`", for `rate` among `n` (effective) samples, 0 < limit < 1.

    The larger of two p values: of the score test, whose inversion is Wilson's interval, so that a small p means the
    whole one-sided Wilson interval lies above the limit; and of the exact binomial test, which keeps its level where
    n x limit is small. There the score test alone gives false alarms in up to 18% of runs at a nominal 5% (1 of 10
    against a limit of .02), the exact one in at most 4.3% (10 <= n <= 100, limits .01 to .35).
    """
    if n <= 0:
        return 1.0
    error = math.sqrt(limit * (1 - limit) / n)
    # A limit so near 0 or 1 that its variance underflows is one that counts decide
    score = normal_tail((rate - limit) / error) if error else float(rate <= limit)
    return max(score, binomial_tail(rate * n, n, limit))


def mean_above(mean: float, deviation: float, n: int, limit: float) -> float | None:
    """One-sided p of "the true mean is at most `limit`", from n values, one for each cluster; None for fewer than two.

    Student's t. Values that are all equal have no spread to test with; p is then that of the sign test, .5 ** n: the
    t test would call two equal values certain.
    """
    if n < 2:
        return None
    if deviation > 0:
        return t_tail((mean - limit) * math.sqrt(n) / deviation, n - 1)
    return float(0.5**n) if mean > limit else 1.0

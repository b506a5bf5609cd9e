"""How many samples a verdict takes, if the next ones are like those seen."""

from __future__ import annotations

import math
from collections.abc import Callable

from .comparison import rate_above
from .distributions import t_tail

_MOST = 10_000_000


def samples_for_rate(rate: float, limit: float, alpha: float) -> int | None:
    """The (effective) samples with which a one-sided test at `alpha` would tell `rate` from `limit`, on either side.

    None when they are equal or when ten million would not do.
    """
    if rate == limit:
        return None
    near, far = (rate, limit) if rate > limit else (1 - rate, 1 - limit)
    return _smallest(lambda n: rate_above(near, n, far) < alpha)


def clusters_for_mean(distance: float, deviation: float, alpha: float) -> int | None:
    """The clusters (prompts) with which a one-sided t test at `alpha` would tell a mean from a limit `distance` away.

    The spread between clusters is taken as seen; without any it is the number that the sign test takes. None for a
    distance of 0, or when ten million would not do.
    """
    if distance == 0:
        return None
    if deviation == 0:
        return math.floor(-math.log2(alpha)) + 1
    return _smallest(lambda n: n > 1 and t_tail(abs(distance) * math.sqrt(n) / deviation, n - 1) < alpha)


def _smallest(enough: Callable[[int], bool]) -> int | None:
    """The smallest n from 1 that is enough, where every larger one is; found by doubling and bisection."""
    high = 1
    while not enough(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

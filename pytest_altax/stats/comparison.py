"""Tests of a rate, a mean or a change against a limit. A small p says that the truth lies above the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .distributions import binomial_tail, normal_tail, t_tail
from .intervals import mean_interval

_ROUNDING = 1e-12


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


@dataclass(frozen=True, slots=True)
class PairedChange:
    """How much `n` prompts changed on average, each measured before and after.

    `low` and `high` are a two-sided 95% interval of the mean change. `p_above` is the one-sided p of "the true change
    is at most the limit", `p_below` that of "at least". `deviation` is that of the differences. What the differences
    do not tell is None: everything but n without any; all but the mean for one; the interval for fewer than 6 that are
    all equal.
    """

    mean: float | None
    low: float | None
    high: float | None
    p_above: float | None
    p_below: float | None
    n: int
    deviation: float | None


def paired_change(differences: Sequence[float], limit: float = 0.0) -> PairedChange:
    """The paired cluster t test of a change against a limit, from one difference (after - before) for each prompt.

    Student's t on the differences, which are all that pairing by prompt leaves of clustered samples (Miller 2024, arXiv
    2411.00640). Equal differences are tested by their number alone, as in `mean_above`; a spread, or a distance from
    the limit, of 1e-12 is rounding and none. Raises ValueError for a number that is not finite.

    At a nominal 5%, with nothing changed and a limit of 0, it gives false alarms in at most 6.5% of runs (2 to 30
    prompts of 1 to 20 samples, eleven worlds of refusal rates), with a true change that equals the limit in at most
    7.5%. To ask for a sign-flip permutation test as well would bring the former to 3%, but could not fail at all with 4
    prompts and loses 8 points of power with 20 of 5; so the t test stands alone.
    """
    if not all(map(math.isfinite, (limit, *differences))):
        raise ValueError("a difference or its limit is not a finite number")
    n = len(differences)
    if n == 0:
        return PairedChange(None, None, None, None, None, 0, None)
    mean = math.fsum(differences) / n
    if n == 1:
        return PairedChange(mean, None, None, None, None, 1, None)
    rounding = _ROUNDING * max(1.0, abs(limit), *map(abs, differences))
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in differences) / (n - 1))
    deviation = 0.0 if spread <= rounding else spread
    distance = 0.0 if abs(mean - limit) <= rounding else mean - limit
    low, high = mean_interval(mean, deviation, n) or (None, None)
    above, below = (mean_above(side * distance, deviation, n, 0.0) for side in (1, -1))
    return PairedChange(mean, low, high, above, below, n, deviation)


def log_ratio_change(rows: Sequence[tuple[float, float, float, float]], limit: float = 0.0) -> PairedChange | None:
    """The change of a ratio of sums, as a logarithm: ln[(sum a / sum b) / (sum c / sum d)], rows (a, b, c, d) paired.

    `momentum` is that of passes and tokens with a layer and without. A paired cluster t test of the linearised rows
    (delta method). None where a sum is not positive. Simulated with 8 to 50 rows and 50 to 80% passes its 95% interval
    covers .94 to 1.00, that of `paired_bootstrap` .81 to .97. Where nearly all rows pass (95%), few rows show too
    little of what may happen: .68 to .96 with 8 or 12, .94 to .96 from 20 on (the bootstrap: .52 to .94, .86 to .95).
    """
    sums = [math.fsum(column) for column in zip(*rows, strict=True)]
    if len(sums) != 4 or min(sums) <= 0:
        return None
    value = math.log(sums[0]) - math.log(sums[1]) - math.log(sums[2]) + math.log(sums[3])
    n = len(rows)
    shares = ([n * cell / total for cell, total in zip(row, sums, strict=True)] for row in rows)
    return paired_change([value + a - b - c + d for a, b, c, d in shares], limit)


def mcnemar(lost: int, gained: int, *, sides: int = 2, mid: bool = False) -> float:
    """The p of McNemar's exact test of paired yes-or-no outcomes; only those that changed count.

    One-sided it tests "no more were lost than gained", so that a small p says more were lost. `mid` counts half of the
    observed outcome's own chance, which is less cautious (Fagerland, Lydersen & Laake 2013). Nothing changed: p is 1
    (one-sided mid: .5). Source: McNemar 1947; the exact form is the binomial test at one half.
    """
    tail = _half_tail(lost, gained, mid)
    return tail if sides == 1 else min(1.0, 2 * min(tail, _half_tail(gained, lost, mid)))


def _half_tail(count: int, others: int, mid: bool) -> float:
    """P(X >= count) of count + others fair draws, less half of P(X = count) for a mid p."""
    tail = binomial_tail(count, count + others, 0.5)
    beyond = binomial_tail(count + 1, count + others, 0.5) if others else 0.0
    return (tail + beyond) / 2 if mid else tail

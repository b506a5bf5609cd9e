"""Intervals around a rate or a mean, and what clustered samples are worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, repeat

from .distributions import beta_quantile, normal_quantile, t_quantile

_ROUNDING = 1e-12


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's two-sided score interval of a rate: `successes` of `n`, neither need be whole. (0, 1) for n = 0.

    Source: Wilson 1927; it is the set of limits that the two-sided score test does not reject.
    """
    if n <= 0:
        return 0.0, 1.0
    z = normal_quantile((1 + confidence) / 2)
    rate, weight = successes / n, z * z / n
    centre = (rate + weight / 2) / (1 + weight)
    half = math.sqrt(max(0.0, weight * (rate * (1 - rate) + weight / 4))) / (1 + weight)
    # At the ends one bound is the end itself, which rounding would miss by 1e-17
    return (0.0 if successes <= 0 else max(0.0, centre - half), 1.0 if successes >= n else min(1.0, centre + half))


def clopper_pearson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval of a rate: `successes` of `n`, neither need be whole. (0, 1) for n = 0.

    It never covers less than it promises and often more; Wilson's is the one to print. Source: Clopper & Pearson 1934,
    by way of the beta distribution, which is what carries it over to effective samples (Korn & Graubard 1998).
    """
    if n <= 0:
        return 0.0, 1.0
    tail, k = (1 - confidence) / 2, min(max(successes, 0.0), n)
    low = 0.0 if k == 0 else beta_quantile(tail, k, n - k + 1)
    return low, 1.0 if k == n else beta_quantile(1 - tail, k + 1, n - k)


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean of samples that come in clusters: its standard `error`, the number of `clusters`, a two-sided interval.

    `error` is None for one cluster; `low` and `high` are None where the clusters do not tell (see `mean_interval`).
    """

    mean: float
    error: float | None
    clusters: int
    low: float | None
    high: float | None


def clustered_mean(clusters: Iterable[tuple[float, float]], confidence: float = 0.95) -> ClusteredMean | None:
    """The mean of samples that come in clusters, from (sum, n) of each prompt; None where every n is 0.

    The sum of sums over the sum of n, so that a large prompt weighs more; (mean, 1) for each prompt weighs them alike.
    n may be any other positive size (tokens, dollars): then it is a ratio of sums. The standard error is the sandwich
    estimator with the correction k / (k - 1), the interval Student's with k - 1 degrees of freedom. Source: Liang &
    Zeger 1986; for evaluations Miller 2024 (arXiv 2411.00640).
    """
    known = [(total, n) for total, n in clusters if n > 0]
    if not known:
        return None
    mean, count = math.fsum(total for total, _ in known) / math.fsum(n for _, n in known), len(known)
    if count == 1:
        return ClusteredMean(mean, None, 1, None, None)
    error = math.sqrt(_ratio_variance(Counter(known), mean))
    low, high = mean_interval(mean, error * math.sqrt(count), count, confidence) or (None, None)
    return ClusteredMean(mean, error, count, low, high)


def _ratio_variance(clusters: Mapping[tuple[float, float], int], ratio: float) -> float:
    """The variance of a ratio of sums between at least two clusters; residuals that are but rounding count as none.

    `clusters` counts how often each comes, which is all that has to be kept of a million of them.
    """
    count = sum(clusters.values())
    size = _sum((n, times) for (_, n), times in clusters.items())
    residuals = [(total - ratio * n, times) for (total, n), times in clusters.items()]
    if max(abs(residual) for residual, _ in residuals) <= _ROUNDING * max(abs(total) for total, _ in clusters):
        return 0.0
    return _sum((residual * residual, times) for residual, times in residuals) * count / (count - 1) / size**2


def _sum(values: Iterable[tuple[float, int]]) -> float:
    """The sum of values, each so many times."""
    return math.fsum(chain.from_iterable(repeat(value, times) for value, times in values))


def effective_size(clusters: Iterable[tuple[float, float]]) -> float:
    """What samples that come in clusters are worth in independent ones; clusters are (successes, n) of one prompt.

    n over the design effect, which is the variance of the rate between clusters (ratio estimator, k / (k - 1)) over
    that of n independent samples, and at least 1. One cluster: n itself. One sample in each: n too, since a prompt
    sampled once has a design effect of 1. All outcomes equal: the number of clusters, since nothing then tells how
    alike the samples of a prompt are. Source: Kish 1965; Rao & Scott 1992.
    """
    known = Counter((successes, n) for successes, n in clusters if n > 0)
    total, count = _sum((n, times) for (_, n), times in known.items()), known.total()
    if count <= 1 or count == total:
        return total
    rate = _sum((successes, times) for (successes, _), times in known.items()) / total
    independent = rate * (1 - rate)
    if independent <= 0:
        return float(count)
    variance = _ratio_variance(known, rate)
    return total if variance * total <= independent else max(1.0, independent / variance)


def mean_interval(mean: float, deviation: float, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Student's two-sided t interval of the mean of n values, one for each cluster; None where the values do not tell.

    They do not for fewer than two, nor when all are equal (deviation 0) and so few that a sign test could not exclude
    anything beyond them (fewer than 6 at .95); equal values of a larger number give an interval of no width.
    """
    if n < 2:
        return None
    if deviation == 0:
        return (mean, mean) if 2 * 0.5**n <= 1 - confidence else None
    half = t_quantile((1 - confidence) / 2, n - 1) * deviation / math.sqrt(n)
    return mean - half, mean + half

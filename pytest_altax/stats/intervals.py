"""Intervals around a rate or a mean, and what clustered samples are worth."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .distributions import normal_quantile, t_quantile


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


def effective_size(clusters: Iterable[tuple[float, float]]) -> float:
    """What samples that come in clusters are worth in independent ones; clusters are (successes, n) of one prompt.

    n over the design effect, which is the variance of the rate between clusters (ratio estimator, k / (k - 1)) over
    that of n independent samples, and at least 1. One cluster: n itself. One sample in each: n too, since a prompt
    sampled once has a design effect of 1. All outcomes equal: the number of clusters, since nothing then tells how
    alike the samples of a prompt are. Source: Kish 1965; Rao & Scott 1992.
    """
    known = [(successes, n) for successes, n in clusters if n > 0]
    total, count = sum(n for _, n in known), len(known)
    if count <= 1 or count == total:
        return float(total)
    rate = sum(successes for successes, _ in known) / total
    independent = rate * (1 - rate)
    if independent <= 0:
        return float(count)
    spread = sum((successes - rate * n) ** 2 for successes, n in known)
    variance = spread * count / (count - 1) / total**2
    return float(total) if variance * total <= independent else max(1.0, independent / variance)


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

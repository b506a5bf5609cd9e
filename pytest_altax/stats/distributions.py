"""Tail probabilities of the binomial and Student t distributions, without scipy.

Both follow from the regularised incomplete beta function (Abramowitz & Stegun 26.5.24 and 26.7.1), computed by its
continued fraction (26.5.8) with Lentz's method; the tests compare with scipy where that is installed.
"""

from __future__ import annotations

import functools
import math
from statistics import NormalDist

_STANDARD = NormalDist()
_TINY = 1e-300
_CLOSE = 1e-15
_SAME = 1e-13
_MOST_TERMS = 100_000


def normal_tail(z: float) -> float:
    """P(Z > z) of the standard normal distribution; accurate far into the tail, unlike 1 - cdf(z)."""
    return math.erfc(z / math.sqrt(2)) / 2


def normal_quantile(probability: float) -> float:
    """The z below which a share `probability` (0..1, exclusive) of the standard normal distribution lies."""
    return _STANDARD.inv_cdf(probability)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), 0..1, for a, b > 0 and 0 <= x <= 1."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, 1 - x)
    return min(1.0, math.exp(_beta_logarithm(a, b, x)) / (a * _fraction(a, b, x)))


def _beta_logarithm(a: float, b: float, x: float) -> float:
    """The logarithm of x^a (1 - x)^b over the beta function of a and b, for 0 < x < 1."""
    return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction 1 + d1/(1 + d2/(1 + ...)) of I_x(a, b)."""
    value, above, below = 1.0, 1.0, 0.0
    for term in range(1, _MOST_TERMS):
        d = _term(a, b, x, term)
        below = 1 / (1 + d * below or _TINY)
        above = 1 + d / above or _TINY
        value *= above * below
        if abs(above * below - 1) < _CLOSE:
            break
    return value


def _term(a: float, b: float, x: float, term: int) -> float:
    m, odd = divmod(term, 2)
    if odd:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def t_tail(t: float, freedom: float) -> float:
    """P(T > t) of Student's t distribution with `freedom` degrees of freedom (> 0)."""
    if t < 0:
        return 1 - t_tail(-t, freedom)
    square = t * t
    if square < freedom:
        # near the middle freedom / (freedom + t²) rounds to 1; its complement keeps every digit of a small t
        return 0.5 - incomplete_beta(0.5, freedom / 2, square / (freedom + square)) / 2
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + square)) / 2


@functools.lru_cache(maxsize=256)
def t_quantile(tail: float, freedom: float) -> float:
    """The t that leaves `tail` (0 < tail < .5) of Student's t distribution above it. Found by bisection."""
    high = 1.0
    while t_tail(high, freedom) > tail:
        high *= 2
    low = 0.0
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x below which a share `probability` (0..1) of the beta distribution with a, b > 0 lies.

    Newton's method, within a bracket that is halved where it would step out.
    """
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):
        miss = incomplete_beta(a, b, x) - probability
        low, high = (x, high) if miss < 0 else (low, x)
        density = math.exp(_beta_logarithm(a, b, x)) / (x * (1 - x))
        following = x - miss / density if density else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= _SAME * following:
            break
        x = following
    return x


def binomial_tail(successes: float, n: float, rate: float) -> float:
    """P(X >= successes) of n draws at `rate`; successes and n need not be whole, as effective samples are not.

    The continuous extension is that of the incomplete beta function, the one behind Clopper and Pearson's interval.
    """
    if successes <= 0:
        return 1.0
    if successes >= n:
        return float(rate**n)
    return incomplete_beta(successes, n - successes + 1, rate)

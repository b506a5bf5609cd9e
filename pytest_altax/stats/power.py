"""How many samples a verdict takes, and how small a change a number of them can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .comparison import rate_above
from .distributions import normal_quantile, normal_tail, t_tail

_MOST = 10_000_000


def samples_for_rate(rate: float, limit: float, alpha: float) -> int | None:
    """The (effective) samples with which a one-sided test at `alpha` would tell `rate` from `limit`, on either side.

    None when they are equal or when ten million would not do.
    """
    if rate == limit:
        return None
    near, far = (rate, limit) if rate > limit else (1 - rate, 1 - limit)
    return _smallest(lambda n: rate_above(near, n, far) < alpha)


def samples_for_rise(now: tuple[float, float], then: tuple[float, float], limit: float, alpha: float) -> int | None:
    """The samples of one prompt in each of two runs with which a change of its rate would be told from a limit.

    `now` and `then` are (k, n) as seen, alpha is one-sided. Rates of 0 and 1 are taken as half a sample away from
    there. None for a distance of 0, or when ten million would not do.
    """
    distance = abs(now[0] / now[1] - then[0] / then[1] - limit)
    shares = [(k + 0.5) / (n + 1) for k, n in (now, then)]
    variance = math.fsum(share * (1 - share) for share in shares)
    reach = normal_quantile(1 - alpha)
    if distance * math.sqrt(_MOST) <= reach * math.sqrt(variance):
        return None
    return max(1, math.ceil(reach**2 * variance / distance**2))


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


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes the change of a prompt vary: squares in the metric's unit.

    `between` is ω², the variance of the true changes over prompts; `before` and `after` are σ²_A and σ²_B, the variance
    of the samples of one prompt in either run. Source: Miller 2024 (arXiv 2411.00640).
    """

    between: float
    before: float = 0.0
    after: float = 0.0

    @classmethod
    def unpaired(cls, between: tuple[float, float], before: float = 0.0, after: float = 0.0) -> Spread:
        """The spread where the two runs ask different prompts: the variances of the prompts' means add up."""
        return cls(sum(between), before, after)

    @classmethod
    def of_rates(cls, pairs: Iterable[tuple[tuple[float, float], tuple[float, float]]]) -> Spread | None:
        """As seen in prompts sampled at least twice in both runs, ((k, n) before, (k, n) after); None for fewer than 2.

        Unbiased where all are sampled alike, but for `between`, which is kept from falling below 0.
        """
        known = [(k, n, j, m) for (k, n), (j, m) in pairs if min(n, m) > 1]
        count = len(known)
        if count < 2:
            return None
        changes = [j / m - k / n for k, n, j, m in known]
        mean = math.fsum(changes) / count
        seen = math.fsum((change - mean) ** 2 for change in changes) / (count - 1)
        noise = math.fsum(_noise(k, n) / n + _noise(j, m) / m for k, n, j, m in known) / count
        before = math.fsum(_noise(k, n) for k, n, _, _ in known) / count
        after = math.fsum(_noise(j, m) for _, _, j, m in known) / count
        return cls(max(0.0, seen - noise), before, after)

    def of_change(self, samples: int | tuple[int, int] = 1) -> float:
        """The variance of one prompt's measured change, with so many samples of each prompt before and after."""
        first, second = samples if isinstance(samples, tuple) else (samples, samples)
        return self.between + self.before / first + self.after / second


def prompts_needed(
    effect: float, variance: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2
) -> int | None:
    """The prompts that show a change of `effect` with the chance `power`: (z_{α/2} + z_β)² variance / effect².

    `variance` is that of one prompt's measured change (`Spread.of_change`). One-sided tests, like the gate, use z_α. It
    is the normal approximation: with fewer than 20 prompts Student's t takes about two more. None for an effect of 0.
    """
    if effect == 0:
        return None
    # What rounding alone puts above a whole number is not one prompt more
    return max(1, math.ceil(_reach(alpha, power, sides) ** 2 * variance / effect**2 - 1e-9))


def samples_needed(
    effect: float, n: int, spread: Spread, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2
) -> int | None:
    """The samples of each of n prompts, in both runs, that show a change of `effect` with the chance `power`.

    None where no number would do, since the prompts themselves differ too much: that takes more prompts.
    """
    room = n * (effect / _reach(alpha, power, sides)) ** 2 - spread.between
    noise = spread.before + spread.after
    return max(1, math.ceil(noise / room - 1e-9)) if room > 0 else None


def detectable_effect(n: int, variance: float, *, alpha: float = 0.05, power: float = 0.8, sides: int = 2) -> float:
    """The smallest change that n prompts show with the chance `power`; the inverse of `prompts_needed`."""
    return _reach(alpha, power, sides) * math.sqrt(variance / n) if n > 0 else math.inf


def power_of(effect: float, n: int, variance: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """The chance that n prompts show a change of `effect`; one-sided tests look for positive changes alone."""
    threshold = normal_quantile(1 - alpha / sides)
    if variance <= 0:
        return float(effect > 0 or (sides == 2 and effect < 0))
    shift = effect * math.sqrt(n / variance)
    return normal_tail(threshold - shift) + (normal_tail(threshold + shift) if sides == 2 else 0.0)


def _reach(alpha: float, power: float, sides: int) -> float:
    return normal_quantile(1 - alpha / sides) + normal_quantile(power)


def _noise(successes: float, n: float) -> float:
    """The unbiased variance of yes-or-no samples of one prompt."""
    return successes * (n - successes) / (n * (n - 1))


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

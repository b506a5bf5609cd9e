"""One limit against one estimate. Exact numbers are compared; sampled ones are tested, one-sided.

A sampled metric fails where the whole one-sided interval lies beyond the limit (p, after Holm, below alpha), passes
where the whole one-sided interval lies within it (the mirrored p below alpha), and is inconclusive between.
A mean of one prompt, where a test alone is judged, is compared: the recorded samples of that one prompt are what the
test judges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..measurements import Estimate, Metric, Pooling, Status
from ..stats.comparison import mean_above, paired_change, rate_above
from ..stats.power import clusters_for_mean, samples_for_rate, samples_for_rise
from ..stats.two_rates import rate_rise
from .budget import Limit
from .change import Change

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """A limit, the metric it bounds and the number it judges; `one_test` where that is the number of one test alone.

    Of a limit of change `change` is what has moved, and the estimate its difference.
    """

    limit: Limit
    metric: Metric
    estimate: Estimate
    one_test: bool = False
    change: Change | None = None

    @property
    def allowed(self) -> float:
        """The limit in the metric's unit, of a change its size on the side that it bounds."""
        base = abs(self.change.base or 0.0) if self.limit.relative and self.change else 1.0
        return self.limit.value * base

    @property
    def one_prompt(self) -> bool:
        """Whether it is one test's mean of one prompt: the recorded samples of that one prompt are what it judges."""
        return self.one_test and self.metric.pooling is Pooling.MEAN and self.estimate.n == 1

    @property
    def tested(self) -> bool:
        """Whether the limit is judged by a test: the metric is sampled and the limit not at an end of its range.

        At an end counts are compared instead: one refusal proves that the rate is not 0. So is one test's mean of one
        prompt: the recorded samples of that one prompt are what the test judges.
        """
        if not self.metric.pooling.sampled or self.estimate.value is None or self.one_prompt:
            return False
        if self.limit.of_change:
            return True
        if self.metric.pooling is Pooling.RATE:
            return 0 < self.limit.value < 1
        return self.limit.value not in (self.metric.low, self.metric.high)

    @property
    def above(self) -> float:
        """How far the value is beyond its limit, in the metric's unit; negative within it."""
        value = self.estimate.value or 0.0
        if self.limit.of_change:
            return (value if self.limit.bound == "max-increase" else -value) - self.allowed
        distance = value - self.limit.value
        return distance if self.limit.bound == "max" else -distance


def beyond(case: Case) -> float | None:
    """The one-sided p of "the truth keeps the limit"; None where no test applies or one prompt alone was sampled."""
    if not case.tested:
        return None
    return _moved(case, beyond=True) if case.limit.of_change else _tail(case, case.limit.bound == "max")


def settle(case: Case, p: float | None) -> Status:
    """The status of a measured case; `p` is that of `beyond`, adjusted for all gates of the run."""
    if case.limit.of_change and _is_none(case):
        return Status.PASS
    if not case.tested:
        return _compared(case)
    if p is None:
        return Status.INCONCLUSIVE
    if p < case.limit.alpha:
        return Status.FAIL
    within = _moved(case, beyond=False) if case.limit.of_change else _tail(case, case.limit.bound != "max")
    return Status.PASS if within is not None and within < case.limit.alpha else Status.INCONCLUSIVE


def more_samples(case: Case, gates: int) -> int | None:
    """How many more samples would decide if they are like those seen; None where none would.

    Of a mean and of a change prompts are counted, but for the change of one prompt, whose samples are, in either run.

    A failure is reckoned at alpha / gates, the strictest level that Holm may ask for.
    """
    estimate, limit = case.estimate, case.limit
    if not case.tested or estimate.value is None:
        return None
    alpha = limit.alpha / max(1, gates) if case.above > 0 else limit.alpha
    if case.metric.pooling is Pooling.RATE and not limit.of_change:
        wanted, worth = samples_for_rate(estimate.value, limit.value, alpha), estimate.n / (estimate.effective or 1)
        return None if wanted is None else max(1, math.ceil(wanted * worth) - estimate.n)
    if limit.of_change and _of_one_prompt(case):
        return _more_of_one(case, alpha)
    if estimate.deviation is None:
        return None
    wanted = clusters_for_mean(case.above, estimate.deviation, alpha)
    return None if wanted is None else max(1, wanted - estimate.n)


def _more_of_one(case: Case, alpha: float) -> int | None:
    assert case.change is not None
    assert case.change.counts is not None
    side = 1 if case.limit.bound == "max-increase" else -1
    then, now = case.change.counts
    wanted = samples_for_rise(now, then, side * case.allowed, alpha)
    return None if wanted is None else max(1, wanted - round(min(then[1], now[1])))


def _of_one_prompt(case: Case) -> bool:
    """Whether a change is that of the rate of one prompt, which is told by its counts."""
    change = case.change
    return bool(change and len(change.differences) == 1 and change.counts) and case.metric.pooling is Pooling.RATE


def _compared(case: Case) -> Status:
    """Exact comparison, but for the expected error of a count that is not the provider's own."""
    if case.estimate.error > 0 and abs(case.above) <= case.estimate.error:
        return Status.INCONCLUSIVE
    about = (case.change.base, case.change.now) if case.change else (case.limit.value, case.estimate.value)
    tolerance = _ROUNDING * max(abs(number or 0.0) for number in about)
    return Status.FAIL if case.above > tolerance else Status.PASS


def _tail(case: Case, upwards: bool) -> float | None:
    """The p of "the truth is at most the limit" (upwards), or of "at least"; a mirror image of the other."""
    estimate, limit = case.estimate, case.limit.value
    value = estimate.value or 0.0
    if case.metric.pooling is Pooling.RATE:
        size = estimate.effective or 0.0
        return rate_above(value, size, limit) if upwards else rate_above(1 - value, size, 1 - limit)
    side = 1 if upwards else -1
    return mean_above(side * value, estimate.deviation or 0.0, estimate.n, side * limit)


def _is_none(case: Case) -> bool:
    """Whether a change is too small to matter, or not even one sample differs, as in the replay of the same answers."""
    change = case.change
    if change is None:
        return False
    same = bool(change.differences) and not any(change.differences)
    # Of sums of dollars the last digit depends on how they were added up
    rounding = 0.0 if case.metric.pooling.sampled else _ROUNDING * max(abs(change.base or 0.0), abs(change.now or 0.0))
    return same or abs(case.estimate.value or 0.0) <= max(case.limit.ignore_below, rounding)


def _moved(case: Case, *, beyond: bool) -> float | None:
    """The p of "the change keeps the limit" (beyond), or of "it does not"; by prompts, paired.

    One prompt has no pairs to compare: its samples then and now are two draws, and their counts decide.
    """
    change, side = case.change, 1.0 if case.limit.bound == "max-increase" else -1.0
    if change is None:
        return None
    if len(change.differences) > 1:
        found = paired_change([side * difference for difference in change.differences], case.allowed)
        return found.p_above if beyond else found.p_below
    if change.counts is None or not _of_one_prompt(case):
        return None
    first, second = change.counts if side < 0 else change.counts[::-1]
    return rate_rise(*first, *second, case.allowed) if beyond else rate_rise(*second, *first, -case.allowed)

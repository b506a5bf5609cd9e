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
from ..stats.comparison import mean_above, rate_above
from ..stats.power import clusters_for_mean, samples_for_rate
from .budget import Limit

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """A limit, the metric it bounds and the number it judges; `one_test` where that is the number of one test alone."""

    limit: Limit
    metric: Metric
    estimate: Estimate
    one_test: bool = False

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
        if self.metric.pooling is Pooling.RATE:
            return 0 < self.limit.value < 1
        return self.limit.value not in (self.metric.low, self.metric.high)

    @property
    def above(self) -> float:
        """How far the value is beyond its limit, in the metric's unit; negative within it."""
        distance = (self.estimate.value or 0.0) - self.limit.value
        return distance if self.limit.bound == "max" else -distance


def beyond(case: Case) -> float | None:
    """The one-sided p of "the truth keeps the limit"; None where no test applies or one prompt alone was sampled."""
    return _tail(case, case.limit.bound == "max") if case.tested else None


def settle(case: Case, p: float | None) -> Status:
    """The status of a measured case; `p` is that of `beyond`, adjusted for all gates of the run."""
    if not case.tested:
        return _compared(case)
    if p is None:
        return Status.INCONCLUSIVE
    if p < case.limit.alpha:
        return Status.FAIL
    within = _tail(case, case.limit.bound != "max")
    return Status.PASS if within is not None and within < case.limit.alpha else Status.INCONCLUSIVE


def more_samples(case: Case, gates: int) -> int | None:
    """How many more samples (of a mean: prompts) would decide if they are like those seen; None where none would.

    A failure is reckoned at alpha / gates, the strictest level that Holm may ask for.
    """
    estimate, limit = case.estimate, case.limit
    if not case.tested or estimate.value is None:
        return None
    alpha = limit.alpha / max(1, gates) if case.above > 0 else limit.alpha
    if case.metric.pooling is Pooling.RATE:
        wanted, worth = samples_for_rate(estimate.value, limit.value, alpha), estimate.n / (estimate.effective or 1)
        return None if wanted is None else max(1, math.ceil(wanted * worth) - estimate.n)
    if estimate.deviation is None:
        return None
    wanted = clusters_for_mean(case.above, estimate.deviation, alpha)
    return None if wanted is None else max(1, wanted - estimate.n)


def _compared(case: Case) -> Status:
    """Exact comparison, but for the expected error of a count that is not the provider's own."""
    if case.estimate.error > 0 and abs(case.above) <= case.estimate.error:
        return Status.INCONCLUSIVE
    tolerance = _ROUNDING * max(abs(case.limit.value), abs(case.estimate.value or 0.0))
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

"""Many measurements of one metric into one number, with its interval where the metric is sampled."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import ResultsError
from ..measurements import Basis, Estimate, Measurement, Metric, Pooling, Sample
from ..stats.intervals import effective_size, mean_interval, wilson
from ..stats.summing import Deviation, ExactSum

Parts = Sequence[tuple[str, Measurement]]
"""(test id, measurement) of one metric, one entry a test."""

STALE = "stale"
NO_SAMPLES = "no samples"
_BASES = tuple(Basis)


class Contribution(NamedTuple):
    """What one test adds to a pooled number; `was` is its numerator as recorded, where its requests have changed."""

    test: str
    numerator: float
    denominator: float
    was: float | None = None


def contributions(metric: Metric, parts: Parts) -> tuple[Contribution, ...]:
    """What each test adds to the pooled number, in the order given; of a mean, its groups' values and their number."""
    summed = _values if metric.pooling is Pooling.MEAN else _sums
    return tuple(
        Contribution(test, *summed(part.samples), None if part.was is None else summed(part.was)[0])
        for test, part in parts
        if part.samples
    )


def pool(metric: Metric, parts: Parts) -> Estimate:
    """One estimate of a metric from its measurements in several tests."""
    pooled = Pooled(metric)
    for test, part in parts:
        pooled.add(test, part)
    return pooled.estimate()


class Pooled:
    """The measurements of one metric in several tests, which come one by one, in any order; none of them is kept.

    A total or ratio with anything skipped is not measured: it would be too small without saying so. A rate or mean is
    that of the samples there are, with what was skipped beside it.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._now = _sums_of(metric)
        self._before: _Sums | _Values | None = None
        self._skipped: Counter[str] = Counter()
        self._basis = 0
        self._error = ExactSum()

    def add(self, test: str, part: Measurement) -> None:
        """Add the measurement of a test, which is given once. Raises ResultsError for what is no finite number."""
        try:
            if part.was is not None and self._before is None:
                # Tests whose requests have not changed count as they are
                self._before = copy.deepcopy(self._now)
            self._now.add(part.samples)
            if self._before is not None:
                self._before.add(part.samples if part.was is None else part.was)
            if part.error:
                self._error.add(part.error)
        except (ValueError, OverflowError) as error:
            raise ResultsError(f"{test}: a sample of {part.metric} is no finite number") from error
        if part.skipped:
            self._skipped.update(part.skipped)
        if part.basis is not Basis.REPORTED:
            self._basis = max(self._basis, _BASES.index(part.basis))

    def estimate(self) -> Estimate:
        """The number of what was added so far. Raises ResultsError where a sum is too large."""
        try:
            return self._estimate()
        except OverflowError as error:
            raise ResultsError(f"the samples of {self._metric.name} add up to no finite number") from error

    def _estimate(self) -> Estimate:
        metric, basis = self._metric, _BASES[self._basis]
        estimate = self._now.estimate(metric)
        skipped = {reason: count for reason, count in sorted(self._skipped.items()) if count}
        error = float(self._error)
        if not (skipped or self._basis or error) and self._before is None:
            return estimate
        if skipped and not metric.pooling.sampled:
            return Estimate(metric.name, reason=_counted(skipped), basis=basis, n=estimate.n, skipped=skipped)
        unmeasured = estimate.value is None
        return dataclasses.replace(
            estimate,
            reason=(_likeliest(skipped) if unmeasured else None) or estimate.reason,
            basis=basis,
            error=0.0 if unmeasured else _error(metric, estimate, error),
            was=None if self._before is None else self._before.estimate(metric).value,
            skipped=skipped,
        )


def is_stale(estimate: Estimate) -> bool:
    """Whether a number is missing only because answers belong to requests that have changed since."""
    return estimate.value is None and (estimate.reason or "").startswith(STALE)


class _Sums:
    """The sums of the samples of a total or a ratio."""

    def __init__(self) -> None:
        self.n = 0
        self.numerator, self.denominator = ExactSum(), ExactSum()

    def add(self, samples: Iterable[Sample]) -> None:
        """Add the samples of a test. Raises ValueError or OverflowError for what is not finite."""
        for sample in samples:
            self.n += 1
            self.numerator.add(sample.numerator)
            self.denominator.add(sample.denominator)

    def estimate(self, metric: Metric) -> Estimate:
        """The estimate of the samples alone."""
        if not self.n:
            return Estimate(metric.name, reason=NO_SAMPLES)
        numerator, denominator = float(self.numerator), float(self.denominator)
        if metric.pooling is Pooling.TOTAL:
            return Estimate(metric.name, numerator, n=self.n)
        if denominator == 0:
            return Estimate(metric.name, reason="nothing to divide by: its denominator is 0", n=self.n)
        value = numerator / denominator
        return Estimate(metric.name, value, n=self.n, numerator=numerator, denominator=denominator)


class _Outcomes(_Sums):
    """The sums of a rate, and how often a prompt group came out how: the name of a group is unique in a test only."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: Counter[tuple[float, float]] = Counter()

    def add(self, samples: Iterable[Sample]) -> None:
        """Add the samples of a test. Raises ValueError or OverflowError for what is not finite."""
        super().add(samples)
        groups: dict[str, list[Sample]] = {}
        for sample in samples:
            groups.setdefault(sample.group, []).append(sample)
        self.groups.update(map(_sums, groups.values()))

    def estimate(self, metric: Metric) -> Estimate:
        """The rate with Wilson's interval on the number of samples that its prompt groups are worth."""
        ratio = super().estimate(metric)
        if ratio.value is None:
            return ratio
        effective = effective_size(self.groups.elements())
        low, high = wilson(ratio.value * effective, effective)
        return dataclasses.replace(ratio, low=low, high=high, n=round(ratio.denominator or 0), effective=effective)


class _Values:
    """The values of a mean, numerator / denominator of each prompt group."""

    def __init__(self) -> None:
        self.values = Deviation()

    def add(self, samples: Iterable[Sample]) -> None:
        """Add the samples of a test. Raises ValueError or OverflowError for what is not finite."""
        for sample in samples:
            if sample.denominator:
                self.values.add(sample.numerator / sample.denominator)

    def estimate(self, metric: Metric) -> Estimate:
        """The mean over prompt groups, with a t interval kept within the metric's range."""
        count = self.values.count
        if not count:
            return Estimate(metric.name, reason=NO_SAMPLES)
        total, deviation = self.values.total, self.values.value
        mean = total / count
        interval = mean_interval(mean, deviation or 0.0, count)
        low, high = (None, None) if interval is None else (_within(metric, bound) for bound in interval)
        known = Estimate(metric.name, mean, low=low, high=high, numerator=total, denominator=count)
        return dataclasses.replace(known, n=count, effective=count, deviation=deviation)


def _sums_of(metric: Metric) -> _Sums | _Values:
    if metric.pooling is Pooling.MEAN:
        return _Values()
    return _Outcomes() if metric.pooling is Pooling.RATE else _Sums()


def _within(metric: Metric, value: float) -> float:
    at_least = value if metric.low is None else max(metric.low, value)
    return at_least if metric.high is None else min(metric.high, at_least)


def _error(metric: Metric, estimate: Estimate, total: float) -> float:
    """The expected absolute error of the value, from the sum of those of the numerators.

    Errors add up rather than cancel: calls of one model are counted with one slope, so they err to the same side.
    """
    if metric.pooling is Pooling.TOTAL or not total:
        return total
    return total / (estimate.n if metric.pooling is Pooling.MEAN else estimate.denominator or 1)


def _sums(samples: Iterable[Sample]) -> tuple[float, float]:
    known = tuple(samples)
    return math.fsum([s.numerator for s in known]), math.fsum([s.denominator for s in known])


def _values(samples: Iterable[Sample]) -> tuple[float, float]:
    values = [sample.numerator / sample.denominator for sample in samples if sample.denominator]
    return math.fsum(values), len(values)


def _counted(skipped: Mapping[str, int]) -> str:
    """All reasons with their numbers of calls, what recording again would mend last."""
    order = sorted(skipped, key=lambda reason: (reason.startswith(STALE), -skipped[reason], reason))
    named = [f"{reason} ({skipped[reason]} call{'s' * (skipped[reason] != 1)})" for reason in order[:3]]
    return ", ".join([*named, f"and {len(order) - 3} reasons more"] if len(order) > 3 else named)


def _likeliest(skipped: Mapping[str, int]) -> str | None:
    """The reason to give when no sample is left: staleness where there is any, since without it there might be some."""
    order = sorted(skipped, key=lambda reason: (not reason.startswith(STALE), -skipped[reason], reason))
    return order[0] if order else None

"""Many measurements of one metric into one number, with its interval where the metric is sampled."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..measurements import Basis, Estimate, Measurement, Metric, Pooling, Sample
from ..stats.intervals import effective_size, mean_interval, wilson

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
    """One estimate of a metric from its measurements in several tests.

    A total or ratio with anything skipped is not measured: it would be too small without saying so. A rate or mean is
    that of the samples there are, with what was skipped beside it.
    """
    skipped = _skipped(parts)
    estimate = _estimate(metric, _grouped((test, part.samples) for test, part in parts))
    basis = max((part.basis for _, part in parts), key=_BASES.index, default=Basis.REPORTED)
    if skipped and not metric.pooling.sampled:
        return Estimate(metric.name, reason=_counted(skipped), basis=basis, n=estimate.n, skipped=skipped)
    unmeasured = estimate.value is None
    return dataclasses.replace(
        estimate,
        reason=(_likeliest(skipped) if unmeasured else None) or estimate.reason,
        basis=basis,
        error=0.0 if unmeasured else _error(metric, estimate, parts),
        was=_was(metric, parts),
        skipped=skipped,
    )


def is_stale(estimate: Estimate) -> bool:
    """Whether a number is missing only because answers belong to requests that have changed since."""
    return estimate.value is None and (estimate.reason or "").startswith(STALE)


def _grouped(parts: Iterable[tuple[str, Iterable[Sample]]]) -> list[tuple[str, Sample]]:
    """The samples of all tests, each under its prompt group, which is unique within a test only."""
    return [(f"{test}\0{sample.group}", sample) for test, samples in parts for sample in samples]


def _estimate(metric: Metric, grouped: Sequence[tuple[str, Sample]]) -> Estimate:
    samples = [sample for _, sample in grouped]
    if not samples:
        return Estimate(metric.name, reason=NO_SAMPLES)
    if metric.pooling is Pooling.MEAN:
        return _mean(metric, samples)
    numerator, denominator = _sums(samples)
    if metric.pooling is Pooling.TOTAL:
        return Estimate(metric.name, numerator, n=len(samples))
    if denominator == 0:
        return Estimate(metric.name, reason="nothing to divide by: its denominator is 0", n=len(samples))
    value = numerator / denominator
    ratio = Estimate(metric.name, value, n=len(samples), numerator=numerator, denominator=denominator)
    return _rate(ratio, grouped) if metric.pooling is Pooling.RATE else ratio


def _rate(ratio: Estimate, grouped: Iterable[tuple[str, Sample]]) -> Estimate:
    """The ratio with Wilson's interval on the number of samples that its prompt groups are worth."""
    groups: dict[str, list[Sample]] = {}
    for group, sample in grouped:
        groups.setdefault(group, []).append(sample)
    effective = effective_size(_sums(samples) for samples in groups.values())
    low, high = wilson((ratio.value or 0.0) * effective, effective)
    return dataclasses.replace(ratio, low=low, high=high, n=round(ratio.denominator or 0), effective=effective)


def _mean(metric: Metric, samples: Sequence[Sample]) -> Estimate:
    """The mean of numerator / denominator over prompt groups, with a t interval kept within the metric's range."""
    values = [sample.numerator / sample.denominator for sample in samples if sample.denominator]
    if not values:
        return Estimate(metric.name, reason=NO_SAMPLES)
    total, count = math.fsum(values), len(values)
    mean = total / count
    deviation = statistics.stdev(values) if count > 1 else None
    interval = mean_interval(mean, deviation or 0.0, count)
    low, high = (None, None) if interval is None else (_within(metric, bound) for bound in interval)
    known = Estimate(metric.name, mean, low=low, high=high, numerator=total, denominator=count)
    return dataclasses.replace(known, n=count, effective=count, deviation=deviation)


def _within(metric: Metric, value: float) -> float:
    at_least = value if metric.low is None else max(metric.low, value)
    return at_least if metric.high is None else min(metric.high, at_least)


def _was(metric: Metric, parts: Parts) -> float | None:
    """The value as recorded: tests whose requests have not changed count as they are. None if none has changed."""
    if all(part.was is None for _, part in parts):
        return None
    before = [(test, part.samples if part.was is None else part.was) for test, part in parts]
    return _estimate(metric, _grouped(before)).value


def _error(metric: Metric, estimate: Estimate, parts: Parts) -> float:
    """The expected absolute error of the value, from those of the summed numerators.

    Errors add up rather than cancel: calls of one model are counted with one slope, so they err to the same side.
    """
    total = math.fsum(part.error for _, part in parts)
    if metric.pooling is Pooling.TOTAL or not total:
        return total
    return total / (estimate.n if metric.pooling is Pooling.MEAN else estimate.denominator or 1)


def _sums(samples: Iterable[Sample]) -> tuple[float, float]:
    known = tuple(samples)
    return math.fsum(s.numerator for s in known), math.fsum(s.denominator for s in known)


def _values(samples: Iterable[Sample]) -> tuple[float, float]:
    values = [sample.numerator / sample.denominator for sample in samples if sample.denominator]
    return math.fsum(values), len(values)


def _skipped(parts: Parts) -> dict[str, int]:
    if not any(part.skipped for _, part in parts):
        return {}
    counts: Counter[str] = Counter()
    for _, part in parts:
        counts.update(part.skipped)
    return {reason: count for reason, count in sorted(counts.items()) if count}


def _counted(skipped: Mapping[str, int]) -> str:
    """All reasons with their numbers of calls, what recording again would mend last."""
    order = sorted(skipped, key=lambda reason: (reason.startswith(STALE), -skipped[reason], reason))
    named = [f"{reason} ({skipped[reason]} call{'s' * (skipped[reason] != 1)})" for reason in order[:3]]
    return ", ".join([*named, f"and {len(order) - 3} reasons more"] if len(order) > 3 else named)


def _likeliest(skipped: Mapping[str, int]) -> str | None:
    """The reason to give when no sample is left: staleness where there is any, since without it there might be some."""
    order = sorted(skipped, key=lambda reason: (not reason.startswith(STALE), -skipped[reason], reason))
    return order[0] if order else None

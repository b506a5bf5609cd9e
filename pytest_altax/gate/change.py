"""How far a metric has moved since the baseline, over what both runs measured.

Counted metrics are pooled over the tests that both have and subtracted. Sampled ones are paired by test and prompt
group, so that what makes prompts differ from each other is no noise.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..measurements import Estimate, Measurement, Metric, Pooling, Sample
from ..stats.comparison import paired_change
from .baseline import Baseline
from .estimate import NO_SAMPLES, Parts, pool

NO_BASELINE = "no baseline"
NOT_COMPARABLE = "not comparable"
NO_CALL = "no call of it was made"


@dataclass(frozen=True, slots=True)
class Change:
    """A metric now against the baseline: `estimate` is the difference, `base` and `now` the values behind it.

    `differences` are those of the prompts that both have, of a metric that is sampled; `counts` are the summed
    (numerator, denominator) then and now. An unmeasured difference says why in its `reason`.
    """

    estimate: Estimate
    base: float | None = None
    now: float | None = None
    differences: tuple[float, ...] = ()
    counts: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What a run is compared with: a baseline, or the reason why there is none.

    `readers` are the detector, clusterer, tokenizer and prices of the run, by these names.
    """

    baseline: Baseline | None = None
    reason: str = f"{NO_BASELINE}: make one with altax baseline update"
    readers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def change(self, metric: Metric, head: Parts) -> Change:
        """How a metric has moved in these tests; unmeasured, with the reason, where that cannot be told."""
        if self.baseline is None:
            return unmeasured(metric.name, self.reason)
        if differs := self.differs(metric):
            return unmeasured(metric.name, f"{NOT_COMPARABLE}: {differs}")
        if not head:
            return unmeasured(metric.name, NO_CALL)
        if metric.name not in self.baseline.metrics:
            return unmeasured(metric.name, f"{NO_BASELINE}: nothing of it was measured then")
        return change(metric, self.baseline.parts(metric.name, [id for id, _ in head]), head)

    def differs(self, metric: Metric) -> str:
        """What a metric rests on that was another for the baseline, in words; empty for nothing."""
        if self.baseline is None:
            return ""
        then = self.baseline.header
        pairs = [(name, getattr(then, name), self.readers.get(name, "")) for name in metric.depends]
        named = {"prices": "table of prices"}
        return ", ".join(f"the {named.get(one, one)} was {was}, now {now}" for one, was, now in pairs if was != now)


def unmeasured(metric: str, reason: str) -> Change:
    """A change that is not known."""
    return Change(Estimate(metric, reason=reason))


def change(metric: Metric, base: Parts, head: Parts) -> Change:
    """How a metric has moved, over the tests that `base` and `head` both have."""
    then, now = dict(base), dict(head)
    if not now:
        return unmeasured(metric.name, NO_CALL)
    common = sorted(then.keys() & now.keys())
    if not common:
        what = "this test is new" if len(now) == 1 else "it has none of these tests"
        return unmeasured(metric.name, f"{NO_BASELINE}: {what}")
    before = pool(metric, [(id, then[id]) for id in common])
    after = pool(metric, [(id, now[id]) for id in common])
    if after.value is None or before.value is None:
        return unmeasured(metric.name, after.reason or before.reason or NO_SAMPLES)
    if metric.pooling.sampled:
        return _sampled(metric, [(then[id], now[id]) for id in common], after)
    estimate = dataclasses.replace(
        after, value=after.value - before.value, numerator=None, denominator=None, n=len(common), was=None
    )
    return Change(estimate, before.value, after.value)


def _sampled(metric: Metric, pairs: Iterable[tuple[Measurement, Measurement]], after: Estimate) -> Change:
    """The change over the prompts that both have; `base` and `now` are means over these, so that they add up."""
    grouped = [(_by_group(then.samples), _by_group(now.samples)) for then, now in pairs]
    paired = [(then[name], now[name]) for then, now in grouped for name in sorted(then.keys() & now.keys())]
    values = [(_value(then, metric), _value(now, metric)) for then, now in paired]
    differences = tuple(now - then for then, now in values)
    if not differences:
        return unmeasured(metric.name, f"{NO_BASELINE}: it has none of these prompts")
    found = paired_change(differences)
    gone, new = (sum(len(pair[side]) for pair in grouped) - len(differences) for side in (0, 1))
    left = {"prompts that the baseline has not": new, "prompts that the baseline alone has": gone}
    estimate = Estimate(
        metric.name,
        found.mean,
        low=found.low,
        high=found.high,
        n=len(differences),
        effective=len(differences),
        deviation=found.deviation,
        basis=after.basis,
        skipped={**after.skipped, **{reason: count for reason, count in left.items() if count}},
    )
    base, now = (math.fsum(pair[side] for pair in values) / len(values) for side in (0, 1))
    return Change(estimate, base, now, differences, _counts(paired))


def _by_group(samples: Iterable[Sample]) -> Mapping[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.denominator:
            groups.setdefault(sample.group, []).append(sample)
    return groups


def _value(samples: Iterable[Sample], metric: Metric) -> float:
    known = list(samples)
    if metric.pooling is Pooling.MEAN:
        return math.fsum(one.numerator / one.denominator for one in known) / len(known)
    numerator, denominator = _sums(known)
    return numerator / denominator


def _sums(samples: Iterable[Sample]) -> tuple[float, float]:
    known = list(samples)
    return math.fsum(one.numerator for one in known), math.fsum(one.denominator for one in known)


def _counts(
    pairs: Iterable[tuple[Iterable[Sample], Iterable[Sample]]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    known = list(pairs)
    then, now = ([one for pair in known for one in pair[side]] for side in (0, 1))
    return _sums(then), _sums(now)

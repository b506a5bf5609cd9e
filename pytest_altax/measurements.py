"""Numbers and what they are: `Metric` describes, `Measurement` holds samples, `Estimate` pools, `Verdict` judges."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .plain import Record


class Unit(StrEnum):
    """The unit of a metric's value."""

    TOKENS = "tokens"
    USD = "usd"
    RATIO = "ratio"
    COUNT = "count"
    NATS = "nats"


class Direction(StrEnum):
    """Which way is better. A plain number in a budget limits the bad direction; NEUTRAL metrics are limited above."""

    LOWER = "lower"
    HIGHER = "higher"
    NEUTRAL = "neutral"


class Pooling(StrEnum):
    """How the samples of several tests become one number.

    TOTAL sums numerators. RATIO is sum of numerators over sum of denominators, exact under replay. RATE is the same
    for outcomes that were sampled, so it carries an interval. MEAN averages numerator / denominator over the samples,
    one of which stands for a prompt group; it carries an interval too.
    """

    TOTAL = "total"
    RATIO = "ratio"
    RATE = "rate"
    MEAN = "mean"

    @property
    def sampled(self) -> bool:
        """Whether a value pooled this way is a sample of something, so that an interval belongs to it."""
        return self in (Pooling.RATE, Pooling.MEAN)


class Basis(StrEnum):
    """How a token count is known, best first."""

    REPORTED = "reported"
    EXACT = "exact"
    ANCHORED = "anchored"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Metric(Record):
    """What a name in a budget means: unit, direction, pooling, one line of summary and the page that explains it.

    `low` and `high` bound its possible values (None: unbounded). `depends` names what its numbers rest on: values of
    runs with another detector, clusterer, tokenizer or table of prices do not compare.
    """

    name: str
    unit: Unit
    direction: Direction
    pooling: Pooling
    summary: str
    page: str = ""
    low: float | None = 0.0
    high: float | None = None
    depends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample(Record):
    """One contribution: `group` is the prompt group (or call) it belongs to, unique within a test."""

    numerator: float
    denominator: float = 1.0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Measurement(Record):
    """A metric of one test.

    `skipped` counts what could not be measured, by reason (`stale`, `too few samples` ...). Without samples the metric
    is not measured, for those reasons. `was` are the samples as recorded, when requests have changed since.
    `error` is the expected absolute error of the summed numerator, in the metric's unit; `basis` says how it is known.
    """

    metric: str
    samples: tuple[Sample, ...] = ()
    skipped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    basis: Basis = Basis.REPORTED
    error: float = 0.0
    was: tuple[Sample, ...] | None = None


@dataclass(frozen=True, slots=True)
class Estimate(Record):
    """A metric pooled over one or more tests. `value` is None when not measured; `reason` then says why.

    `low` and `high` are an unadjusted two-sided 95% interval where the metric is sampled. `n` is the number of samples,
    `effective` the number they are worth after clustering by prompt. `was` is the value as recorded.
    `numerator` and `denominator` are the sums behind a ratio, rate or mean, `deviation` the standard deviation of the
    values behind a mean. `error` is the expected absolute error of `value`, in the metric's unit. `detail` are further
    figures that belong to the value, by name; the page of the metric explains them.
    """

    metric: str
    value: float | None = None
    reason: str | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    effective: float | None = None
    deviation: float | None = None
    basis: Basis = Basis.REPORTED
    error: float = 0.0
    was: float | None = None
    skipped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    detail: Mapping[str, float] = dataclasses.field(default_factory=dict)


class Status(StrEnum):
    """The four verdicts."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Verdict(Record):
    """What the gate says of one limit.

    `bound` is `max`, `min`, `max-increase` or `max-decrease`; of the last two the estimate is the change since the
    baseline, and `base` what the baseline has. `limit` is the bound's number, `scope` the test id it judges (empty: the
    whole run), `source` where the limit was set. `p` is the Holm-adjusted one-sided p value where one was used. `fails`
    says whether the build does, after `on-inconclusive` and `on-stale`; `warns` whether a warning is due. `message` is
    the whole text.
    """

    metric: str
    status: Status
    bound: str
    limit: float
    estimate: Estimate
    scope: str = ""
    source: str = ""
    line: int | None = None
    p: float | None = None
    needed: int | None = None
    base: float | None = None
    fails: bool = False
    warns: bool = False
    message: str = ""

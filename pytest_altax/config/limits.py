"""A budget's value into limits: what a number or table says of a metric, and whether it can be meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigError, nearest
from ..gate.budget import Limit
from ..measurements import Direction, Metric, Unit
from .schema import RESERVED
from .toml import found

BOUNDS = ("max", "min")
RUN_ONLY = frozenset({"refusal_selectivity"})
"""Metrics that are derived from a whole run: no test has them, so a limit of tests could never fail."""
_ALPHA = 0.05
_EXAMPLES = {Unit.TOKENS: "900", Unit.COUNT: "900", Unit.USD: "0.01"}


def parse_limit(metric: Metric, value: Any, *, source: str = "", line: int | None = None) -> tuple[Limit, ...]:
    """The limits that a budget value sets: a number bounds the bad direction, a table names `max`, `min` or both.

    Raises ConfigError, without a place, for what is no number, impossible for the metric, or can never fail.
    """
    table = value if isinstance(value, Mapping) else {bad_bound(metric): value}
    _check_keys(metric, table)
    bounds = {bound: _number(metric, bound, table[bound]) for bound in BOUNDS if bound in table}
    if not bounds:
        raise ConfigError(f"{metric.name!r} has neither max nor min, so it can never fail", fix="give it max or min")
    if len(bounds) == 2 and bounds["max"] < bounds["min"]:
        raise ConfigError(f"{metric.name!r} has max {bounds['max']} below min {bounds['min']}: nothing can keep both")
    alpha = _alpha(metric, table)
    return tuple(Limit(metric.name, bound, number, alpha, source, line) for bound, number in bounds.items())


def bad_bound(metric: Metric) -> str:
    """The bound that a plain number sets: `min` where higher is better, else `max`."""
    return "min" if metric.direction is Direction.HIGHER else "max"


def example(metric: Metric) -> str:
    """A limit such as one may set for a metric of its unit."""
    return _EXAMPLES.get(metric.unit, "0.35")


def can_fail(metric: Metric, limit: Limit) -> bool:
    """Whether any value of the metric lies beyond the limit."""
    return limit.value != (metric.high if limit.bound == "max" else metric.low)


def find_metric(name: str, metrics: Mapping[str, Metric], where: str, others: Iterable[str] = ()) -> Metric:
    """The metric of that name. Raises ConfigError with the nearest; `others` are further names that are valid there."""
    if name in metrics:
        return metrics[name]
    meant = nearest(name, [*metrics, *others])
    raise ConfigError(f"unknown metric {name!r} in {where}", did_you_mean=meant, fix="altax explain lists the metrics")


def find_test_metric(name: str, metrics: Mapping[str, Metric], where: str, others: Iterable[str]) -> Metric:
    """The same for a limit of tests: also raises ConfigError for a metric that exists for a whole run only."""
    metric = find_metric(name, metrics, where, others)
    if name in RUN_ONLY:
        raise ConfigError(f"{name} exists for a whole run only", fix="move it to [tool.pytest-altax.budget]")
    return metric


def _check_keys(metric: Metric, table: Mapping[str, Any]) -> None:
    known = (*BOUNDS, "alpha")
    for key in table:
        if str(key).replace("_", "-") in RESERVED:
            raise ConfigError(f"{metric.name!r}: {RESERVED[str(key).replace('_', '-')]}", fix="use max or min")
        if key not in known:
            meant = nearest(str(key), known)
            raise ConfigError(
                f"unknown key {key!r} in {metric.name!r}", did_you_mean=meant, fix="use max, min and alpha"
            )


def _number(metric: Metric, bound: str, value: Any) -> float:
    """A bound's value, which must be a number that the metric can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = f"for example {metric.name} = {example(metric)}"
        raise ConfigError(f"{bound} of {metric.name!r} is {found(value)}; a number is allowed", fix=shown)
    if not math.isfinite(value):
        raise ConfigError(
            f"{bound} of {metric.name!r} is {value}, beyond which nothing can lie", fix="give a finite number"
        )
    low, high = metric.low, metric.high
    if (low is not None and value < low) or (high is not None and value > high):
        percent = low == 0 and high == 1 and 1 < value <= 100
        fix = f"for {value:g}% write {value / 100:g}" if percent else None
        raise ConfigError(f"{bound} of {metric.name!r} is {value}, but it is {_range(low, high)}", fix=fix)
    return value


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"


def _alpha(metric: Metric, table: Mapping[str, Any]) -> float:
    if "alpha" not in table:
        return _ALPHA
    alpha = table["alpha"]
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha <= 0.5:
        raise ConfigError(f"alpha of {metric.name!r} is {found(alpha)}; a number above 0, at most 0.5, is allowed")
    if not metric.pooling.sampled:
        raise ConfigError(f"{metric.name!r} is compared exactly: alpha means nothing to it", fix="leave alpha out")
    return float(alpha)

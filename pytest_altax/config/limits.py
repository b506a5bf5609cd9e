"""A budget's value into limits: what a number or table says of a metric, and whether it can be meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigError, nearest
from ..gate.budget import CHANGES, Limit
from ..measurements import Direction, Metric, Unit
from .toml import found

BOUNDS = ("max", "min", *CHANGES)
_IGNORE = "ignore-below"
RUN_ONLY = frozenset({"refusal_selectivity", "language_gap"})
"""Metrics that are derived from a whole run: no test has them, so a limit of tests could never fail."""
_ALPHA = 0.05
_EXAMPLES = {Unit.TOKENS: "900", Unit.COUNT: "900", Unit.USD: "0.01"}


def parse_limit(metric: Metric, value: Any, *, source: str = "", line: int | None = None) -> tuple[Limit, ...]:
    """The limits that a budget value sets: a number bounds the bad direction, a table names `max`, `min` or both.

    Raises ConfigError, without a place, for what is no number, impossible for the metric, or can never fail.
    """
    table = value if isinstance(value, Mapping) else {bad_bound(metric): value}
    _check_keys(metric, table)
    bounds = {bound: _bound(metric, bound, table[bound]) for bound in BOUNDS if bound in table}
    if not bounds:
        raise ConfigError(
            f"{metric.name!r} has none of {', '.join(BOUNDS)}, so it can never fail", fix="give it max, or max-increase"
        )
    if {"max", "min"} <= bounds.keys() and bounds["max"] < bounds["min"]:
        (most, _), (least, _) = bounds["max"], bounds["min"]
        raise ConfigError(f"{metric.name!r} has max {most} below min {least}: nothing can keep both")
    if metric.name in RUN_ONLY and any(bound in CHANGES for bound in bounds):
        raise ConfigError(
            f"{metric.name!r} is made of other metrics of the run: its change is not measured",
            fix="limit these instead",
        )
    alpha, ignored = _alpha(metric, table), _ignored(metric, table)
    return tuple(
        Limit(metric.name, bound, number, alpha, source, line, relative, ignored if bound in CHANGES else 0.0)
        for bound, (number, relative) in bounds.items()
    )


def bad_bound(metric: Metric) -> str:
    """The bound that a plain number sets: `min` where higher is better, else `max`."""
    return "min" if metric.direction is Direction.HIGHER else "max"


def example(metric: Metric) -> str:
    """A limit such as one may set for a metric of its unit."""
    return _EXAMPLES.get(metric.unit, "0.35")


def can_fail(metric: Metric, limit: Limit) -> bool:
    """Whether any value of the metric lies beyond the limit."""
    return limit.of_change or limit.value != (metric.high if limit.bound == "max" else metric.low)


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
    known = (*BOUNDS, "alpha", _IGNORE)
    for key in table:
        if key not in known:
            meant = nearest(str(key).replace("_", "-"), known)
            raise ConfigError(
                f"unknown key {key!r} in {metric.name!r}", did_you_mean=meant, fix=f"use {', '.join(known)}"
            )


def _bound(metric: Metric, bound: str, value: Any) -> tuple[float, bool]:
    """A bound's number, and whether it is a share of what the baseline has."""
    if bound not in CHANGES:
        return _number(metric, bound, value), False
    if isinstance(value, str):
        return _percent(metric, bound, value), True
    return _size(metric, bound, value, 'a number or a percentage such as "5%"'), False


def _percent(metric: Metric, bound: str, value: str) -> float:
    text = value.strip()
    try:
        share = float(text.removesuffix("%")) / 100 if text.endswith("%") else math.nan
    except ValueError:
        share = math.nan
    if not 0 <= share < math.inf:
        raise ConfigError(
            f"{bound} of {metric.name!r} is {found(value)}; a number or a percentage of at least 0 is allowed",
            fix=f'for example {metric.name} = {{ {bound} = "5%" }}',
        )
    return share


def _size(metric: Metric, key: str, value: Any, allowed: str) -> float:
    """How far something may move: a finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{key} of {metric.name!r} is {found(value)}; {allowed} is allowed")
    if not 0 <= value < math.inf:
        raise ConfigError(f"{key} of {metric.name!r} is {value}; it must be finite and at least 0")
    return value


def _ignored(metric: Metric, table: Mapping[str, Any]) -> float:
    if _IGNORE not in table:
        return 0.0
    if not any(bound in table for bound in CHANGES):
        raise ConfigError(
            f"{metric.name!r} has {_IGNORE} and no limit of a change, so it does nothing",
            fix="give it max-increase or max-decrease",
        )
    return _size(metric, _IGNORE, table[_IGNORE], "a number")


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

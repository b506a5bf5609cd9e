"""`--altax-fail-on=EXPR`: limits of one run, written on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import ConfigError
from ..gate.budget import Limit
from ..measurements import Metric
from .limits import can_fail, find_metric, parse_limit

OPTION = "--altax-fail-on"
_SEPARATOR = re.compile(r"\s*(?:,|;|\|\||\bor\b)\s*")
_CONDITION = re.compile(r"(?P<metric>[\w:-]+)\s*(?P<moves>\brises\b|\bfalls\b)?\s*(?P<sign>[<>]=?)\s*(?P<value>\S+)")
_BOUNDS = {(None, ">"): "max", (None, "<"): "min", ("rises", ">"): "max-increase", ("falls", ">"): "max-decrease"}
_EXAMPLE = "for example 'tax_ratio > 0.35 or refusal_rate rises > 0.05 or input_tokens rises > 5%'"


def fail_on(expression: str, metrics: Mapping[str, Metric]) -> tuple[Limit, ...]:
    """The limits of an expression: conditions joined by `or`, any of which fails the run.

    A condition is `METRIC > NUMBER`, `METRIC < NUMBER`, or, of the change since the baseline, `METRIC rises > NUMBER`
    or `METRIC falls > NUMBER`, where the number may be a percentage. Raises ConfigError for anything else.
    """
    conditions = [text for text in _SEPARATOR.split(expression.strip()) if text]
    if not conditions:
        raise ConfigError(f"{OPTION} is empty", fix=_EXAMPLE)
    return tuple(limit for text in conditions for limit in _limits(text, metrics))


def _limits(text: str, metrics: Mapping[str, Metric]) -> tuple[Limit, ...]:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ConfigError(f"{OPTION}: {text!r} is no condition", fix=_EXAMPLE)
    sign = found["sign"]
    if sign.endswith("="):
        fix = f"write {sign[0]} and the last value that passes"
        raise ConfigError(f"{OPTION}: {text!r} has {sign}, but a limit itself always passes", fix=fix)
    bound = _BOUNDS.get((found["moves"], sign))
    if bound is None:
        raise ConfigError(f"{OPTION}: {text!r}: a change is limited by >", fix=f"write {found['moves']} > NUMBER")
    metric = find_metric(found["metric"], metrics, OPTION)
    value = found["value"] if found["value"].endswith("%") and found["moves"] else _number(found["value"], text)
    try:
        limits = parse_limit(metric, {bound: value}, source=f"{OPTION} {text}")
    except ConfigError as error:
        raise ConfigError(f"{OPTION}: {text!r}: {error.what}", facts=error.facts, fix=error.fix) from None
    if not all(can_fail(metric, limit) for limit in limits):
        raise ConfigError(f"{OPTION}: {text!r} can never be true, so it would never fail")
    return limits


def _number(text: str, condition: str) -> float:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        raise ConfigError(f"{OPTION}: {condition!r}: {text!r} is no number", fix=_EXAMPLE) from None

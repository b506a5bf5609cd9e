"""Whole numbers that sum to a given whole, by the method of the largest remainder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Divide `total` (0 or more) in proportion to the weights; equally where all weights are 0.

    The parts sum to `total` exactly. What rounding down leaves goes to the largest remainders, earlier ones first.
    """
    if len(weights) < 2:
        return [total] * len(weights)
    whole = math.fsum(weights)
    quotas = [total * weight / whole for weight in weights] if whole > 0 else [total / len(weights)] * len(weights)
    parts = [math.floor(quota) for quota in quotas]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - quotas[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def scaled(counts: Mapping[str, float], slope: float) -> dict[str, int]:
    """Counts by line times `slope`, as whole numbers that sum to the rounded sum; lines without tokens are left out."""
    if slope == 1 and all(count == int(count) for count in counts.values()):
        return {line: int(count) for line, count in counts.items() if count}
    total = round(math.fsum(counts.values()) * slope)
    parts = apportion(total, list(counts.values()))
    return {line: part for line, part in zip(counts, parts, strict=True) if part}

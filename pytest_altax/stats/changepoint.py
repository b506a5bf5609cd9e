"""Where a series moved, if it did: the split that explains most, its p, and the splits that explain nearly as much."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

_PERMUTATIONS = 999
_SEED = 20_260_101
_CLOSE = 1e-12
# Half of the 95% quantile of chi squared with one degree of freedom: a split less likely than this is excluded
_DROP = 1.9207


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A series has one mean before place `at` and another from there on.

    `first` and `last` are the earliest and the latest place that the data do not exclude (95%, profile likelihood).
    `p` is that of "nothing changed" (permutations); None where both sides are constant, which needs no test.
    """

    at: int
    first: int
    last: int
    before: float
    after: float
    p: float | None


def change_point(values: Sequence[float], *, counted: bool = True) -> ChangePoint | None:
    """The place at which a series of numbers moved; None for a constant one, or for one of fewer than two numbers.

    The split is that of least squares (Hawkins 1977). Its p is the share of 999 shuffles (seeded) of the series whose
    best split explains as much; with few numbers it cannot be small. Numbers that are not `counted` but sampled have a
    p where both sides are constant, too. Raises ValueError for a number that is not finite.
    """
    if not all(map(math.isfinite, values)):
        raise ValueError("a number of the series is not finite")
    spread = _spread(values)
    if len(values) < 2 or spread <= _CLOSE * max(1.0, *map(abs, values)) ** 2:
        return None
    left = _left(values)
    at = min(range(1, len(values)), key=left.__getitem__)
    before, after = _mean(values[:at]), _mean(values[at:])
    if left[at] <= _CLOSE * spread:
        return ChangePoint(at, at, at, before, after, None if counted else _p(values, left[at]))
    half = len(values) / 2
    near = [place for place in range(1, len(values)) if half * math.log(left[place] / left[at]) <= _DROP]
    return ChangePoint(at, near[0], near[-1], before, after, _p(values, left[at]))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _spread(values: Sequence[float]) -> float:
    mean = _mean(values) if values else 0.0
    return math.fsum((value - mean) ** 2 for value in values)


def _left(values: Sequence[float]) -> list[float]:
    """For each place the squares that a split there leaves unexplained; the first is that of no split."""
    centre = _mean(values)
    moved = [value - centre for value in values]
    squares, total = math.fsum(value * value for value in moved), math.fsum(moved)
    found = [squares]
    for place, head in enumerate(itertools.accumulate(moved[:-1]), 1):
        rest = total - head
        found.append(max(0.0, squares - head * head / place - rest * rest / (len(values) - place)))
    return found


def _p(values: Sequence[float], left: float) -> float:
    import numpy as np

    dice, as_much, n = np.random.default_rng(_SEED), 0, len(values)
    moved = np.asarray(values) - _mean(values)
    squares, total, places = math.fsum(moved * moved), math.fsum(moved), np.arange(1, n)
    for _ in range(_PERMUTATIONS):
        head = np.cumsum(dice.permutation(moved)[:-1])
        found = head**2 / places + (total - head) ** 2 / (n - places)
        as_much += bool(max(0.0, squares - float(found.max())) <= left * (1 + _CLOSE))
    return (as_much + 1) / (_PERMUTATIONS + 1)

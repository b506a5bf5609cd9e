"""The area under a ROC curve: how often one of a kind stands above one of the other, and its interval."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from .distributions import normal_quantile

Stratum = tuple[Sequence[float], Sequence[float]]
"""The values of the positives and of the negatives on one scale."""


def auroc(strata: Iterable[Stratum]) -> float | None:
    """The share of pairs, a positive and a negative, in which the positive's value is larger; ties count half.

    Pairs are made within a stratum only, since values of different scales do not compare; of one stratum it is what
    Mann and Whitney's U is of all its pairs (scikit-learn's `roc_auc_score`). None where there is no pair.
    """
    above = pairs = 0.0
    for positives, negatives in strata:
        lower = sorted(negatives)
        above += sum(bisect_left(lower, value) + bisect_right(lower, value) for value in positives) / 2
        pairs += len(positives) * len(negatives)
    return above / pairs if pairs else None


def auroc_interval(value: float, positives: int, negatives: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of an area from so many independent positives and negatives, at least one of each.

    All areas from which `value` is less than z standard errors away, each with the variance that it would have itself.
    So it has a width at 0 and 1 too, where nothing was seen to vary. Source: Newcombe 2006 (Statistics in Medicine
    25:559), method 5.
    """
    z = normal_quantile((1 + confidence) / 2)
    low = _edge(value, 0.0, z, positives, negatives)
    return low, _edge(value, 1.0, z, positives, negatives)


def _edge(value: float, end: float, z: float, positives: int, negatives: int) -> float:
    """The area towards `end` that is z standard errors away from `value`; found by bisection."""
    inside, outside = value, end
    for _ in range(60):
        middle = (inside + outside) / 2
        if (middle - value) ** 2 <= z * z * _variance(middle, positives, negatives):
            inside = middle
        else:
            outside = middle
    return (inside + outside) / 2


def _variance(area: float, positives: int, negatives: int) -> float:
    """Hanley and McNeil's variance of an area (1982), with the mean of both sizes in place of each."""
    others = (positives + negatives) / 2 - 1
    spread = 1 + others * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * spread / (positives * negatives)

"""Several tests at once: Holm's step-down adjustment."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm-adjusted p values, in the order given; comparing each with alpha keeps the family-wise error at alpha.

    Source: Holm 1979. The smallest p is multiplied by the number of tests, the next by one less, and so on; none
    falls below the one before it and none exceeds 1.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, floor = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        floor = max(floor, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = floor
    return adjusted

"""The share of n-grams that are different, plain and adjusted for how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .grams import Grams

VOCABULARY = 50_257
ORDERS = 5


def distinct(order: Grams) -> float | None:
    """Different n-grams of all texts / all of them, above 0 up to 1; None where there are none (Li et al. 2016)."""
    return order.different / len(order.gram) if len(order.gram) else None


def ead(orders: Sequence[Grams], vocabulary: int = VOCABULARY) -> float | None:
    """Expectation-adjusted distinct n-grams: the mean over the orders 1 to 5 of U / (V (1 - ((V - 1) / V)^C)).

    U are the different n-grams, C all of them; above 0, about 1 where they are as many as drawn by chance. Orders in
    which no text has an n-gram are left out; None where there is none in any. Liu, Sabour et al. 2022 (arXiv
    2202.13587), averaged over orders and with the V of Kirk et al. 2024 (2310.06452).
    """
    values = [_adjusted(one.different, len(one.gram), vocabulary) for one in orders if len(one.gram)]
    return math.fsum(values) / len(values) if values else None


def _adjusted(different: int, total: int, vocabulary: int) -> float:
    expected = -vocabulary * math.expm1(total * math.log1p(-1 / vocabulary))
    return different / expected

"""Sums without rounding: numbers come one by one, in any order, and what is kept of them does not grow with them."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

_EXACT = 2**53
"""Below it every whole number is a float."""


class ExactSum:
    """A sum of finite numbers, rounded once, when it is read: what `math.fsum` gives of them in any order."""

    __slots__ = ("_parts", "_whole")

    def __init__(self) -> None:
        self._whole = 0
        self._parts: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Add a number. Raises ValueError or OverflowError for one that is not finite."""
        if value.__class__ is int and -_EXACT < value < _EXACT:
            self._whole += value
        else:
            numerator, denominator = float(value).as_integer_ratio()
            self._parts[denominator] = self._parts.get(denominator, 0) + numerator

    def add_square(self, value: float) -> None:
        """Add the square of a number, which is not rounded either."""
        numerator, denominator = float(value).as_integer_ratio()
        denominator *= denominator
        self._parts[denominator] = self._parts.get(denominator, 0) + numerator * numerator

    def fraction(self) -> Fraction:
        """The sum itself."""
        # The denominators of floats are powers of two: the largest is a multiple of each
        common = max(self._parts, default=1)
        return Fraction(self._whole * common + sum(n * (common // d) for d, n in self._parts.items()), common)

    def __float__(self) -> float:
        """The sum, correctly rounded. Raises OverflowError where it is too large."""
        if not self._parts:
            return float(self._whole)
        total = self.fraction()
        return total.numerator / total.denominator


class Deviation:
    """The standard deviation of numbers that come one by one; `statistics.stdev` gives the same."""

    __slots__ = ("_squares", "_sum", "count")

    def __init__(self) -> None:
        self.count = 0
        self._sum, self._squares = ExactSum(), ExactSum()

    def add(self, value: float) -> None:
        """Add a number. Raises ValueError or OverflowError for one that is not finite."""
        self._sum.add(value)
        self._squares.add_square(value)
        self.count += 1

    @property
    def total(self) -> float:
        """The sum of the numbers."""
        return float(self._sum)

    @property
    def value(self) -> float | None:
        """The sample standard deviation, correctly rounded; None for fewer than two numbers."""
        if self.count < 2:
            return None
        total = self._sum.fraction()
        return _root((self.count * self._squares.fraction() - total * total) / (self.count * (self.count - 1)))


def _root(square: Fraction) -> float:
    """The square root of a fraction, correctly rounded: of twice the bits of a float, the last one odd if inexact."""
    n, m = square.numerator, square.denominator
    shift = (n.bit_length() - m.bit_length() - 2 * sys.float_info.mant_dig - 3) // 2
    if shift >= 0:
        return float(_odd_root(n, m << 2 * shift) << shift)
    return _odd_root(n << -2 * shift, m) / (1 << -shift)


def _odd_root(n: int, m: int) -> int:
    root = math.isqrt(n // m)
    return root | (root * root * m != n)

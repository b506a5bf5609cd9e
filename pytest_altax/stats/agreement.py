"""How well one yes-or-no reading agrees with another, such as a detector with people: precision, recall, F1, kappa."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of what was said against what is true: said yes and right or wrong, said no and wrong or right.

    Every figure is None where nothing is to be divided by.
    """

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0
    rejections: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool, int]]) -> Agreement:
        """From (truth, said, how often)."""
        counts = {(truth, said): 0 for truth in (True, False) for said in (True, False)}
        for truth, said, number in pairs:
            counts[truth, said] += number
        return cls(counts[True, True], counts[False, True], counts[True, False], counts[False, False])

    @property
    def n(self) -> int:
        """How many were compared."""
        return self.hits + self.false_alarms + self.misses + self.rejections

    @property
    def true(self) -> int:
        """How many are truly yes."""
        return self.hits + self.misses

    @property
    def precision(self) -> float | None:
        """The right share of what was said to be yes."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """The share that was found of what is truly yes."""
        return _share(self.hits, self.true)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where neither truth nor reading has a yes."""
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def false_positive_rate(self) -> float | None:
        """The share of what is truly no that was said to be yes."""
        return _share(self.false_alarms, self.false_alarms + self.rejections)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance over what chance leaves; None where both say the same throughout.

        Source: Cohen 1960.
        """
        said, other = self.hits + self.false_alarms, self.n - self.true
        chance = self.true * said + other * (self.n - said)
        return _share(self.n * (self.hits + self.rejections) - chance, self.n**2 - chance)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

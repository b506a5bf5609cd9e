"""The tests that weigh most against the limits of a run, found while the tests come one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..measurements import Measurement, Metric, Pooling
from .budget import Limit
from .estimate import Contribution, contributions

MOST = 3
"""So many tests are named beside a limit."""


def weight(pooling: Pooling, limit: Limit, item: Contribution, changed: bool) -> float:
    """What a test adds beyond a limit; of a total, what it adds to it or, if any has `changed`, has added since."""
    side = 1 if limit.bound == "max" else -1
    if pooling is not Pooling.TOTAL:
        return side * (item.numerator - limit.value * item.denominator)
    before = (item.numerator if item.was is None else item.was) if changed else 0.0
    return side * (item.numerator - before)


class Heaviest:
    """Of the contributions to one metric those that a message may name: a few for each limit, however many tests."""

    def __init__(self, metric: Metric, limits: Iterable[Limit]) -> None:
        self._metric = metric
        self._limits = [limit for limit in limits if limit.metric == metric.name and not limit.of_change]
        self._kept: list[list[tuple[float, str, Contribution]]] = [[] for _ in range(2 * len(self._limits))]
        self._changed: Contribution | None = None

    def add(self, test: str, part: Measurement) -> None:
        """Take what a test adds into account."""
        if not self._limits:
            return
        for item in contributions(self._metric, [(test, part)]):
            if item.was is not None:
                self._changed = self._changed or item
            for place, kept in enumerate(self._kept):
                limit, changed = self._limits[place // 2], bool(place % 2)
                kept.append((-weight(self._metric.pooling, limit, item, changed), test, item))
                kept.sort(key=lambda one: one[:2])
                del kept[MOST:]

    def found(self) -> Sequence[Contribution]:
        """The heaviest, sorted by test; with one that has changed since it was recorded, where any has."""
        known = {test: item for kept in self._kept for _, test, item in kept}
        if self._changed is not None:
            known[self._changed.test] = self._changed
        return [known[test] for test in sorted(known)]

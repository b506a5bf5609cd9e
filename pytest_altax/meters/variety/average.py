"""Averages over prompt groups: a value is computed for each, then averaged. Needs no numpy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...stats.summing import ExactSum
from .record import MEASURES, GroupVariety, Variety


@dataclass(frozen=True, slots=True)
class Average:
    """The means over prompts, of the measures that any of them has.

    `prompts` and `samples` count what was measured, `words` is the mean over its samples; `refused` and `empty` are
    shares of all samples of the prompts.
    """

    prompts: int
    samples: int
    words: float = 0.0
    refused: float = 0.0
    empty: float = 0.0
    values: Mapping[str, float] = dataclasses.field(default_factory=dict)


def average(groups: Iterable[GroupVariety]) -> Average:
    """Over all answers of those groups that have enough of them."""
    found = Averaging()
    for group in groups:
        found.add(group.answers, group.refusals, group.empty)
    return found.average()


def average_answered(groups: Iterable[GroupVariety]) -> Average:
    """Over the answers that are no refusals, of those groups that have enough of them."""
    found = Averaging()
    for group in groups:
        found.add(group.without_refusals)
    return found.average()


class Averaging:
    """The average of prompt groups that come one by one, of which but sums are kept."""

    def __init__(self) -> None:
        self._prompts = self._samples = self._refused = self._empty = 0
        self._words = ExactSum()
        self._values: dict[str, tuple[ExactSum, list[int]]] = {}

    def add(self, one: Variety, refusals: int = 0, empty: int = 0) -> None:
        """Add the answers to a prompt, if there are enough of them, with how many are refusals and empty."""
        if not one.values:
            return
        self._prompts += 1
        self._samples += one.samples
        self._refused += refusals
        self._empty += empty
        self._words.add(one.words * one.samples)
        for name, value in one.values.items():
            total, times = self._values.setdefault(name, (ExactSum(), [0]))
            total.add(value)
            times[0] += 1

    def average(self) -> Average:
        """The average of those added so far."""
        words, refused, empty = (_share(x, self._samples) for x in (float(self._words), self._refused, self._empty))
        found = ((name, self._values[name]) for name in MEASURES if name in self._values)
        means = {name: float(total) / times for name, (total, (times,)) in found}
        return Average(self._prompts, self._samples, words, refused, empty, means)


def _share(part: float, of: float) -> float:
    return part / of if of else 0.0

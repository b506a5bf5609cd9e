"""How much sampled answers differ, as a table: a row a measure, a column for each kind of answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..meters.variety.average import Average, Averaging
from ..meters.variety.record import FEWEST, MEASURES, GroupVariety
from .safe import plain

_LABELS = {"semantic_entropy_miller_madow": "  Miller-Madow"}
_UNMEASURED = "-"
_WIDTH = 13


def variety(groups: Iterable[tuple[bool, GroupVariety]], clusterer: str) -> list[str]:
    """The lines of the table of some groups, (of a harmful prompt, group); none without a measured one."""
    return _table(groups).lines(clusterer)


def averages(groups: Iterable[tuple[bool, GroupVariety]]) -> dict[str, Any]:
    """The columns of the table as plain data, by name."""
    return {name.replace(" ", "_"): dataclasses.asdict(one) for name, one in _table(groups).columns()}


def _table(groups: Iterable[tuple[bool, GroupVariety]]) -> VarietyTable:
    found = VarietyTable()
    for harmful, group in groups:
        found.add(harmful, group)
    return found


class VarietyTable:
    """The table of groups that come one by one, of which but averages are kept.

    Columns: all answers, those that are no refusals where there is one, benign and harmful prompts where there are
    both. What a value cannot be compared without stands above it: words per answer, refusals, empty answers.
    """

    def __init__(self) -> None:
        self._all, self._answered = Averaging(), Averaging()
        self._sides: dict[bool, Averaging] = {}
        self._refused = False
        self._similarities: set[str] = set()

    def add(self, harmful: bool, group: GroupVariety) -> None:
        """Add the answers to a prompt; what was not measured of them counts nowhere."""
        self._similarities.add(plain(group.similarity, 60))
        if not group.answers.values:
            return
        self._refused |= group.answered is not None
        self._answered.add(group.without_refusals)
        for column in (self._all, self._sides.setdefault(harmful, Averaging())):
            column.add(group.answers, group.refusals, group.empty)

    def columns(self) -> list[tuple[str, Average]]:
        """The columns by name; none without a measured group."""
        if not self._sides:
            return []
        columns = [("all", self._all)]
        if self._refused:
            columns.append(("no refusals", self._answered))
        if len(self._sides) > 1:
            columns += [("benign", self._sides[False]), ("harmful", self._sides[True])]
        return [(name, column.average()) for name, column in columns]

    def lines(self, clusterer: str) -> list[str]:
        """The lines of the table; none without a measured group."""
        columns = self.columns()
        if not columns:
            return []
        head = f"diversity of {_counted(columns[0][1].prompts, 'prompt')} with {FEWEST} answers or more"
        names = f"clusterer {plain(clusterer, 60)}, similarity {', '.join(sorted(self._similarities))}"
        return [f"{head}; {names}", *_rows(columns)]


def _rows(columns: Sequence[tuple[str, Average]]) -> Iterator[str]:
    yield _row("", [name for name, _ in columns])
    yield _row("prompts", [f"{one.prompts:,}" for _, one in columns])
    yield _row("answers", [f"{one.samples:,}" for _, one in columns])
    yield _row("words per answer", [f"{one.words:,.1f}" if one.samples else _UNMEASURED for _, one in columns])
    yield _row("refused", [_UNMEASURED if name == "no refusals" else f"{one.refused:.0%}" for name, one in columns])
    yield _row("empty", [_UNMEASURED if name == "no refusals" else f"{one.empty:.0%}" for name, one in columns])
    for measure in MEASURES:
        if any(measure in one.values for _, one in columns):
            yield _row(_LABELS.get(measure, measure), [_value(one, measure) for _, one in columns])


def _row(label: str, cells: Sequence[str]) -> str:
    return f"  {label:<20}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)


def _value(one: Average, measure: str) -> str:
    return f"{one.values[measure]:.3f}" if measure in one.values else _UNMEASURED


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"

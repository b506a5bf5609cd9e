"""What the table shows of the tests of a run, found while they come one by one: the worst of them, sums of the rest.

What is kept does not grow with the number of tests, but where all of them are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..gate.budget import CHANGES
from ..measurements import Status, Verdict
from .model import TestResult
from .thrift import CacheBreaks
from .variety import VarietyTable

MOST_ROWS = 25
_MOST_BREAKS = 5
_MOST_ALIKE = 3
_MOST_KEPT = 10_000
"""Of sentences and changed lines so many different ones are told apart; a run with more has other troubles."""

Note = tuple[str, str]
"""(test id, sentence)."""


class Shown:
    """Below 0, verbosity leaves out the tests; 0 keeps the 25 with the largest tax, failing ones first; above, all.

    `reason` is why changes are not measured, if a test has a limit of one.
    """

    def __init__(self, verbosity: int = 0) -> None:
        self.verbosity = verbosity
        self.measured = 0
        self.variety = VarietyTable()
        self.breaks = CacheBreaks(_MOST_BREAKS)
        self.changes: Counter[str] = Counter()
        self.reason: str | None = None
        self.fails = False
        self.unsaid = 0
        self._tests: list[tuple[tuple[bool, float, int], TestResult]] = []
        self._sentences: Counter[str] = Counter()
        self._notes: list[tuple[Note, bool]] = []

    def add(self, test: TestResult) -> None:
        """Take a test into account; they come sorted by id."""
        self.fails |= test.outcome not in ("passed", "xfailed", "xpassed", "skipped")
        self._choose(test)
        for group in test.sampled:
            self.variety.add(test.harmful, group)
        self.breaks.add(test)
        for line in (line for call in test.stale for line in call.diff):
            if line in self.changes or len(self.changes) < _MOST_KEPT:
                self.changes[line] += 1
        for sentence in test.attention:
            self._note(test, sentence)
        for verdict in test.verdicts:
            if self.reason is None and verdict.bound in CHANGES:
                self.reason = verdict.estimate.reason or None
            if _said_here(verdict):
                self._keep(test, verdict.message.split("\n", 1)[0], False)

    @property
    def tests(self) -> list[TestResult]:
        """The tests of which there is a row, sorted by id."""
        worst = sorted(self._tests, key=lambda one: one[0])[: None if self.verbosity > 0 else MOST_ROWS]
        return [test for _, test in sorted(worst, key=lambda one: one[0][2])]

    @property
    def left_out(self) -> int:
        """How many tests that were measured have no row."""
        return max(0, self.measured - MOST_ROWS) if self.verbosity == 0 else 0

    def common(self) -> list[tuple[str, int]]:
        """The sentences that more than a few tests share, and how many do."""
        return [(sentence, count) for sentence, count in self._sentences.items() if count > _MOST_ALIKE]

    def notes(self) -> Iterator[Note]:
        """The sentences of single tests, in their order."""
        for (id, sentence), shared in self._notes:
            if not shared or self._sentences[sentence] <= _MOST_ALIKE:
                yield id, sentence

    def _choose(self, test: TestResult) -> None:
        if not test.calls:
            return
        self.measured += 1
        if self.verbosity < 0:
            return
        self._tests.append(((not failing(test), -_tax(test), self.measured), test))
        if self.verbosity == 0 and len(self._tests) >= 2 * MOST_ROWS:
            self._tests = sorted(self._tests, key=lambda one: one[0])[:MOST_ROWS]

    def _note(self, test: TestResult, sentence: str) -> None:
        if sentence not in self._sentences and len(self._sentences) >= _MOST_KEPT:
            self.unsaid += 1
            return
        self._sentences[sentence] += 1
        if self._sentences[sentence] <= _MOST_ALIKE:
            self._keep(test, sentence, True)

    def _keep(self, test: TestResult, sentence: str, shared: bool) -> None:
        if len(self._notes) < _MOST_KEPT:
            self._notes.append(((test.id, sentence), shared))
        else:
            self.unsaid += 1


def failing(test: TestResult) -> bool:
    """Whether a budget of the test fails."""
    return any(verdict.fails for verdict in test.verdicts)


def _tax(test: TestResult) -> float:
    measurement = test.measurement("tax_tokens")
    return sum(sample.numerator for sample in measurement.samples) if measurement else 0.0


def _said_here(verdict: Verdict) -> bool:
    # A failing verdict already stands in pytest's own report of its test
    return not verdict.fails and (verdict.warns or verdict.status is Status.INCONCLUSIVE)

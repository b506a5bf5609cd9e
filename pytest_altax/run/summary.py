"""From the results of the tests to those of the run: pool the measurements, judge the run's budget."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .. import __version__
from ..capture.matching.volatile import toml_line
from ..errors import ResultsError
from ..gate.estimate import Contribution, Pooled
from ..gate.evaluate import evaluate
from ..gate.heaviest import Heaviest
from ..measurements import Estimate, Measurement, Verdict
from ..meters.savings import Savings, Servers
from ..report.model import Header, LedgerLine, Problem, RunResult, StaleCall, TestResult
from ..report.wording import moved
from .ahead import Ahead
from .comparing import Comparing
from .ledger import LedgerSum
from .problems import Unchosen, Unmatched, nothing_measured, pattern_problems
from .project import Project
from .savings import with_unused_tools
from .selfedits import SelfEdits, policy
from .selfedits import problems as self_edit_problems
from .shards import SHARD
from .usage import Unplayed

_MOST_CHANGES = 1000
"""Of the changes that made calls stale so many are kept; no more than the first of them are ever told."""


def summarise(
    run: Project, tests: Sequence[TestResult], known: Collection[str], partial: str | None
) -> tuple[tuple[TestResult, ...], RunResult]:
    """The results of the tests, with what only the run tells of them, and of the run as a whole.

    `known` are the ids of all tests of the suite. `partial` says why the run is not whole; its budgets are then not
    judged.
    """
    ahead = Ahead()
    for test in tests:
        ahead.add(test)
    summary = Summary(run, ahead, partial)
    counted = tuple(summary.add(test) for test in tests)
    return counted, summary.result(counted, pattern_problems(run.settings.budget, known))


class Summary:
    """The run as a whole, of tests that come one by one, sorted by id. What is kept does not grow with their number.

    But for: the counts of each probe by language, 8 bytes a score, and, beside a baseline, tests that it has not. What
    differs from test to test (texts of refusal, cassettes with something left unplayed) is kept once.
    """

    def __init__(self, run: Project, ahead: Ahead, partial: str | None) -> None:
        self._run, self._ahead, self._partial = run, ahead, partial
        self._measured = _Measured(run)
        self._ledger, self._savings, self._servers = LedgerSum(), Savings(), Servers()
        self._stale = _Stale()
        self._unplayed = Unplayed(run, ahead.idle, whole=partial is None)
        self._unmatched, self._unchosen = Unmatched(run.settings.layers), Unchosen(run.settings.budget)
        self._comparing, self._edits = Comparing(run), SelfEdits(run)
        self._tests = self._calls = 0

    def add(self, test: TestResult) -> TestResult:
        """The test with what only the run tells of it, counted in. Raises ResultsError for a number that is none."""
        # Of a run that was cut short nobody knows which tools its other tests call.
        test = with_unused_tools(test, self._ahead.called) if self._partial is None else test
        self._tests += not test.shared
        self._calls += test.calls
        try:
            self._add_up(test)
        except (ValueError, OverflowError) as error:
            raise ResultsError(f"{test.id}: a number in its results is not finite") from error
        of_settings = (self._unmatched, self._unchosen, self._comparing, self._edits)
        for part in (self._measured, self._stale, self._unplayed, *of_settings):
            part.add(test)
        return test

    def result(self, tests: Sequence[TestResult], patterns: Iterable[Problem]) -> RunResult:
        """The run. `tests` are all that were added, `patterns` the problems of patterns that match nothing."""
        lines, partial, edited = self._ledger.lines(), self._partial, self._edits.found()
        estimates = self._measured.estimates(tests)
        return RunResult(
            tests=self._tests,
            calls=self._calls,
            stale=self._stale.calls,
            partial=partial,
            lines=lines,
            estimates=tuple(estimates[name] for name in sorted(estimates)),
            verdicts=self._verdicts(estimates, lines),
            problems=(*self_edit_problems(self._run, edited), *self._problems(patterns)),
            unused=self._unplayed.found(),
            ignore=self._stale.ignore(self._run),
            savings=self._savings.merged(),
            servers=self._servers.found(),
            compared=self._comparing.compared() if partial is None else None,
            self_edits=edited,
            on_self_edit=policy(self._run) if edited else self._run.settings.on_self_edit,
        )

    def _add_up(self, test: TestResult) -> None:
        for line in test.lines:
            self._ledger.add(line)
        for saving in test.savings:
            self._savings.add(saving, test.id)
        for use in test.tools:
            self._servers.add(use)

    def _verdicts(self, estimates: Mapping[str, Estimate], lines: Sequence[LedgerLine]) -> tuple[Verdict, ...]:
        return evaluate(
            self._run.settings.budget.run,
            estimates,
            self._run.meters.metrics,
            self._run.settings.budget.policy,
            partial=self._partial,
            contributions=self._measured.contributions(),
            moved=moved(lines, [StaleCall(0, tuple(self._stale.changes))]),
            changes=self._comparing.change,
        )

    def _problems(self, patterns: Iterable[Problem]) -> Iterator[Problem]:
        if self._partial is not None:  # a shard knows all tests of the suite, of which it has run a part
            yield from patterns if self._partial.startswith(SHARD) else ()
        elif not self._calls:
            yield nothing_measured()
        else:
            yield from self._unmatched.problems()
            told = tuple(patterns)
            yield from told
            yield from self._unchosen.problems({problem.name for problem in told})
            yield from self._comparing.problems()


class _Measured:
    """The measurements of the tests: pooled, and what each budget of the run would name of them."""

    def __init__(self, run: Project) -> None:
        self._metrics, self._limits = run.meters.metrics, run.settings.budget.run
        self._pooled: dict[str, Pooled] = {}
        self._heaviest = {limit.metric: Heaviest(self._metrics[limit.metric], self._limits) for limit in self._limits}
        self._derivation = run.meters.derivation()

    def add(self, test: TestResult) -> None:
        """Pool what a test measured."""
        for one in test.measurements:
            self._pool(test.id, one)
        self._derivation.add(test)

    def _pool(self, id: str, one: Measurement) -> None:
        pooled = self._pooled.get(one.metric)
        if pooled is None:
            if one.metric not in self._metrics:
                fix = "install the package whose meter measured it; a layer must be declared here, too"
                raise ResultsError(f"{id} has a metric that no meter here declares: {one.metric!r}", fix=fix)
            pooled = self._pooled[one.metric] = Pooled(self._metrics[one.metric])
        pooled.add(id, one)
        if one.metric in self._heaviest:
            self._heaviest[one.metric].add(id, one)

    def estimates(self, tests: Sequence[TestResult]) -> dict[str, Estimate]:
        """The estimates by metric, with those that exist for a whole run only."""
        pooled = {name: found.estimate() for name, found in self._pooled.items()}
        return {**pooled, **self._derivation.derive(pooled, tests)}

    def contributions(self) -> Mapping[str, Sequence[Contribution]]:
        """The tests that weigh most, by metric."""
        return {name: found.found() for name, found in self._heaviest.items()}


class _Stale:
    """The stale calls: how many, by what changes, and the patterns under which some would not be."""

    def __init__(self) -> None:
        self.calls = 0
        self.changes: set[str] = set()
        self._ignore: dict[str, None] = {}

    def add(self, test: TestResult) -> None:
        """Look at the stale calls of a test."""
        self.calls += len(test.stale)
        for call in test.stale:
            self.changes.update(call.changes)
            self._ignore.update(dict.fromkeys(call.ignore))
        if len(self.changes) > _MOST_CHANGES:
            self.changes = set(sorted(self.changes)[: _MOST_CHANGES // 2])

    def ignore(self, run: Project) -> str | None:
        """The line of settings that ignores what is ignored already, and what alone makes calls stale."""
        standing = [pattern.pattern for pattern in run.settings.capture.ignore]
        new = [pattern for pattern in self._ignore if pattern not in standing]
        return toml_line([*standing, *new]) if self._ignore else None


def header(run: Project) -> Header:
    """The header of a run's results, made now."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Header(
        altax=__version__,
        created=now,
        python=platform.python_version(),
        config=run.settings.digest,
        record=run.settings.capture.mode.value,
        detector=run.readers["detector"],
        clusterer=run.readers["clusterer"],
        tokenizer=run.readers["tokenizer"],
        prices=run.readers["prices"],
    )

"""The run beside its baseline: which tests are new, gone or renamed, and whether the two can be compared at all."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence

from ..gate.baseline import Baseline
from ..gate.change import Against, Change
from ..measurements import Measurement, Metric
from ..report.comparison import SKEW, days_between
from ..report.model import Compared, Problem, TestResult
from .project import Project

_FEW = 2


class Comparing:
    """The tests of a run, which come one by one, beside its baseline; without one nothing is kept of them.

    With one it keeps, of the metrics whose change the run limits, what it measured in the tests that the baseline has:
    no more than the baseline itself takes.
    """

    def __init__(self, run: Project) -> None:
        self._run, self._baseline = run, run.against.baseline
        budget = run.settings.budget
        self._of_run = {limit.metric for limit in budget.run if limit.of_change}
        of_tests = {limit.metric for entry in budget.tests for limit in entry.limits if limit.of_change}
        self._limited = self._of_run | of_tests
        self._common: set[str] = set()
        self._new: dict[str, frozenset[str]] = {}
        self._parts: dict[str, list[tuple[str, Measurement]]] = {name: [] for name in self._of_run}
        self._others: dict[str, list[tuple[str, Measurement]]] = {name: [] for name in self._of_run}

    def add(self, test: TestResult) -> None:
        """Take a test into account."""
        if self._baseline is None:
            return
        self._limited |= {one.metric for one in test.verdicts if one.bound.startswith("max-")}
        then = self._baseline.tests.get(test.id)
        if test.calls and then is not None:
            self._common.add(test.id)
        elif test.calls:
            self._new[test.id] = _prompts(test)
        for one in test.measurements if self._of_run else ():
            if one.metric in self._of_run and one.metric in (then or ()):
                self._parts[one.metric].append((test.id, one))
            elif one.metric in self._of_run and len(self._others[one.metric]) < _FEW:
                self._others[one.metric].append((test.id, one))

    def change(self, metric: Metric) -> Change:
        """How a metric has moved since the baseline."""
        # Where the two have no test in common, it matters whether the run has one or more
        parts = self._parts.get(metric.name) or self._others.get(metric.name, [])
        return self._run.against.change(metric, parts)

    def compared(self) -> Compared | None:
        """What the run was compared with; None without a baseline."""
        baseline = self._baseline
        if baseline is None:
            return None
        gone = {id: _groups(baseline, id) for id in sorted(baseline.tests.keys() - self._common)}
        renamed = tuple(_renamed(gone, {id: self._new[id] for id in sorted(self._new)}))
        old, new = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
        return Compared(
            baseline.source,
            baseline.header.created,
            len(self._common),
            baseline.header.revision or "",
            tuple(sorted(self._new.keys() - new)),
            tuple(sorted(gone.keys() - old)),
            renamed,
        )

    def problems(self) -> Iterator[Problem]:
        """What keeps the limits of changes from being judged: another detector or clusterer, an old baseline."""
        baseline, metrics, against = self._baseline, self._run.meters.metrics, self._run.against
        if baseline is None:
            return
        limited = [metrics[name] for name in sorted(self._limited) if name in metrics]
        # A new table of prices is nobody's change: what rests on it is not measured, which is said, and does not fail
        telling = [dataclasses.replace(one, depends=tuple(x for x in one.depends if x != "prices")) for one in limited]
        if differing := [metric for metric in telling if against.differs(metric)]:
            yield Problem("baseline", _not_comparable(against, differing))
        most = self._run.settings.baseline_days
        if limited and most is not None and (said := _too_old(baseline, most)):
            yield Problem(
                "baseline-max-age",
                f"the baseline {baseline.source} {said}\n"
                "  to fix: run the tests, look at them, and altax baseline update",
            )


def _too_old(baseline: Baseline, most: float) -> str:
    """What is wrong with the age of a baseline; empty for nothing. A date that cannot be right is no young age."""
    created = baseline.header.created
    age = days_between(created, _now())
    if age is None:
        return f"has no date: {created!r} is none"
    if age < -SKEW:
        return f"is dated in the future: {created}"
    return f"is {age:.0f} days old, more than baseline-max-age = {most:g}" if age > most else ""


def _prompts(test: TestResult) -> frozenset[str]:
    return frozenset(sample.group for one in test.measurements for sample in one.samples if sample.group)


def _groups(baseline: Baseline, id: str) -> frozenset[str]:
    return frozenset(sample.group for samples in baseline.tests[id].values() for sample in samples if sample.group)


def _renamed(gone: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a test that is gone and a new one that asks the very same prompts, or has its name in another file."""
    asking: dict[frozenset[str], set[str]] = {}
    named: dict[str, set[str]] = {}
    for id, asked in new.items():
        asking.setdefault(asked, set()).add(id)
        named.setdefault(_name(id), set()).add(id)
    for old, prompts in gone.items():
        alike = (asking.get(prompts, set()) if prompts else set()) | named.get(_name(old), set())
        if len(alike) == 1:
            (found,) = alike
            asking[new[found]].discard(found)
            named[_name(found)].discard(found)
            yield old, found


def _name(id: str) -> str:
    return id.rpartition("::")[2]


def _not_comparable(against: Against, metrics: Sequence[Metric]) -> str:
    reasons = "; ".join(sorted({against.differs(metric) for metric in metrics}))
    names = ", ".join(metric.name for metric in metrics[:5]) + (" ..." if len(metrics) > 5 else "")
    return (
        f"the baseline is not comparable: {reasons}\n  so the changes of {names} are not measured\n"
        "  to fix: go back to it, or look at the run and altax baseline update"
    )


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

"""What is allowed: limits for the whole run, for tests by pattern and for one test, and what doubt does to a build."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound on one metric: `bound` is `max` or `min`, `value` in the metric's unit.

    `alpha` is the level of the one-sided test where the metric is sampled. `source` is where the limit was set, as
    shown to the user, and `line` its line there.
    """

    metric: str
    bound: str
    value: float
    alpha: float = 0.05
    source: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TestLimits:
    """Limits of each test whose id is `match` or fits it: `*` (slashes too) and `?` are wildcards, brackets are not."""

    __test__ = False

    match: str
    limits: tuple[Limit, ...]

    def covers(self, nodeid: str) -> bool:
        """Whether the limits hold for the test of that id. Brackets are literal, since ids have them."""
        return nodeid == self.match or fnmatch.fnmatchcase(nodeid, self.match.replace("[", "[[]"))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verdict that is no clear yes or no does to the build: `pass`, `warn` or `fail`."""

    on_inconclusive: str = "pass"
    on_stale: str = "warn"


@dataclass(frozen=True, slots=True)
class Budget:
    """All limits of a project: `run` judges the pooled run, `tests` judge each matching test by itself."""

    run: tuple[Limit, ...] = ()
    tests: tuple[TestLimits, ...] = ()
    policy: Policy = Policy()

    def for_test(self, nodeid: str, marker: tuple[Limit, ...] = ()) -> tuple[Limit, ...]:
        """The limits of one test: later patterns over earlier ones metric by metric, its marker over those."""
        chosen: dict[str, tuple[Limit, ...]] = {}
        for entry in self.tests:
            if entry.covers(nodeid):
                chosen |= _by_metric(entry.limits)
        chosen |= _by_metric(marker)
        return tuple(limit for limits in chosen.values() for limit in limits)


def _by_metric(limits: Iterable[Limit]) -> dict[str, tuple[Limit, ...]]:
    grouped: dict[str, tuple[Limit, ...]] = {}
    for limit in limits:
        grouped[limit.metric] = (*grouped.get(limit.metric, ()), limit)
    return grouped

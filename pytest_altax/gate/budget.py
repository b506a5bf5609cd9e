"""What is allowed: limits for the whole run, for tests by pattern and for one test, and what doubt does to a build."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable
from dataclasses import dataclass

CHANGES = ("max-increase", "max-decrease")


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound on one metric: `bound` is `max`, `min`, `max-increase` or `max-decrease`; `value` in the metric's unit.

    The last two bound the change since the baseline; where `relative`, `value` is a share of what the baseline has, and
    a change of at most `ignore_below`, in the metric's unit, is none. `alpha` is the level of the one-sided test where
    the metric is sampled. `source` is where the limit was set, as shown to the user, and `line` its line there.
    """

    metric: str
    bound: str
    value: float
    alpha: float = 0.05
    source: str = ""
    line: int | None = None
    relative: bool = False
    ignore_below: float = 0.0

    @property
    def of_change(self) -> bool:
        """Whether it bounds a change since the baseline rather than a value."""
        return self.bound in CHANGES


@dataclass(frozen=True, slots=True)
class TestLimits:
    """Limits of each test whose id is `match` or fits it: `*` (slashes too) and `?` are wildcards, brackets are not.

    With `language` they hold for tests marked with it alone, with `model` for tests all of whose calls ask for a model
    that fits it.
    """

    __test__ = False

    match: str
    limits: tuple[Limit, ...]
    language: str | None = None
    model: str | None = None

    def covers(self, nodeid: str) -> bool:
        """Whether a test of that id may be meant. Brackets are literal, since ids have them."""
        return nodeid == self.match or fnmatch.fnmatchcase(nodeid, self.match.replace("[", "[[]"))

    def fits(self, nodeid: str, language: str | None, models: Collection[str]) -> bool:
        """Whether the limits hold for the test of that id, language and models."""
        if not self.covers(nodeid) or self.language not in (None, language):
            return False
        return self.model is None or (bool(models) and all(fnmatch.fnmatchcase(name, self.model) for name in models))


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

    def for_test(
        self,
        nodeid: str,
        marker: tuple[Limit, ...] = (),
        language: str | None = None,
        models: Collection[str] = (),
    ) -> tuple[Limit, ...]:
        """The limits of one test: later patterns over earlier ones metric by metric, its marker over those."""
        chosen: dict[str, tuple[Limit, ...]] = {}
        for entry in self.tests:
            if entry.fits(nodeid, language, models):
                chosen |= _by_metric(entry.limits)
        chosen |= _by_metric(marker)
        return tuple(limit for limits in chosen.values() for limit in limits)


def _by_metric(limits: Iterable[Limit]) -> dict[str, tuple[Limit, ...]]:
    grouped: dict[str, tuple[Limit, ...]] = {}
    for limit in limits:
        grouped[limit.metric] = (*grouped.get(limit.metric, ()), limit)
    return grouped

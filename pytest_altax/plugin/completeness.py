"""Whether a run was the whole of it. Budgets of the run are judged on whole runs alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

_SELECTING = ("-k", "-m", "--sw", "--stepwise", "--deselect")


@dataclass
class Completeness:
    """What was left out, and which tests were seen."""

    config: pytest.Config
    deselected: int = 0
    seen: set[str] = field(default_factory=set)
    failed_before: int = 0

    def __post_init__(self) -> None:
        # --lf leaves tests out while collecting, without deselecting them
        cache = getattr(self.config, "cache", None)
        if cache is not None and getattr(self.config.option, "lf", False):
            self.failed_before = len(cache.get("cache/lastfailed", {}))

    def partial(self, session: pytest.Session, stopped: bool) -> str | None:
        """Why the run is only a part of the suite, or None when it is whole.

        Tests deselected by options in `addopts` or by a conftest belong to no run of this suite; tests deselected by
        an option of this command line were left out of this one.
        """
        missing = session.testscollected - len(self.seen)
        if missing > 0 or stopped:
            return f"stopped after {len(self.seen)} of {session.testscollected} tests"
        if self.failed_before:
            return "only the tests that failed before were run"
        if self.deselected and self._selected():
            return f"{self.deselected} tests were deselected"
        if narrower := self._narrower():
            return f"only {narrower} was asked for"
        return None

    def _selected(self) -> bool:
        given = self.config.invocation_params.args
        return any(str(one).startswith(_SELECTING) for one in given)

    def _narrower(self) -> str | None:
        """The arguments that ask for less than `testpaths`, or for single tests."""
        given = [str(one) for one in self.config.args]
        single = [one for one in given if "::" in one]
        if single:
            return ", ".join(single[:3])
        testpaths = [(self.config.rootpath / one).resolve() for one in self.config.getini("testpaths")]
        asked = [(self.config.invocation_params.dir / one).resolve() for one in given]
        whole = all(any(path.is_relative_to(one) for one in asked) for path in testpaths)
        return None if whole else ", ".join(given[:3])

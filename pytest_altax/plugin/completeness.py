"""Whether a run was the whole of it. Budgets of the run are judged on whole runs alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

_SELECTING = {
    "keyword": ("-k",),
    "markexpr": ("-m",),
    "deselect": ("--deselect",),
    "stepwise": ("--sw", "--stepwise"),
    "splits": ("--splits",),
    "ignore": ("--ignore",),
    "ignore_glob": ("--ignore-glob",),
}


@dataclass
class Completeness:
    """The ids of the tests that were left out, and of those that were seen."""

    config: pytest.Config
    deselected: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    failed_before: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        # --lf leaves tests out while collecting, without deselecting them
        cache = getattr(self.config, "cache", None)
        if cache is not None and getattr(self.config.option, "lf", False):
            self.failed_before = frozenset(cache.get("cache/lastfailed", {}))

    @property
    def known(self) -> set[str]:
        """The ids of all tests of the suite, as far as this run knows them."""
        return self.seen | self.deselected

    def partial(self, session: pytest.Session, interrupted: bool) -> str | None:
        """Why the run is only a part of the suite, or None when it is whole.

        Tests deselected by options in the ini file or by a conftest belong to no run of this suite; tests deselected by
        an option given to this run were left out of it.
        """
        if interrupted or len(self.seen) < session.testscollected:
            return f"stopped after {len(self.seen)} of {session.testscollected} tests"
        if self.seen and self.seen <= self.failed_before:
            return "only the tests that failed before were run"
        if option := self._selection():
            if not self.deselected:
                return f"{option} was given"
            number = len(self.deselected)
            return f"{number} {'test was' if number == 1 else 'tests were'} deselected by {option}"
        if narrower := self._narrower():
            return f"only {narrower} was asked for"
        return None

    def _selection(self) -> str | None:
        """The option of this run, not of the ini file, by which tests were left out."""
        standing = self.config.getini("addopts")
        for name, spellings in _SELECTING.items():
            given = getattr(self.config.option, name, None)
            stands = any(one.startswith(spellings) for one in standing)
            if given and not stands and (self.deselected or name.startswith("ignore")):
                return spellings[-1]
        return None

    def _narrower(self) -> str | None:
        """The arguments that ask for less than `testpaths` or, without it, for single files or tests."""
        if self.config.args_source is not pytest.Config.ArgsSource.ARGS:
            return None
        given = [str(one) for one in self.config.args]
        testpaths = [(self.config.rootpath / one).resolve() for one in self.config.getini("testpaths")]
        asked = [(self.config.invocation_params.dir / one).resolve() for one in given]
        single = any("::" in one for one in given) or (not testpaths and any(map(Path.is_file, asked)))
        covered = all(any(path.is_relative_to(one) for one in asked) for path in testpaths)
        return ", ".join(given[:3]) if single or not covered else None

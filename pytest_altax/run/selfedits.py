"""A change that edits its own gate is told so, at the top of the report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..config.edits import self_edits, stricter
from ..errors import GitError
from ..gate.origin import GIT
from ..gitrepo import Repository
from ..report.model import Problem, TestResult
from .project import Project

_NOT_KNOWN = "what this change edits of its own gate is not known"


class SelfEdits:
    """What the working tree edits of its own budgets, layers, markers, baseline and cassettes since the merge base.

    That is the one with the branch of `--altax-baseline=git:REF`, else with the target of a pull request on GitHub.
    Of the cassettes of tests, which come one by one, those are kept that git knows to have changed.
    """

    def __init__(self, run: Project) -> None:
        self._run = run
        self._since: tuple[Repository, str] | None = None
        self._unknown: tuple[str, ...] = ()
        self._changed: frozenset[Path] = frozenset()
        self._opened: set[Path] = set()
        if (ref := _target(run)) is not None:
            try:
                repository = Repository.of(run.root)
                self._since = repository, repository.merge_base(ref)
                names = repository.changed(self._since[1])
                self._changed = frozenset((repository.root / name).resolve() for name in names)
            except GitError as error:
                self._unknown = (f"{_NOT_KNOWN}: {error.what}",)

    def add(self, test: TestResult) -> None:
        """Look at the cassettes of a test."""
        if self._changed:
            paths = ((self._run.root / use.path).resolve() for use in test.cassettes)
            self._opened.update(path for path in paths if path in self._changed)

    def found(self) -> tuple[str, ...]:
        """The edits; where git cannot tell, one line that says why."""
        if self._since is None or self._unknown:
            return self._unknown
        repository, base = self._since
        try:
            return self_edits(repository, base, _config(self._run), self._run.baseline, self._opened)
        except GitError as error:
            return (f"{_NOT_KNOWN}: {error.what}",)


def policy(run: Project) -> str:
    """What such edits do to the build: `on-self-edit`, or what it was at the merge base where that is stricter."""
    ref, now = _target(run), run.settings.on_self_edit
    try:
        repository = Repository.of(run.root)
        return now if ref is None else stricter(repository, repository.merge_base(ref), _config(run), now)
    except GitError:
        return now


def _config(run: Project) -> Path:
    """The file of the settings, or that which the change may have removed."""
    return run.settings.path or run.root / "pyproject.toml"


def _target(run: Project) -> str | None:
    if run.asked_baseline and run.asked_baseline.startswith(GIT):
        return run.asked_baseline.removeprefix(GIT).partition("?")[0]
    target = os.environ.get("GITHUB_BASE_REF")
    in_repository = any((folder / ".git").exists() for folder in (run.root, *run.root.parents))
    return f"origin/{target}" if target and in_repository else None


def problems(run: Project, found: Sequence[str]) -> tuple[Problem, ...]:
    """With `on-self-edit = "fail"`, now or at the merge base, a failing entry that lists the edits."""
    if not found or policy(run) != "fail":
        return ()
    listed = "".join(f"\n  {line}" for line in found)
    said = f"this change edits what judges it{listed}\n  to fix: take these edits out, or have them reviewed apart"
    return (Problem("self-edit", said),)

"""`--altax-baseline=git:REF?recompute`: the tests of the merge base, replayed with their own cassettes."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ..errors import ConfigError, ResultsError
from ..gate.change import NO_BASELINE, Against
from ..gate.origin import GIT
from ..gitrepo import Repository
from ..measurements import Metric
from ..report import jsonlines
from ..report.blessing import blessed
from ..report.model import Results

RECOMPUTE = "?recompute"
HANDED = "altax_baseline"
"""Under which the controller hands the workers of pytest-xdist what it has made."""
_INSIDE = "PYTEST_ALTAX_RECOMPUTING"
"""The variable that says so to the process that replays a merge base: the repository and a folder for its notes."""
_NO_TESTS_FAILED, _TESTS_FAILED, _NO_TESTS = 0, 1, 5
_MOST_SAID = 15
_NOTE = "imported-"
_INSTALLED = ("site-packages", "dist-packages")


def is_inside() -> bool:
    """Whether this process replays a merge base for another: it has no baseline of its own."""
    return _INSIDE in os.environ


class Witness:
    """In a process that replays a merge base: notes what it has imported from the working tree instead."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the note, where there is something to be said."""
        repository, _, notes = os.environ[_INSIDE].partition(os.pathsep)
        foreign = sorted(
            f"{name} from {file}"
            for name, file in ((name, getattr(module, "__file__", None)) for name, module in [*sys.modules.items()])
            if file and _is_within(Path(file), Path(repository))
        )
        if foreign and not _is_within(Path(__file__), Path(repository)):
            (Path(notes) / f"{_NOTE}{os.getpid()}").write_text("\n".join(foreign), encoding="utf-8", errors="replace")


def _is_within(file: Path, repository: Path) -> bool:
    return file.resolve().is_relative_to(repository.resolve()) and not {*_INSTALLED} & {*file.parts}


def recomputed(asked: str, root: Path, arguments: Sequence[str], metrics: Mapping[str, Metric]) -> Against:
    """The baseline that the tests of a merge base give today, in a worktree of it that is removed again.

    `asked` is `git:REF?recompute`, `root` pytest's root folder, `arguments` the paths that this run was given, of which
    those are run that are there. Nothing is recorded there, and its code is imported from the worktree. There is no
    baseline where the merge base measures nothing yet. Raises GitError where git has no such place, ResultsError where
    its tests do not run, or run the code of the working tree.
    """
    ref = asked.removeprefix(GIT).removesuffix(RECOMPUTE)
    if not asked.startswith(GIT) or not ref:
        raise ConfigError(f"--altax-baseline={asked}: only a revision is recomputed", fix="git:origin/main?recompute")
    repository = Repository.of(root)
    commit = repository.merge_base(ref)
    with (
        tempfile.TemporaryDirectory(prefix="altax-base-") as folder,
        repository.worktree(commit, Path(folder) / "base"),
    ):
        tree = Path(folder) / "base"
        inside = tree / root.resolve().relative_to(repository.root.resolve())
        where = f"{commit[:9]}, the merge base with {ref}"
        files = list(dict.fromkeys(path for path in arguments if (inside / path).exists()))
        results = Path(folder) / "results.jsonl"
        if inside.is_dir() and bool(files) == bool(arguments):
            _run(inside, tree, results, files, repository.root)
        found = _read(results, where, metrics)
        if found is None or not found.tests:
            return Against(None, f"{NO_BASELINE}: no test calls a model at {where}")
        _check_imported(Path(folder))
        known = blessed(found, None, metrics, tree)
    return Against(dataclasses.replace(known, source=f"{where}, recomputed{_failed(found)}"))


def _read(results: Path, where: str, metrics: Mapping[str, Metric]) -> Results | None:
    """The results of the merge base; None where no test was found in it."""
    if not results.is_file():
        return None
    return jsonlines.read(results.read_text(encoding="utf-8"), f"the run of {where}", metrics)


def _failed(found: Results) -> str:
    failed = sum(test.outcome not in ("passed", "xfailed", "xpassed", "skipped") for test in found.tests)
    cut = f", a part of it ({found.run.partial})" if found.run.partial and "asked for" not in found.run.partial else ""
    return cut + (f", {failed} of its tests failed" if failed else "")


def _check_imported(notes: Path) -> None:
    told = sorted(line for note in notes.glob(f"{_NOTE}*") for line in note.read_text(encoding="utf-8").splitlines())
    if told:
        raise ResultsError(
            "the tests of the merge base ran code of the working tree, so they would show no change",
            facts=list(dict.fromkeys(told))[:3],
            fix="compare with a committed baseline instead, --altax-baseline=git:REF, or name the folder of that code "
            "in `pythonpath` of [tool.pytest.ini_options], there as well",
        )


def _run(folder: Path, tree: Path, results: Path, arguments: Sequence[str], repository: Path) -> None:
    """Run the tests of a tree; budgets that fail there are nobody's fault here."""
    paths = [str(path) for path in (folder / "src", folder, tree / "src", tree) if path.is_dir()]
    path = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    away = ("GITHUB_ACTIONS", "GITHUB_BASE_REF", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER")
    environment = {name: value for name, value in os.environ.items() if name not in away}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--altax", "--altax-record=none"]
    command += [f"--altax-report=jsonl:{results}", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": path, _INSIDE: f"{repository}{os.pathsep}{results.parent}"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == _NO_TESTS:
        return
    if done.returncode not in (_NO_TESTS_FAILED, _TESTS_FAILED) or not results.is_file():
        said = (done.stdout + done.stderr).strip().splitlines()[-_MOST_SAID:]
        raise ResultsError(
            f"the tests of the merge base did not run (exit {done.returncode})",
            facts=said,
            fix="compare with a committed baseline instead: --altax-baseline=git:REF",
        )

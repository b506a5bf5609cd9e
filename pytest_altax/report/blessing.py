"""A run made the baseline that later runs are compared with, and what to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import GitError, ResultsError
from ..gate.baseline import Baseline, BaselineHeader, bless, update
from ..gitrepo import Repository
from ..measurements import Metric
from .model import Header, Results
from .safe import plain

_MOST_TOLD = 10


def blessed(found: Results, before: Baseline | None, metrics: Mapping[str, Metric], folder: Path) -> Baseline:
    """The baseline after a run, with what it did not measure kept from the one before.

    `folder` is in the repository whose commit is noted. Raises ResultsError for results without a test, and for a
    run that can only update a part of a baseline that was made with another detector, clusterer or tokenizer.
    """
    made = bless(
        _header(found.header, revision(folder) or None), ((test.id, test.measurements) for test in found.tests), metrics
    )
    if not made.tests and not found.tests:
        raise ResultsError("these results hold no test", fix="run pytest --altax on tests that call a model")
    stale = frozenset(test.id for test in found.tests if test.stale)
    return made if before is None else update(before, made, stale=stale, partial=found.run.partial)


def told(path: Path, found: Results, before: Baseline | None, after: Baseline) -> list[str]:
    """What to say of an update: how many tests there are, which are new, gone or changed."""
    old = before.tests if before else {}
    new, gone = sorted(after.tests.keys() - old), sorted(old.keys() - after.tests)
    changed = [id for id in sorted(after.tests.keys() & old) if after.tests[id] != old[id]]
    lines = [f"{path}: {_counted(len(after.tests), 'test')}"]
    for what, ids in (("new", new if before else []), ("gone", gone), ("changed", changed)):
        lines += [f"  {what}: {plain(id, 200)}" for id in ids[:_MOST_TOLD]]
        lines += [f"  {what}: and {len(ids) - _MOST_TOLD} more"] if len(ids) > _MOST_TOLD else []
    failed = [test.id for test in found.tests if test.outcome not in ("passed", "xfailed", "skipped")]
    if failed:
        more = " ..." if len(failed) > 1 else ""
        lines.append(f"  {_counted(len(failed), 'test')} of this run failed: {plain(failed[0], 200)}{more}")
    if found.run.partial:
        others = "the other tests are as they were" if before else "the other tests are not in it"
        lines.append(f"  this run is a part of the suite ({plain(found.run.partial, 160)}): {others}")
    if found.run.stale:
        lines.append(
            f"  {_counted(found.run.stale, 'stale call')}: what the change does to these answers is not known yet"
        )
    return lines


def revision(folder: Path) -> str:
    """The commit that is checked out around a folder, with `+` when files differ from it; empty without git."""
    try:
        repository = Repository.of(folder)
        return repository.head() + ("+" if repository.is_dirty() else "")
    except GitError:
        return ""


def _header(header: Header, commit: str | None) -> BaselineHeader:
    return BaselineHeader(
        altax=header.altax,
        created=header.created,
        detector=header.detector,
        clusterer=header.clusterer,
        tokenizer=header.tokenizer,
        prices=header.prices,
        revision=commit,
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"

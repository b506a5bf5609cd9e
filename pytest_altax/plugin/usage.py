"""Which cassettes the tests opened, and which recordings none of them played."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..capture import Tape
from ..capture.storage.file_digest import file_digest
from ..capture.storage.shelf import snapshot
from ..errors import CassetteError
from ..report.model import CassetteUse, TestResult
from .state import Run


def cassettes_of(run: Run, tape: Tape, *, shared: bool = False) -> tuple[CassetteUse, ...]:
    """The cassettes that a tape has read and, when there was none of its own, the one that it wrote."""
    return tuple(_uses(run, tape, shared))


def recorded(tests: Sequence[TestResult]) -> Iterator[str]:
    """A line that tells how many calls of tests were made live, and in which cassettes they are kept."""
    live = [test for test in tests if test.calls > test.replayed]
    if not live:
        return
    count = sum(test.calls - test.replayed for test in live)
    paths = sorted({use.path for test in live for use in test.cassettes})
    where = f"in {paths[0]}" if len(paths) == 1 else f"in {len(paths)} cassettes"
    if len(paths) > 1 and (folder := os.path.commonpath(paths)):
        where += f" below {folder}"
    yield f"recorded: {count} call{'s' * (count != 1)}, {where if paths else 'not kept'}"


def with_nothing_unused(result: TestResult) -> TestResult:
    """A result that tells of its cassettes only that they were opened."""
    cassettes = tuple(dataclasses.replace(use, unused=()) for use in result.cassettes)
    return dataclasses.replace(result, cassettes=cassettes)


def _uses(run: Run, tape: Tape, shared: bool) -> Iterator[CassetteUse]:
    first, left = 0, tape.left
    if tape.source is None and not tape.replaying and (written := _written(tape.path)) is not None:
        yield CassetteUse(_name(run, tape.path), file_digest(tape.path), written, shared=shared)
    for (path, count), digest in zip(tape.files, tape.digests(), strict=True):
        unused = tuple(number - first for number in left if first <= number < first + count)
        yield CassetteUse(_name(run, path), digest, count, unused, shared or path != tape.source)
        first += count


def _written(path: Path) -> int | None:
    try:
        found = snapshot(path)
    except CassetteError:
        return None
    return None if found is None else len(found.recorded.recordings)


def _name(run: Run, path: Path) -> str:
    return Path(os.path.relpath(path, run.root)).as_posix()

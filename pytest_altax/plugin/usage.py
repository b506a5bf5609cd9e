"""Which cassettes the tests opened, and which recordings none of them played."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..capture import RecordMode, Tape
from ..capture.storage.file_digest import file_digest
from ..capture.storage.shelf import snapshot
from ..errors import CassetteError
from ..report.model import CassetteUse, TestResult, UnusedRecordings
from ..report.safe import plain
from .state import Run

_MOST_TOLD = 3
_MOST_CASSETTES = 5
_PROMPT = 60
_RAN = ("passed", "xfailed", "xpassed")


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


def unused_recordings(run: Run, tests: Sequence[TestResult], *, whole: bool) -> tuple[UnusedRecordings, ...]:
    """The recordings that no test played.

    Cassettes that were written in this run tell nothing, nor do those that are shared in a run that is not whole.
    """
    opened: dict[str, list[tuple[TestResult, CassetteUse]]] = {}
    for test in tests:
        for use in test.cassettes:
            opened.setdefault(use.path, []).append((test, use))
    found: list[UnusedRecordings] = []
    for path, uses in sorted(opened.items()):
        telling = all(test.outcome in _RAN and (whole or not use.shared) for test, use in uses)
        unused = sorted(set.intersection(*(set(use.unused) for _, use in uses))) if telling else []
        if unused and {use.digest for _, use in uses} == {file_digest(run.root / path)}:
            told = _told(run, path, unused) if len(found) < _MOST_CASSETTES else ()
            found.append(UnusedRecordings(path, uses[0][1].recordings, tuple(unused), told))
    return tuple(found)


def _told(run: Run, path: str, unused: Sequence[int]) -> tuple[str, ...]:
    """What the first of them were recorded for; nothing when the file no longer loads."""
    settings = dataclasses.replace(run.settings.capture, mode=RecordMode.NONE)
    try:
        tape = run.engine.tape(run.root / path, settings)
        return tuple(_one(tape, number) for number in unused[:_MOST_TOLD])
    except (CassetteError, IndexError):
        return ()


def _one(tape: Tape, number: int) -> str:
    one = tape.recorded(number)
    prompt = f", “{plain(one.prompt, _PROMPT)}”" if one.prompt else ""
    return f"{number}: {plain(one.model or f'{one.method} {one.url}', 80)}{prompt}"

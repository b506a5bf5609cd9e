"""The results of the shards of a suite put together: all of them, of one suite, each test once; else an error."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, overload

from ..capture.storage.saving import replacing
from ..errors import ResultsError
from ..report.jsonlines import read_test, row, with_savings
from ..report.model import Header, RunResult, TestResult
from ..report.shown import Shown
from .ahead import Ahead
from .project import Project
from .shards import SHARD, Line, Shard, lines, look_through, stamp, tests
from .summary import Summary

_ALIKE = ("config", "suite", "revision", "detector", "clusterer", "tokenizer", "prices", "altax", "record")
_MEANING = {
    "config": "settings ([tool.pytest-altax])",
    "suite": "tests that were collected",
    "revision": "commit",
    "altax": "version of pytest-altax",
    "record": "recording mode",
    "prices": "table of prices",
}
_MOST_NAMED = 5


def merge(project: Project, paths: Sequence[Path], target: Path, shown: Shown) -> tuple[Header, RunResult]:
    """Write the results of all shards, as those of one run, to a file; `shown` is shown each test.

    Two passes: what has to be known of all tests, then each of them, sorted by id. Raises ResultsError where a shard is
    missing, there twice, cut short or of another suite, configuration or commit; and where two have a test, unless it
    is the fixture that several set up alike. Then the file is as it was.
    """
    ahead = Ahead()
    shards = [look_through(path, ahead) for path in paths]
    header = _header(shards, project)
    summary = Summary(project, ahead, None)
    try:
        with replacing(target) as file:
            file.write(row("header", header).encode())
            for test, line in _each_once(in_order(shards)):
                counted = summary.add(test)
                shown.add(counted)
                file.write(line.content + b"\n" if counted is test else _counted(line, counted))
            file.flush()
            run = summary.result(_Written(Path(file.name)), shards[0].patterns)
            file.write(row("run", run).encode())
    except OSError as error:
        raise ResultsError(f"{target} cannot be written: {error}", fix="name another file with --to") from error
    return header, run


def in_order(shards: Iterable[Shard]) -> Iterator[tuple[TestResult, Line]]:
    """The tests of all shards sorted by id. A shard is read when its first test is due: most are neighbours in ids."""
    waiting = sorted((shard for shard in shards if shard.first), key=lambda one: one.first, reverse=True)
    heap: list[tuple[str, int, tuple[TestResult, Line], Iterator[tuple[TestResult, Line]]]] = []
    while waiting or heap:
        while waiting and (not heap or waiting[-1].first <= heap[0][0]):
            _push(heap, tests(waiting.pop()), len(waiting))
        _, number, found, rest = heapq.heappop(heap)
        yield found
        _push(heap, rest, number)


def _push(heap: list[Any], rest: Iterator[tuple[TestResult, Line]], number: int) -> None:
    for found in rest:
        heapq.heappush(heap, (found[0].id, number, found, rest))
        return


def _each_once(found: Iterable[tuple[TestResult, Line]]) -> Iterator[tuple[TestResult, Line]]:
    """The tests, sorted by id, each once: a fixture may stand in several shards."""
    before: tuple[TestResult, Line] | None = None
    for test, line in found:
        if before is None or before[0].id != test.id:
            before = test, line
            yield before
        elif not (test.shared and before[0] == test):
            _twice(test, *sorted((str(before[1].path), str(line.path))))


def _counted(line: Line, test: TestResult) -> bytes:
    """The line of a test as it was counted in: only the whole run tells which of its tools nobody calls."""
    return with_savings(line.text(), line.where, test).encode()


class _Written(Sequence[TestResult]):
    """The tests in a results file that is being written, read anew each time that they are looked through."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[TestResult]:
        found = lines(self._path, stamp(self._path))
        next(found)
        return (read_test(line.text(), line.where) for line in found)

    def __len__(self) -> int:
        return sum(1 for _ in lines(self._path, stamp(self._path))) - 1

    @overload
    def __getitem__(self, place: int) -> TestResult: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TestResult]: ...

    def __getitem__(self, place: int | slice) -> TestResult | Sequence[TestResult]:
        if isinstance(place, slice) or place < 0:
            return tuple(self)[place]
        found = next(islice(self, place, None), None)
        if found is None:
            raise IndexError(place)
        return found


def _header(shards: Sequence[Shard], project: Project) -> Header:
    """The header of the whole, made of those of its shards. Raises ResultsError where they are not of one run."""
    _check_headers([(str(shard.path), shard.header) for shard in shards])
    for shard in shards:
        if shard.partial != f"{SHARD}{shard.header.shard}":
            raise ResultsError(f"{shard.path} is only a part of its shard: {shard.partial}", fix="run that shard again")
    last = max((shard.header for shard in shards), key=lambda header: header.created)
    if last.config != project.settings.digest:
        raise ResultsError(
            "the shards were run under other settings than those here",
            fix="merge in a checkout of the commit that they tested, or name its file with --config",
        )
    return dataclasses.replace(last, shard="", suite="", revision="")


def _twice(test: TestResult, first: str, second: str) -> NoReturn:
    if test.shared:
        what = f"the fixture {test.id!r} made other calls in {first} than in {second}"
        raise ResultsError(what, fix="let it make the same calls in every shard")
    raise ResultsError(f"test {test.id!r} stands in {first} and in {second}", fix="give the results of each shard once")


def _check_headers(headers: Sequence[tuple[str, Header]]) -> None:
    if not headers:
        raise ResultsError("no shards were given", fix="altax merge shard-*.jsonl")
    numbers: dict[int, str] = {}
    first_name, first = headers[0]
    of = _shard(first_name, first)[1]
    for name, header in headers:
        number, parts = _shard(name, header)
        if parts != of:
            raise ResultsError(f"{name} is shard {header.shard}, {first_name} is one of {of}")
        if number in numbers:
            raise ResultsError(f"shard {header.shard} is there twice: {numbers[number]} and {name}")
        numbers[number] = name
        for field in _ALIKE:
            if getattr(header, field) != getattr(first, field):
                what = _MEANING.get(field, field)
                facts = [f"{first_name}: {getattr(first, field)}", f"{name}: {getattr(header, field)}"]
                fix = "run all shards from one commit, with the same packages"
                raise ResultsError(f"the shards are not of one run: their {what} differ", facts=facts, fix=fix)
    _check_all(numbers, of)


def _shard(name: str, header: Header) -> tuple[int, int]:
    number, mark, of = header.shard.partition("/")
    if not mark or not number.isdecimal() or not of.isdecimal() or not 1 <= int(number) <= int(of):
        raise ResultsError(f"{name} is not the result of a shard", fix="run each with --altax-shard=i/n")
    return int(number), int(of)


def _check_all(numbers: Iterable[int], of: int) -> None:
    missing = sorted(set(range(1, of + 1)).difference(numbers))
    if missing:
        named = ", ".join(f"{number}/{of}" for number in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        plural = "shards are" if len(missing) > 1 else "shard is"
        fix = "wait for all of them, and see whether one has failed before it wrote its results"
        raise ResultsError(f"{len(missing)} {plural} missing: {named}{more}", fix=fix)

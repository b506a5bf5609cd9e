"""The results files of shards, read a piece at a time: however many there are, none is held in memory or kept open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ResultsError
from ..report.jsonlines import parse, read_header, read_run, read_test
from ..report.model import Header, Problem, TestResult
from .ahead import Ahead
from .problems import OF_PATTERNS

SHARD = "shard "
"""How the `partial` of a shard begins that was not cut short otherwise: `shard 2/4`."""
_PIECE = 1 << 14
"""Bytes: two or three tests with all metrics, since a fixture that all shards set up has all of them read at once.

A longer line is read in pieces that double.
"""
_MARK = b"\xef\xbb\xbf"
_AGAIN = "run that shard again"

Stamp = tuple[int, int, int]
"""(size, time of the last change, number of the file), by which a file is seen to have changed."""


@dataclass(frozen=True, slots=True)
class Shard:
    """What is kept of a shard: its header, why its run is not whole, the patterns that match nothing in the suite.

    `first` is the id of its first test, empty without one, and `last` the number of the line of its run.
    """

    path: Path
    stamp: Stamp
    header: Header
    partial: str | None
    patterns: tuple[Problem, ...]
    first: str
    last: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `number` counts from 1."""

    path: Path
    number: int
    content: bytes

    @property
    def where(self) -> str:
        """The file and the line, for errors."""
        return f"{self.path}:{self.number}"

    def text(self) -> str:
        """Its text. Raises ResultsError for what is no UTF-8."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ResultsError(f"{self.where} cannot be read: {error}", fix=_AGAIN) from error


def look_through(path: Path, ahead: Ahead) -> Shard:
    """The shard in a file, whose tests `ahead` looks at. Raises ResultsError for a file that is none or truncated."""
    known = stamp(path)
    found = lines(path, known)
    start = next(found, Line(path, 1, b""))
    header = read_header(start.text(), start.where)
    first, last = "", None
    for line in found:
        if last is not None:
            first = first or _first(last)
            _look(last, ahead)
        last = line
    if last is None:
        raise ResultsError(f"{path} is truncated: it has no line for the run", fix=_AGAIN)
    run = read_run(last.text(), last.where, str(path))
    patterns = tuple(problem for problem in run.problems if problem.name.startswith(OF_PATTERNS))
    return Shard(path, known, header, run.partial, patterns, first, last.number)


def tests(shard: Shard) -> Iterator[tuple[TestResult, Line]]:
    """The tests of a shard with their lines. Raises ResultsError where they are not sorted, or the file has changed."""
    before = ""
    found = lines(shard.path, shard.stamp)
    next(found)
    for line in found:
        if line.number == shard.last:
            return
        test = read_test(line.text(), line.where)
        if test.id < before:
            fix = f"the rows of a results file are sorted by id; {_AGAIN}"
            raise ResultsError(f"{line.where}: test {test.id!r} stands behind {before!r}", fix=fix)
        before = test.id
        yield test, line


def lines(path: Path, known: Stamp) -> Iterator[Line]:
    """The lines of a file that are not blank. It is open only while a piece is read: a process may open few at once."""
    offset = number = 0
    rest = b""
    while True:
        piece = _piece(path, offset, max(_PIECE, len(rest)), known)
        offset += len(piece)
        *whole, rest = (rest + piece if offset > len(piece) else piece.removeprefix(_MARK)).split(b"\n")
        if not piece and rest:
            whole, rest = [rest], b""
        for content in whole:
            number += 1
            if content.strip():
                yield Line(path, number, content.rstrip(b"\r"))
        if not piece:
            return


def _piece(path: Path, offset: int, size: int, known: Stamp) -> bytes:
    try:
        with path.open("rb") as file:
            if _stamp_of(os.fstat(file.fileno())) != known:
                raise ResultsError(f"{path} has changed while it was read", fix="merge when all shards have finished")
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {error}", fix=_AGAIN) from error


def stamp(path: Path) -> Stamp:
    """What tells whether a file is the same as before. Raises ResultsError for one that cannot be read."""
    try:
        return _stamp_of(path.stat())
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {error}", fix=_AGAIN) from error


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _first(line: Line) -> str:
    return read_test(line.text(), line.where).id


def _look(line: Line, ahead: Ahead) -> None:
    """Look at a test, if it may have a tool that was called or a recording that was not played."""
    if b'"called"' not in line.content and b'"unused"' not in line.content:
        return
    _, data = parse(line.text(), line.where)
    kept = {name: data[name] for name in ("tools", "cassettes") if name in data}
    test = TestResult.from_json({"id": "", "file": "", **kept}, line.where)
    ahead.add(test)
